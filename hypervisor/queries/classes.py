"""The classes of a choropleth: at most six, with about as many communes in each, their limits printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hypervisor import fmt
from hypervisor.i18n import _

MOST = 6


@dataclass(frozen=True, kw_only=True)
class Class:
    """low None: no lower limit; high None: no upper one. A value belongs when low <= value < high."""

    low: float | None
    high: float | None
    label: str


def classes(values: Sequence[float], digits: int) -> tuple[Class, ...]:
    """The classes of these values, from the least; limits are rounded to what is printed, so that the legend and the colours never disagree."""
    known = sorted(round(value, digits) for value in values)
    if not known:
        return ()
    count = min(MOST, len(set(known)))
    cuts = sorted({known[len(known) * number // count] for number in range(1, count)} - {known[0]})
    step = 10.0**-digits
    sides = [None, *cuts, None]
    return tuple(Class(low=low, high=high, label=_label(low, high, step, digits)) for low, high in pairwise(sides))


def rank(found: Sequence[Class], value: float, digits: int) -> int:
    """Which class a value is in, from 0."""
    printed = round(value, digits)
    return sum(1 for one in found[1:] if one.low is not None and printed >= one.low)


def _label(low: float | None, high: float | None, step: float, digits: int) -> str:
    if low is None and high is None:
        return _("toutes les communes")
    if low is None and high is not None:
        return _("moins de {value}", value=fmt.number(high, digits))
    if high is None and low is not None:
        return _("{value} et plus", value=fmt.number(low, digits))
    assert low is not None and high is not None
    ends = fmt.number(low, digits), fmt.number(high - step, digits)
    return ends[0] if ends[0] == ends[1] else _("{bas} à {haut}", bas=ends[0], haut=ends[1])
