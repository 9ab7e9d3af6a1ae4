"""Slots and channels: which place of a layer's arrays belongs to which asset. Assigned by imports, read by the feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A tenant's layout as the tables say it.

    channels: (layer, commune, first slot, size). assets: layer → arrays `ids`, `lon`, `lat`, `kind` in slot order.
    """

    version: int
    channels: Sequence[tuple[str, int, int, int]]
    assets: Mapping[str, Mapping[str, NDArray[Any]]]


def assign_slots(connection: psycopg.Connection, tenant: int) -> int:
    """Gives each asset its slot, its rank in the layer by (commune, id), and rewrites the channels. Returns the new layout version.

    Called by the owner after assets were added, moved or removed, in the same transaction. The `layout` fact tells screens and workers once it commits.
    """
    with connection.transaction():
        # Locks the tenant's row first: two imports at once number one after the other.
        row = connection.execute("UPDATE tenant SET layout_version = layout_version + 1 WHERE id = %s RETURNING layout_version", (tenant,)).fetchone()
        if row is None:
            raise ValueError(f"tenant {tenant} does not exist: no slot was assigned")
        connection.execute(
            """WITH ranked AS (SELECT id, (row_number() OVER (PARTITION BY layer ORDER BY commune_id, id) - 1)::int AS rank FROM asset WHERE tenant = %(t)s)
               UPDATE asset a SET slot = ranked.rank FROM ranked WHERE a.tenant = %(t)s AND a.id = ranked.id AND a.slot IS DISTINCT FROM ranked.rank""",
            {"t": tenant},
        )
        connection.execute("DELETE FROM channel WHERE tenant = %s", (tenant,))
        connection.execute(
            "INSERT INTO channel (tenant, layer, commune_id, first_slot, size) SELECT tenant, layer, commune_id, min(slot), count(*) FROM asset WHERE tenant = %s GROUP BY 1, 2, 3",
            (tenant,),
        )
        connection.execute("INSERT INTO outbox (tenant, kind, body) VALUES (%s, 'layout', jsonb_build_object('version', %s::int))", (tenant, row[0]))
        connection.execute("NOTIFY vigie_outbox")
    return int(row[0])


def version(uow: UnitOfWork) -> int:
    """The tenant's layout version, 0 when nothing was ever assigned."""
    return int(uow.connection.execute(text("SELECT layout_version FROM tenant WHERE id = :t"), {"t": uow.tenant}).scalar() or 0)


def load(uow: UnitOfWork) -> Rows:
    """The whole layout (a million assets: about 5 s). Read again when an import committed meanwhile, so that its parts belong together."""
    while True:
        before = version(uow)
        channels = uow.connection.execute(
            text("SELECT layer, commune_id, first_slot, size FROM channel WHERE tenant = :t ORDER BY layer, first_slot"), {"t": uow.tenant}
        )
        found = [(row.layer, row.commune_id, row.first_slot, row.size) for row in channels]
        assets = {layer: _assets(uow, layer) for layer in dict.fromkeys(row[0] for row in found)}
        if version(uow) == before:
            return Rows(version=before, channels=found, assets=assets)


def _assets(uow: UnitOfWork, layer: str) -> Mapping[str, NDArray[Any]]:
    # Arrays are built by the database: four values cross the driver instead of four per asset.
    row = uow.connection.execute(
        text("""SELECT array_agg(id ORDER BY slot) AS ids, array_agg(lon ORDER BY slot) AS lon, array_agg(lat ORDER BY slot) AS lat, array_agg(kind ORDER BY slot) AS kind
                FROM asset WHERE tenant = :t AND layer = :layer AND slot IS NOT NULL"""),
        {"t": uow.tenant, "layer": layer},
    ).one()
    return {"ids": np.array(row.ids, np.int32), "lon": np.array(row.lon, np.float64), "lat": np.array(row.lat, np.float64), "kind": np.array(row.kind)}
