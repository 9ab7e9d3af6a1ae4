"""PostgreSQL and PostGIS, and only here: migrations, the unit of work, and what each part reads and writes.

`store.migrate` is imported by who migrates: Alembic weighs 20 MB in every other process.
"""

from hypervisor.store.unit_of_work import Database, UnitOfWork

__all__ = ["Database", "UnitOfWork"]
