"""/healthz, /readyz, /metrics and /api/v1/health."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, PlainTextResponse, Response

from hypervisor.api import metrics
from hypervisor.bootstrap import Hypervisor
from hypervisor.queries import health as queries
from hypervisor.security.context import current_principal


def router(h: Hypervisor, feed_clients: Callable[[], int] | None = None) -> APIRouter:
    """Routes of health. feed_clients counts the screens connected to this process."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    def alive() -> Response:
        """200 while the process lives."""
        return PlainTextResponse("ok", headers={"cache-control": "no-store"})

    @routes.get("/readyz")
    def ready() -> Response:
        """200 when the database, Redis and the worker answer; 503 naming what is down."""
        found = queries.dependencies(h)
        down = [name for name in queries.NEEDED if found[name] != queries.UP]
        return JSONResponse(found, 503 if down else 200, {"cache-control": "no-store"})

    @routes.get("/metrics", include_in_schema=False)
    def prometheus() -> Response:
        who = current_principal.get()
        # A token is one tenant's and reads that one; the machine itself reads them all. Nobody else comes here (SecurityMiddleware).
        only = who.tenant if who is not None and who.role is None else None
        return Response(metrics.text(h, feed_clients, only), media_type=CONTENT_TYPE_LATEST)

    @routes.get("/api/v1/health")
    def health() -> dict[str, Any]:
        """What the health page shows; a part that a dead dependency hides is null."""
        return asdict(queries.health(h))

    return routes
