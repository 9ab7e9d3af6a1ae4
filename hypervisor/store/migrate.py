"""Brings a database to the newest schema and sets the passwords of its two login roles."""

from importlib import import_module
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql

MIGRATIONS = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = 0x56494749  # "VIGI": the advisory lock under which one process migrates while others wait.


def migrate(owner_url: str, worker_password: str | None = None, app_password: str | None = None) -> None:
    """Runs every missing migration as the owner, then synchronises properties with the declared layers.

    Passwords are set when given; None leaves the roles as they are. Safe to call from several processes at once.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = owner_url
    with psycopg.connect(_libpq(owner_url), autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (ONE_AT_A_TIME,))
        command.upgrade(config, "head")
        for role, password in (("vigie_worker", worker_password), ("vigie_app", app_password)):
            if password is not None:
                guard.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        import_module("hypervisor.store.properties").synchronise(guard)


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
