"""How long to wait before the next attempt: doubling, bounded, with chance so that a server that comes back is not met by everyone at once."""

from datetime import datetime, timedelta
from random import Random

from hypervisor.notifications.message import PATIENCE

FIRST = {"email": timedelta(seconds=5), "sms": timedelta(seconds=2), "call": timedelta(seconds=2), "webhook": timedelta(seconds=2)}
LONGEST = {"email": timedelta(minutes=15), "sms": timedelta(minutes=1), "call": timedelta(minutes=1), "webhook": timedelta(minutes=5)}
"""Chosen by us: an on-call message must go out within a minute of the gateway's return."""
JITTER = 0.2


def delay(channel: str, attempts: int, chance: Random) -> timedelta:
    """After that many attempts (1 or more), within 20 % of the doubled delay."""
    doubled = FIRST[channel] * (1 << min(attempts - 1, 20))
    return min(doubled, LONGEST[channel]) * chance.uniform(1 - JITTER, 1 + JITTER)


def next_attempt(channel: str, attempts: int, queued_at: datetime, now: datetime, chance: Random) -> datetime | None:
    """When to try again; None when the message's patience would be over."""
    at = now + delay(channel, attempts, chance)
    return at if at <= queued_at + PATIENCE[channel] else None
