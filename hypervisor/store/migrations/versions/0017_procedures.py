"""Procedures: versions, the run of one on an event, its acts."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"

SQL = Path(__file__).parents[2] / "sql" / "0017_procedures.sql"


def upgrade() -> None:
    """Adds the three tables."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
