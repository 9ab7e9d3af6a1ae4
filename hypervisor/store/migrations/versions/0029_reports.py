"""Dashboards sent to officials: plans, and documents with their validation."""

from pathlib import Path

from alembic import op

revision = "0029"
down_revision = "0028"

SQL = Path(__file__).parents[2] / "sql" / "0029_reports.sql"


def upgrade() -> None:
    """Adds the tables."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
