"""/terrain: the agent's page, of a phone's width, without Dash. It lists what is open in the perimeter, live by the same socket as every screen."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from hypervisor import i18n
from hypervisor.bootstrap import Hypervisor
from hypervisor.queries.territory import territory
from hypervisor.security.context import current_session
from hypervisor.security.require import require
from layouts.html_routes import render

SCRIPTS = ("js/25-words.js", "js/26-shapes.js", "js/00-live.js", "terrain/terrain.js")
"""What the page runs, in order: words, shapes and the feed are every screen's, the last one is its own."""


def router(h: Hypervisor) -> APIRouter:
    """The page's route, none on a walls-only process. What it does goes through /api/v1, like any other client."""
    routes = APIRouter(include_in_schema=False)
    if h.settings.screens == "mur":
        return routes

    @routes.get("/terrain")
    def terrain() -> Response:
        who = require("screen:terrain")
        session = current_session.get()
        page = render(
            "terrain.html",
            who=who,
            place=territory(h, who).label,
            rights=" ".join(sorted(who.permissions)),
            words=i18n.script_words(i18n.current_locale.get()),
            csrf=session.principal.csrf if session else "",
            scripts=SCRIPTS,
        )
        return HTMLResponse(page, headers={"cache-control": "no-store"})

    return routes
