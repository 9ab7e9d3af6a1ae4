"""Lines of the logbook enter together: one statement for them, one for their facts."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"

SQL = Path(__file__).parents[2] / "sql" / "0023_logbook_pace.sql"


def upgrade() -> None:
    """Replaces the function by which lines enter."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
