"""Rules become data: a tenant's own, version by version."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = Path(__file__).parents[2] / "sql" / "0006_rules.sql"


def upgrade() -> None:
    """Creates the table of saved rules."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
