"""Brings a database to the newest schema and sets the passwords of its two login roles."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy.exc import OperationalError, ProgrammingError

from hypervisor.errors import BadConfiguration, Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = 0x56494749  # "VIGI": the advisory lock under which one process migrates while others wait.

BY_A_SUPERUSER = (
    "CREATE EXTENSION IF NOT EXISTS postgis; CREATE ROLE vigie_worker LOGIN BYPASSRLS; CREATE ROLE vigie_app LOGIN; ALTER ROLE <account> CREATEROLE;"
)
"""What an owner who is no superuser may not do itself; CREATEROLE is for the passwords of the two roles."""


def migrate(owner_url: str, worker_password: str | None = None, app_password: str | None = None) -> None:
    """Runs every missing migration as the owner, then synchronises properties with the declared layers.

    Passwords are set when given; None leaves the roles as they are. Safe to call from several processes at once.
    Raises BadConfiguration when the owner lacks a right, Unavailable when PostgreSQL cannot be reached.
    """
    try:
        _migrate(owner_url, {"vigie_worker": worker_password, "vigie_app": app_password})
    except (psycopg.errors.InsufficientPrivilege, ProgrammingError) as error:
        cause = getattr(error, "orig", error)
        if not isinstance(cause, psycopg.errors.InsufficientPrivilege):
            raise
        reason = str(cause).partition("\n")[0]
        raise BadConfiguration(
            f"HYPERVISOR_DATABASE_URL: its account may not prepare the database ({reason}), nothing was changed. Let a superuser do this once in it, then start again: {BY_A_SUPERUSER}"
        ) from error
    except (psycopg.OperationalError, OperationalError) as error:
        raise Unavailable(f"HYPERVISOR_DATABASE_URL: PostgreSQL cannot be reached, nothing was changed: {str(error).strip()[:300]}") from error


def _migrate(owner_url: str, passwords: Mapping[str, str | None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = owner_url
    with psycopg.connect(_libpq(owner_url), autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (ONE_AT_A_TIME,))
        command.upgrade(config, "head")
        for role, password in passwords.items():
            if password is not None:
                guard.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        import_module("hypervisor.store.properties").synchronise(guard)


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
