"""What officials' figures read: daily sums inside a perimeter, delays of alarms and events, declarations, factors, highlights."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from hypervisor.domain.event import LEAKS
from hypervisor.domain.indicator import Agreed, Declared, Delays, Factor, Sums, Target
from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Highlight:
    """A fact that a service wrote for officials. layer "" is the service itself."""

    id: int
    layer: str
    day: date
    text: str
    by_name: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the daily sums are. last: last day computed, None for none; computed and known: days computed, days of the lake; first: eldest day computed."""

    first: date | None
    last: date | None
    computed: int
    known: int


def sums(
    uow: UnitOfWork, measures: Sequence[str], since: date, until: date, communes: Set[int] | None, *, by_commune: bool = False
) -> dict[int, dict[str, dict[date, Sums]]]:
    """commune (0 when they are added together) → measure → day → sums, for days in [since, until)."""
    commune = "commune_id" if by_commune else "0"
    rows = uow.connection.execute(
        text(f"""SELECT {commune} AS commune, measure, day, sum(num) AS num, sum(den) AS den, sum(cases) AS cases, sum(heard) AS heard, sum(expected) AS expected
                 FROM indicator_day v WHERE tenant = :t AND measure = ANY(:measures) AND day >= :since AND day < :until
                    AND (cast(:communes AS int[]) IS NULL OR commune_id = ANY(:communes)) GROUP BY 1, 2, 3"""),  # noqa: S608 - ours
        {"t": uow.tenant, "measures": list(measures), "since": since, "until": until, "communes": array(communes)},
    )
    found: dict[int, dict[str, dict[date, Sums]]] = {}
    for row in rows:
        found.setdefault(row.commune, {}).setdefault(row.measure, {})[row.day] = Sums(
            num=row.num, den=row.den, cases=row.cases, heard=row.heard, expected=row.expected, days=1
        )
    return found


# What was written of a cause: « fuite sur branchement » is one, « aucune fuite trouvée » is none.
SAYS_LEAK = r"cause ~* '\mfuites?\M' AND cause !~* '\m(pas de|aucune|sans|ni) fuites?\M'"
DELAYS = {
    "acknowledgement": """SELECT commune_id, raised_at AS at, extract(epoch FROM acknowledged_at - raised_at)::float8 AS delay, true AS asked,
            decide_before IS NOT NULL AND (acknowledged_at IS NOT NULL OR decide_before < :now) AS due, acknowledged_at <= decide_before AS within
        FROM alarm v WHERE tenant = :t AND priority < 4 AND raised_at >= :since AND raised_at < :until AND """,
    "restoration": """SELECT commune_id, raised_at AS at, extract(epoch FROM cleared_at - raised_at)::float8 AS delay, true AS asked, false AS due, false AS within
        FROM alarm v WHERE tenant = :t AND priority < 4 AND raised_at >= :since AND raised_at < :until AND """,
    "event": """SELECT commune_id, opened_at AS at, extract(epoch FROM resolved_at - opened_at)::float8 AS delay, true AS asked,
            resolved_at IS NOT NULL OR opened_at + least_h * interval '1 hour' < :now AS due, resolved_at <= opened_at + least_h * interval '1 hour' AS within
        FROM (SELECT e.*, (cast(:targets AS float8[]))[least(priority, 3)] AS least_h FROM event e) v
        WHERE tenant = :t AND status <> 'merged' AND priority < 4 AND opened_at >= :since AND opened_at < :until AND """,
    "false_alarm": """SELECT commune_id, closed_at AS at, extract(epoch FROM closed_at - opened_at)::float8 AS delay, true AS asked, true AS due, status = 'false_positive' AS within
        FROM event v WHERE tenant = :t AND status IN ('closed', 'false_positive') AND closed_at >= :since AND closed_at < :until AND """,
    "reopening": """SELECT commune_id, first_at AS at, extract(epoch FROM first_at - opened_at)::float8 AS delay, true AS asked, true AS due, was_reopened AS within
        FROM (SELECT e.*, g.first_at, g.was_reopened FROM event e CROSS JOIN LATERAL (
                  SELECT min(at) FILTER (WHERE action = 'resolve') AS first_at, coalesce(bool_or(action = 'reopen'), false) AS was_reopened
                  FROM event_log WHERE tenant = e.tenant AND event_id = e.id) g) v
        WHERE tenant = :t AND opened_at < :until AND first_at >= :since AND first_at < :until AND """,
    "leak": f"""SELECT commune_id, resolved_at AS at, extract(epoch FROM resolved_at - detected_at)::float8 AS delay, true AS asked, false AS due, false AS within
        FROM (SELECT e.*, least(opened_at, (SELECT min(raised_at) FROM alarm a WHERE a.tenant = e.tenant AND a.event_id = e.id)) AS detected_at FROM event e
              WHERE e.type IN {LEAKS} OR ({SAYS_LEAK})
                 OR EXISTS (SELECT FROM intervention i WHERE i.tenant = e.tenant AND i.event_id = e.id AND i.{SAYS_LEAK.replace("AND cause", "AND i.cause")})) v
        WHERE tenant = :t AND layer = 'water' AND status NOT IN ('merged', 'false_positive') AND resolved_at >= :since AND resolved_at < :until AND """,  # noqa: S608 - ours
    **{
        kind: f"""SELECT commune_id, raised_at AS at, {delay}::float8 AS delay, true AS asked, false AS due, false AS within
            FROM alarm v WHERE tenant = :t AND cause LIKE 'report:%' AND raised_at >= :since AND raised_at < :until AND """  # noqa: S608 - constants of ours
        for kind, delay in (
            ("report", "0"),  # Nothing is waited for: each one received is a case.
            ("report_reply", "extract(epoch FROM acknowledged_at - raised_at)"),
            ("report_resolution", "extract(epoch FROM cleared_at - raised_at)"),
        )
    },
}
"""kind of delay → its cases, one row each; the perimeter is added by the one function below."""
BY = {"": "''", "month": "to_char(at AT TIME ZONE 'Europe/Paris', 'YYYY-MM')", "commune": "commune_id::text"}


def delays(
    uow: UnitOfWork,
    kind: str,
    since: datetime,
    until: datetime,
    now: datetime,
    targets_h: Sequence[float],
    layers: Set[str] | None,
    communes: Set[int] | None,
    by: str = "",
) -> dict[str, Delays]:
    """ "" → all, month (YYYY-MM) → its own, or commune number → its own. targets_h: hours to resolve by priority, critical first."""
    rows = uow.connection.execute(
        text(f"""SELECT {BY[by]} AS key, count(*) FILTER (WHERE asked) AS asked, count(delay) AS counted, count(*) FILTER (WHERE due) AS due,
                    count(*) FILTER (WHERE due AND within) AS within, percentile_cont(0.5) WITHIN GROUP (ORDER BY delay) AS median,
                    percentile_cont(0.9) WITHIN GROUP (ORDER BY delay) AS ninth
                 FROM ({DELAYS[kind]} {INSIDE}) cases GROUP BY 1"""),  # noqa: S608 - constants of ours
        {"t": uow.tenant, "since": since, "until": until, "now": now, "targets": list(targets_h), "layers": array(layers), "communes": array(communes)}
        if kind == "event"
        else {"t": uow.tenant, "since": since, "until": until, "now": now, "layers": array(layers), "communes": array(communes)},
    )
    return {row.key: Delays(median_s=row.median, ninth_decile_s=row.ninth, count=row.counted, asked=row.asked, due=row.due, within=row.within) for row in rows}


def declared(uow: UnitOfWork) -> list[Declared]:
    """Volumes declared by services, in the order of their writing."""
    rows = uow.connection.execute(
        text("SELECT key, since, until, amount, unit, source, commune_id FROM indicator_declared WHERE tenant = :t AND commune_id = 0 ORDER BY id"),
        {"t": uow.tenant},
    )
    return [Declared(key=row.key, since=row.since, until=row.until, amount=row.amount, unit=row.unit, source=row.source) for row in rows]


def factors(uow: UnitOfWork, labels: Mapping[str, str]) -> list[Factor]:
    """Factors that the tenant has set in place of those of the layers. labels: key → msgid."""
    rows = uow.connection.execute(
        text("SELECT key, since, until, value, unit, source FROM indicator_factor WHERE tenant = :t ORDER BY key, since"), {"t": uow.tenant}
    )
    return [
        Factor(key=row.key, label=labels.get(row.key, row.key), since=row.since, until=row.until, value=row.value, unit=row.unit, source=row.source)
        for row in rows
    ]


def targets(uow: UnitOfWork) -> list[Agreed]:
    """Targets that the tenant has set in place of those of the layers."""
    rows = uow.connection.execute(
        text("SELECT indicator, since, low, high, source FROM indicator_target WHERE tenant = :t ORDER BY indicator, since"), {"t": uow.tenant}
    )
    return [Agreed(indicator=row.indicator, since=row.since, target=Target(low=row.low, high=row.high, source=row.source)) for row in rows]


def progress(uow: UnitOfWork) -> Progress:
    """How far the daily sums of the tenant are."""
    row = uow.connection.execute(
        text("""SELECT min(day) AS first, max(day) AS last, count(DISTINCT day) AS computed,
                    (SELECT count(*) FROM history_day WHERE tenant = :t AND state = 'closed') AS known FROM indicator_run WHERE tenant = :t"""),
        {"t": uow.tenant},
    ).one()
    return Progress(first=row.first, last=row.last, computed=row.computed, known=row.known)


def computed(uow: UnitOfWork, since: date, until: date) -> int:
    """How many days of [since, until) have figures."""
    return int(
        uow.connection.execute(
            text("SELECT count(DISTINCT day) FROM indicator_run WHERE tenant = :t AND day >= :since AND day < :until"),
            {"t": uow.tenant, "since": since, "until": until},
        ).scalar_one()
    )


def highlights(uow: UnitOfWork, until: date, layers: Set[str] | None, limit: int) -> list[Highlight]:
    """The last facts written for a day before `until`, newest first."""
    rows = uow.connection.execute(
        text("""SELECT id, layer, day, text, by_name FROM highlight WHERE tenant = :t AND removed_at IS NULL AND day < :until
                    AND (cast(:layers AS text[]) IS NULL OR layer = '' OR layer = ANY(:layers)) ORDER BY day DESC, id DESC LIMIT :limit"""),
        {"t": uow.tenant, "until": until, "layers": array(layers), "limit": limit},
    )
    return [Highlight(id=row.id, layer=row.layer, day=row.day, text=row.text, by_name=row.by_name) for row in rows]


def write_highlight(uow: UnitOfWork, layer: str, day: date, said: str, by_name: str, at: datetime) -> int:
    """Adds a fact; gives its number."""
    number: int = uow.connection.execute(
        text("INSERT INTO highlight (tenant, layer, day, text, by_name, at) VALUES (:t, :layer, :day, :said, :by, :at) RETURNING id"),
        {"t": uow.tenant, "layer": layer, "day": day, "said": said, "by": by_name, "at": at},
    ).scalar_one()
    return number


def has_highlight(uow: UnitOfWork, number: int, layers: Set[str] | None) -> bool:
    """Whether these layers have that fact, shown or taken away."""
    found = uow.connection.execute(
        text("SELECT 1 FROM highlight WHERE tenant = :t AND id = :id AND (cast(:layers AS text[]) IS NULL OR layer = ANY(:layers))"),
        {"t": uow.tenant, "id": number, "layers": array(layers)},
    )
    return found.first() is not None


def remove_highlight(uow: UnitOfWork, number: int, at: datetime, layers: Set[str] | None) -> bool:
    """Takes a fact of these layers away; whether there was one."""
    found = uow.connection.execute(
        text("""UPDATE highlight SET removed_at = :at WHERE tenant = :t AND id = :id AND removed_at IS NULL
                    AND (cast(:layers AS text[]) IS NULL OR layer = ANY(:layers))"""),
        {"t": uow.tenant, "id": number, "at": at, "layers": array(layers)},
    )
    return found.rowcount > 0


def population(uow: UnitOfWork, communes: Set[int] | None) -> int:
    """Inhabitants of these communes; 0 when one of them does not say."""
    return int(
        uow.connection.execute(
            text("""SELECT CASE WHEN min(population) > 0 THEN sum(population) ELSE 0 END FROM commune
                    WHERE tenant = :t AND id > 0 AND (cast(:communes AS int[]) IS NULL OR id = ANY(:communes))"""),
            {"t": uow.tenant, "communes": array(communes)},
        ).scalar_one()
    )


def shapes(uow: UnitOfWork, tolerance_deg: float) -> list[dict[str, Any]]:
    """id, name, population and outline (GeoJSON text, simplified) of each commune that has one, by name."""
    rows = uow.connection.execute(
        text("""SELECT id, name, population, ST_AsGeoJSON(ST_SimplifyPreserveTopology(geom, :tolerance), 5) AS outline, ST_X(p) AS lon, ST_Y(p) AS lat
                FROM (SELECT *, ST_PointOnSurface(geom) AS p FROM commune WHERE tenant = :t AND geom IS NOT NULL) c ORDER BY name"""),
        {"t": uow.tenant, "tolerance": tolerance_deg},
    )
    return [dict(row) for row in rows.mappings()]
