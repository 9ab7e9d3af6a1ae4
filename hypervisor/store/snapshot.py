"""What a screen needs when it opens: open alarms, live events, last lines of the logbook, inside a perimeter."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from hypervisor.domain.alarm import Priority
from hypervisor.domain.event import LIVE
from hypervisor.domain.intervention import UNDECIDED
from hypervisor.store.unit_of_work import UnitOfWork

ALARMS, EVENTS, INTERVENTIONS, LINES = 500, 500, 500, 50
INSIDE = "(cast(:layers AS text[]) IS NULL OR {t}.layer = ANY(:layers)) AND (cast(:communes AS int[]) IS NULL OR {t}.commune_id = ANY(:communes))"
INSIDE_OR_GENERAL = """({t}.layer IS NULL OR cast(:layers AS text[]) IS NULL OR {t}.layer = ANY(:layers))
    AND ({t}.commune_id IS NULL OR cast(:communes AS int[]) IS NULL OR {t}.commune_id = ANY(:communes))"""


@dataclass(frozen=True, kw_only=True)
class Perimeter:
    """Layers and communes, None for all of the tenant's."""

    layers: Collection[str] | None
    communes: Collection[int] | None

    def values(self) -> dict[str, Any]:
        """The parameters of the conditions above."""
        return {"layers": None if self.layers is None else list(self.layers), "communes": None if self.communes is None else list(self.communes)}


def last_fact(uow: UnitOfWork) -> int:
    """The number of the last fact committed, 0 when there is none. Read it first: what follows is then at least as new."""
    return int(uow.connection.execute(text("SELECT coalesce(max(id), 0) FROM outbox WHERE tenant = :t"), {"t": uow.tenant}).scalar_one())


def alarms(uow: UnitOfWork, perimeter: Perimeter) -> list[dict[str, Any]]:
    """Shapes of open alarms, those that no mask hides first, by priority, then oldest first; 500 at most."""
    query = f"""SELECT v.shape FROM alarm_shape v
                WHERE v.tenant = :t AND v.is_open AND {INSIDE.format(t="v")}
                ORDER BY v.is_masked, v.priority, v.raised_at, v.id LIMIT {ALARMS}"""  # noqa: S608 - a constant
    return _shapes(uow, query, perimeter)


def counts(uow: UnitOfWork, perimeter: Perimeter) -> dict[str, dict[str, int]]:
    """How many alarms are open, exactly: {priority word: {state: n}}. Read from counters kept by the transactions that change alarms (0020_alarm_tally.sql)."""
    rows = uow.connection.execute(
        text(
            f"""SELECT v.priority, v.state, sum(v.n)::int AS n FROM alarm_tally v
                WHERE v.tenant = :t AND {INSIDE.format(t="v")} GROUP BY 1, 2 HAVING sum(v.n) > 0"""  # noqa: S608 - a constant
        ),
        {"t": uow.tenant, **perimeter.values()},
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(Priority(row.priority).word, {})[row.state] = row.n
    return found


def events(uow: UnitOfWork, perimeter: Perimeter) -> list[dict[str, Any]]:
    """Shapes of live events, by priority, then oldest first; 500 at most."""
    query = f"""SELECT v.shape FROM event_shape v WHERE v.tenant = :t AND v.status = ANY(:live) AND {INSIDE.format(t="v")}
                ORDER BY v.priority, v.opened_at, v.id LIMIT {EVENTS}"""  # noqa: S608 - a constant
    return _shapes(uow, query, perimeter, live=[status.value for status in LIVE])


def interventions(uow: UnitOfWork, perimeter: Perimeter) -> list[dict[str, Any]]:
    """Shapes of interventions that are live, wait for someone else to be sent, or are done on an event that lives; by priority, then oldest first; 500 at most."""
    query = f"""SELECT v.shape FROM intervention_shape v WHERE v.tenant = :t AND {INSIDE.format(t="v")}
                    AND (v.status = ANY(:live) OR (v.status = 'done' AND v.event_id IN (SELECT id FROM event WHERE tenant = :t AND status = ANY(:events))))
                ORDER BY v.priority, v.requested_at, v.id LIMIT {INTERVENTIONS}"""  # noqa: S608 - a constant
    return _shapes(uow, query, perimeter, live=[status.value for status in UNDECIDED], events=[status.value for status in LIVE])


def lines(uow: UnitOfWork, perimeter: Perimeter) -> list[dict[str, Any]]:
    """Shapes of the last 50 lines of the logbook, oldest first."""
    query = f"""SELECT l.shape FROM logbook_shape l WHERE l.tenant = :t AND {INSIDE_OR_GENERAL.format(t="l")} ORDER BY l.seq DESC LIMIT {LINES}"""  # noqa: S608 - a constant
    return _shapes(uow, query, perimeter)[::-1]


def missed(uow: UnitOfWork, perimeter: Perimeter, since: int, kinds: Collection[str]) -> int:
    """How many distinct alarms and events (those of `kinds`) changed after fact number `since`, inside the perimeter."""
    query = f"""SELECT count(DISTINCT (o.kind, o.body ->> 'id')) FROM outbox o
                WHERE o.tenant = :t AND o.id > :since AND o.kind = ANY(:kinds) AND {INSIDE_OR_GENERAL.format(t="o")}"""  # noqa: S608 - a constant
    return int(uow.connection.execute(text(query), {"t": uow.tenant, "since": since, "kinds": list(kinds), **perimeter.values()}).scalar_one())


def asset(uow: UnitOfWork, asset_id: int) -> dict[str, Any] | None:
    """What a pick answers about an asset."""
    row = uow.connection.execute(
        text("SELECT id AS asset_id, name, layer, kind, lon, lat FROM asset WHERE tenant = :t AND id = :id"), {"t": uow.tenant, "id": asset_id}
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def median_acknowledgement_s(uow: UnitOfWork, since: object, communes: Collection[int] | None = None) -> float | None:
    """Median seconds between raising and acknowledging, over alarms of these communes raised since then that asked for it; None when there is none."""
    return uow.connection.execute(
        text("""SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - raised_at)) FROM alarm
                WHERE tenant = :t AND raised_at >= :since AND acknowledged_at IS NOT NULL
                    AND (cast(:communes AS int[]) IS NULL OR commune_id = ANY(:communes))"""),
        {"t": uow.tenant, "since": since, "communes": None if communes is None else list(communes)},
    ).scalar()


def property_numbers(uow: UnitOfWork) -> dict[tuple[str, str], int]:
    """(layer, property) → number."""
    return {(row.layer, row.key): row.id for row in uow.connection.execute(text("SELECT id, layer, key FROM property"))}


def _shapes(uow: UnitOfWork, query: str, perimeter: Perimeter, **values: object) -> list[dict[str, Any]]:
    return list(uow.connection.execute(text(query), {"t": uow.tenant, **perimeter.values(), **values}).scalars())
