"""Which periods a plan owes, when their document may be prepared, and how a recipient is written."""

from datetime import date

import pytest

from hypervisor.domain.reporting import Due, due, due_for, eve, is_ready, last_over, recipient


def test_a_new_plan_begins_with_the_last_period_that_is_over() -> None:
    assert last_over("month", date(2026, 3, 1)) == date(2026, 2, 1)
    assert last_over("quarter", date(2026, 2, 11)) == date(2025, 10, 1)
    assert last_over("year", date(2026, 2, 11)) == date(2025, 1, 1)


def test_every_period_that_is_over_is_due_however_long_nobody_looked() -> None:
    months = list(due("month", date(2025, 12, 1), date(2026, 3, 1)))
    assert [one.written for one in months] == ["2025-12", "2026-01", "2026-02"]
    assert months[-1] == Due(written="2026-02", since=date(2026, 2, 1), until=date(2026, 3, 1))
    assert [one.written for one in due("quarter", date(2025, 10, 1), date(2026, 6, 30))] == ["2025-T4", "2026-T1"]
    assert [one.written for one in due("year", date(2024, 1, 1), date(2025, 12, 31))] == ["2024"]


@pytest.mark.parametrize(
    ("computed", "today", "ready"),
    [(27, date(2026, 3, 1), False), (28, date(2026, 3, 1), True), (27, date(2026, 3, 5), False), (27, date(2026, 3, 6), True), (0, date(2026, 6, 1), False)],
)
def test_a_document_waits_for_all_its_days_five_days_at_most_and_is_never_empty(computed: int, today: date, ready: bool) -> None:
    february = Due(written="2026-02", since=date(2026, 2, 1), until=date(2026, 3, 1))
    assert is_ready(february, computed, today) is ready


def test_a_recipient_is_a_name_and_an_address_or_an_address_alone() -> None:
    assert recipient(" Mme Lefèvre <lefevre@ville.example> ") == ("Mme Lefèvre", "lefevre@ville.example")
    assert recipient("maire@ville.example") == ("", "maire@ville.example")
    assert recipient("Mme Lefèvre") is None


@pytest.mark.parametrize(
    ("council", "holidays", "opens"),
    [
        (date(2026, 11, 27), (), date(2026, 11, 26)),  # A Friday: Thursday.
        (date(2026, 11, 30), (), date(2026, 11, 27)),  # A Monday: the Friday before.
        (date(2026, 11, 12), (date(2026, 11, 11),), date(2026, 11, 10)),  # The day after Armistice Day.
    ],
)
def test_the_eve_of_a_council_is_a_day_when_somebody_is_there(council: date, holidays: tuple[date, ...], opens: date) -> None:
    assert eve(council, holidays) == opens


@pytest.mark.parametrize(
    ("today", "written"), [(date(2026, 11, 26), []), (date(2026, 11, 27), ["2026-10"]), (date(2026, 11, 30), ["2026-10"]), (date(2026, 12, 1), [])]
)
def test_a_council_is_owed_the_last_month_from_its_eve_to_its_day(today: date, written: list[str]) -> None:
    assert [one.written for one in due_for([date(2026, 11, 30), date(2027, 2, 1)], today)] == written


def test_an_eve_in_the_month_before_is_owed_the_month_that_was_over_then() -> None:
    # A council on Monday 1 February is prepared on Friday 29 January, when December is the last month over.
    assert [one.written for one in due_for([date(2027, 2, 1)], date(2027, 2, 1))] == ["2026-12"]
