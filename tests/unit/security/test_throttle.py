"""How long a failed sign-in makes the next one wait."""

from datetime import timedelta

from hypervisor.security.throttle import WINDOW, delay_after


def test_four_mistakes_cost_nothing() -> None:
    assert [delay_after(n) for n in range(5)] == [timedelta(0)] * 5


def test_then_the_delay_doubles_up_to_the_window() -> None:
    assert [delay_after(n).total_seconds() for n in (5, 6, 7, 8)] == [5, 10, 20, 40]
    assert delay_after(100) == delay_after(10_000) == WINDOW
