"""End to end: how many observations a second the platform holds, what each costs, and how fast a sensor that sends alone is answered.

Private PostgreSQL and Valkey (`appendfsync always`), the demonstration's 40,000 assets, a real door, real workers with 1,000 active rules; authentication, units,
bounds, snapshot, counters, silences, rules, alarms, history and ledger are all in the path. An observation is one entity with one property. Rates count from the
first request until history holds the last observation. The floor is `redis-benchmark` HSET pipelined ×50 on the same Valkey just before each round, with
`appendfsync everysec` (the harder) and as the platform runs it. The load generator shares the machine and is not counted in the processor time.
"""

import argparse
import asyncio
import os
import platform as machine
import shutil
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg

from benchmarks._bare_door import bare_door
from benchmarks._ingest_load import Bodies, bodies, flood, pace
from benchmarks._ingest_platform import Platform, platform
from hypervisor import layers as shelf
from hypervisor.hot import counters
from hypervisor.launcher.processes import until

BEHIND_OBSERVATIONS = 100_000
"""Observations on the stream beyond which the senders wait: more would measure the door first and the worker afterwards."""
CONNECTIONS = 8
SINGLE_RATE, SINGLE_CONNECTIONS = 1000, 64


def main() -> None:
    """Runs the rounds and prints one table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=20, help="of load per size, all rounds together")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[100, 1000])
    arguments.add_argument("--single-seconds", type=float, default=10)
    arguments.add_argument("--held-seconds", type=float, default=60, help="without pause, at the largest size; 0 leaves it out")
    arguments.add_argument("--shards", type=int, default=1)
    arguments.add_argument("--rules", type=int, default=1000)
    arguments.add_argument("--assets", type=int, default=None)
    arguments.add_argument("--first-port", type=int, default=21100)
    arguments.add_argument("--folder", type=Path, default=None, help="kept, and used again by the next run")
    given = arguments.parse_args()
    with platform(given.first_port, given.shards, given.rules, given.assets, given.folder) as running:
        loads = {size: bodies(running.owner_url, shelf.all_layers(), size) for size in {1, *given.sizes}}
        _settle(running, loads[max(given.sizes)])
        print(
            f"{machine.platform()}, {psutil.cpu_count()} cores, Python {machine.python_version()}, Valkey {running.client.info()['server_name']} {running.client.info()['valkey_version']}"
        )
        print(f"{given.shards} shard(s), {given.rules} rules, load of the machine before: {os.getloadavg()[0]:.1f}")
        for size in given.sizes:
            _batches(running, loads[size], given.seconds / given.rounds, given.rounds)
        _singles(running, loads[1], given.single_seconds)
        if given.held_seconds:
            _held(running, loads[max(given.sizes)], given.held_seconds)


def _settle(running: Platform, load: Bodies) -> None:
    """Every asset speaks once: the first values of a territory are not what is measured."""
    asyncio.run(flood(running.door_port, load, 6, 4, lambda: running.waiting() * load.size > BEHIND_OBSERVATIONS, 0))
    assert until(lambda: running.waiting() == 0, 120), "the workers do not finish"
    time.sleep(2)


@dataclass(frozen=True)
class Round:
    """One round: observations a second, the same divided by each floor, µs of processor by process, alarm transitions a second, answers 429."""

    rate: float
    ratio: float
    ratio_always: float
    cpu_us: dict[str, float]
    alarms: float
    refused: int


def _batches(running: Platform, load: Bodies, seconds: float, rounds: int) -> None:
    found: list[Round] = []
    turn = 0
    for _number in range(rounds):
        one, turn = _round(running, load, seconds, turn)
        found.append(one)
    rates = [one.rate for one in found]
    cpu_us = statistics.median(sum(one.cpu_us.values()) for one in found)
    parts = ", ".join(f"{name} {statistics.median(one.cpu_us[name] for one in found):.1f}" for name in found[0].cpu_us)
    print(
        f"{load.size} per request, {rounds} × {seconds:.0f} s: {statistics.median(rates):,.0f} obs/s (from {min(rates):,.0f} to {max(rates):,.0f}), "
        f"÷ floor {statistics.median(one.ratio for one in found):.3f} (floor with fsync each time: {statistics.median(one.ratio_always for one in found):.3f}); "
        f"{cpu_us:.1f} µs/obs ({parts}); {statistics.median(one.alarms for one in found):.0f} alarm transitions/s; {sum(one.refused for one in found)} answers 429"
    )


def _round(running: Platform, load: Bodies, seconds: float, turn: int) -> tuple[Round, int]:
    floor, floor_always = _floor(running, "everysec"), _floor(running, "always")
    before, stored, alarms, began = running.cpu_s(), _stored(running), _alarms(running), time.monotonic()
    sent = asyncio.run(flood(running.door_port, load, seconds, CONNECTIONS, lambda: running.waiting() * load.size > BEHIND_OBSERVATIONS, turn))
    assert until(lambda: running.waiting() == 0, 120), "the workers do not finish"
    took, after = time.monotonic() - began, running.cpu_s()
    kept = _stored(running) - stored
    assert kept == sent.accepted, f"{sent.accepted} were accepted and {kept} stored: {counters.read(running.client, 1)}"
    rate = sent.accepted / took
    cpu_us = {name: (after[name] - before[name]) / sent.accepted * 1e6 for name in after}
    return Round(rate, rate / floor, rate / floor_always, cpu_us, (_alarms(running) - alarms) / took, sent.refused), sent.turns


def _held(running: Platform, load: Bodies, seconds: float) -> None:
    """One round without pause: what is stored in each of its six parts, so that a rate that sinks would show."""
    stored, parts = [_stored(running)], 6

    def watch() -> None:
        for _part in range(parts):
            time.sleep(seconds / parts)
            stored.append(_stored(running))

    with ThreadPoolExecutor(1) as aside:
        watching = aside.submit(watch)
        one, _turn = _round(running, load, seconds, 0)
        watching.result()
    each = ", ".join(f"{(after - before) * parts / seconds:,.0f}" for before, after in pairwise(stored))
    print(
        f"{load.size} per request, held {seconds:.0f} s: {one.rate:,.0f} obs/s; stored in each {seconds / parts:.0f} s: {each}; ÷ floor before {one.ratio:.3f}"
    )


def _singles(running: Platform, load: Bodies, seconds: float) -> None:
    before = running.cpu_s()
    sent = asyncio.run(pace(running.door_port, load, seconds, SINGLE_CONNECTIONS, SINGLE_RATE, 0))
    assert until(lambda: running.waiting() == 0, 60), "the workers do not finish"
    after = running.cpu_s()
    cpu = {name: (after[name] - before[name]) / sent.accepted * 1e6 for name in after}
    quantiles = statistics.quantiles(sent.answered_s, n=100)
    parts = ", ".join(f"{name} {used:.0f}" for name, used in cpu.items())
    with bare_door() as (port, process):
        before_s = sum(process.cpu_times()[:2])
        bare = asyncio.run(pace(port, load, seconds, SINGLE_CONNECTIONS, SINGLE_RATE, 0))
        floor = (sum(process.cpu_times()[:2]) - before_s) / bare.accepted * 1e6
    print(
        f"alone, {SINGLE_RATE} requests/s from {SINGLE_CONNECTIONS} connections for {seconds:.0f} s: p50 {quantiles[49] * 1000:.1f} ms, p99 {quantiles[98] * 1000:.1f} ms to 204; "
        f"{sum(cpu.values()):.0f} µs/obs ({parts}; the same server with nothing behind it: {floor:.0f})"
    )


def _floor(running: Platform, fsync: str) -> float:
    """HSET commands a second, 50 in a pipeline, over 100,000 keys, which are then erased."""
    program = shutil.which("redis-benchmark") or shutil.which("valkey-benchmark")
    assert program, "redis-benchmark is not installed: deploy/setup/system.sh bench installs it"
    parts = urlsplit(running.redis_url)
    running.client.config_set("appendfsync", fsync)
    command = [program, "-h", "127.0.0.1", "-p", str(parts.port), "-a", parts.password or "", "-P", "50", "-c", "8", "-n", "400000", "-r", "100000", "--csv"]
    said = subprocess.run([*command, "HSET", "bench:__rand_int__", "field", "value"], capture_output=True, text=True, check=True).stdout
    running.client.config_set("appendfsync", "always")
    running.client.eval("for _, key in ipairs(redis.call('KEYS', 'bench:*')) do redis.call('UNLINK', key) end", 0)
    return float(said.strip().splitlines()[-1].split(",")[1].strip('"'))


def _stored(running: Platform) -> int:
    with psycopg.connect(running.owner_url) as owner:
        return int(owner.execute("SELECT count(*) FROM observation").fetchone()[0])  # type: ignore[index]


def _alarms(running: Platform) -> int:
    with psycopg.connect(running.owner_url) as owner:
        return int(owner.execute("SELECT coalesce(sum(version), 0) FROM alarm WHERE tenant = 1").fetchone()[0])  # type: ignore[index]


if __name__ == "__main__":
    main()
