"""Starts one program of the table: `python -m hypervisor.launcher.start NAME`, which the supervisor runs.

It holds the program's lock, waits for what the program needs, then becomes it. The lock passes to the program and to its children: after a
crash the next one waits until the last of them is gone, so that there are never two.
"""

import fcntl
import logging
import os
import sys
import time
from pathlib import Path

from hypervisor import settings as settings_module
from hypervisor.errors import VigieError
from hypervisor.launcher import addresses, private, programs, waiting
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.launcher.valkey import PrivateValkey
from hypervisor.settings import Settings

logger = logging.getLogger(__name__)

LOCKS = "run"


def hold(file: Path, patience_s: float) -> int | None:
    """Take an exclusive lock that lasts as long as this process and whatever it becomes; None when it was not free in time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    limit = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > limit:
                os.close(descriptor)
                return None
            time.sleep(0.1)
        else:
            os.set_inheritable(descriptor, True)
            return descriptor


def main(name: str) -> None:
    """Become the program; returns only by an error."""
    settings = settings_module.load()
    if hold(settings.data_dir / LOCKS / f"{name}.lock", patience_s=20) is None:
        raise VigieError(f"another {name} of this installation still runs: it is tried again until that one is gone")
    program = programs.ALL[name]
    if program.command is None:
        _become_service(name, settings)
    else:
        waiting.for_dependencies(addresses.resolve(settings), program.needs)
        command = program.command(settings)
        os.execv(command[0], command)


def _become_service(name: str, settings: Settings) -> None:
    services = private.of(settings)
    service: PrivatePostgres | PrivateValkey | None = getattr(services, name)
    if service is None:
        raise VigieError(f"the settings give the address of {name}: no private one is started")
    service.prepare()
    # Found while we may still read our own virtual environment, which the account may not.
    command = service.command
    if service.home.account:
        os.setgroups([])
        os.setgid(service.home.account.gid)
        os.setuid(service.home.account.uid)
    os.chdir("/")
    os.execv(command[0], command)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        main(sys.argv[1])
    except VigieError as error:
        logger.error("%s", error.sentence)
        sys.exit(1)
