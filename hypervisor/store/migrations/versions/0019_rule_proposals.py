"""Changes of rules that wait for a second person."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"

SQL = Path(__file__).parents[2] / "sql" / "0019_rule_proposals.sql"


def upgrade() -> None:
    """Adds the table of proposals."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
