"""The whole alarm: masks with their reasons, latch, announcement, proof from the field, cause by the asset graph."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"

SQL = Path(__file__).parents[2] / "sql" / "0005_alarm_masks.sql"


def upgrade() -> None:
    """Adds the columns, and draws the alarm's shape again."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
