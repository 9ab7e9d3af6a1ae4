"""On-call: contacts, rosters, turns, the ladder of escalation and the codes by which people answer."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

SQL = Path(__file__).parents[2] / "sql" / "0015_on_call.sql"


def upgrade() -> None:
    """Adds the tables, their policies and grants, and the last rung to the alarm's shape."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
