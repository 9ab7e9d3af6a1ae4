"""Interventions, their log and their photographs."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

SQL = Path(__file__).parents[2] / "sql" / "0013_interventions.sql"


def upgrade() -> None:
    """Adds the tables and the shape."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
