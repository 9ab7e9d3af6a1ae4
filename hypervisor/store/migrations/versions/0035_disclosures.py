"""Requests for the complete incident file."""

from pathlib import Path

from alembic import op

revision = "0035"
down_revision = "0034"

SQL = Path(__file__).parents[2] / "sql" / "0035_disclosures.sql"


def upgrade() -> None:
    """Creates the table."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
