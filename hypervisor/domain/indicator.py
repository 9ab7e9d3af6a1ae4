"""What an indicator is: a measure that history adds up day by day, a formula over its sums, and the sheet that says both to a reader.

A measure is an SQL question of one layer to its closed days; its daily sums are kept (`lake/indicators.py`). An indicator is a pure function of those sums, of declared
volumes and of versioned factors: the same on screen, in a file and in a test.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

ENOUGH = 0.9
"""Completeness under which a figure is called an estimate (screens.md, check 40)."""
LEAST_CASES = 5
"""No figure on fewer cases (screens.md §6)."""
YEAR_DAYS = 365
"""A regulatory figure of water is annual: on fewer days it is called « estimation glissante »."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What history adds up, for each day of the territory's calendar and each commune.

    sql: a SELECT of (day, asset_id, num, den, cases) over the relations that `lake/questions.py` gives: `hours` (day, hour, local_hour, asset_id, property_id, n, mean, low,
    high), `raw` (day, observed_at_ms, asset_id, property_id, value), `asset` (asset_id, commune_id, kind and `attributes` as text), `night` (hour, share of it between
    sunset and sunrise), `calendar` (day, hours). {key} in it is the number of that property.
    kinds: assets that count; only: an attribute and its words, for those of these kinds that count, () for all; watched: properties whose values make them heard, none for what is known without being measured.
    heard_by: hour when every hour of the day must be heard, day when one value is enough, counted when the SQL gives a sixth column: hours that could be counted. reads: relations of history that the question needs.
    version: to be raised when the SQL changes; days already computed are then computed again while the lake holds them.
    """

    key: str
    kinds: tuple[str, ...]
    properties: tuple[str, ...]
    sql: str
    watched: tuple[str, ...] = ()
    heard_by: Literal["hour", "day", "counted"] = "hour"
    reads: tuple[Literal["hours", "raw"], ...] = ("hours",)
    attributes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Factor:
    """A figure that is agreed rather than measured, from a day on: a price, an emission, a distance. source: where it is written, and when."""

    key: str
    label: str
    unit: str
    value: float
    since: date
    source: str
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the factor is in force that day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A volume that a service declares over [since, until): m³ billed, rounds of the reference calendar. commune: 0 is the whole territory."""

    key: str
    since: date
    until: date
    amount: float
    unit: str
    source: str
    commune: int = 0


@dataclass(frozen=True, kw_only=True)
class Volume:
    """What a service may declare over a period: its key, its name (a msgid) and its unit."""

    key: str
    label: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the council or a contract asks for: at least `low`, at most `high`; both for a band. source: who decided, and when."""

    low: float | None = None
    high: float | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A target of an indicator that is in force from a day on, until a later one."""

    indicator: str
    since: date
    target: Target


@dataclass(frozen=True, kw_only=True)
class Sums:
    """A measure over a period. heard and expected count asset·hours or asset·days, as the measure says; days: those computed."""

    num: float = 0.0
    den: float = 0.0
    cases: int = 0
    heard: float = 0.0
    expected: float = 0.0
    days: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(num=self.num + other.num, den=self.den + other.den, cases=self.cases + other.cases, heard=self.heard + other.heard,
                    expected=self.expected + other.expected, days=self.days + other.days)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Delays:
    """Delays in seconds of the cases of a period. count: cases with a delay; asked: cases that should have one; within: those in their time, of `due` that have one."""

    median_s: float | None = None
    ninth_decile_s: float | None = None
    count: int = 0
    asked: int = 0
    within: int = 0
    due: int = 0


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What the room's own tables count of a period: posture, exercises. values: name → number; cases: those that they rest on.

    heard and expected: hours that the platform was there to keep them, and hours of what is asked.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    cases: int = 0
    heard: float = 0.0
    expected: float = 0.0


@dataclass(frozen=True)
class Parts:
    """All that a formula may read, over [since, until) and one perimeter.

    by_day: measure → day → sums. delays: kind of delay → its figures. tallies: kind → what was counted. terms: role → (domain, figure) that play it. population: inhabitants, 0 when unknown. is_whole: whether the perimeter is the whole territory,
    which declared volumes are of.
    """

    since: date
    until: date
    by_day: Mapping[str, Mapping[date, Sums]] = field(default_factory=dict)
    factors: Sequence[Factor] = ()
    declared: Sequence[Declared] = ()
    delays: Mapping[str, Delays] = field(default_factory=dict)
    is_whole: bool = True
    targets: Sequence[Agreed] = ()
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    terms: Mapping[str, Sequence[tuple[str, "Indicator"]]] = field(default_factory=dict)
    population: int = 0

    def across(self, role: str) -> float | None:
        """The figures of all domains that play a role, added up; a domain without such equipment adds nothing. None when one of the others cannot be said."""
        values = [term.value(self) for term in self.present(role)]
        known = [value for value in values if value is not None]
        return sum(known) if values and len(known) == len(values) else None

    def present(self, role: str) -> list["Indicator"]:
        """Those figures, of the domains that have such equipment here."""
        return [term for _domain, term in self.terms.get(role, ()) if (found := self.sums(term.measure)).expected or not found.days]

    def counted(self, kind: str, name: str) -> float | None:
        """A number of a tally; None when the platform kept none."""
        found = self.tallies.get(kind)
        return found.values.get(name) if found is not None else None

    def agreed(self, indicator: str) -> Target | None:
        """The target that a service has set in place of the declaration's, in force on the last day of the period; None when it has set none."""
        last = self.until - timedelta(days=1)
        holding = [one for one in self.targets if one.indicator == indicator and one.since <= last]
        return max(holding, key=lambda one: one.since).target if holding else None

    @property
    def days(self) -> int:
        """Days of the period."""
        return (self.until - self.since).days

    def sums(self, measure: str) -> Sums:
        """The measure over the period."""
        total = Sums()
        for day, sums in self.by_day.get(measure, {}).items():
            if self.since <= day < self.until:
                total += sums
        return total

    def total(self, measure: str, scale: float = 1.0) -> float | None:
        """What was counted; None when nothing was heard."""
        found = self.sums(measure)
        return found.num * scale if found.days and (found.heard or not found.expected) else None

    def ratio(self, measure: str, scale: float = 100.0) -> float | None:
        """Numerator over denominator; None without a denominator."""
        found = self.sums(measure)
        return scale * found.num / found.den if found.den else None

    def priced(self, measure: str, factor: str, scale: float = 1.0) -> float | None:
        """Each day's numerator at that day's factor; None when a day has no factor."""
        if self.total(measure) is None:
            return None
        total = 0.0
        for day, sums in self.by_day[measure].items():
            if self.since <= day < self.until:
                rate = self.factor(factor, day)
                if rate is None:
                    return None
                total += sums.num * rate
        return total * scale

    def factor(self, key: str, day: date | None = None) -> float | None:
        """The factor in force on a day, the last of the period by default; a later declaration wins over an earlier one."""
        at = day or self.until - timedelta(days=1)
        holding = [factor for factor in self.factors if factor.key == key and factor.holds_on(at)]
        return max(holding, key=lambda factor: factor.since).value if holding else None

    def heard_days(self, measure: str) -> set[date]:
        """Days of the period on which something of the measure was heard."""
        return {day for day, sums in self.by_day.get(measure, {}).items() if self.since <= day < self.until and sums.heard}

    def volume(self, key: str, *measured: str) -> float | None:
        """A declared volume over the period, each declaration in proportion of its days.

        measured: over the days heard of those measures alone, so that a volume never covers days that what it is compared with does not. None where one of
        those days is declared by nobody, or for a part of the territory.
        """
        if not self.is_whole:
            return None
        days = set().union(*(self.heard_days(measure) for measure in measured)) if measured else self._every_day()
        covered: set[date] = set()
        total = 0.0
        for declared in self.declared:
            if declared.key == key:
                inside = {day for day in days if declared.since <= day < declared.until}
                total += declared.amount * len(inside) / (declared.until - declared.since).days
                covered |= inside
        return total if days and covered == days else None

    def declared_share(self, keys: Sequence[str]) -> float:
        """Share of the days of the period over which all those volumes are declared."""
        covered = [{day for each in self.declared if each.key == key for day in self._every_day() if each.since <= day < each.until} for key in keys]
        return len(set.intersection(*covered)) / self.days if covered and self.days else 0.0

    def _every_day(self) -> set[date]:
        return {self.since + timedelta(days=number) for number in range(self.days)}


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One figure of the officials' dashboards. label, formula, source, owner, clause are msgids.

    value: the formula. measure: whose completeness is the figure's ("" for delays, which `delays` names, and for what is counted, which `tally` names). unit: as shown; digits: decimals printed, everywhere.
    direction: which way is better (up, down, none). adds_up: whether the months add up to the year (a share does not). target: None when nobody has set one; for what
    adds up, of one year. clause: the figure in the sentence, `value` carries its unit. code: that of SISPEA; such a figure is annual and says so under a year.
    least: cases under which the figure is masked. rank: place in its domain's page, the first one is the domain's card on the first page.
    beside: a second value to say next to the first (the ninth decile of a delay). is_estimate: an estimate whatever its completeness, and why.
    of_all: it is of the whole territory, and no commune has its own. role: what figure of all domains it is a term of; across: the role whose terms this one adds up.
    unsaid: why a tally, or volumes that are declared, may not give it.
    Without measure, delays, tally nor across, it is of declared volumes alone.
    """

    key: str
    label: str
    unit: str
    formula: str
    source: str
    value: Callable[[Parts], float | None]
    measure: str = ""
    delays: str = ""
    tally: str = ""
    of_all: bool = False
    unsaid: str = ""
    role: str = ""
    across: str = ""
    digits: int = 1
    direction: Literal["up", "down", "none"] = "none"
    adds_up: bool = False
    target: Target | None = None
    goal: Callable[[Parts], Target | None] | None = None
    clause: str = ""
    code: str = ""
    least: int = 1
    beside: Callable[[Parts], float | None] | None = None
    estimate: str = ""
    owner: str = ""
    version: int = 1
    dated: date = date(2026, 11, 1)
    factors: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()

    @property
    def is_declared_alone(self) -> bool:
        """Whether nothing is measured nor counted for it: what services declare is all that it reads."""
        return bool(self.declared) and not (self.measure or self.delays or self.tally or self.across)
