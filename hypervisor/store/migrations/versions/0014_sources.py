"""Sources of observations: their connector, topics and template."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

SQL = Path(__file__).parents[2] / "sql" / "0014_sources.sql"


def upgrade() -> None:
    """Adds the table, its policy and grants."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
