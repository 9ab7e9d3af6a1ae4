"""/api/v1/search: a name, an identifier, an address or coordinates, and what they name."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from hypervisor.bootstrap import Hypervisor
from hypervisor.queries import search as queries
from hypervisor.security.require import require


def router(h: Hypervisor) -> APIRouter:
    """The route of the search."""
    routes = APIRouter(prefix="/api/v1/search", tags=["search"])

    @routes.get("")
    def search(
        q: Annotated[str, Query(max_length=100, description="words, or a pair of coordinates: WGS84 (latitude first) or Lambert-93")],
        limit: Annotated[int, Query(ge=1, le=50)] = 12,
    ) -> dict[str, Any]:
        """Places and assets of the perimeter, best first."""
        with h.database.unit_of_work(require("asset:read").tenant) as uow:
            return {"items": queries.search(uow, q, limit), "next": None}

    return routes
