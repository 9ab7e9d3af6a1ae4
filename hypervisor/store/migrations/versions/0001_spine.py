"""The spine: every table, role and policy of the first release, written as SQL in `store/sql/`."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Creates tables, then roles and policies, then shapes and the first tenant."""
    for name in ("0001_spine.sql", "0002_roles.sql", "0003_shapes.sql"):
        # Through the driver's own cursor: the files hold % and : that are not parameters.
        op.get_bind().connection.driver_connection.execute((SQL / name).read_text())
    op.execute("INSERT INTO tenant (id, key, label) VALUES (1, 'demo', 'Métropole')")
    op.execute("INSERT INTO commune (tenant, id, name) VALUES (1, 0, 'Hors territoire')")
