"""The logbook searched in French, its corrections found, its nightly seals kept."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"

SQL = Path(__file__).parents[2] / "sql" / "0020_logbook.sql"


def upgrade() -> None:
    """Adds the search configuration, three indexes and the table of seals."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
