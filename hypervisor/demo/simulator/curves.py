"""Daily curves, as tables of 24 hours, and where each comes from."""

import numpy as np

from hypervisor.demo.simulator.moment import Moment

PARKING = {
    "centre": (
        [37, 35, 35, 36, 37, 39, 40, 43, 48, 54, 56, 59, 61, 62, 59, 57, 54, 54, 58, 63, 59, 53, 44, 40],
        [40, 37, 35, 35, 34, 34, 34, 35, 38, 41, 46, 50, 53, 54, 54, 54, 51, 53, 55, 58, 55, 49, 41, 36],
    ),
    "relay": (
        [23, 21, 24, 25, 23, 26, 34, 48, 63, 70, 70, 68, 65, 68, 69, 62, 52, 40, 34, 30, 26, 25, 24, 23],
        [26, 24, 28, 26, 26, 28, 31, 35, 41, 42, 42, 39, 34, 36, 37, 36, 34, 33, 31, 30, 29, 28, 27, 26],
    ),
    "residents": (
        [47, 47, 47, 46, 46, 45, 48, 48, 55, 56, 57, 57, 58, 57, 57, 55, 53, 50, 50, 50, 50, 48, 47, 46],
        [46, 46, 47, 45, 44, 44, 44, 44, 45, 45, 46, 46, 47, 46, 46, 46, 46, 46, 46, 47, 48, 47, 46, 45],
    ),
}
"""Occupancy in %, weekday then weekend: hourly means of three, five and three car parks of Montpellier, 12 January to 14 May 2026 (Licence Ouverte)."""

STREET = (
    [70, 70, 70, 70, 70, 68, 64, 62, 68, 78, 84, 86, 85, 80, 79, 80, 82, 84, 86, 84, 80, 76, 73, 71],
    [72, 72, 72, 72, 72, 71, 70, 68, 68, 72, 78, 82, 82, 80, 80, 81, 82, 82, 82, 80, 78, 76, 74, 73],
)
"""On-street occupancy in %, weekday then weekend: chosen by us, paid streets of a centre."""

WATER = [0.86, 0.42, 0.22, 0.11, 0.08, 0.07, 0.17, 0.97, 1.68, 1.34, 1.44, 1.48, 1.4, 1.34, 1.17, 1.13, 0.96, 0.95, 1.0, 1.16, 1.61, 1.88, 1.45, 1.1]
"""Consumption of homes divided by its daily mean: 24 meters of the DAIAD trial over a year (CC BY-SA 4.0)."""

LEAKAGE = 0.25
"""Share of a district's mean flow that never stops (leaks, industries): chosen by us, near the 80 % of network efficiency usual in France."""

AIR_C = [3, 4, 8, 11, 15, 19, 22, 21, 17, 12, 7, 4]
"""Mean air temperature by month: rounded, inland France, chosen by us."""


def at_hour(table: list[float] | list[int], hour: float) -> float:
    """The table's value at a local hour, on straight lines between its 24 points, midnight joined to midnight."""
    return float(np.interp(hour, range(25), [*table, table[0]]))


def week(tables: tuple[list[int], list[int]], now: Moment) -> float:
    """The share (0 to 1) that a weekday and weekend pair of tables gives."""
    return at_hour(tables[now.is_weekend], now.hour) / 100


def water_factor(now: Moment) -> float:
    """Flow of a district divided by its daily mean."""
    return LEAKAGE + (1 - LEAKAGE) * at_hour(WATER, now.hour)


def air_c(now: Moment) -> float:
    """Temperature of the air: the month's mean, warmest at three in the afternoon."""
    return AIR_C[now.month - 1] + 5 * float(np.cos((now.hour - 15) / 24 * 2 * np.pi))
