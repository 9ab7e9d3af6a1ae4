"""A web process for the map's benchmarks: the product's hub, feed, page and scripts over a made-up territory, without PostgreSQL, Redis or sign-in.

Changes are injected at the hub, as the worker's would be. `GET /rate/{n}` sets how many there are each second.
"""

import argparse
import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import uvicorn
from dash import html
from fastapi import FastAPI, Response, WebSocket
from starlette.responses import FileResponse

from hypervisor import layers
from hypervisor.clock import SystemClock
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.feed import encode
from hypervisor.feed.channels import Layout, arrange
from hypervisor.feed.clients import Group
from hypervisor.feed.hub import Hub
from hypervisor.feed.lasting import for_ever
from hypervisor.feed.mirror import PAIR, Mirror
from hypervisor.feed.routes import WORKER
from hypervisor.feed.tenants import Tenant
from hypervisor.queries.territory import Territory
from layouts import ids, index
from layouts.parts.live_map import live_map

CENTRE = (5.04, 47.32)
NOWHERE = Path("/nonexistent")
"""Where the hub looks for programs that the supervisor gave up: there is no supervisor."""
VIEW = {"lon": CENTRE[0], "lat": CENTRE[1], "zoom": 12}
COMMUNES, TICK_S, SEED = 24, 0.02, 4
LOOKS, SHARES = (0x80, 0, 0x80 | 2, 3, 2 << 3), (0.8, 0.17, 0.01, 0.006, 0.014)
CLEAR_PX = 14
LATTICE_PX = 160
"""The drag test compares points in alarm with marks of the base map on a lattice of this step at zoom 12."""


def territory(count: int) -> Layout:
    """A town of `count` luminaires, dense at its heart, in 24 communes; and a lattice of containers over it for the test of position."""
    chance = np.random.default_rng(SEED)
    lon, lat = (CENTRE[axis] + spread * np.clip(chance.normal(0, 0.4, count), -1.2, 1.2) for axis, spread in ((0, 0.2), (1, 0.13)))
    # Around each crossing the ground is free: a point there stands for itself, exactly where it is.
    world = 256 * 2**12
    px, py = world * (lon / 360 + 0.5), world * (0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi))
    near = np.all([np.abs((place + LATTICE_PX / 2) % LATTICE_PX - LATTICE_PX / 2) < CLEAR_PX for place in (px, py)], axis=0)
    lon[near] += 2 * CLEAR_PX / world * 360
    own = np.arange(count) * COMMUNES // count
    firsts = np.searchsorted(own, np.arange(COMMUNES))
    channels = [("lighting", commune + 1, int(first), int(np.sum(own == commune))) for commune, first in enumerate(firsts)]
    x, y = lattice()
    assets = {
        "lighting": {"ids": np.arange(1, count + 1), "lon": lon, "lat": lat, "kind": np.full(count, "luminaire")},
        "waste": {"ids": np.arange(len(x)) + count + 1, "lon": x, "lat": y, "kind": np.full(len(x), "container")},
    }
    return arrange(1, 1, layers.all_layers(), [*channels, ("waste", 1, 0, len(x))], assets)


def lattice() -> tuple[np.ndarray, np.ndarray]:
    """Degrees of the lattice's crossings: whole multiples of its step in world pixels of zoom 12, around the centre."""
    world = 256 * 2**12
    middle = [round(place / LATTICE_PX) for place in (world * (CENTRE[0] / 360 + 0.5), world * (0.5 - np.arcsinh(np.tan(np.radians(CENTRE[1]))) / (2 * np.pi)))]
    # Half a pixel inside: painters floor.
    px, py = np.meshgrid(*(LATTICE_PX * np.arange(at - 20, at + 21) + 0.5 for at in middle))
    return (px.ravel() / world - 0.5) * 360, np.degrees(np.arctan(np.sinh((0.5 - py.ravel() / world) * 2 * np.pi)))


class Vitals:
    """Everything answers."""

    def deps(self, _tenant: int) -> dict[str, str]:
        return {"database": "ok", "redis": "ok", "worker": "ok"}

    def pulse(self, _tenant: int) -> dict[str, object]:
        return {"last_ingest": SystemClock().epoch_ms()}


class MadeUpHub(Hub):
    """The product's hub; its map is made up and its snapshots are empty. Frames, groups, queues, heartbeats are the product's."""

    def __init__(self, layout: Layout, flush_hz: float) -> None:
        super().__init__(SimpleNamespace(clock=SystemClock(), settings=SimpleNamespace(data_dir=NOWHERE)), flush_hz)  # type: ignore[arg-type]
        self.rate = 0
        self._vitals = Vitals()  # type: ignore[assignment]
        self._tenants[1] = Tenant(1, mirror=Mirror(layout))
        self._tenants[1].opened.set()
        chance = np.random.default_rng(SEED)
        for layer, column in layout.columns.items():
            looks = chance.choice(LOOKS, len(column.ids), p=SHARES) if layer == "lighting" else np.full(len(column.ids), 4)
            self._tenants[1].map.reconcile(layer, looks.astype(np.uint8).tobytes())
        self._tenants[1].map.take()

    async def start(self) -> None:
        for part in (self._flush, self._beat, self._change):
            self._spawn(for_ever(part))

    async def _change(self) -> None:
        mirror, chance, owed = self._tenants[1].map, np.random.default_rng(SEED), 0.0
        while True:
            await asyncio.sleep(TICK_S)
            owed += self.rate * TICK_S
            pairs = np.empty(int(owed), PAIR)
            owed -= len(pairs)
            pairs["slot"] = chance.integers(0, mirror.layout.size("lighting"), len(pairs))
            pairs["appearance"] = chance.choice(LOOKS, len(pairs), p=SHARES)
            if len(pairs):
                mirror.apply("lighting", pairs.tobytes())

    async def _read_snapshots(self, tenant: Tenant, group: Group) -> None:
        waiting, group.waiting = group.waiting, set()
        for client in waiting & group.clients:
            client.put_snapshot(encode.message("snapshot", alarms=[], counts={}, total=0, events=[], logbook=[], headlines=[], seq=0, missed=0), 0)


def serve(count: int, port: int, flush_hz: float) -> None:
    """Serves until it is killed."""
    layout = territory(count)
    hub = MadeUpHub(layout, flush_hz)
    principal = Principal(tenant=1, account_id=1, name="banc", display_name="Banc", role=Role.OPERATOR, permissions=PERMISSIONS[Role.OPERATOR])
    positions = gzip.compress(layout.snapshot(layout.perimeter(principal)), 6, mtime=0)

    async def stands() -> bool:
        return True

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        for set_up in dash.backend._before_request_funcs:
            result = set_up()
            if asyncio.iscoroutine(result):
                await result
        await hub.start()
        yield

    server = FastAPI(lifespan=life)

    @server.websocket("/live")
    async def live(socket: WebSocket, since: int = 0) -> None:
        await socket.accept()
        await hub.serve(socket, principal, stands, socket.receive_text, since)

    @server.get("/live/{name}.js")
    async def worker(name: str) -> FileResponse:
        return FileResponse(WORKER / f"{name}.js", media_type="text/javascript")

    @server.get("/api/v1/map/snapshot")
    async def snapshot() -> Response:
        return Response(positions, media_type="application/octet-stream", headers={"Content-Encoding": "gzip"})

    @server.get("/tiles/source.json")
    async def source() -> dict[str, str]:
        return {"kind": "offline"}

    @server.get("/tiles/places.json")
    async def places() -> dict[str, list[object]]:
        return {"items": []}

    @server.get("/tiles/{z}/{x}/{y}.mvt")
    async def tile(z: int, x: int, y: int) -> Response:
        return Response(status_code=204)

    @server.get("/tiles/assets/{z}/{x}/{y}.mvt")
    async def outline(z: int, x: int, y: int) -> Response:
        return Response(status_code=204)

    @server.get("/rate/{changes}")
    async def rate(changes: int) -> dict[str, int]:
        hub.rate = changes
        return {"rate": changes, "clients": hub.clients()}

    dash: Any = index.Page(
        "vigie", server=server, assets_path_ignore=index.ASSETS_PATH_IGNORE, index_string=index.index_string(), assets_folder=str(WORKER.parent)
    )
    frame = {"position": "fixed", "inset": "0"}
    dash.layout = html.Div(live_map(ids.WALL_MAP, Territory(label="Banc", view=VIEW), is_wall=True), className="frame wall-map", style=frame)
    uvicorn.run(server, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--assets", type=int, default=40_000)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--hz", type=float, default=8.0)
    given = arguments.parse_args()
    serve(given.assets, given.port, given.hz)
