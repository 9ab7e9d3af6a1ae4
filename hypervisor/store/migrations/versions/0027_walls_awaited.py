"""Approved walls that have not opened yet can be listed."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"

SQL = Path(__file__).parents[2] / "sql" / "0027_walls_awaited.sql"


def upgrade() -> None:
    """Adds the function that lists them."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
