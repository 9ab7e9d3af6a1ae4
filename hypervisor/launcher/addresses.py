"""Where the database and Redis are: given by the settings, or those of the private services of a data folder."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import SecretStr

from hypervisor.errors import BadConfiguration
from hypervisor.launcher import secret_files

FILE = "addresses.json"
ROLES_FILE = "database.roles"
WORKER, APP = "vigie_worker", "vigie_app"


@dataclass(frozen=True, kw_only=True)
class DatabaseUrls:
    """One database seen by its three roles, as postgresql+psycopg:// URLs. Holds passwords: never printed."""

    owner: str = field(repr=False)
    worker: str = field(repr=False)
    app: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """What every process of one installation connects to."""

    database: DatabaseUrls
    redis: str = field(repr=False)


class _Settings(Protocol):
    data_dir: Path
    database_url: SecretStr | None
    database_worker_url: SecretStr | None
    database_app_url: SecretStr | None
    redis_url: SecretStr | None


def resolve(settings: _Settings) -> Addresses:
    """The addresses of this installation.

    A URL of the settings wins. Without one it is the private service of the data folder, which `up` wrote down when it started it.
    Raises BadConfiguration when there is neither.
    """
    written = _read(settings.data_dir)
    if settings.database_url:
        database = _given(settings, settings.database_url.get_secret_value())
    elif "database" in written:
        database = DatabaseUrls(**written["database"])
    else:
        raise BadConfiguration("HYPERVISOR_DATABASE_URL is not set and no private database was started here: set it, or run `make run`")
    if settings.redis_url:
        return Addresses(database=database, redis=settings.redis_url.get_secret_value())
    if "redis" not in written:
        raise BadConfiguration("HYPERVISOR_REDIS_URL is not set and no private Redis was started here: set it, or run `make run`")
    return Addresses(database=database, redis=written["redis"])


def remember(data_dir: Path, database: DatabaseUrls | None, redis: str | None) -> None:
    """Write down the addresses of the private services, for the processes of this installation alone (0600)."""
    parts = {"database": asdict(database) if database else None, "redis": redis}
    secret_files.write(data_dir / FILE, json.dumps({name: value for name, value in parts.items() if value}))


def role_passwords(data_dir: Path) -> dict[str, str]:
    """Passwords of the two login roles of a database that was given to us, made once."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return secret_files.made_once(data_dir / ROLES_FILE, [WORKER, APP])


def with_account(url: str, user: str, password: str) -> str:
    """The same database for another account."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password, safe='')}@{place}"))


def _given(settings: _Settings, url: str) -> DatabaseUrls:
    owner = url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)
    if not owner.startswith("postgresql+psycopg://"):
        raise BadConfiguration("HYPERVISOR_DATABASE_URL does not begin with postgresql://: correct it")
    passwords = role_passwords(settings.data_dir)
    other = {WORKER: settings.database_worker_url, APP: settings.database_app_url}
    worker, app = (
        given.get_secret_value().replace("postgresql://", "postgresql+psycopg://", 1) if given else with_account(owner, role, passwords[role])
        for role, given in other.items()
    )
    return DatabaseUrls(owner=owner, worker=worker, app=app)


def _read(data_dir: Path) -> dict:  # type: ignore[type-arg]
    file = data_dir / FILE
    return json.loads(file.read_text()) if file.exists() else {}
