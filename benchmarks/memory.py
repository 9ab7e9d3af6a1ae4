"""Memory of each process while 5,000 observations a second come in: does it grow?

The platform of benchmarks/ingest.py. PSS (what a process holds, with its part of what it shares) of each process and of its children is read every five seconds; the
slope is that of a straight line through what follows the first minutes, in which caches fill. What fills up to a setting is told apart: PostgreSQL's shared buffers,
and in Valkey the facts and the deltas, of which so many are kept. Three minutes by default, `--minutes 30` for the target's.
"""

import argparse
import asyncio
import os
import time
from pathlib import Path

import numpy as np
import psutil

from benchmarks._ingest_load import Bodies, Sender, bodies
from benchmarks._ingest_platform import Platform, platform
from hypervisor import layers as shelf
from hypervisor.hot import keys

EVERY_S = 5.0
SIZE = 100


def main() -> None:
    """Sends, reads and prints one line for each process."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=3)
    arguments.add_argument("--rate", type=float, default=5000, help="observations a second")
    arguments.add_argument("--warm", type=float, default=None, help="minutes left out at the beginning: 5, or a third of a shorter run")
    arguments.add_argument("--rules", type=int, default=1000)
    arguments.add_argument("--assets", type=int, default=None)
    arguments.add_argument("--first-port", type=int, default=21660)
    arguments.add_argument("--folder", type=Path, default=None, help="kept, and used again by the next run")
    given = arguments.parse_args()
    warm_s = 60 * (min(5, given.minutes / 3) if given.warm is None else given.warm)
    with platform(given.first_port, 1, given.rules, given.assets, given.folder) as running:
        load = bodies(running.owner_url, shelf.all_layers(), SIZE)
        sent, took, held = asyncio.run(_watched(running, load, given.rate, 60 * given.minutes))
        print(
            f"{sent / took:,.0f} observations/s of {given.rate:,.0f} asked, for {took:.0f} s, {psutil.cpu_count()} cores, load after {os.getloadavg()[0]:.1f}; "
            f"{running.waiting()} entries wait at the end"
        )
        for name, readings in held.items():
            at, mb = np.array(readings).T
            late = at >= warm_s
            slope, _start = np.polyfit(at[late] / 60, mb[late], 1)
            spread = (mb[late].max() - mb[late].min()) / mb[late].mean()
            print(
                f"{name}: {mb[0]:.0f} MB at first, {mb[late][0]:.0f} after {warm_s:.0f} s, {mb[-1]:.0f} at the end; from there on {spread:.1%} between least and most, "
                f"slope {slope:+.2f} MB/min"
            )


async def _watched(running: Platform, load: Bodies, rate: float, seconds: float) -> tuple[int, float, dict[str, list[tuple[float, float]]]]:
    """(observations accepted, seconds, for each process its (seconds since the beginning, MB))."""
    senders = [await Sender.open(running.door_port) for _ in range(4)]
    free: asyncio.Queue[Sender] = asyncio.Queue()
    for sender in senders:
        free.put_nowait(sender)
    held: dict[str, list[tuple[float, float]]] = {}
    began, number, read_at, accepted = time.monotonic(), 0, -EVERY_S, 0

    async def one(turn: int, sender: Sender) -> None:
        nonlocal accepted
        accepted += load.size * (await sender.post(load.turn(turn)) == 204)
        free.put_nowait(sender)

    running_now: set[asyncio.Task[None]] = set()
    while (now := time.monotonic() - began) < seconds:
        if now - read_at >= EVERY_S:
            read_at = now
            for name, mb in (await asyncio.to_thread(_pss, running)).items():
                held.setdefault(name, []).append((now, mb))
        due = number * load.size / rate
        if due > now:
            await asyncio.sleep(due - now)
        task = asyncio.create_task(one(number, await free.get()))
        running_now.add(task)
        task.add_done_callback(running_now.discard)
        number += 1
    await asyncio.gather(*running_now)
    for sender in senders:
        sender.close()
    return accepted, time.monotonic() - began, held


def _pss(running: Platform) -> dict[str, float]:
    """MB of each process with its children."""
    found = {}
    for name, pid in running.roots().items():
        process = psutil.Process(pid)
        own, shared = map(sum, zip(*(_mb(one) for one in (process, *process.children(recursive=True))), strict=True))
        found[name] = own
        if shared > 1:
            found[f"{name}, shared buffers"] = shared
    kept = sum(int(running.client.memory_usage(name) or 0) for name in (keys.facts(1), *(keys.delta(1, layer) for layer in shelf.all_layers()))) / 2**20
    found["valkey"] -= kept
    found["valkey, streams kept to a length"] = kept
    return found


def _mb(process: psutil.Process) -> tuple[float, float]:
    """PSS without shared memory, and its part of shared memory (PostgreSQL's buffers alone have some that counts)."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0.0
    kb = {name: int(value.split()[0]) for name, _colon, value in (line.partition(":") for line in lines)}
    return (kb["Pss"] - kb["Pss_Shmem"]) / 1024, kb["Pss_Shmem"] / 1024


if __name__ == "__main__":
    main()
