"""Works: windows during which assets are out of service."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

SQL = Path(__file__).parents[2] / "sql" / "0008_works.sql"


def upgrade() -> None:
    """Adds the table, its policy and its grants."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
