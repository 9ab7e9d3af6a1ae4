"""Rules become data: a tenant's own, version by version."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).parents[2] / "sql" / "0009_rules.sql"


def upgrade() -> None:
    """Creates the table of saved rules."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
