"""Values made fewer: what is averaged keeps its extremes, gaps stay gaps, and few values stay themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypervisor.queries.sampling import MINUTE_MS, correlation, sampled


def column(*minutes: float) -> np.ndarray:
    return np.array([int(minute * MINUTE_MS) for minute in minutes], np.int64)


def test_few_values_are_given_as_they_are():
    found = sampled(column(0, 10, 20), np.array([1.0, 5.0, 3.0]), 10 * MINUTE_MS, 100)
    assert found.points == [[0, 1, 1, 1], [600_000, 5, 5, 5], [1_200_000, 3, 3, 3]]
    assert (found.bucket_ms, found.gaps) == (0, 0)


def test_a_hole_of_more_than_three_periods_breaks_the_line_and_one_of_three_does_not():
    found = sampled(column(0, 30, 61), np.array([1.0, 2.0, 3.0]), 10 * MINUTE_MS, 100)
    assert [point[1] for point in found.points] == [1, 2, None, 3]
    assert found.gaps == 1


def test_many_values_become_means_that_keep_what_was_extreme():
    # A value a minute over ten hours: 600 values in at most 100 points are buckets of 10 minutes (600 / 10 = 60).
    at, values = column(*range(600)), np.ones(600)
    values[137] = 99.0
    found = sampled(at, values, MINUTE_MS, 100)
    assert found.bucket_ms == 10 * MINUTE_MS
    assert len(found.points) == 60
    # Minute 137 is in the bucket that begins at minute 130: mean (9 × 1 + 99) / 10.
    assert found.points[13] == [130 * MINUTE_MS, pytest.approx(10.8), 1.0, 99.0]


@given(st.lists(st.tuples(st.integers(1, 5_000), st.floats(-1e6, 1e6)), min_size=1, max_size=400), st.integers(2, 50))
def test_no_extreme_is_lost_and_no_point_is_invented(steps, most):
    at = np.cumsum([step for step, _value in steps]) * MINUTE_MS
    values = np.array([value for _step, value in steps])
    found = sampled(at, values, 60 * MINUTE_MS, most)
    known = [point for point in found.points if point[1] is not None]
    assert min(point[2] for point in known) == values.min()
    assert max(point[3] for point in known) == values.max()
    assert all(point[2] - 1e-6 <= point[1] <= point[3] + 1e-6 for point in known)
    assert [point[0] for point in found.points] == sorted(point[0] for point in found.points)
    assert sum(point[1] is None for point in found.points) == found.gaps


def test_what_moves_together_correlates_whatever_its_shape():
    first = np.array([1.0, 2.0, 3.0, 4.0])
    # Squares keep the order: rho is 1. Deviations −1.5 −0.5 0.5 1.5 and −6.5 −3.5 1.5 8.5: r = 25 / √(5 × 129) = 0.98437.
    r, rho = correlation(first, first**2)
    assert rho == pytest.approx(1.0)
    assert r == pytest.approx(0.98437, abs=1e-5)
    assert correlation(first, -first) == (pytest.approx(-1.0), pytest.approx(-1.0))


def test_equal_values_share_their_rank():
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: rho = 0.9486832980505138 (Kendall & Gibbons, ties by midranks).
    assert correlation(np.array([1.0, 2.0, 2.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0]))[1] == pytest.approx(0.9486832980505138)


def test_what_does_not_vary_correlates_with_nothing():
    assert correlation(np.ones(5), np.arange(5.0)) is None
    assert correlation(np.array([1.0, 2.0]), np.array([1.0, 2.0])) is None
