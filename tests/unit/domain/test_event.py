"""The life of an event is a table: each of its rows is a sentence here, and what is not a row is refused."""

import pytest

from hypervisor.domain.event import LIVE, OPEN, TRANSITIONS, Impossible, Status, after

N, P, H, R, C, M, F = Status
ROWS = {
    "a new event that is taken is in progress": ("take", N, P),
    "an event in progress that another takes stays in progress": ("take", P, P),
    "an event on hold that is taken is in progress": ("take", H, P),
    "an event in progress that is released is new again": ("release", P, N),
    "an event on hold that is released is new again": ("release", H, N),
    "a new event that is assigned is in progress": ("assign", N, P),
    "an event in progress that is assigned stays in progress": ("assign", P, P),
    "an event on hold that is assigned stays on hold": ("assign", H, H),
    "an event in progress can be put on hold": ("hold", P, H),
    "an event on hold is in progress again when its hold ends": ("resume", H, P),
    "an event in progress can be resolved": ("resolve", P, R),
    "an event on hold can be resolved": ("resolve", H, R),
    "a resolved event can be closed": ("close", R, C),
    "a resolved event that is reopened is in progress": ("reopen", R, P),
    "a closed event that is reopened is in progress": ("reopen", C, P),
    "a false alert that is reopened is in progress": ("reopen", F, P),
    "a new event can be a false alert": ("false-positive", N, F),
    "an event in progress can be a false alert": ("false-positive", P, F),
    "an event on hold can be a false alert": ("false-positive", H, F),
    "a new event can end in another": ("merge", N, M),
    "an event in progress can end in another": ("merge", P, M),
    "an event on hold can end in another": ("merge", H, M),
    "a new event that takes another in stays new": ("absorb", N, N),
    "an event in progress that takes another in stays so": ("absorb", P, P),
    "an event on hold that takes another in stays so": ("absorb", H, H),
    "alarms join a new event": ("attach", N, N),
    "alarms join an event in progress": ("attach", P, P),
    "alarms join an event on hold": ("attach", H, H),
    "alarms part from a new event": ("split", N, N),
    "alarms part from an event in progress": ("split", P, P),
    "alarms part from an event on hold": ("split", H, H),
    **{f"a remark does not change an event that is {status.value}": ("comment", status, status) for status in Status},
}


@pytest.mark.parametrize(("verb", "before", "then"), ROWS.values(), ids=ROWS.keys())
def test_a_row_of_the_table(verb: str, before: Status, then: Status) -> None:
    assert after(verb, before) is then


def test_every_row_of_the_table_is_a_sentence_above() -> None:
    written = {(verb, before, then) for verb, lines in TRANSITIONS.items() for before, then in lines.items()}
    assert written == set(ROWS.values())


@pytest.mark.parametrize(("verb", "before"), [(verb, status) for verb in TRANSITIONS for status in Status if status not in TRANSITIONS[verb]])
def test_what_the_table_does_not_say_is_refused(verb: str, before: Status) -> None:
    with pytest.raises(Impossible):
        after(verb, before)


def test_every_status_can_be_reached_from_new() -> None:
    found, waiting = set(), {Status.NEW}
    while waiting:
        status = waiting.pop()
        found.add(status)
        waiting |= {lines[status] for lines in TRANSITIONS.values() if status in lines} - found
    assert found == set(Status)


def test_what_has_ended_leaves_the_screens_and_can_only_be_reopened_or_remarked() -> None:
    for status in (Status.CLOSED, Status.FALSE_POSITIVE, Status.MERGED):
        verbs = {verb for verb, lines in TRANSITIONS.items() if status in lines}
        assert verbs == ({"comment"} if status is Status.MERGED else {"comment", "reopen"})
        assert status not in LIVE
    assert set(OPEN) < LIVE


def test_an_unknown_verb_is_impossible() -> None:
    with pytest.raises(Impossible):
        after("explode", Status.NEW)
