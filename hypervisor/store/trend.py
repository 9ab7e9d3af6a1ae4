"""Alarms counted by day, for the chart of the officials' page."""

from datetime import date, datetime

from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork

_BY_DAY = text("""
    SELECT (raised_at AT TIME ZONE 'Europe/Paris')::date AS day, layer, count(*) AS raised
    FROM alarm WHERE tenant = :tenant AND raised_at >= :since AND raised_at < :until GROUP BY 1, 2""")


def alarms_by_day(uow: UnitOfWork, since: datetime, until: datetime) -> dict[tuple[date, str], int]:
    """(day in the territory, layer) → alarms raised in [since, until)."""
    rows = uow.connection.execute(_BY_DAY, {"tenant": uow.tenant, "since": since, "until": until})
    return {(row.day, row.layer): row.raised for row in rows}
