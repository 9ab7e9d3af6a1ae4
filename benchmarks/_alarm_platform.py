"""What the benchmarks of alarms run on: a private durable PostgreSQL, assets made in SQL, and a line that says what machine it was."""

import os
import platform as machine
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.launcher.postgres import PrivatePostgres
from hypervisor.store.migrate import migrate

OPERATOR = Principal(tenant=1, account_id=None, name="banc", display_name="Banc", role=Role.OPERATOR, permissions=PERMISSIONS[Role.OPERATOR])
ASSETS = (
    "INSERT INTO asset (tenant, id, urn, layer, kind, name, geom, lon, lat) SELECT 1, n, 'urn:' || n, 'lighting', 'luminaire', 'Point ' || n, "
    "ST_SetSRID(ST_MakePoint(5 + n % 200 / 1000.0, 47 + n / 200 / 1000.0), 4326), 5 + n % 200 / 1000.0, 47 + n / 200 / 1000.0 FROM generate_series(1, {count}) n"
)


@dataclass(frozen=True)
class Ground:
    """A migrated database with assets 1 … n of tenant 1."""

    urls: DatabaseUrls
    postgres: PrivatePostgres

    @property
    def owner_url(self) -> str:
        """The owner's URL for psycopg."""
        return self.urls.owner.replace("+psycopg", "", 1)


@contextmanager
def ground(port: int, assets: int) -> Iterator[Ground]:
    """A ground that is erased at the end."""
    folder = Path(tempfile.mkdtemp(prefix="vigie-bench-"))
    folder.chmod(0o755)
    postgres = PrivatePostgres(folder / "postgres", port)
    try:
        urls = postgres.start()
        password = {name: getattr(urls, name).split("://", 1)[1].split("@", 1)[0].split(":", 1)[1] for name in ("worker", "app")}
        migrate(urls.owner, worker_password=password["worker"], app_password=password["app"])
        made = Ground(urls, postgres)
        with psycopg.connect(made.owner_url, autocommit=True) as owner:
            owner.execute(ASSETS.format(count=int(assets)).encode())
            owner.execute("ANALYZE asset")
            version = owner.execute("SHOW server_version").fetchone()
        print(
            f"{machine.platform()}, {psutil.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}, Python {machine.python_version()}, PostgreSQL {version and version[0]}, "
            f"fsync and synchronous_commit on, {assets} assets"
        )
        yield made
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def share(values: list[float], part: float) -> float:
    """The value below which that part of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")
