"""The law of alarms: two facts, their state, and masks over it."""

from itertools import product

import pytest

from hypervisor.domain.alarm import MASKS, VERBS, Facts, Impossible, Priority, State, cleared, raised, worsened_or_repeated


def facts(active: bool = True, acknowledged: bool = False, priority: Priority = Priority.MAJOR, *masks: str) -> Facts:
    return Facts(active=active, acknowledged=acknowledged, priority=priority, masks=frozenset(masks))


@pytest.mark.parametrize(
    ("active", "acknowledged", "state"),
    # ANSI/ISA-18.2-2016, alarm state diagram: B unacknowledged, C acknowledged, D returned unacknowledged, A normal.
    [(True, False, State.UNACKNOWLEDGED), (True, True, State.ACKNOWLEDGED), (False, False, State.RETURNED), (False, True, State.NORMAL)],
)
def test_the_state_is_computed_from_the_condition_and_the_acknowledgement(active: bool, acknowledged: bool, state: State) -> None:
    assert facts(active, acknowledged).state is state
    assert facts(active, acknowledged).is_open is (state is not State.NORMAL)


def test_a_mask_hides_the_truth_and_leaving_it_shows_the_truth() -> None:
    for mask, (active, acknowledged) in product(MASKS, product((True, False), repeat=2)):
        masked = facts(active, acknowledged, Priority.MAJOR, mask)
        assert masked.state is MASKS[mask]
        assert masked.is_open == facts(active, acknowledged).is_open


def test_out_of_service_wins_over_suppressed_which_wins_over_shelved() -> None:
    assert facts(True, False, Priority.MAJOR, "shelved", "suppressed").state is State.SUPPRESSED
    assert facts(True, False, Priority.MAJOR, "shelved", "suppressed", "out_of_service").state is State.OUT_OF_SERVICE


def test_an_alarm_is_born_unacknowledged_but_information_asks_for_nothing() -> None:
    assert raised(Priority.CRITICAL).state is State.UNACKNOWLEDGED
    assert raised(Priority.INFO).state is State.ACKNOWLEDGED


def test_a_worsening_acknowledged_alarm_asks_again() -> None:
    after = worsened_or_repeated(facts(acknowledged=True, priority=Priority.MINOR), Priority.CRITICAL)
    assert (after.state, after.priority) == (State.UNACKNOWLEDGED, Priority.CRITICAL)


def test_a_repeat_of_an_acknowledged_alarm_does_not_ask_again_nor_weaken_it() -> None:
    after = worsened_or_repeated(facts(acknowledged=True, priority=Priority.CRITICAL), Priority.MINOR)
    assert (after.state, after.priority) == (State.ACKNOWLEDGED, Priority.CRITICAL)


def test_a_condition_that_comes_back_asks_again() -> None:
    assert worsened_or_repeated(facts(active=False, acknowledged=False), Priority.MAJOR).state is State.UNACKNOWLEDGED


def test_a_cleared_alarm_stays_until_someone_has_seen_it() -> None:
    assert cleared(facts()).state is State.RETURNED
    assert cleared(facts(acknowledged=True)).state is State.NORMAL
    assert VERBS["acknowledge"](cleared(facts())).state is State.NORMAL


def test_acknowledging_twice_is_impossible() -> None:
    with pytest.raises(Impossible):
        VERBS["acknowledge"](VERBS["acknowledge"](facts()))


def test_only_an_active_acknowledged_alarm_is_given_back() -> None:
    assert VERBS["unacknowledge"](facts(acknowledged=True)).state is State.UNACKNOWLEDGED
    for before in (facts(), facts(active=False, acknowledged=True), facts(active=False)):
        with pytest.raises(Impossible):
            VERBS["unacknowledge"](before)


def test_no_verb_touches_a_mask() -> None:
    assert VERBS["acknowledge"](facts(True, False, Priority.MAJOR, "shelved")).masks == {"shelved"}
