"""Sign-in by address, sessions that are over, tenants of the metrics, sources said to be silent."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).parents[2] / "sql" / "m0003_guards.sql"


def upgrade() -> None:
    """Adds what these four need: two functions, two indexes, one grant."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
