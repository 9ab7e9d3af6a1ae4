"""The past looked at again: bookmarks and lessons on its moments."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

SQL = Path(__file__).parents[2] / "sql" / "0015_replay.sql"


def upgrade() -> None:
    """Adds the table of notes."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
