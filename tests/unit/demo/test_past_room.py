"""The invented past of a demonstration's room: over before today, the same each time, and enough for officials' figures to say something each month."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypervisor.demo import past_room as room

LAST = date(2026, 11, 26)
FIRST = LAST - timedelta(days=730)
PLACES = [room.Place(number, number % 3) for number in range(1, 40)]


def test_postures_follow_each_other_end_in_watch_and_each_month_has_a_vigilance() -> None:
    found = list(room.postures(FIRST, LAST))
    assert all(before < after for (_level, before), (_next, after) in pairwise(found))
    assert found[-1][0] == 0 and found[-1][1] < datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC)
    months = {f"{at:%Y-%m}" for level, at in found if level == 1}
    assert len(months) >= 23
    assert {level for level, _at in found} == {0, 1, 2, 3}
    # Each crisis comes from alert, and goes back to it.
    assert all((before, after) == (2, 2) for (before, _a), (level, _b), (after, _c) in zip(found, found[1:], found[2:], strict=False) if level == 3)


def test_leaks_and_reports_are_enough_each_month_to_be_told_and_are_the_same_each_time() -> None:
    leaks, reports = list(room.leaks(PLACES, FIRST, LAST)), list(room.reports(PLACES, FIRST, LAST))
    for at_of_each in ([leak.opened for leak in leaks], [report.raised for report in reports]):
        by_month: dict[str, int] = {}
        for at in at_of_each:
            by_month[f"{at:%Y-%m}"] = by_month.get(f"{at:%Y-%m}", 0) + 1
        # The first and last months are parts of months.
        assert min(sorted(by_month.items())[1:-1], key=lambda item: item[1])[1] >= 5
    assert all(leak.opened < leak.resolved for leak in leaks) and all(report.raised < report.replied < report.ended for report in reports)
    assert len({leak.number for leak in leaks}) == len(leaks)
    assert list(room.leaks(PLACES, FIRST, LAST)) == leaks
    assert not list(room.leaks([], FIRST, LAST))


def test_each_day_of_two_years_is_declared_once_and_no_more_is_recovered_than_collected() -> None:
    found = list(room.declarations(250_000, FIRST, LAST, 2))
    by_key: dict[str, list[tuple[date, date, float]]] = {}
    for key, since, until, amount, _unit, source in found:
        assert amount > 0 and "inventés" in source
        by_key.setdefault(key, []).append((since, until, amount))
    for periods in by_key.values():
        assert all(before[1] == after[0] for before, after in pairwise(sorted(periods)))
        assert min(periods)[0] <= FIRST and max(until for _since, until, _amount in periods) > LAST
    collected, recovered = ({since: amount for since, _until, amount in by_key[key]} for key in ("waste_collected", "waste_recovered"))
    assert all(recovered[month] < collected[month] for month in collected)
