"""Failed sign-ins slow the next ones down, per username: five in a quarter of an hour, then a delay that doubles."""

from datetime import datetime, timedelta

from hypervisor.errors import TooManyAttempts
from hypervisor.i18n import _
from hypervisor.store import UnitOfWork, accounts

WINDOW = timedelta(minutes=15)
FREE_FAILURES = 5
# Chosen by us: a person who mistypes waits seconds, a program that guesses gets about twelve tries a quarter of an hour. No account is ever locked.
FIRST_DELAY = timedelta(seconds=5)


def check(uow: UnitOfWork, username: str, at: datetime) -> None:
    """Raises TooManyAttempts with `retry_after_s` while the delay runs. The right password is refused too, or the delay would tell which it is."""
    count, last_at = accounts.failures(uow, username, at - WINDOW)
    if last_at is None:
        return
    wait_s = (last_at + delay_after(count) - at).total_seconds()
    if wait_s > 0:
        seconds = int(wait_s) + 1
        raise TooManyAttempts(_("Trop d’essais : attendez {seconds} s avant le prochain.", seconds=seconds), retry_after_s=seconds)


def delay_after(failures: int) -> timedelta:
    """How long to wait after that many failures in the window: nothing below five, then 5, 10, 20 s … at most the window."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 20)
    return min(FIRST_DELAY * (1 << doublings), WINDOW)
