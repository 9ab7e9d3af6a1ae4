"""Events made by hand, merged and split; the causes of closed ones; a person's own keys."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Adds columns to event and account, and what screens are told of them."""
    op.get_bind().connection.driver_connection.execute((SQL / "0006_events.sql").read_text())
