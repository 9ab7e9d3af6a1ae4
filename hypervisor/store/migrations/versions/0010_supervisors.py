"""External supervisors: their contract, and the places that they name."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"

SQL = Path(__file__).parents[2] / "sql" / "0010_supervisors.sql"


def upgrade() -> None:
    """Adds the tables, their policies and grants."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
