"""What must never end silently: a part of the feed that breaks is said in the log and begins again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

RETRY_S = 0.5


async def for_ever(part: Callable[[], Awaitable[None]]) -> None:
    """Runs a part of the feed again when it broke: a wall that stays dark for one bad entry would be worse than the trace in the log."""
    while True:
        try:
            await part()
        except Exception:  # The end of the fact relay, one of the three places where everything is caught.
            logger.exception("a part of the feed broke and starts again: %s", getattr(part, "__name__", part))
            await asyncio.sleep(RETRY_S)
