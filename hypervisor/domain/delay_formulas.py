"""Formulas over the delays of a period: median, ninth decile, share within their time, number of cases."""

from collections.abc import Callable

from hypervisor.domain.indicator import Parts

Formula = Callable[[Parts], float | None]


def median(kind: str, unit_s: float) -> Formula:
    """The median, in units of so many seconds."""
    return lambda parts: None if (found := parts.delays.get(kind)) is None or found.median_s is None else found.median_s / unit_s


def ninth(kind: str, unit_s: float) -> Formula:
    """The ninth decile, in units of so many seconds."""
    return lambda parts: None if (found := parts.delays.get(kind)) is None or found.ninth_decile_s is None else found.ninth_decile_s / unit_s


def within(kind: str) -> Formula:
    """Cases in their time, of those that have one, in %."""

    def share(parts: Parts) -> float | None:
        found = parts.delays.get(kind)
        return 100 * found.within / found.due if found is not None and found.due else None

    return share


def cases(kind: str) -> Formula:
    """How many cases have a delay."""
    return lambda parts: float(found.count) if (found := parts.delays.get(kind)) is not None else None
