"""`python -m hypervisor up`: from nothing to a live territory, told as one story. `down` ends what runs in the background."""

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from urllib.parse import unquote, urlsplit

from hypervisor.errors import BadConfiguration, Unavailable, VigieError
from hypervisor.launcher import addresses, demonstration, private, processes, sentinel
from hypervisor.launcher.start import LOCKS, hold
from hypervisor.launcher.supervision import Supervisor
from hypervisor.settings import LOOPBACK, Settings

READY_S = 180.0
WATCH_S = 2.0
# Told by the Makefile, so that the first start can say how long the installation took before us.
MAKE_BEGAN = "VIGIE_MAKE_BEGAN"


class Durations:
    """Where the time of a start went."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []
        began = os.environ.get(MAKE_BEGAN, "")
        if began.isdigit():
            self.steps.append(("set-up", max(0.0, time.time() - int(began))))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block."""
        began = time.monotonic()
        yield
        self.steps.append((name, time.monotonic() - began))

    def __str__(self) -> str:
        return f"{sum(seconds for _, seconds in self.steps):.0f} s: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.steps)


def up(settings: Settings, *, detached: bool = False) -> None:
    """Start everything; return when it is stopped, or, detached, once it answers.

    Raises VigieError with a sentence, after it has stopped what it had started.
    """
    durations = Durations()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = hold(settings.data_dir / LOCKS / "installation.lock", patience_s=1)
    if lock is None:
        raise BadConfiguration(f"Vigie already runs from {settings.data_dir.resolve()}: use it, or end it with `make stop`")
    supervisor = Supervisor(settings)
    # INT too: a shell starts what it puts in the background with INT ignored, and Python then leaves it so.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_interrupt)
    try:
        _start(settings, supervisor, lock, durations, detached=detached)
        if not detached:
            _watch(supervisor)
    except KeyboardInterrupt:
        print("\nVigie is stopping …", flush=True)
        _stop(supervisor)
        print("Vigie is stopped.", flush=True)
    except BaseException:
        _stop(supervisor)
        raise
    finally:
        # Detached, the supervisor holds it from here on.
        os.close(lock)


def down(settings: Settings) -> bool:
    """End what runs from this data folder; False when nothing did."""
    if not settings.data_dir.exists():
        return False
    supervisor = Supervisor(settings)
    ran = supervisor.pid() is not None
    supervisor.stop()
    return ran


def _start(settings: Settings, supervisor: Supervisor, lock: int, durations: Durations, *, detached: bool) -> None:
    with durations.step("services"):
        if left := supervisor.sweep():
            print(f"{left} processes of a start that was killed were still alive: they are ended.", flush=True)
        _refuse_taken_ports(settings)
        private.choose_ports(settings)
        services = private.of(settings)
        services.refuse_if_not_installed()
        for notice in services.notices():
            print(notice, flush=True)
        supervisor.start(lock, detached=detached)
        if services.postgres:
            services.postgres.complete()
        if services.valkey and not processes.until(services.valkey.is_ready, READY_S):
            raise Unavailable(f"the private Valkey does not answer:\n{supervisor.end_of_log('valkey')}")
        services.remember(settings)
    found = addresses.resolve(settings)
    with durations.step("schema"):
        _migrate(settings, found)
    accounts: list[str] = []
    if settings.demo:
        with durations.step("territory"):
            accounts = demonstration.load(settings, found)
    with durations.step("processes"):
        supervisor.start_programs()
        _wait_until_ready(settings, supervisor)
    _greet(settings, supervisor, durations, accounts)


def _migrate(settings: Settings, found: addresses.Addresses) -> None:
    from hypervisor.store.migrate import migrate as bring_up_to_date

    # A role whose URL was given keeps the password that it has; ours is set otherwise.
    ours = {"worker_password": settings.database_worker_url is None, "app_password": settings.database_app_url is None}
    urls = {"worker_password": found.database.worker, "app_password": found.database.app}
    bring_up_to_date(found.database.owner, **{name: unquote(urlsplit(urls[name]).password or "") if mine else None for name, mine in ours.items()})


def migrate(settings: Settings) -> None:
    """Bring the database of this installation to the newest schema."""
    _migrate(settings, addresses.resolve(settings))


def _refuse_taken_ports(settings: Settings) -> None:
    for name, port in (("PORT", settings.port), ("INGEST_PORT", settings.ingest_port), ("WALL_PORT", settings.wall_port)):
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except OSError as error:
                raise BadConfiguration(f"{settings.host}:{port} cannot be listened on ({error.strerror}): set HYPERVISOR_{name} to another port") from None


def _wait_until_ready(settings: Settings, supervisor: Supervisor) -> None:
    missing = "nothing answered yet"
    limit = time.monotonic() + READY_S
    while time.monotonic() < limit:
        missing = _what_is_missing(settings)
        if not missing:
            return
        if supervisor.has_ended():
            break
        time.sleep(0.2)
    states = {} if supervisor.has_ended() else supervisor.states()
    # One that dies after a few seconds is RUNNING most of the time: how often it was started tells.
    starts = {name: int(str(program["starts"])) for name, program in sentinel.read(settings.data_dir).items()}
    bad = {name: state for name, state in states.items() if state != "RUNNING" or starts.get(name, 0) > 1}
    logs = "\n".join(f"--- {name}\n{supervisor.end_of_log(name)}" for name in bad or {"web": ""})
    raise Unavailable(f"Vigie is not ready after {READY_S:.0f} s ({missing}); programs that do not stay alive: {', '.join(bad) or 'none'}\n{logs}")


def _what_is_missing(settings: Settings) -> str:
    try:
        with urllib.request.urlopen(f"{address(settings)}/readyz", timeout=3):  # noqa: S310 — always http on this machine
            return ""
    except urllib.error.HTTPError as error:
        try:
            said = json.loads(error.read())
        except ValueError:
            return f"/readyz answers {error.code}"
        return ", ".join(f"{name}: {state}" for name, state in said.items() if state != "ok") or f"/readyz answers {error.code}"
    except (OSError, ValueError) as error:
        return f"the web does not answer: {error}"


def address(settings: Settings, port: int | None = None) -> str:
    """Where this machine's browser finds a server."""
    host = settings.host if settings.host in LOOPBACK else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port or settings.port}"


def _greet(settings: Settings, supervisor: Supervisor, durations: Durations, accounts: list[str]) -> None:
    lines = ["", f"Vigie           {settings.public_url or address(settings)}/", f"Wall alone      {address(settings, settings.wall_port)}/mur"]
    lines.append(f"Ingest door     {address(settings, settings.ingest_port)}/ngsi-ld/v1/")
    if accounts:
        lines += [f"Accounts        {' '.join(accounts)}", f"Password        {demonstration.password(settings)}"]
    lines += [f"Logs            {supervisor.logs}", f"Started in      {durations}", ""]
    print("\n".join(lines), flush=True)


def _watch(supervisor: Supervisor) -> None:
    print("Ctrl-C stops everything.", flush=True)
    said: set[str] = set()
    while not supervisor.has_ended():
        supervisor.wait(WATCH_S)
        bad = set(sentinel.down(supervisor.run.parent))
        for name in sorted(bad - said):
            print(f"{name} does not stay alive; it is being started again. Its log: {supervisor.logs / f'{name}.log'}", flush=True)
        for name in sorted(said - bad):
            print(f"{name} is back.", flush=True)
        said = bad
    raise VigieError("the supervisor was killed: everything is being stopped, start again")


def _stop(supervisor: Supervisor) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    supervisor.stop()


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
