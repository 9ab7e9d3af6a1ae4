"""What an exercise held back of the ladder is climbed again when it ends."""

from pathlib import Path

from alembic import op

revision = "0034"
down_revision = "0033"

SQL = Path(__file__).parents[2] / "sql" / "0034_exercise_ladder.sql"


def upgrade() -> None:
    """Lets the worker write a rung again."""
    op.get_bind().connection.driver_connection.execute(SQL.read_text())
