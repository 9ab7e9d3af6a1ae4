"""Hops as Prometheus wants them."""

from collections import Counter

import pytest

from hypervisor import hops


def test_passages_are_counted_under_their_bound_and_every_greater_one():
    counts: Counter[str] = Counter()
    # Bounds are 0.5 ms … 30 s: 0.5 ms is at its bound, 7 ms under 10 ms, 60 s beyond all; a clock that went back counts as nothing.
    for seconds in (0.0005, 0.007, 0.007, 60, -1):
        hops.note(counts, "lua", seconds)
    found, total = hops.buckets(counts, "lua")
    below = dict(found)
    assert (below["0.0005"], below["0.005"], below["0.01"], below["30"], below["+Inf"]) == (2, 2, 4, 4, 5)
    assert total == pytest.approx(60.0145)
    assert hops.buckets(counts, "judge")[0][-1] == ("+Inf", 0)


def test_a_hop_that_fails_is_not_a_passage():
    counts: Counter[str] = Counter()
    with pytest.raises(ValueError), hops.passing(counts, "lua"):
        raise ValueError
    assert not counts
    with hops.passing(counts, "lua"):
        pass
    assert hops.buckets(counts, "lua")[0][-1] == ("+Inf", 1)
