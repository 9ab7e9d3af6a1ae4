"""The life of an event is a table."""

import pytest

from hypervisor.domain.event import LIVE, TRANSITIONS, Impossible, Status, after


def reachable(start: Status) -> set[Status]:
    found, waiting = set(), {start}
    while waiting:
        status = waiting.pop()
        found.add(status)
        waiting |= {lines[status] for lines in TRANSITIONS.values() if status in lines} - found
    return found


def test_every_status_but_merged_can_be_reached_from_new() -> None:
    assert reachable(Status.NEW) == set(Status) - {Status.MERGED}


def test_an_event_is_closed_only_once_resolved() -> None:
    assert after("close", Status.RESOLVED) is Status.CLOSED
    for status in set(Status) - {Status.RESOLVED}:
        with pytest.raises(Impossible):
            after("close", status)


def test_what_is_finished_can_be_reopened_and_nothing_else() -> None:
    for status in (Status.CLOSED, Status.FALSE_POSITIVE, Status.MERGED):
        verbs = {verb for verb, lines in TRANSITIONS.items() if status in lines}
        assert verbs == ({"comment"} if status is Status.MERGED else {"comment", "reopen"})
        assert status not in LIVE


def test_a_comment_changes_no_status() -> None:
    assert all(after("comment", status) is status for status in Status)


def test_an_unknown_verb_is_impossible() -> None:
    with pytest.raises(Impossible):
        after("explode", Status.NEW)
