"""A private PostgreSQL with PostGIS: one cluster in one folder, on one loopback port, durable."""

import os
import re
import shutil
import signal
import subprocess
import time
from functools import cached_property
from pathlib import Path

from hypervisor.errors import BadConfiguration, Unavailable
from hypervisor.launcher import account, processes, secret_files
from hypervisor.launcher.addresses import APP, WORKER, DatabaseUrls

OWNER, DATABASE = "vigie_owner", "vigie"
DEBIAN_BINARIES = Path("/usr/lib/postgresql")
FIRST_SQL = Path(__file__).parents[1] / "store" / "sql" / "private_cluster.sql"
# After a kill, orphaned backends hold the shared memory until they notice; measured under 5 s, given three times that.
RETRY_S = 15.0
START_S = 60.0

# Only TCP on loopback: the path of a socket in a deep folder passes the 107 bytes that the kernel allows.
CONFIGURATION = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 120
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
wal_compression = on
max_wal_size = '2GB'
checkpoint_timeout = '10min'
shared_buffers = '{shared_buffers_mb}MB'
effective_cache_size = '{cache_mb}MB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
random_page_cost = 1.1
jit = off
logging_collector = off
log_line_prefix = '%m [%p] %q%u@%d '
"""
ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"


class PrivatePostgres:
    """A cluster that belongs to one installation, or to one test session (durable=False: no fsync, lost with the machine's power)."""

    def __init__(self, directory: Path, port: int, *, durable: bool = True) -> None:
        self.port = port
        self.durable = durable
        self.home = account.home(directory)
        self.data = self.home.path / "data"
        self.log = self.home.path / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def urls(self) -> DatabaseUrls:
        """The database as each role sees it."""
        return DatabaseUrls(
            **{
                name: f"postgresql+psycopg://{role}:{self._passwords[role]}@127.0.0.1:{self.port}/{DATABASE}"
                for name, role in (("owner", OWNER), ("worker", WORKER), ("app", APP))
            }
        )

    @property
    def command(self) -> list[str]:
        """The server in the foreground."""
        return [str(self._binaries / "postgres"), "-D", str(self.data), "-c", f"config_file={self.home.path / 'postgresql.conf'}"]

    def prepare(self) -> None:
        """Make the cluster if there is none, write its configuration, and clear the lock of a server that died."""
        if not self.data.exists():
            self._initialise()
        memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
        # An eighth of the memory, since every other process of the installation shares this machine; PostgreSQL's own advice, a quarter, is for one alone.
        shared_mb = max(64, min(1024, memory_mb // 8))
        configuration = CONFIGURATION.format(
            port=self.port, durable="on" if self.durable else "off", shared_buffers_mb=shared_mb, cache_mb=max(256, memory_mb // 3)
        )
        access = self.home.show("pg_hba.conf", ACCESS)
        self.home.show("postgresql.conf", configuration + f"hba_file = '{access}'\n")
        self._clear_dead_lock()

    def start(self) -> DatabaseUrls:
        """Start the server as our child, and wait until the database can be used. It stops when this process ends.

        A start refused for what a kill left behind is tried again for 15 s. Raises Unavailable with the end of the server's log.
        """
        self.prepare()
        limit = time.monotonic() + RETRY_S
        while not self._start_once():
            if time.monotonic() > limit:
                raise Unavailable(f"the private PostgreSQL does not start: {self._end_of_log()}")
            time.sleep(1)
            self._clear_dead_lock()
        self.complete()
        return self.urls

    def complete(self) -> None:
        """Wait for a server that was started, then make the roles, the database and PostGIS where they are missing."""
        if not processes.until(self.is_ready, START_S):
            raise Unavailable(f"the private PostgreSQL does not answer after {START_S:.0f} s: {self._end_of_log()}")
        values = {"worker_password": self._passwords[WORKER], "app_password": self._passwords[APP]}
        # On the standard input: arguments are read by everyone in the list of processes.
        script = "".join(f"\\set {name} '{value}'\n" for name, value in values.items()) + FIRST_SQL.read_text()
        command = [
            str(self._binaries / "psql"),
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            OWNER,
            "-d",
            "postgres",
            "-f",
            "-",
        ]
        ran = subprocess.run(command, input=script, text=True, capture_output=True, env={**os.environ, "PGPASSWORD": self._passwords[OWNER]})
        if ran.returncode:
            raise Unavailable(f"the private database could not be made: {ran.stderr.strip()}")

    def is_ready(self) -> bool:
        """Whether the server accepts connections."""
        return (
            subprocess.run([str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", OWNER, "-d", "postgres"]).returncode == 0
        )

    def stop(self) -> None:
        """Stop the server of this folder, whoever started it: at once for its clients, cleanly for its data."""
        pid = self.running_pid()
        if pid is not None:
            processes.end([pid], first=signal.SIGINT, patience_s=20)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def running_pid(self) -> int | None:
        """The server that runs in this folder. A zombie, or another program that was given the same number, is not it."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return None
        pid = int((lock.read_text().split("\n") or ["0"])[0] or 0)
        command = processes.command_of(pid)
        runs = processes.is_alive(pid) and command[:1] != [] and Path(command[0]).name == "postgres" and str(self.data) in command
        return pid if runs else None

    @cached_property
    def _passwords(self) -> dict[str, str]:
        return secret_files.made_once(self.home.path / "passwords.json", [OWNER, WORKER, APP])

    @cached_property
    def _binaries(self) -> Path:
        made_by = self.data / "PG_VERSION"
        return find_binaries(int(made_by.read_text()) if made_by.exists() else None)

    def _initialise(self) -> None:
        shutil.rmtree(self.home.path / "data.new", ignore_errors=True)
        draft = self.home.folder("data.new")
        password = self.home.show("owner.password", self._passwords[OWNER])
        command = [str(self._binaries / "initdb"), "-D", str(draft), "--username", OWNER, "--pwfile", str(password), "--auth", "scram-sha-256"]
        command += ["--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums", *([] if self.durable else ["--no-sync"])]
        ran = subprocess.run(command, capture_output=True, text=True, cwd="/", **self.home.switch)  # type: ignore[call-overload]
        password.unlink()
        if ran.returncode:
            raise Unavailable(f"the private cluster could not be made: {ran.stderr.strip() or ran.stdout.strip()}")
        draft.rename(self.data)

    def _start_once(self) -> bool:
        # The server must not outlive us if we are killed; under the supervisor it is started another way (start.py).
        tied = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*tied, *self.command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, **self.home.switch
            )  # type: ignore[call-overload]
        processes.until(lambda: self._process is None or self._process.poll() is not None or self.is_ready(), START_S)
        return self._process.poll() is None

    def _clear_dead_lock(self) -> None:
        lock = self.data / "postmaster.pid"
        if lock.exists() and self.running_pid() is None:
            lock.unlink()

    def _end_of_log(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").strip().splitlines()[-3:]) if self.log.exists() else "it left no log"


def find_binaries(version: int | None = None) -> Path:
    """The folder of PostgreSQL's programs: of this major version, or the newest that has PostGIS.

    Raises BadConfiguration with what to install.
    """
    numbered = {int(folder.name): folder / "bin" for folder in DEBIAN_BINARIES.glob("[0-9]*") if (folder / "bin" / "initdb").exists()}
    if version is not None and version in numbered:
        return numbered[version]
    with_postgis = [number for number in numbered if Path(f"/usr/share/postgresql/{number}/extension/postgis.control").exists()]
    if version is None and with_postgis:
        return numbered[max(with_postgis)]
    on_path = shutil.which("initdb")
    if on_path and version in (None, _major(on_path)):
        return Path(on_path).resolve().parent
    wanted = f"PostgreSQL {version}" if version else "PostgreSQL with PostGIS"
    raise BadConfiguration(f"{wanted} is not installed: run `make setup`, or set HYPERVISOR_DATABASE_URL")


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\b(\d+)", said)
    return int(found[1]) if found else 0
