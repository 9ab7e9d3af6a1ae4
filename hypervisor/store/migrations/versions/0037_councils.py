"""Days of councils, before which dashboards are prepared."""

from pathlib import Path

from alembic import op

revision = "0037"
down_revision = "0036"

SQL = Path(__file__).parents[2] / "sql" / "0037_councils.sql"


def upgrade() -> None:
    """Creates the table, and widens the rhythms."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
