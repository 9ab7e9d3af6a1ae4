"""The jobs may forget the codes of walls that nobody let in: what strangers write is bounded."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Lets the worker's role see when a code expires, and nothing else of it."""
    op.execute("GRANT SELECT (expires_at) ON wall_pairing TO vigie_worker")
