"""/api/v1/alarm-health: is the room asked too much?"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from hypervisor.api.verbs import Instant
from hypervisor.bootstrap import Hypervisor
from hypervisor.queries import alarm_health as queries
from hypervisor.security.require import require


def router(h: Hypervisor) -> APIRouter:
    """Routes of alarm health."""
    routes = APIRouter(prefix="/api/v1/alarm-health", tags=["alarms"])

    @routes.get("")
    def health(
        since: Annotated[Instant | None, Query(description="24 hours before the end when absent")] = None,
        until: Annotated[Instant | None, Query(description="now when absent")] = None,
        operators: Annotated[int | None, Query(ge=1, le=1000, description="how many share the alarms; those signed in when absent")] = None,
    ) -> dict[str, Any]:
        """Alarms per operator per 10 min, share of time in flood, standing, chattering, worst assets, distribution by priority, masks and by whom."""
        end = until or h.clock.now()
        with h.database.unit_of_work(require("health:read").tenant) as uow:
            return queries.health(uow, since or end - timedelta(days=1), end, operators)

    return routes
