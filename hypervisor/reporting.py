"""Prepares the documents of officials on a thread of the jobs: each period that is over, of each plan, once; on the eve of a council the last month. Nothing leaves from here: a person lets it go.

A period waits until its days are computed, five days at most after its end. What fails is tried again at the next turn; what was prepared is not prepared again.
"""

import logging
from datetime import date, timedelta
from typing import Any

from hypervisor import fmt, public_holidays
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain import reporting
from hypervisor.errors import InvalidRequest
from hypervisor.exports import reports as documents
from hypervisor.operations import reports as operations
from hypervisor.recurring import Recurring
from hypervisor.store import UnitOfWork, indicators, logbook, reports
from hypervisor.store.reports import Prepared

logger = logging.getLogger(__name__)

FIRST_TURN_S, TURN_S = 25.0, 60.0
FAR_BACK = 15
"""Days around today whose holidays move the eve of a council."""


class Reporting(Recurring):
    """See the module. `stop` ends it after the document in hand."""

    def __init__(self, h: Hypervisor) -> None:
        super().__init__("reporting", "officials' documents wait", first_s=FIRST_TURN_S, every_s=TURN_S)
        self._h = h

    def turn(self) -> int:
        """Prepares what is due, for every tenant; gives how many documents. Raises Unavailable."""
        with self._h.database.unit_of_work(None) as uow:
            tenants = logbook.tenants(uow)
        return sum(self._tenant(tenant) for tenant in tenants)

    def _tenant(self, tenant: int) -> int:
        today = self._h.clock.now().astimezone(fmt.ZONE).date()
        with self._h.database.unit_of_work(tenant) as uow:
            due = [
                (plan, period)
                for plan in reports.plans(uow)
                for done in [reports.periods_prepared(uow, plan["id"])]
                for period in self._owed(uow, plan, today)
                if period.written not in done and reporting.is_ready(period, indicators.computed(uow, period.since, period.until), today)
            ]
        return sum(self._prepare(tenant, plan, period) for plan, period in due if not self.is_ending)

    def _owed(self, uow: UnitOfWork, plan: dict[str, Any], today: date) -> list[reporting.Due]:
        if plan["rhythm"] != "council":
            return list(reporting.due(plan["rhythm"], plan["first_day"], today))
        days = [council["day"] for council in reports.councils(uow, today)]
        holidays = public_holidays.between(today - timedelta(days=FAR_BACK), today + timedelta(days=FAR_BACK), self._h.settings.holidays_in)
        return list(reporting.due_for(days, today, holidays))

    def _prepare(self, tenant: int, plan: dict[str, Any], period: reporting.Due) -> int:
        try:
            made = documents.make(self._h, tenant, plan["domain"], plan["commune_id"], period.written)
        except InvalidRequest as error:
            # Of this plan alone, a commune that is no more: the others are prepared.
            logger.warning("document %s of plan %d not prepared: %s", period.written, plan["id"], error)
            return 0
        kept = Prepared(
            highlight=made.highlight[: operations.LONGEST], sentence=made.sentence, document=made.printed.body, digest=made.printed.sha256,
            written_by=plan["created_by"], written_name=plan["created_name"],
        )  # fmt: skip
        with self._h.database.unit_of_work(tenant) as uow:
            actor = (documents.NAME, documents.SPOKEN)
            number = operations.prepared(uow, plan, period.written, kept, self._h.clock.now(), actor, self._h.settings.public_url)
        if number is not None:
            logger.info("document %s of plan %d prepared, %d bytes", period.written, plan["id"], len(kept.document))
        return int(number is not None)
