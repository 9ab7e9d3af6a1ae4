"""How long a failed sign-in makes the next one wait."""

from datetime import timedelta

from hypervisor.security.throttle import FREE_FAILURES_OF_AN_ADDRESS, LONGEST_OF_AN_ADDRESS, WINDOW, delay_after


def test_four_mistakes_cost_nothing() -> None:
    assert [delay_after(n) for n in range(5)] == [timedelta(0)] * 5


def test_then_the_delay_doubles_up_to_the_window() -> None:
    assert [delay_after(n).total_seconds() for n in (5, 6, 7, 8)] == [5, 10, 20, 40]
    assert delay_after(100) == delay_after(10_000) == WINDOW


def test_an_address_that_many_share_may_mistype_more_and_waits_a_minute_at_most() -> None:
    of_an_address = {"free": FREE_FAILURES_OF_AN_ADDRESS, "longest": LONGEST_OF_AN_ADDRESS}
    assert delay_after(FREE_FAILURES_OF_AN_ADDRESS - 1, **of_an_address) == timedelta(0)
    assert delay_after(FREE_FAILURES_OF_AN_ADDRESS, **of_an_address) == timedelta(seconds=5)
    assert delay_after(10_000, **of_an_address) == timedelta(minutes=1)
