"""Alembic's entry: runs migrations on the URL that `store.migrate` hands over."""

from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.config.attributes["url"])
with engine.begin() as connection:
    context.configure(connection=connection, transaction_per_migration=False)
    context.run_migrations()
engine.dispose()
