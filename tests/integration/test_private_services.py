"""The private PostgreSQL and Valkey: what they promised is there after the worst."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from hypervisor.launcher import processes
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.launcher.valkey import PrivateValkey
from tests.services import own_folder, plain


@pytest.fixture
def folder() -> Iterator[Path]:
    with own_folder() as path:
        yield path


@pytest.fixture
def postgres(folder: Path) -> Iterator[PrivatePostgres]:
    server = PrivatePostgres(folder / "postgres", processes.free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(folder: Path) -> Iterator[PrivateValkey]:
    server = PrivateValkey(folder / "valkey", processes.free_port())
    server.start()
    yield server
    server.stop()


def _again(server: PrivatePostgres) -> PrivatePostgres:
    return PrivatePostgres(server.home.path, server.port)


def test_committed_rows_are_there_after_every_process_of_postgresql_is_killed(postgres: PrivatePostgres) -> None:
    with psycopg.connect(plain(postgres.urls.owner), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (41), (42)")
    os.kill(postgres.running_pid() or 0, signal.SIGKILL)

    restarted = _again(postgres)
    restarted.start()

    with psycopg.connect(plain(restarted.urls.owner)) as connection:
        assert connection.execute("SELECT array_agg(n ORDER BY n) FROM kept").fetchone() == ([41, 42],)
    restarted.stop()


def test_a_lock_that_names_another_program_does_not_prevent_the_start(postgres: PrivatePostgres) -> None:
    postgres.stop()
    lock = postgres.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{postgres.data}\n")

    postgres.start()

    assert postgres.running_pid() not in (None, os.getpid())


def test_a_zombie_is_not_taken_for_a_running_server(postgres: PrivatePostgres) -> None:
    postgres.stop()
    child = os.fork()
    if child == 0:
        os._exit(0)
    assert processes.until(lambda: not processes.is_alive(child), 5)
    (postgres.data / "postmaster.pid").write_text(f"{child}\n{postgres.data}\n")

    postgres.start()

    assert postgres.is_ready()
    os.waitpid(child, 0)


def test_acknowledged_entries_are_there_after_valkey_is_killed(valkey: PrivateValkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        written = [client.xadd("in", {"n": n}) for n in range(50)]
    for pid in valkey.running_pids():
        os.kill(pid, signal.SIGKILL)
    assert processes.until(lambda: not valkey.running_pids(), 5)

    restarted = PrivateValkey(valkey.home.path, valkey.port)
    restarted.start()

    with redis.Redis.from_url(restarted.url) as client:
        assert [entry for entry, _ in client.xrange("in")] == written
    restarted.stop()


def test_valkey_refuses_who_has_no_password(valkey: PrivateValkey) -> None:
    with redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)) as client, pytest.raises(redis.AuthenticationError):
        client.get("anything")


def test_the_servers_belong_to_an_unprivileged_account_and_listen_on_loopback_only(postgres: PrivatePostgres, valkey: PrivateValkey) -> None:
    for pid in (postgres.running_pid(), *valkey.running_pids()):
        assert Path(f"/proc/{pid}").stat().st_uid != 0
    # /proc/net/tcp gives addresses in hexadecimal, low byte first: 0100007F is 127.0.0.1. State 0A is "listening".
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = {row[1] for row in rows if row[3] == "0A"}
    for port in (postgres.port, valkey.port):
        assert {address for address in listening if address.endswith(f":{port:04X}")} == {f"0100007F:{port:04X}"}


def test_passwords_can_be_read_by_nobody_else(postgres: PrivatePostgres, valkey: PrivateValkey) -> None:
    for server in (postgres, valkey):
        assert (server.home.path / "passwords.json").stat().st_mode & 0o777 == 0o600


def test_the_application_role_is_bound_by_policies_and_the_worker_is_not(postgres: PrivatePostgres) -> None:
    with psycopg.connect(plain(postgres.urls.owner)) as connection:
        roles = dict(connection.execute("SELECT rolname, rolbypassrls OR rolsuper FROM pg_roles WHERE rolname LIKE 'vigie_%'").fetchall())
    assert roles == {"vigie_owner": True, "vigie_worker": True, "vigie_app": False}
