"""The private PostgreSQL and Valkey of one test session, started by the product's own launcher."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from hypervisor.launcher import processes
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.launcher.valkey import PrivateValkey
from hypervisor.store.migrate import migrate

TEMPLATE = "migrated"


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that another account can traverse, which pytest's own temporary folders are not; erased at the end."""
    folder = Path(tempfile.mkdtemp(prefix="vigie-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """One cluster; each database is a copy of a migrated template, made in a tenth of a second."""

    def __init__(self, folder: Path) -> None:
        self._cluster = PrivatePostgres(folder / "postgres", processes.free_port(), durable=False)
        self._urls = self._cluster.start()
        self._numbers = count(1)
        self._run(sql.SQL("CREATE DATABASE {} OWNER vigie_owner").format(sql.Identifier(TEMPLATE)))
        template = self._named(TEMPLATE)
        with psycopg.connect(plain(template.owner), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        migrate(template.owner, worker_password=_password(template.worker), app_password=_password(template.app))

    def make(self) -> DatabaseUrls:
        """A migrated database that nobody else uses."""
        name = f"test_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER vigie_owner").format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        return self._named(name)

    def drop(self, urls: DatabaseUrls) -> None:
        """Forget a database, whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(urls.owner.rpartition("/")[2])))

    def stop(self) -> None:
        """Stop the cluster."""
        self._cluster.stop()

    def _named(self, name: str) -> DatabaseUrls:
        return replace(self._urls, **{role: getattr(self._urls, role).rpartition("/")[0] + f"/{name}" for role in ("owner", "worker", "app")})

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(plain(self._urls.owner), autocommit=True) as connection:
            connection.execute(statement)


def start_valkey(folder: Path) -> PrivateValkey:
    """A private Valkey, started."""
    server = PrivateValkey(folder / "valkey", processes.free_port(), durable=False)
    server.start()
    return server


def plain(url: str) -> str:
    """The URL as psycopg and psql read it, without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _password(url: str) -> str:
    return url.split("://", 1)[1].split("@", 1)[0].split(":", 1)[1]
