"""Protocol clients: that many screens which read `/live` and note how old each DELTA is when it comes. Prints "connected", then one line of JSON."""

import argparse
import asyncio
import json
import os
import statistics
import struct
import time

import websockets

SETTLE_S = 2.0


async def screen(url: str, delays: list[float], connected: asyncio.Semaphore) -> None:
    """One screen; it reads everything and keeps the age of DELTA frames."""
    async with websockets.connect(url, max_size=None, compression=None) as socket:
        connected.release()
        async for message in socket:
            if isinstance(message, bytes) and message[0] == 1:
                delays.append(time.time() * 1000 - struct.unpack_from("<d", message, 16)[0])  # noqa: PERF401 - awaits


async def run(url: str, screens: int, seconds: float) -> None:
    """Connects them all, tells it, reads."""
    delays: list[float] = []
    connected = asyncio.Semaphore(0)
    tasks = []
    for _ in range(screens):
        tasks.append(asyncio.create_task(screen(url, delays, connected)))
        await connected.acquire()
    print("connected", flush=True)
    await asyncio.sleep(SETTLE_S)
    delays.clear()
    await asyncio.sleep(seconds)
    cuts = statistics.quantiles(delays, n=20, method="inclusive")
    print(json.dumps({"p50": cuts[9], "p95": cuts[18], "frames": len(delays)}), flush=True)
    # Two hundred closing handshakes on a busy machine say nothing more.
    os._exit(0)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--screens", type=int, default=200)
    arguments.add_argument("--seconds", type=float, default=10)
    given = arguments.parse_args()
    asyncio.run(run(given.url, given.screens, given.seconds))
