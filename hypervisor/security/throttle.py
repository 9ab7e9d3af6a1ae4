"""Failed sign-ins slow the next ones down, per username and per address: a few in a quarter of an hour are free, then a delay doubles."""

from datetime import datetime, timedelta

from hypervisor.errors import TooManyAttempts
from hypervisor.i18n import _
from hypervisor.store import UnitOfWork, accounts

WINDOW = timedelta(minutes=15)
FREE_FAILURES = 5
# Chosen by us: a person who mistypes waits seconds, a program that guesses gets about twelve tries a quarter of an hour. No account is ever locked.
FIRST_DELAY = timedelta(seconds=5)
# A whole control room may share one address: it may mistype more, and never waits long for the mistakes of one of its own.
FREE_FAILURES_OF_AN_ADDRESS = 30
LONGEST_OF_AN_ADDRESS = timedelta(minutes=1)


def check(uow: UnitOfWork, username: str, address: str, at: datetime) -> None:
    """Raises TooManyAttempts with `retry_after_s` while a delay runs. The right password is refused too, or the delay would tell which it is."""
    since = at - WINDOW
    wait_s = _left_s(accounts.failures(uow, username, since), FREE_FAILURES, WINDOW, at)
    if address:
        wait_s = max(wait_s, _left_s(accounts.failures_from(uow, address, since), FREE_FAILURES_OF_AN_ADDRESS, LONGEST_OF_AN_ADDRESS, at))
    if wait_s > 0:
        seconds = int(wait_s) + 1
        raise TooManyAttempts(_("Trop d’essais : attendez {seconds} s avant le prochain.", seconds=seconds), retry_after_s=seconds)


def delay_after(failures: int, free: int = FREE_FAILURES, longest: timedelta = WINDOW) -> timedelta:
    """How long to wait after that many failures in the window: nothing below `free`, then 5, 10, 20 s … at most `longest`."""
    if failures < free:
        return timedelta(0)
    doublings = min(failures - free, 20)
    return min(FIRST_DELAY * (1 << doublings), longest)


def _left_s(failures: tuple[int, datetime | None], free: int, longest: timedelta, at: datetime) -> float:
    count, last_at = failures
    return 0.0 if last_at is None else (last_at + delay_after(count, free, longest) - at).total_seconds()
