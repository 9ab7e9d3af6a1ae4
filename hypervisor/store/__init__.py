"""PostgreSQL and PostGIS, and only here: migrations, the unit of work, and what each part reads and writes."""

from hypervisor.store.migrate import migrate
from hypervisor.store.unit_of_work import Database, UnitOfWork

__all__ = ["Database", "UnitOfWork", "migrate"]
