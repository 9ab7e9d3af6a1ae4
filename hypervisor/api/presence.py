"""/api/v1/presence: who is looking at which alarm or event, now."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from hypervisor.bootstrap import Hypervisor
from hypervisor.hot import presence
from hypervisor.queries import alarms, events
from hypervisor.security.require import require

HOLDS_S = 45
"""How long a look holds without being said again; screens say it every 20 s."""


class Look(BaseModel):
    """What the person has open; nothing at all when the detail is closed."""

    model_config = ConfigDict(extra="forbid")

    alarm_id: int | None = None
    event_id: int | None = None


def router(h: Hypervisor) -> APIRouter:
    """Routes of presence."""
    routes = APIRouter(prefix="/api/v1/presence", tags=["events"])

    @routes.get("")
    def listed() -> dict[str, Any]:
        """Who looks at what, inside the reader's perimeter. Each entry holds until its `until` (epoch milliseconds of the platform)."""
        who = require("event:act")
        found = presence.present(h.redis, who.tenant, h.clock.epoch_ms())
        return {"items": [body for layer, commune, body in found if who.may("event:read", layer, commune)], "next": None}

    @routes.post("")
    def look(body: Look) -> dict[str, Any]:
        """Says what one looks at; it is told to the other desks at once and ends by itself."""
        who = require("event:act")
        layer, commune = None, None
        if body.alarm_id is not None or body.event_id is not None:
            with h.database.unit_of_work(who.tenant) as uow:
                seen = events.one(uow, body.event_id) if body.event_id is not None else alarms.one(uow, body.alarm_id or 0)
            layer, commune = seen["layer"], seen["commune_id"]
        until = h.clock.epoch_ms() + HOLDS_S * 1000
        said = {"session": who.session_id, "by": who.name, "name": who.display_name, "alarm_id": body.alarm_id, "event_id": body.event_id, "until": until}
        presence.look(h.redis, who.tenant, who.session_id or who.name, said, layer, commune)
        return said

    return routes
