"""Messages: the outbox of what is sent to people."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

SQL = Path(__file__).parents[2] / "sql" / "0012_messages.sql"


def upgrade() -> None:
    """Adds the table, its policy and its grants."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
