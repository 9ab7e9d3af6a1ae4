"""Whether a dependency accepts work, asked without its library: a wrapper that waits must start in a blink."""

import logging
import socket
import struct
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from hypervisor.launcher.addresses import Addresses

logger = logging.getLogger(__name__)

POLL_S = 0.1
SAY_AFTER_S = 5.0
PROTOCOL_3 = 196608  # PostgreSQL's protocol 3.0, as its first packet says it.
STARTING_UP = b"57P03"  # SQLSTATE cannot_connect_now: recovering, starting or stopping.


def database_answers(url: str) -> bool:
    """Whether PostgreSQL would let someone in: it asks for a password, or says another thing than that it is starting."""
    user = urlsplit(url).username or "vigie_app"
    body = struct.pack("!I", PROTOCOL_3) + f"user\0{user}\0database\0postgres\0\0".encode()
    answer = _ask(url, 5432, struct.pack("!I", len(body) + 4) + body)
    return answer is not None and answer != b"" and STARTING_UP not in answer


def redis_answers(url: str) -> bool:
    """Whether Redis has loaded its data; that it wants a password is an answer too."""
    if urlsplit(url).scheme == "rediss":
        return _ask(url, 6379, b"", reads=False) is not None
    answer = _ask(url, 6379, b"PING\r\n")
    return answer is not None and answer != b"" and not answer.startswith(b"-LOADING")


def for_dependencies(addresses: Addresses, needs: tuple[str, ...]) -> None:
    """Wait, as long as it takes, until each of "database" and "redis" that is needed answers. Says so when it lasts."""
    questions: dict[str, Callable[[], bool]] = {
        "database": lambda: database_answers(addresses.database.app),
        "redis": lambda: redis_answers(addresses.redis),
    }
    for name in needs:
        began, said = time.monotonic(), False
        while not questions[name]():
            if not said and time.monotonic() - began > SAY_AFTER_S:
                logger.warning("waiting for %s, which does not answer", name)
                said = True
            time.sleep(POLL_S)


def _ask(url: str, default_port: int, question: bytes, *, reads: bool = True) -> bytes | None:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or default_port), timeout=2) as wire:
            wire.sendall(question)
            return wire.recv(512) if reads else b""
    except OSError:
        return None
