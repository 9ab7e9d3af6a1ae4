"""Walls steered from a console: what was last ordered to each screen, so that a wall that starts again obeys at once."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"

SQL = Path(__file__).parents[2] / "sql" / "0011_wall_steering.sql"


def upgrade() -> None:
    """Adds the table of orders."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
