"""Addresses of the feed: /live, the map's snapshot and pick, tiles of the base map and of assets, and the worker's files."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import FileResponse

from hypervisor.api.verbs import Instant
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, NotFound, Unavailable
from hypervisor.feed import asking, shapes
from hypervisor.feed.channels import Layout
from hypervisor.feed.hub import REFUSED, Hub
from hypervisor.feed.mirror import Mirror
from hypervisor.feed.pick import Picked, pick
from hypervisor.feed.tiles import Tile, Tiles, source
from hypervisor.i18n import _
from hypervisor.queries import replay
from hypervisor.security import cookies, csrf, motivated, principals, reach, sessions
from hypervisor.security.context import current_principal
from hypervisor.security.require import require, signed_in
from hypervisor.store import asset_shapes
from hypervisor.store import snapshot as store
from hypervisor.store import tiles as drawn

if TYPE_CHECKING:
    from hypervisor.bootstrap import Hypervisor

WORKER = Path(__file__).parents[2] / "assets" / "worker"
ENDED, LATER = 4401, 1013


def router(h: "Hypervisor", hub: Hub) -> APIRouter:
    """The routes. The hub must be started before the first request."""
    routes = APIRouter()
    routes.include_router(_live(h, hub))
    routes.include_router(_map(h, hub))
    routes.include_router(_base_map(h, hub))
    return routes


def _live(h: "Hypervisor", hub: Hub) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/live")
    async def live(
        socket: WebSocket, since: int = 0, gather: bool = False, channel: Annotated[list[str] | None, Query(description="layer:commune, repeatable")] = None
    ) -> None:
        if not csrf.is_same_origin(Headers(scope=socket.scope), h.settings):
            await socket.close(REFUSED)
            return
        await socket.accept()
        principal = current_principal.get()
        revalidate = _revalidation(h, socket.headers, principal)
        if principal is None:
            try:
                # A socket that opens while PostgreSQL is down has no known session yet: it must come back, not sign in again.
                await revalidate()
                await socket.close(ENDED)
            except Unavailable:
                await socket.close(LATER)
            return
        if channel and await is_elsewhere(principal, channel):
            await socket.close(REFUSED)
            return
        await hub.serve(socket, principal, revalidate, socket.receive_text, max(0, since), gather)

    async def is_elsewhere(principal: Principal, names: list[str]) -> bool:
        try:
            layout = (await hub.map(principal.tenant)).layout
        except Unavailable:
            return False  # Which channels there are is not known yet; a name chooses nothing anyway.
        return asking.elsewhere(layout, principal, names) is not None

    @routes.get("/live/{name}.js", include_in_schema=False)
    async def worker(name: str) -> FileResponse:
        file = WORKER / f"{name}.js"
        if not name.isalnum() or not file.is_file():
            raise NotFound(_("Cette adresse n’existe pas."))
        return FileResponse(file, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    return routes


def _revalidation(h: "Hypervisor", headers: Headers, opened_by: Principal | None) -> Callable[[], Awaitable[bool]]:
    """Asks again whether what opened the socket still stands: the cookie or the token, not its first answer; with the rights and the perimeter it had then."""
    scheme, _space, secret = headers.get("authorization", "").partition(" ")
    jar = cookies.read(headers.get("cookie", ""))

    def stands() -> bool:
        if scheme.lower() == "bearer":
            return is_same(principals.by_token(h, secret.strip()))
        return any(is_same(principals.by_session(h, jar[name])) for name in sessions.cookie_names(h.settings) if name in jar)

    def is_same(found: Principal | None) -> bool:
        return found is not None and (opened_by is None or _reach(found) == _reach(opened_by))

    return lambda: run_in_threadpool(stands)


def _reach(principal: Principal) -> tuple[object, ...]:
    """Whose it is and what it may see."""
    return principal.tenant, principal.name, principal.permissions, principal.layers, principal.communes


def _map(h: "Hypervisor", hub: Hub) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/map", tags=["map"])

    @routes.get("/snapshot", response_class=Response)
    async def snapshot(request: Request, channel: Annotated[list[str] | None, Query(description="layer:commune, repeatable")] = None) -> Response:
        """Where the assets of the reader's perimeter are (docs/live-protocol.md, §5)."""
        principal = await _reader(h)
        layout = (await hub.map(principal.tenant)).layout
        numbers = _numbers(layout, principal, channel)
        etag = hub.snapshots.etag(layout, numbers)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = await hub.snapshots.get(layout, numbers)
        return Response(body, media_type="application/octet-stream", headers=headers | {"Content-Encoding": "gzip"})

    @routes.get("/state", response_class=Response)
    async def state() -> Response:
        """How the assets look now: one FULL frame (docs/live-protocol.md, §4)."""
        principal = require("map:read")
        return Response(await hub.state_frame(principal), media_type="application/octet-stream", headers={"Cache-Control": "no-store"})

    @routes.get("/past", response_class=Response)
    async def past(
        at: Annotated[Instant, Query(description="taken down to its minute")],
        minutes: Annotated[int, Query(description="how many minutes follow it, 30 at most")] = 10,
    ) -> Response:
        """How the assets looked at a minute of the past, and at those that follow (docs/live-protocol.md, §8)."""
        mirror = await hub.map((await _reader(h)).tenant)
        body = await run_in_threadpool(lambda: replay.chapter(h, mirror, at, minutes))
        return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "private, no-store"})

    @routes.get("/pick")
    async def picked(lon: float, lat: float, zoom: Annotated[float, Query(ge=0, le=24)] = 16) -> dict[str, object]:
        """Which asset a click there selects (docs/live-protocol.md, §6)."""
        principal = require("map:read")
        if not (-180 <= lon <= 180 and -85 <= lat <= 85):
            raise InvalidRequest(_("lon et lat sont hors de la carte : donnez des degrés, lat entre -85 et 85."))
        mirror = await hub.map(principal.tenant)
        found = await run_in_threadpool(
            lambda: pick(mirror, mirror.layout.perimeter(principal), lon, lat, zoom) or _outline(h, mirror, principal, lon, lat, zoom)
        )
        asset = None if found is None else await run_in_threadpool(_asset, h, principal.tenant, found.asset_id)
        if found is None or asset is None:
            raise NotFound(_("Aucun équipement à cet endroit : approchez-vous ou agrandissez la carte."))
        return {**asset, "distance_m": round(found.distance_m, 2)}

    return routes


async def _reader(h: "Hypervisor") -> Principal:
    """Who draws the ground and the places of the equipment."""
    who = signed_in()
    return who if who.may("map:read") else await run_in_threadpool(motivated.of_map, h.database, h.clock.now())


def _numbers(layout: Layout, principal: Principal, asked: list[str] | None) -> tuple[int, ...]:
    if asked is None:
        return layout.perimeter(principal)
    names = layout.names(principal)
    missing = [name for name in asked if name not in names]
    if missing:
        raise reach.unseen(principal, "map:read", f"channel:{missing[0][:80]}", _("Le canal {name} n’existe pas dans votre périmètre.", name=missing[0]))
    return tuple(sorted(names[name] for name in set(asked)))


def _outline(h: "Hypervisor", mirror: Mirror, principal: Principal, lon: float, lat: float, zoom: float) -> Picked | None:
    """The line or area that the click selects, when no point is near enough."""
    with h.database.unit_of_work(principal.tenant) as uow:
        near = asset_shapes.near(uow, lon, lat, shapes.reach_degrees(zoom), principal.layers, principal.communes)
    return shapes.pick(near, lambda each: mirror.severity(each.layer, each.slot), lat, zoom)


def _asset(h: "Hypervisor", tenant: int, asset_id: int) -> dict[str, object] | None:
    with h.database.unit_of_work(tenant) as uow:
        return store.asset(uow, asset_id)


def _base_map(h: "Hypervisor", hub: Hub) -> APIRouter:
    routes = APIRouter()

    def draw(tenant: int, z: int, x: int, y: int) -> bytes:
        with h.database.unit_of_work(tenant) as uow:
            return drawn.tile(uow, z, x, y)

    def outlines(tenant: int, z: int, x: int, y: int) -> shapes.Pieces:
        with h.database.unit_of_work(tenant) as uow:
            return asset_shapes.pieces(uow, z, x, y)

    tiles, outlined = Tiles(draw, h.settings.data_dir / "tiles"), shapes.Shapes(outlines)

    @routes.get("/tiles/source.json", include_in_schema=False)
    async def chosen() -> dict[str, str]:
        await _reader(h)
        return source(h.settings)

    @routes.get("/tiles/places.json", include_in_schema=False)
    def places() -> dict[str, object]:
        """Names of places of the offline base map, which the page writes over the points."""
        with h.database.unit_of_work(motivated.of_map(h.database, h.clock.now()).tenant) as uow:
            return {"items": drawn.places(uow)}

    @routes.get("/tiles/{z}/{x}/{y}.mvt", include_in_schema=False)
    async def tile(request: Request, z: int, x: int, y: int) -> Response:
        principal = await _reader(h)
        _must_exist(z, x, y, drawn.DEEPEST)
        version = (await hub.map(principal.tenant)).layout.version
        return _tile(request, await tiles.get(principal.tenant, version, z, x, y))

    @routes.get("/tiles/assets/{z}/{x}/{y}.mvt", include_in_schema=False)
    async def outline(request: Request, z: int, x: int, y: int) -> Response:
        """Lines and areas among the assets of the reader's perimeter."""
        principal = await _reader(h)
        _must_exist(z, x, y, asset_shapes.DEEPEST)
        layout = (await hub.map(principal.tenant)).layout
        # Asked again each time: another person may sign in on the same browser.
        return _tile(request, await outlined.get(layout, layout.perimeter(principal), z, x, y), "private, no-cache")

    return routes


def _must_exist(z: int, x: int, y: int, deepest: int) -> None:
    if not (0 <= z <= deepest and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NotFound(_("Cette tuile n’existe pas."))


def _tile(request: Request, made: Tile, caching: str = "private, max-age=3600") -> Response:
    headers = {"ETag": made.etag, "Cache-Control": caching}
    if not made.body:
        return Response(status_code=204, headers=headers)
    if made.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(made.body, media_type="application/vnd.mapbox-vector-tile", headers=headers | {"Content-Encoding": "gzip"})
