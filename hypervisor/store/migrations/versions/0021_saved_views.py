"""Questions that people keep: views of the exploration, one's own or shared."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"

SQL = Path(__file__).parents[2] / "sql" / "0021_saved_views.sql"


def upgrade() -> None:
    """Adds the table of views."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
