"""On-call: contacts, rosters, turns, the ladder of escalation and the codes by which people answer."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"

SQL = Path(__file__).parents[2] / "sql" / "0018_on_call.sql"


def upgrade() -> None:
    """Adds the tables, their policies and grants, and the last rung to the alarm's shape."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
