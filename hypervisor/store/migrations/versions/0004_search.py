"""Search: trigrams of names, identifiers, addresses and streets, read through functions that keep to the tenant."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Adds two extensions, two indexes and the functions of 0004_search.sql."""
    # Through the driver's own cursor: the file holds % and : that are not parameters.
    op.get_bind().connection.driver_connection.execute((SQL / "0004_search.sql").read_text())
