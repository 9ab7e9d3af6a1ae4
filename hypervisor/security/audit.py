"""Refusals and acts of administration, kept for the officer who answers for them.

A refusal is raised inside a transaction that will be rolled back, so its line is written apart, by one thread, after the answer.
"""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from hypervisor.domain.operator import Principal
from hypervisor.errors import VigieError
from hypervisor.security.context import current_address
from hypervisor.store import Database, UnitOfWork
from hypervisor.store import audit as lines

logger = logging.getLogger(__name__)

MOST_WAITING = 1000

_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit")
_room = threading.BoundedSemaphore(MOST_WAITING)
_database: Database | None = None
_last: Future[None] | None = None


def write_to(database: Database) -> None:
    """Says where refusals go; called once by the middleware. Before, they are only logged."""
    global _database
    _database = database


def done(uow: UnitOfWork, by: Principal, action: str, at: datetime, about: str | None = None, **detail: object) -> None:
    """Adds a line in the caller's transaction: it exists if and only if the act does."""
    lines.write(uow, at, by.name, action, "done", about=about, address=current_address.get(), detail=detail)


def refused(by: Principal, permission: str, layer: str | None = None, commune: int | None = None, about: str | None = None) -> None:
    """Adds a line for a refusal, soon. about: what was asked for, "alarm:42"."""
    global _last
    logger.warning("refused %s to %s (layer %s, commune %s, about %s)", permission, by.name, layer, commune, about)
    database = _database
    if database is None:
        return
    if not _room.acquire(blocking=False):
        logger.error("audit is %d lines behind: the refusal above is only in this log", MOST_WAITING)
        return
    _last = _writer.submit(_write, database, by, permission, about, {"layer": layer, "commune": commune}, current_address.get())


def wait() -> None:
    """Returns once every refusal so far is written; for tests and for the end of the process."""
    if _last is not None:
        _last.result(timeout=10)


def _write(database: Database, by: Principal, permission: str, about: str | None, detail: dict[str, object], address: str) -> None:
    try:
        with database.unit_of_work(by.tenant) as uow:
            lines.write(uow, lines.now(uow), by.name, f"operator:{permission}", "refused", about=about, address=address, detail=detail)
    except VigieError:
        logger.exception("audit line lost")
    finally:
        _room.release()
