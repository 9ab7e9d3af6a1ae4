"""Lines and areas among the assets: their own spatial index, for the vector tiles of assets."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

SQL = Path(__file__).parents[2] / "sql" / "0016_asset_shapes.sql"


def upgrade() -> None:
    """Adds the index."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
