"""How much the room is asked: alarms per operator and step of ten minutes, share of time in flood, share of each priority; and the marks of the trade for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypervisor.domain.alarm import Priority

STEP = timedelta(minutes=10)
FLOOD = 10
"""Alarms per operator in a step beyond which it is a flood (screens.md B.4 and B.5; EEMUA 191)."""
MARKS = {"per_operator_per_step": 1.0, "share_in_flood": 0.01, "critical": 0.05, "major": 0.15, "minor": 0.80}
"""Guidance, never a verdict on a person (screens.md B.4)."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Figures of a period. shares: priority's word → share of what was asked, 0 when nothing was."""

    asked: int
    per_operator_per_step: float
    busiest_step: float
    share_in_flood: float
    shares: Mapping[str, float]


def load(steps: Sequence[int], by_priority: Mapping[int, int], operators: float) -> Load:
    """steps: how often the room was asked in each step, one at least. operators: how many share the alarms, more than none."""
    asked = sum(by_priority.values())
    return Load(
        asked=asked,
        per_operator_per_step=asked / operators / len(steps),
        busiest_step=max(steps) / operators,
        share_in_flood=sum(count / operators > FLOOD for count in steps) / len(steps),
        shares={each.word: by_priority.get(each, 0) / asked if asked else 0.0 for each in (Priority.CRITICAL, Priority.MAJOR, Priority.MINOR)},
    )
