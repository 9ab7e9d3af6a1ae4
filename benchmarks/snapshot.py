"""The map of a million assets, server side: positions assembled, compressed in the background, served from memory; and how every asset looks now.

Synthetic streets in as many layers as are declared and 23 communes. Served: a real uvicorn on loopback, the whole body read by the client, with and without the ETag. The
floor of the same run is gzip's and the socket's own time for the same bytes: `zlib` at the same level, and a static body of the same size.
"""

import argparse
import asyncio
import gzip
import platform
import socket
import statistics
import threading
import time
from collections.abc import Callable

import httpx
import numpy as np
import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hypervisor import layers
from hypervisor.feed.channels import Layout, arrange
from hypervisor.feed.mirror import Mirror
from hypervisor.feed.snapshots import LEVEL, Snapshots, compressed
from hypervisor.launcher.processes import free_port, until

COMMUNES = 23


def main() -> None:
    """Assembles, compresses, serves, prints."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--assets", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=7)
    given = arguments.parse_args()
    layout = streets(given.assets)
    every = tuple(range(len(layout.channels)))
    print(
        f"{platform.platform()}, {psutil.cpu_count()} cores, {given.assets:,} assets in {len(every)} channels, {given.rounds} rounds, medians (wall ms, processor ms)"
    )
    body = layout.snapshot(every)
    print(f"assembled, {len(body) / 1e6:.1f} MB: {timed(lambda: layout.snapshot(every), given.rounds)} (target 100 ms)")
    print(
        f"assembled and compressed: {timed(lambda: compressed(layout, every), given.rounds)} to {len(compressed(layout, every)) / 1e6:.2f} MB (target 2,000 ms, in the background)"
    )
    print(f"  floor, gzip alone at level {LEVEL}: {timed(lambda: gzip.compress(body, LEVEL), given.rounds)}")
    mirror = Mirror(layout)
    print(f"how they look now, {given.assets / 1e6:.1f} MB: {timed(lambda: b''.join(mirror.full(number) for number in every), given.rounds)}")
    serving(layout, every, given.rounds)


def streets(count: int) -> Layout:
    """Assets along random walks, as lamps along streets."""
    chance, declared = np.random.default_rng(7), layers.all_layers()
    size = count // len(declared) // COMMUNES
    channels, assets = [], {}
    for key, layer in declared.items():
        channels += [(key, commune, commune * size, size) for commune in range(COMMUNES)]
        steps = chance.normal(0, 2e-4, (2, size * COMMUNES)).cumsum(axis=1)
        kinds = np.array([kind.key for kind in layer.kinds])[np.arange(size * COMMUNES) % len(layer.kinds)]
        assets[key] = {"ids": np.arange(size * COMMUNES), "lon": 3.8 + steps[0] % 0.4, "lat": 43.6 + steps[1] % 0.3, "kind": kinds}
    return arrange(1, 1, declared, channels, assets)


def serving(layout: Layout, every: tuple[int, ...], rounds: int) -> None:
    """The time of one request, first byte to last, once the background has done its part."""
    kept, port = Snapshots(), free_port()

    async def snapshot(request: Request) -> Response:
        etag = kept.etag(layout, every)
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": etag})
        return Response(await kept.get(layout, every), media_type="application/octet-stream", headers={"ETag": etag, "Content-Encoding": "gzip"})

    floor = bytes(len(compressed(layout, every)))

    async def static(_request: Request) -> Response:
        return Response(floor, media_type="application/octet-stream")

    server = uvicorn.Server(uvicorn.Config(Starlette(routes=[Route("/snapshot", snapshot), Route("/static", static)]), port=port, log_level="error"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    assert until(lambda: _is_open(port), 30)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Accept-Encoding": "identity"}, timeout=60) as client:

        def read(path: str) -> None:
            with client.stream("GET", path) as answer:
                for _piece in answer.iter_raw():
                    pass

        def first_byte(path: str) -> float:
            began = time.perf_counter()
            with client.stream("GET", path):
                return time.perf_counter() - began

        read("/snapshot")
        waits = [(first_byte("/snapshot"), first_byte("/static")) for _ in range(5 * rounds)]
        served, alone = (statistics.median(side) * 1000 for side in zip(*waits, strict=True))
        print(f"served, to the first byte: {served:.1f} ms (target 5 ms); floor, a static body of the same size: {alone:.1f} ms")
        print(f"  whole body read by the client: {timed(lambda: read('/snapshot'), 5 * rounds)}; floor {timed(lambda: read('/static'), 5 * rounds)}")
        etag = {"If-None-Match": kept.etag(layout, every)}
        print(f"  unchanged (304): {timed(lambda: client.get('/snapshot', headers=etag), 5 * rounds)}")
    server.should_exit = True
    thread.join(10)


def timed(step: Callable[[], object], rounds: int) -> str:
    """Median wall and processor time of this process."""
    found = []
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        step()
        found.append((time.perf_counter() - wall, time.process_time() - processor))
    return ", ".join(f"{statistics.median(side) * 1000:.1f}" for side in zip(*found, strict=True)) + " ms"


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main()
