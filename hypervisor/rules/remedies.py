"""What a trial on the past says of a rule, and which delay or hysteresis would calm it without hiding what is real."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor, log10
from statistics import median
from typing import Any

from hypervisor import fmt
from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import RATE, VALUE, Rule
from hypervisor.rules.backtest import Past, Transition, back_test
from hypervisor.rules.compile import CompiledRule

SHORT_MS = 600_000
"""An alarm that lasts less than ten minutes asked for nothing that anybody could do; a longer one is called real (screens.md 1.6)."""
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60))
SILENCES = (1.5, 2.0, 3.0, 4.0)
MARGINS = (0.02, 0.05, 0.10)
"""Of the threshold: 2 % is what a usual sensor repeats to, 10 % is already another threshold. Chosen by us."""
MOST_DELAYS = 5
PART_OF_TIME_TO_DECIDE = 0.25
LATE_WITHOUT_TIME_TO_DECIDE = timedelta(minutes=15)
NEARLY_AS_GOOD = 0.95


@dataclass(frozen=True, slots=True)
class Episode:
    """An alarm that would have stood on an asset; ended_ms is the end of the trial when it still stood."""

    asset: int
    began_ms: int
    ended_ms: int

    @property
    def is_short(self) -> bool:
        """Whether nobody could have done anything about it."""
        return self.ended_ms - self.began_ms < SHORT_MS


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Another duration and hysteresis, and what they would have changed.

    raised, short: alarms that would have remained, and those of them under ten minutes; removed: alarms fewer than the rule tried;
    of the real ones: late, how many later; median_late and worst_late, by how much; missed, how many never.
    """

    duration: timedelta
    hysteresis: float
    raised: int
    short: int
    removed: int
    late: int
    median_late: timedelta
    worst_late: timedelta
    missed: int


@dataclass(frozen=True, kw_only=True)
class Task:
    """A rule and the past that it is tried on, whole: another process may do it. values: (asset, value, epoch ms) oldest first; communes and own: by asset."""

    layer: Layer
    rule: Rule
    values: Sequence[tuple[int, float, int]]
    until_ms: int
    communes: Mapping[int, int]
    own: Mapping[int, float]


def judge(task: Task) -> tuple[list[Episode], list[Remedy]]:
    """The alarms that the rule would have raised, and every remedy worth trying."""
    values = [Past(*one) for one in task.values]

    def tried(rule: Rule) -> list[Episode]:
        return episodes(back_test(task.layer, rule, values, task.until_ms, task.own, around), task.until_ms)

    def around(asset: int, one: CompiledRule, at_ms: int) -> Mapping[str, Any]:
        at = datetime.fromtimestamp(at_ms / 1000, fmt.ZONE)
        return {"layer": task.layer.key, "kind": one.rule.kind, "commune": task.communes[asset], "hour": at.hour, "weekday": at.isoweekday()}

    before = tried(task.rule)
    is_coded = bool(task.layer.property_of(task.rule.property).words)
    found = [
        remedy(before, tried(replace(task.rule, duration=duration, hysteresis=hysteresis)), duration, hysteresis)
        for duration, hysteresis in (candidates(task.rule, is_coded=is_coded) if before else ())
    ]
    return before, found


def episodes(transitions: Iterable[Transition], until_ms: int) -> list[Episode]:
    """The alarms of a trial, oldest first."""
    began: dict[int, int] = {}
    found: list[Episode] = []
    for one in transitions:
        if one.holds:
            began.setdefault(one.asset, one.at_ms)
        elif one.asset in began:
            found.append(Episode(one.asset, began.pop(one.asset), one.at_ms))
    found += [Episode(asset, at_ms, until_ms) for asset, at_ms in began.items()]
    return sorted(found, key=lambda one: (one.began_ms, one.asset))


def candidates(rule: Rule, *, is_coded: bool) -> list[tuple[timedelta, float]]:
    """(duration, hysteresis) worth trying, each at least as strict as the rule's own; is_coded: its property is words, which have no distance."""
    if rule.comparison == "silent":
        return [(rule.duration * factor, 0.0) for factor in SILENCES]
    delays = [delay for delay in DELAYS if delay > rule.duration][:MOST_DELAYS]
    has_distance = rule.comparison in VALUE | RATE and not is_coded and rule.threshold != 0
    margins = sorted({margin for part in MARGINS if (margin := _round(rule.hysteresis + part * abs(rule.threshold))) > rule.hysteresis}) if has_distance else []
    together = [(delay, margins[len(margins) // 2]) for delay in delays[:2]] if margins else []
    return [*((delay, rule.hysteresis) for delay in delays), *((rule.duration, margin) for margin in margins), *together]


def remedy(before: Sequence[Episode], after: Sequence[Episode], duration: timedelta, hysteresis: float) -> Remedy:
    """What changes between the alarms of the rule tried and those of a candidate."""
    by_asset: dict[int, list[Episode]] = {}
    for one in after:
        by_asset.setdefault(one.asset, []).append(one)
    delays, missed = [], 0
    for real in (one for one in before if not one.is_short):
        late = _late_ms(real, by_asset)
        if late is None:
            missed += 1
        elif late > 0:
            delays.append(late)
    return Remedy(
        duration=duration,
        hysteresis=hysteresis,
        raised=len(after),
        short=sum(one.is_short for one in after),
        removed=len(before) - len(after),
        late=len(delays),
        median_late=timedelta(milliseconds=median(delays) if delays else 0),
        worst_late=timedelta(milliseconds=max(delays, default=0)),
        missed=missed,
    )


def recommended(rule: Rule, found: Sequence[Remedy]) -> Remedy | None:
    """The gentlest of those that remove nearly the most, miss no real alarm and leave three quarters of the time to decide; None when nothing is worth it."""
    patience = rule.decide_within * PART_OF_TIME_TO_DECIDE if rule.decide_within else LATE_WITHOUT_TIME_TO_DECIDE
    fit = [one for one in found if one.removed > 0 and one.missed == 0 and one.worst_late <= patience]
    if not fit:
        return None
    most = max(one.removed for one in fit)
    return min((one for one in fit if one.removed >= NEARLY_AS_GOOD * most), key=lambda one: (one.worst_late, one.duration, one.hysteresis))


def _late_ms(real: Episode, by_asset: Mapping[int, Sequence[Episode]]) -> int | None:
    for one in by_asset.get(real.asset, ()):
        if one.began_ms < real.ended_ms and one.ended_ms > real.began_ms:
            return max(0, one.began_ms - real.began_ms)
    return None


def _round(value: float) -> float:
    """Two significant digits: a person must be able to say it."""
    return round(value, 1 - floor(log10(abs(value)))) if value else 0.0
