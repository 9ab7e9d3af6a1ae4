"""What officials' figures count in the room's own tables, over a period: hours at each level of the posture, activations of the PCS, exercises; how much alarms ask."""

from collections.abc import Set
from datetime import datetime

from sqlalchemy import text

from hypervisor.domain.alarm_load import STEP, load
from hypervisor.domain.indicator import Tally
from hypervisor.domain.posture import PCS, Level
from hypervisor.store.alarm_health import Period
from hypervisor.store.perimeter import array
from hypervisor.store.unit_of_work import UnitOfWork

# The platform keeps the posture from its first line, decision or exercise on: before it, zero would be invented.
BEGUN = """coalesce(least((SELECT min(proposed_at) FROM posture_change WHERE tenant = :t), (SELECT min(started_at) FROM exercise WHERE tenant = :t),
    (SELECT at FROM logbook WHERE tenant = :t ORDER BY seq LIMIT 1)), '9999-01-01')"""
REAL = f"""SELECT level, started_at, coalesce(ended_at, :now) AS ended_at,
        level >= {int(PCS)} AND coalesce(lag(level) OVER (ORDER BY started_at, id), 0) < {int(PCS)} AS activates
    FROM posture_period WHERE tenant = :t AND exercise_id IS NULL"""  # noqa: S608 - constants of ours
# Five years of the territory's calendar; from a 29 February, those from the 28th.
FIVE_YEARS = "((cast(:until AS timestamptz) AT TIME ZONE 'Europe/Paris' - interval '5 years') AT TIME ZONE 'Europe/Paris')"
HOURS = "extract(epoch FROM least(ended_at, :until) - greatest(started_at, :since)) / 3600"


def _kept(since: str) -> str:
    """Hours of [since, until) that the platform kept, and hours that there are."""
    return f"""greatest(0, extract(epoch FROM least(:until, :now) - greatest({since}, {BEGUN})) / 3600)::float8 AS heard,
        (extract(epoch FROM cast(:until AS timestamptz) - {since}) / 3600)::float8 AS expected"""


def _at(level: Level) -> str:
    return f"coalesce(sum({HOURS}) FILTER (WHERE level = {int(level)} AND {HOURS} > 0), 0)::float8"


TALLIES = {
    "posture": f"""SELECT '' AS key, count(*) FILTER (WHERE {HOURS} > 0) AS cases, {_kept("cast(:since AS timestamptz)")},
            {_at(Level.VIGILANCE)} AS vigilance_h, {_at(Level.ALERT)} AS alert_h, {_at(Level.CRISIS)} AS crisis_h,
            count(*) FILTER (WHERE activates AND started_at >= :since AND started_at < :until) AS activations
        FROM ({REAL}) real""",  # noqa: S608 - constants of ours
    "exercises": f"""SELECT '' AS key, count(*) AS cases, {_kept(FIVE_YEARS)}, count(*) AS exercises,
            (SELECT count(*) FROM ({REAL}) real WHERE activates AND started_at >= {FIVE_YEARS} AND started_at < :until) AS activations
        FROM exercise WHERE tenant = :t AND started_at >= {FIVE_YEARS} AND ended_at <= :until""",  # noqa: S608 - constants of ours
}
"""kind → one row for each key, with cases, heard and expected (domain/indicator.py) beside the numbers by name."""


def tally(
    uow: UnitOfWork, kind: str, since: datetime, until: datetime, now: datetime, layers: Set[str] | None, communes: Set[int] | None, by: str = ""
) -> dict[str, Tally]:
    """ "" → all, or commune number → its own; what no commune has of its own is only under ""."""
    if kind == "load":
        return {"": _load(uow, since, until, now, layers, communes)}
    rows = uow.connection.execute(
        text(TALLIES[kind]), {"t": uow.tenant, "since": since, "until": until, "now": now, "layers": array(layers), "communes": array(communes)}
    ).mappings()
    return {row["key"]: _read(dict(row)) for row in rows}


def _load(uow: UnitOfWork, since: datetime, until: datetime, now: datetime, layers: Set[str] | None, communes: Set[int] | None) -> Tally:
    """The figures of the chief's panel over the part of the period that is known, and shared by those who were on post."""
    first = Period(uow, layers, communes, since, until).first_asked()
    expected = (until - since).total_seconds() / 3600
    begin, end = max(since, first or until), min(until, now)
    if begin >= end:
        return Tally(expected=expected)
    period = Period(uow, layers, communes, begin, end)
    people, by_priority = period.on_post(), period.asked_by_priority()
    found = load(period.asked_by_step(STEP), by_priority, people or 1)
    values = dict(found.shares) if found.asked else {}
    if people:
        values |= {"per_operator_per_step": found.per_operator_per_step, "share_in_flood": found.share_in_flood}
    return Tally(values=values, cases=found.asked, heard=(end - begin).total_seconds() / 3600, expected=expected)


def _read(row: dict[str, float]) -> Tally:
    values = {name: float(number) for name, number in row.items() if name not in ("key", "cases", "heard", "expected") and number is not None}
    return Tally(values=values, cases=int(row["cases"]), heard=row["heard"], expected=row["expected"])
