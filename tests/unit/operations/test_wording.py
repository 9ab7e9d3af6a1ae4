"""Hours in sentences are the territory's, summer and winter."""

from datetime import UTC, datetime

from hypervisor.operations.wording import day_and_hour, hour, with_comment


def test_hours_are_those_of_the_territory() -> None:
    assert hour(datetime(2026, 2, 11, 17, 5, 2, tzinfo=UTC)) == "18:05:02"
    assert hour(datetime(2026, 7, 11, 17, 5, 2, tzinfo=UTC)) == "19:05:02"
    assert day_and_hour(datetime(2026, 2, 11, 23, 30, tzinfo=UTC)) == "12/02/2026 à 00:30"


def test_a_sentence_without_comment_stays_as_it_is() -> None:
    assert with_comment("Alarme acquittée", "") == "Alarme acquittée"
    assert with_comment("Alarme acquittée", "vu") == "Alarme acquittée — vu"
