"""Turns that repeat: the hours of the territory in every season, and its public holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hypervisor import public_holidays
from hypervisor.errors import BadConfiguration
from hypervisor.operations.on_call import Repetition
from hypervisor.settings import load

FRIDAY = datetime(2026, 10, 16, 16, 0, tzinfo=UTC)  # 18:00 in Paris, summer time until October 25


def test_a_turn_again_each_second_week_keeps_its_hours_across_the_change_of_clocks() -> None:
    spans = list(Repetition(every_weeks=2, until=datetime(2026, 11, 30, tzinfo=UTC)).spans(FRIDAY, FRIDAY + timedelta(days=3, hours=-10)))
    # Fridays October 16 and 30, November 13 and 27, at 18:00 in Paris: 16:00 UTC in summer, 17:00 in winter; until Monday 08:00 in Paris.
    assert [start for start, _end in spans] == [
        datetime(2026, 10, 16, 16, tzinfo=UTC), datetime(2026, 10, 30, 17, tzinfo=UTC), datetime(2026, 11, 13, 17, tzinfo=UTC), datetime(2026, 11, 27, 17, tzinfo=UTC),
    ]  # fmt: skip
    assert [end for _start, end in spans][:2] == [datetime(2026, 10, 19, 6, tzinfo=UTC), datetime(2026, 11, 2, 7, tzinfo=UTC)]


def test_a_turn_on_each_public_holiday_falls_on_those_of_the_law() -> None:
    """Code du travail, article L3133-1: in the end of 2026, All Saints (November 1), the Armistice (November 11) and Christmas."""
    first = datetime(2026, 10, 20, 6, tzinfo=UTC)  # 08:00 in Paris
    spans = list(Repetition(every_weeks=0, until=datetime(2026, 12, 31, tzinfo=UTC)).spans(first, first + timedelta(hours=12)))
    assert [(start, end - start) for start, end in spans] == [
        (datetime(2026, *day, 7, tzinfo=UTC), timedelta(hours=12)) for day in ((11, 1), (11, 11), (12, 25))
    ]  # fmt: skip


def test_the_eleven_days_of_the_law_and_the_two_more_of_alsace_and_moselle() -> None:
    """L3133-1, and L3134-13 for Good Friday and December 26. Easter 2026 is April 5 (Meeus), hence April 3 and 6, May 14 and 25."""
    eleven = {(1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    found = public_holidays.between(date(2026, 1, 1), date(2026, 12, 31))
    assert {(day.month, day.day) for day in found} == eleven
    assert found[date(2026, 12, 25)] == "Noël"
    for area in ("57", "6AE"):
        assert {(day.month, day.day) for day in public_holidays.between(date(2026, 1, 1), date(2026, 12, 31), area)} == eleven | {(4, 3), (12, 26)}


@pytest.mark.parametrize("area", [area for area in public_holidays.AREAS if area])
def test_every_area_of_the_settings_is_known_to_the_library(area: str) -> None:
    assert date(2026, 7, 14) in public_holidays.between(date(2026, 7, 1), date(2026, 7, 31), area)


def test_an_area_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPERVISOR_HOLIDAYS_IN", "Bourgogne")
    with pytest.raises(BadConfiguration, match="HYPERVISOR_HOLIDAYS_IN"):
        load()
