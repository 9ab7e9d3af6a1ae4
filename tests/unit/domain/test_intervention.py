"""The law of interventions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypervisor.domain.intervention import FIELD, LIVE, NEEDS_REASON, TRANSITIONS, UNDECIDED, Impossible, Status, after


@given(st.lists(st.sampled_from(sorted(TRANSITIONS)), max_size=30))
def test_whatever_is_said_in_whatever_order_the_end_is_reached_by_the_table_alone(verbs: list[str]) -> None:
    status = Status.REQUESTED
    for verb in verbs:
        try:
            now = after(verb, status)
        except Impossible:
            continue
        assert now in TRANSITIONS[verb].values()
        # What is done or cancelled never begins again: another intervention is asked for.
        if status in (Status.DONE, Status.CANCELLED):
            assert now is status
        status = now


def test_who_has_not_accepted_cannot_be_on_his_way() -> None:
    for verb in ("en-route", "on-site", "done", "impossible"):
        with pytest.raises(Impossible):
            after(verb, Status.REQUESTED)


@pytest.mark.parametrize("status", sorted(UNDECIDED))
def test_what_is_not_over_can_always_be_given_to_another_or_cancelled(status: Status) -> None:
    assert after("reassign", status) is Status.REQUESTED
    assert after("cancel", status) is Status.CANCELLED


def test_every_verb_of_the_field_has_a_line_and_a_reason_where_it_says_no() -> None:
    assert set(FIELD) <= set(TRANSITIONS)
    assert {"refuse", "impossible"} <= NEEDS_REASON
    assert all(after("help", status) is status for status in LIVE)


def test_a_note_and_a_photo_may_come_at_any_time_even_afterwards() -> None:
    assert {after(verb, status) is status for verb in ("note", "photo", "parts") for status in Status} == {True}
