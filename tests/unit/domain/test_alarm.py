"""The law of alarms: two facts, their state, the table of transitions row by row, and masks over the truth."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from hypervisor.domain import alarm as law
from hypervisor.domain.alarm import (
    FACTS_OF,
    INSIST_AFTER,
    MASKS,
    MATRIX,
    TRANSITIONS,
    VERBS,
    Facts,
    Impossible,
    Mask,
    Priority,
    Stake,
    State,
    Trigger,
    cleared,
    expired,
    masked,
    priority_of,
    raised,
    raised_again,
    reminded,
    unmasked,
)

NOW = datetime(2026, 2, 11, 17, 5, tzinfo=UTC)
TRUTHS = tuple(FACTS_OF)


def mask(kind: str = "shelved", source: str = "person", until: datetime | None = None, *, once: bool = False) -> Mask:
    return Mask(kind=kind, source=source, at=NOW, until=until, once=once)


def facts(active: bool = True, acknowledged: bool = False, priority: Priority = Priority.MAJOR, *masks: str) -> Facts:
    return Facts(active=active, acknowledged=acknowledged, priority=priority, announced=True, masks=frozenset(mask(kind) for kind in masks))


def in_state(state: State, priority: Priority = Priority.MAJOR, **changes: object) -> Facts:
    """An alarm of that truth, which the room was asked about; a latched one is of a latching class."""
    active, acknowledged, is_held = FACTS_OF[state]
    return replace(Facts(active=active, acknowledged=acknowledged, priority=priority, latched=is_held, announced=True), **changes)


def insisted(before: Facts) -> Facts:
    return raised_again(replace(before, repeats=INSIST_AFTER[before.priority] - 1), before.priority)


ROWS = [
    ("a condition that is met asks the room", Trigger.RAISE, State.NORMAL, State.UNACKNOWLEDGED),
    ("a repeat of what nobody has seen still asks", Trigger.RAISE, State.UNACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("a repeat of what was seen does not ask again", Trigger.RAISE, State.ACKNOWLEDGED, State.ACKNOWLEDGED),
    ("a condition that comes back before its return was seen asks again", Trigger.RAISE, State.RETURNED, State.UNACKNOWLEDGED),
    ("a condition that comes back under an unseen latch asks again", Trigger.RAISE, State.LATCHED_UNACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("a condition that comes back before the reset asks again", Trigger.RAISE, State.LATCHED, State.UNACKNOWLEDGED),
    ("information asks nothing", Trigger.INFORM, State.NORMAL, State.ACKNOWLEDGED),
    ("a repeat of information asks nothing", Trigger.INFORM, State.ACKNOWLEDGED, State.ACKNOWLEDGED),
    ("information takes nothing away from what is asked", Trigger.INFORM, State.UNACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("information that comes back on an unseen return is asked as it was", Trigger.INFORM, State.RETURNED, State.UNACKNOWLEDGED),
    ("information that comes back under an unseen latch is asked as it was", Trigger.INFORM, State.LATCHED_UNACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("information that comes back before the reset asks nothing", Trigger.INFORM, State.LATCHED, State.ACKNOWLEDGED),
    ("what worsens before it was seen still asks", Trigger.WORSEN, State.UNACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("what worsens after it was seen asks again", Trigger.WORSEN, State.ACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("what repeats too often after it was seen asks again", Trigger.INSIST, State.ACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("what lasts too long after it was seen asks again", Trigger.REMIND, State.ACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("an end that nobody has seen stays, to be seen", Trigger.CLEAR, State.UNACKNOWLEDGED, State.RETURNED),
    ("an end of what was seen is the end", Trigger.CLEAR, State.ACKNOWLEDGED, State.NORMAL),
    ("what ended before the room was asked asks nothing", Trigger.CLEAR_UNTOLD, State.UNACKNOWLEDGED, State.NORMAL),
    ("an unseen end of what is latched waits for both", Trigger.CLEAR_LATCHED, State.UNACKNOWLEDGED, State.LATCHED_UNACKNOWLEDGED),
    ("a seen end of what is latched waits for its reset", Trigger.CLEAR_LATCHED, State.ACKNOWLEDGED, State.LATCHED),
    ("an active alarm is seen", Trigger.ACKNOWLEDGE, State.UNACKNOWLEDGED, State.ACKNOWLEDGED),
    ("a return is seen, and it is the end", Trigger.ACKNOWLEDGE, State.RETURNED, State.NORMAL),
    ("a latched return is seen, and waits for its reset", Trigger.ACKNOWLEDGE, State.LATCHED_UNACKNOWLEDGED, State.LATCHED),
    ("what was seen is given back to the room", Trigger.UNACKNOWLEDGE, State.ACKNOWLEDGED, State.UNACKNOWLEDGED),
    ("a seen latch is reset, and it is the end", Trigger.RESET, State.LATCHED, State.NORMAL),
    ("an unseen latch is reset, and its return is still to be seen", Trigger.RESET, State.LATCHED_UNACKNOWLEDGED, State.RETURNED),
]
STEPS = {
    Trigger.RAISE: lambda before: raised_again(before, before.priority),
    Trigger.INFORM: lambda before: raised_again(replace(before, priority=Priority.INFO), Priority.INFO),
    Trigger.WORSEN: lambda before: raised_again(before, Priority.CRITICAL),
    Trigger.INSIST: insisted,
    Trigger.REMIND: reminded,
    Trigger.CLEAR: cleared,
    Trigger.CLEAR_UNTOLD: lambda before: cleared(replace(before, announced=False, masks=frozenset({mask()}))),
    Trigger.CLEAR_LATCHED: lambda before: cleared(replace(before, latched=True)),
    **{Trigger(verb): step for verb, step in VERBS.items()},
}


@pytest.mark.parametrize(("trigger", "before", "after"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_row(trigger: Trigger, before: State, after: State) -> None:
    assert TRANSITIONS[trigger][before] is after
    assert STEPS[trigger](in_state(before)).truth is after


def test_every_row_of_the_table_has_its_sentence() -> None:
    assert {row[1:] for row in ROWS} == {(trigger, before, after) for trigger, rows in TRANSITIONS.items() for before, after in rows.items()}
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("verb", "state"), [(verb, state) for verb, state in product(VERBS, TRUTHS) if state not in TRANSITIONS[Trigger(verb)]])
def test_a_verb_is_refused_from_a_state_that_its_row_does_not_name(verb: str, state: State) -> None:
    with pytest.raises(Impossible):
        VERBS[verb](in_state(state))


@pytest.mark.parametrize(
    ("active", "acknowledged", "state"),
    # ANSI/ISA-18.2-2016, alarm state diagram: B unacknowledged, C acknowledged, D returned unacknowledged, A normal.
    [(True, False, State.UNACKNOWLEDGED), (True, True, State.ACKNOWLEDGED), (False, False, State.RETURNED), (False, True, State.NORMAL)],
)
def test_the_state_is_computed_from_the_condition_and_the_acknowledgement(active: bool, acknowledged: bool, state: State) -> None:
    assert facts(active, acknowledged).state is state
    assert facts(active, acknowledged).is_open is (state is not State.NORMAL)


def test_a_mask_hides_the_truth_and_leaving_it_shows_the_truth() -> None:
    for kind, state in product(MASKS, TRUTHS):
        before = in_state(state)
        hidden = masked(before, mask(kind))
        assert hidden.state is MASKS[kind]
        assert unmasked(hidden, kind).state is state


def test_the_truth_moves_under_a_mask() -> None:
    hidden = masked(facts(), mask())
    assert unmasked(VERBS["acknowledge"](hidden), "shelved").state is State.ACKNOWLEDGED
    assert unmasked(cleared(hidden), "shelved").state is State.RETURNED


def test_unshelving_keeps_a_previous_acknowledgement() -> None:
    assert unmasked(masked(facts(acknowledged=True), mask()), "shelved").state is State.ACKNOWLEDGED


def test_a_shelved_alarm_that_ended_keeps_its_place_until_its_shelf_ends() -> None:
    ended = cleared(masked(facts(acknowledged=True), mask(until=NOW + timedelta(hours=1))))
    assert (ended.state, ended.truth, ended.is_open) == (State.SHELVED, State.NORMAL, True)
    assert not expired(ended, NOW + timedelta(hours=1)).is_open


def test_a_mask_ends_at_its_time_and_not_before() -> None:
    hidden = masked(facts(), mask(until=NOW + timedelta(hours=1)))
    assert expired(hidden, NOW + timedelta(hours=1) - timedelta(microseconds=1)).state is State.SHELVED
    assert expired(hidden, NOW + timedelta(hours=1)).state is State.UNACKNOWLEDGED


def test_what_is_shelved_once_returns_with_its_next_occurrence() -> None:
    ended = cleared(masked(facts(acknowledged=True), mask(once=True)))
    assert not ended.is_open
    assert raised_again(ended, Priority.MAJOR).state is State.UNACKNOWLEDGED


def test_what_is_raised_and_ends_under_a_mask_never_asks() -> None:
    born = raised(Priority.MAJOR, masks=frozenset({mask("out_of_service")}))
    assert (born.state, born.announced) == (State.OUT_OF_SERVICE, False)
    assert not unmasked(cleared(born), "out_of_service").is_open
    assert unmasked(born, "out_of_service").announced


def test_under_a_cause_the_room_is_asked_about_the_cause_alone() -> None:
    child = masked(facts(), mask("suppressed", "alarm:7", once=True))
    assert not cleared(child).is_open
    assert unmasked(child, "suppressed", "alarm:7").state is State.UNACKNOWLEDGED


def test_two_masks_of_a_kind_are_taken_off_one_by_one() -> None:
    twice = masked(masked(facts(), mask("out_of_service", "work:1")), mask("out_of_service", "work:2"))
    assert unmasked(twice, "out_of_service", "work:1").state is State.OUT_OF_SERVICE
    assert unmasked(unmasked(twice, "out_of_service", "work:1"), "out_of_service", "work:2").state is State.UNACKNOWLEDGED


def test_out_of_service_wins_over_suppressed_which_wins_over_shelved() -> None:
    assert facts(True, False, Priority.MAJOR, "shelved", "suppressed").state is State.SUPPRESSED
    assert facts(True, False, Priority.MAJOR, "shelved", "suppressed", "out_of_service").state is State.OUT_OF_SERVICE


def test_a_worsening_alarm_takes_the_worse_priority_and_never_a_better_one_while_it_lasts() -> None:
    worse = raised_again(facts(acknowledged=True, priority=Priority.MINOR), Priority.CRITICAL)
    assert (worse.state, worse.priority) == (State.UNACKNOWLEDGED, Priority.CRITICAL)
    assert raised_again(worse, Priority.MINOR).priority is Priority.CRITICAL


def test_an_alarm_asks_again_after_too_many_repeats_and_counts_anew() -> None:
    seen = facts(acknowledged=True, priority=Priority.CRITICAL)
    for _ in range(INSIST_AFTER[Priority.CRITICAL] - 1):
        seen = raised_again(seen, Priority.CRITICAL)
        assert seen.state is State.ACKNOWLEDGED
    asked = raised_again(seen, Priority.CRITICAL)
    assert (asked.state, asked.repeats) == (State.UNACKNOWLEDGED, 0)


def test_a_latched_alarm_is_latched_again_after_it_comes_back() -> None:
    held = cleared(raised(Priority.CRITICAL, latched=True))
    assert held.state is State.LATCHED_UNACKNOWLEDGED
    assert cleared(raised_again(held, Priority.CRITICAL)).state is State.LATCHED_UNACKNOWLEDGED
    assert VERBS["reset"](VERBS["acknowledge"](held)).state is State.NORMAL


def test_no_verb_touches_a_mask() -> None:
    assert VERBS["acknowledge"](facts(True, False, Priority.MAJOR, "shelved")).mask_names == ("shelved",)


def test_an_end_without_a_beginning_changes_nothing() -> None:
    for state in TRUTHS:
        if not FACTS_OF[state][0]:
            assert cleared(in_state(state)) == in_state(state)


@pytest.mark.parametrize(
    ("stake", "minutes", "priority"),
    [
        (Stake.VITAL, 15, Priority.CRITICAL),  # the border belongs to the sooner step
        (Stake.VITAL, 16, Priority.MAJOR),
        (Stake.SERVICE, 5, Priority.MAJOR),
        (Stake.SERVICE, 60, Priority.MAJOR),
        (Stake.SERVICE, 61, Priority.MINOR),
        (Stake.REPAIR, 1, Priority.MINOR),
        (Stake.NONE, 1, Priority.INFO),
    ],
)
def test_priority_is_consequence_by_time_to_respond(stake: Stake, minutes: int, priority: Priority) -> None:
    assert priority_of(stake, timedelta(minutes=minutes)) is priority


def test_no_time_to_respond_is_the_longest() -> None:
    assert all(priority_of(stake, None) is MATRIX[stake][2] for stake in Stake)


def test_severity_words_of_the_standards_have_a_priority() -> None:
    assert law.SEVERITIES["warning"] is Priority.MINOR  # X.733: potential fault
    assert law.SEVERITIES["extreme"] is Priority.CRITICAL  # CAP 1.2: extraordinary threat
