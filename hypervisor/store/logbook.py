"""The logbook in PostgreSQL: lines enter by logbook_append alone, which chains and announces them."""

import json
from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from hypervisor.store import outbox
from hypervisor.store.perimeter import INSIDE_OR_EVERYONES, array
from hypervisor.store.unit_of_work import UnitOfWork

FILTERS = {
    "kind": "l.kind = :kind",
    "actor": "l.actor = :actor",
    "layer": "v.layer = :layer",
    "alarm_id": "v.alarm_id = :alarm_id",
    "event_id": "v.event_id = :event_id",
    "asset_id": "l.asset_id = :asset_id",
    "since": "v.at >= :since",
    "until": "v.at < :until",
    "text": "l.text ILIKE '%' || :text || '%'",
    "before": "v.seq < :before",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line to append. kind is one of the logbook's (0001_spine.sql); corrects is the number of the line it corrects."""

    at: datetime
    actor: str
    actor_name: str
    kind: str
    text: str
    layer: str | None = None
    commune_id: int | None = None
    alarm_id: int | None = None
    event_id: int | None = None
    asset_id: int | None = None
    action: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    corrects: int | None = None


def append(uow: UnitOfWork, *lines: Line) -> int:
    """Appends the lines and gives the last number. The last statement of a transaction: it locks the chain's head until the commit."""
    body = json.dumps([asdict(line) | {"at": line.at.isoformat()} for line in lines])
    seq: int = uow.connection.execute(text("SELECT logbook_append(cast(:t AS smallint), cast(:lines AS jsonb))"), {"t": uow.tenant, "lines": body}).scalar_one()
    outbox.wake_relay(uow)
    return seq


def shape_of(uow: UnitOfWork, seq: int) -> dict[str, Any] | None:
    """One line as everyone reads it."""
    return uow.connection.execute(text("SELECT shape FROM logbook_shape WHERE tenant = :t AND seq = :seq"), {"t": uow.tenant, "seq": seq}).scalar_one_or_none()


def listed(uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, filters: dict[str, Any], limit: int) -> Sequence[Row[Any]]:
    """(shape, seq), newest first. Lines that name no layer or commune are everyone's."""
    where = " AND ".join(["v.tenant = :t", INSIDE_OR_EVERYONES, *(FILTERS[name] for name in filters)])
    return uow.connection.execute(
        text(f"""SELECT v.shape, v.seq FROM logbook_shape v JOIN logbook l ON l.tenant = v.tenant AND l.seq = v.seq
                 WHERE {where} ORDER BY v.seq DESC LIMIT :limit"""),  # noqa: S608 - FILTERS
        {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "limit": limit, **filters},
    ).all()


def first_broken(uow: UnitOfWork) -> int | None:
    """Number of the first line whose number, link or hash does not hold; None when the whole chain does."""
    seq: int | None = uow.connection.execute(text("SELECT logbook_first_broken(cast(:t AS smallint))"), {"t": uow.tenant}).scalar_one()
    return seq
