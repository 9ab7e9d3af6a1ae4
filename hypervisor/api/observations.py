"""/api/v1/observations: history, raw or by hour and day, wherever it is kept."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from hypervisor.api import cursor
from hypervisor.api.verbs import Instant
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.queries import observations as queries

MOST = 10_000


def router(h: Hypervisor) -> APIRouter:
    """Routes of observations."""
    routes = APIRouter(prefix="/api/v1/observations", tags=["observations"])

    @routes.get("")
    def listed(
        asset_id: int | None = None,
        layer: str | None = None,
        property_: Annotated[str | None, Query(alias="property")] = None,
        since: Instant | None = None,
        until: Instant | None = None,
        aggregate: Annotated[
            Literal["hour", "day"] | None, Query(description="mean, low, high and count by hour, or by day of the territory's calendar")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
        cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    ) -> dict[str, Any]:
        """Values of one asset, oldest first, in [since, until), and where they are missing; the last 24 hours by default.

        With `aggregate`, means of one asset, or of all those of a layer.
        """
        if aggregate is not None:
            return {"items": queries.means(h, aggregate, asset_id, layer, property_, since, until), "next": None}
        if asset_id is None:
            raise InvalidRequest(_("Donnez asset_id : seules les moyennes (aggregate) portent sur toute une couche."))
        # Several values may share an instant: a cursor is the last instant given, and how many of its values were.
        resumed = cursor.after(cursor_).get("after")
        given = resumed["after_id"] if resumed else 0
        found = queries.of_asset(h, asset_id, property_, resumed["after_at"] if resumed else since, until, given + limit + 1)
        items = found[given : given + limit]
        if len(found) <= given + limit:
            return {"items": items, "next": None, "gaps": queries.gaps(h, items)}
        last = items[-1]["observed_at"]
        return {"items": items, "next": cursor.write(last, sum(row["observed_at"] == last for row in found[: given + limit])), "gaps": queries.gaps(h, items)}

    @routes.get("/count")
    def count(
        layer: str | None = None,
        property_: Annotated[str | None, Query(alias="property")] = None,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> dict[str, int]:
        """How many values history holds in [since, until); the last 24 hours by default."""
        return {"count": queries.count(h, layer, property_, since, until)}

    return routes
