"""History in PostgreSQL, as it was received: read by asset, counted by layer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork


def of_asset(uow: UnitOfWork, asset_id: int, property_ids: Sequence[int], since: datetime, until: datetime, limit: int) -> list[Any]:
    """(property_id, value, quality, observed_at, received_at), oldest first, in [since, until)."""
    return list(
        uow.connection.execute(
            text("""SELECT property_id, value, quality, observed_at, received_at FROM observation
                    WHERE tenant = :t AND asset_id = :asset AND property_id = ANY(:properties) AND observed_at >= :since AND observed_at < :until
                    ORDER BY observed_at, property_id LIMIT :limit"""),
            {"t": uow.tenant, "asset": asset_id, "properties": list(property_ids), "since": since, "until": until, "limit": limit},
        )
    )


def count(uow: UnitOfWork, property_ids: Sequence[int], communes: Sequence[int] | None, since: datetime, until: datetime) -> int:
    """Observations of these properties in [since, until); communes None is everywhere."""
    inside = "" if communes is None else " AND asset_id IN (SELECT id FROM asset WHERE tenant = :t AND commune_id = ANY(:communes))"
    found: int = uow.connection.execute(
        text(f"""SELECT count(*) FROM observation
                 WHERE tenant = :t AND property_id = ANY(:properties) AND observed_at >= :since AND observed_at < :until{inside}"""),  # noqa: S608 - ours
        {"t": uow.tenant, "properties": list(property_ids), "communes": list(communes or ()), "since": since, "until": until},
    ).scalar_one()
    return found
