"""/terrain: the agents' application, without Dash. The page and its scripts are kept by the phone (service worker); what they say and ask goes through /api/v1."""

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Annotated

import segno
from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, JSONResponse, Response

from hypervisor import __version__, i18n
from hypervisor.bootstrap import Hypervisor
from hypervisor.i18n import _
from hypervisor.queries import assets
from hypervisor.queries.territory import territory
from hypervisor.security.context import current_session
from hypervisor.security.require import require
from layouts.html_routes import render

ASSETS = Path(__file__).parent.parent / "assets"
SCRIPTS = (
    "js/25-words.js",
    "js/26-shapes.js",
    "terrain/store.js",
    "terrain/outbox.js",
    "terrain/app.js",
    "terrain/views.js",
    "terrain/duty.js",
    "terrain/forms.js",
)
"""What the application runs, in order: words and shapes are every screen's, the others its own."""
ICONS = (
    "ban", "camera", "chevron-left", "chevron-right", "flag", "hand-stop", "layout-list", "map-pin", "phone", "plus", "qrcode", "tool", "urgent", "wifi-off",
)  # fmt: skip
KEPT = (
    *SCRIPTS, "terrain/theme.js", "10-tokens.css", "20-frame.css", "terrain/app.css", "mark.svg", "vendor/fonts/b612-latin-400-normal.woff2",
    "vendor/fonts/b612-latin-700-normal.woff2", *(f"vendor/icons/{name}.svg" for name in ICONS),
)  # fmt: skip
"""Files of assets/ that a phone keeps."""
ALARM_SCRIPTS = ("js/25-words.js", "js/26-shapes.js", "js/00-live.js", "terrain/alarms.js")
"""What the page of open alarms runs: it is live, and nothing without a network."""
MOST_LABELS = 300


def router(h: Hypervisor) -> APIRouter:
    """The field's routes, none on a walls-only process."""
    routes = APIRouter(include_in_schema=False)
    if h.settings.screens == "mur":
        return routes

    @routes.get("/terrain")
    def application() -> Response:
        # The phone keeps this page: nothing of anybody is written in it.
        require("screen:terrain")
        return HTMLResponse(page(), headers={"cache-control": "no-store"})

    @routes.get("/terrain/sw.js")
    def service_worker() -> Response:
        require("screen:terrain")
        return Response(
            worker(i18n.current_locale.get()), media_type="text/javascript", headers={"cache-control": "no-cache", "service-worker-allowed": "/terrain"}
        )

    @routes.get("/terrain/manifest.webmanifest")
    def manifest() -> Response:
        require("screen:terrain")
        icons = [{"src": "/assets/mark.svg", "type": "image/svg+xml", "sizes": "any", "purpose": "any"}]
        said = {
            "name": _("Vigie terrain"), "short_name": _("Vigie"), "id": "/terrain", "start_url": "/terrain", "scope": "/terrain", "display": "standalone",
            "lang": i18n.current_locale.get(), "background_color": "#D5D8DC", "theme_color": "#15191D", "icons": icons,
        }  # fmt: skip
        return JSONResponse(said, media_type="application/manifest+json")

    @routes.get("/terrain/alarmes")
    def open_alarms() -> Response:
        who = require("screen:terrain")
        session, where = current_session.get(), territory(h, who)
        drawn = render(
            "terrain_alarms.html",
            who=who,
            place=where.label,
            exercise=where.situation["exercise"],
            rights=" ".join(sorted(who.permissions)),
            words=i18n.script_words(i18n.current_locale.get()),
            csrf=session.principal.csrf if session else "",
            scripts=ALARM_SCRIPTS,
        )
        return HTMLResponse(drawn, headers={"cache-control": "no-store"})

    @routes.get("/terrain/etiquettes")
    def labels(
        ids: Annotated[list[int] | None, Query(max_length=MOST_LABELS)] = None,
        layer: str | None = None,
        kind: str | None = None,
        area: str | None = None,
        q: str | None = None,
    ) -> Response:
        """A sheet of labels to print: one QR code an asset, which says its URN."""
        who = require("asset:read")
        wishes = {"ids": ids, "layer": layer, "kind": kind, "area": area, "q": q}
        filters = {name: value for name, value in wishes.items() if value}
        with h.database.unit_of_work(who.tenant) as uow:
            found = assets.listed(uow, filters, MOST_LABELS + 1) if filters else []
        drawn = [{"asset": asset, "code": label(asset["urn"])} for asset in found[:MOST_LABELS]]
        return HTMLResponse(render("labels.html", labels=drawn, most=MOST_LABELS, is_cut=len(found) > MOST_LABELS, place=territory(h, who).label))

    return routes


def page() -> str:
    """The application's page in the reader's language: the same for everybody."""
    return render("terrain.html", words=i18n.script_words(i18n.current_locale.get(), ("assets/terrain/", "assets/js/25", "assets/js/26")), scripts=SCRIPTS)


def label(urn: str) -> str:
    """The QR code of an asset as SVG: its URN, correction M (15 %: a label in the street gets scratched)."""
    return segno.make(urn, error="m", micro=False).svg_inline(scale=4, border=2, dark="#000", light="#fff")


@cache
def worker(locale: str) -> str:
    """The service worker's script, whose version changes with what it keeps."""
    files = [f"/assets/{name}" for name in KEPT]
    digest = hashlib.sha256(f"{__version__} {locale}".encode())
    for name in (*KEPT, "terrain/sw.js"):
        digest.update((ASSETS / name).read_bytes())
    digest.update((Path(__file__).parent / "html" / "terrain.html").read_bytes())
    constants = f"const VERSION = {json.dumps(digest.hexdigest()[:16])};\nconst FILES = {json.dumps(files)};\n"
    return constants + (ASSETS / "terrain" / "sw.js").read_text(encoding="utf-8")


def weight() -> int:
    """Bytes of the whole application as a phone receives it, each file compressed as the server does; fonts are compressed already."""
    texts = [page().encode(), worker(i18n.current_locale.get()).encode(), *((ASSETS / name).read_bytes() for name in KEPT if not name.endswith(".woff2"))]
    fonts = [(ASSETS / name).read_bytes() for name in KEPT if name.endswith(".woff2")]
    return sum(len(gzip.compress(text, 5)) for text in texts) + sum(len(font) for font in fonts)
