"""Works come from files too."""

from pathlib import Path

from alembic import op

revision = "0032"
down_revision = "0031"

SQL = Path(__file__).parents[2] / "sql" / "0032_works_announced.sql"


def upgrade() -> None:
    """Adds where works come from, and who does them."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
