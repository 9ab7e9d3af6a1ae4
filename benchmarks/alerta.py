"""Durable alarms with duplicates removed, a second: ours against Alerta 9's, on the same PostgreSQL, in turns.

Both are asked by HTTP from the same number of connections to say again that one of 100 resources is in alarm, so that nearly every message is a duplicate: Alerta by
`POST /alert`, which takes one alert, ours by `POST /api/v1/alarms`, which takes one or many. Each answer follows the commit. Ours checks a token and a perimeter, locks,
ranks, writes transitions, facts and the chained logbook where something changed; Alerta runs without accounts, with its default plugins. After each round what is in
both databases is counted: no message is answered and not kept.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg

from benchmarks._alarm_peer import alerta, vigie
from benchmarks._alarm_platform import Ground, ground
from hypervisor.launcher.valkey import PrivateValkey
from hypervisor.security import tokens
from hypervisor.store import Database

RESOURCES, CONNECTIONS = 100, 32
Body = Callable[[int], object]


def main() -> None:
    """Runs the rounds and prints one line for each way of asking."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=4)
    arguments.add_argument("--many", type=int, default=100, help="messages in one request of ours")
    arguments.add_argument("--first-port", type=int, default=21630)
    given = arguments.parse_args()
    port = given.first_port
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name, ground(port, RESOURCES) as place:
        folder = Path(name)
        folder.chmod(0o755)
        valkey = PrivateValkey(folder / "valkey", port + 1)
        try:
            with alerta(place, port + 2), vigie(place, port + 3, valkey.start(), folder):
                compare(place, port, given)
        finally:
            valkey.stop()


def compare(place: Ground, port: int, given: argparse.Namespace) -> None:
    """Three ways of asking, one after the other in each round."""
    database = Database(place.urls.owner, pool_size=1)
    with database.unit_of_work(1) as uow:
        secret = tokens.add_token(uow, "banc", "supervise", datetime.now(UTC))
    database.close()
    ours = {"Authorization": f"Bearer {secret}"}
    ways: dict[str, tuple[str, dict[str, str], Body, int]] = {
        "Alerta, one per request": (f"http://127.0.0.1:{port + 2}/alert", {}, _alert, 1),
        "ours, one per request": (f"http://127.0.0.1:{port + 3}/api/v1/alarms", ours, _message, 1),
        f"ours, {given.many} per request": (
            f"http://127.0.0.1:{port + 3}/api/v1/alarms",
            ours,
            lambda n: {"messages": [_message(n + i) for i in range(given.many)]},
            given.many,
        ),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(given.rounds + 1):
        for name, (url, headers, body, size) in ways.items():
            before = _kept(place)[name.startswith("ours")]
            answered, took, refused = asyncio.run(_load(url, headers, body, size, given.seconds if round_ else 1.0))
            kept = _kept(place)[name.startswith("ours")] - before
            if refused:
                print(f"{name}: {refused} requests of round {round_} were answered 503")
            assert kept == answered * size, f"{name}: {answered * size} were answered and {kept} kept"
            if round_:  # The first is for both to warm up.
                rates[name].append(answered * size / took)
    floor = statistics.median(rates["Alerta, one per request"])
    print(f"{CONNECTIONS} connections, {RESOURCES} resources, {given.rounds} rounds of {given.seconds:.0f} s in turns, medians (lowest to highest)")
    for name, found in rates.items():
        print(f"{name}: {statistics.median(found):,.0f} alarms/s ({min(found):,.0f} to {max(found):,.0f}); ÷ Alerta {statistics.median(found) / floor:.1f}")


async def _load(url: str, headers: dict[str, str], body: Body, size: int, seconds: float) -> tuple[int, float, int]:
    """Requests answered 201 in about that many seconds, how long they took, and those answered 503."""
    began, answered, refused = time.monotonic(), 0, 0

    async def one(client: httpx.AsyncClient, first: int) -> None:
        nonlocal answered, refused
        number = first
        while time.monotonic() - began < seconds:
            answer = await client.post(url, json=body(number), headers=headers)
            assert answer.status_code in (201, 503), answer.text[:300]
            answered, refused, number = answered + (answer.status_code == 201), refused + (answer.status_code == 503), number + size

    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=CONNECTIONS)) as client:
        await asyncio.gather(*(one(client, 13 * number) for number in range(CONNECTIONS)))
    return answered, time.monotonic() - began, refused


def _alert(number: int) -> object:
    return {
        "resource": f"urn:{1 + number % RESOURCES}",
        "event": "Panne",
        "environment": "Production",
        "service": ["Eclairage"],
        "severity": "major",
        "text": "Panne",
        "value": str(number),
    }


def _message(number: int) -> object:
    return {"asset": f"urn:{1 + number % RESOURCES}", "cause": "panne", "title": "Panne", "severity": "major", "value": float(number)}


def _kept(place: Ground) -> tuple[int, int]:
    """Messages that Alerta and we have kept: alarms and their duplicates."""
    with psycopg.connect(place.owner_url.rpartition("/")[0] + "/alerta") as other, psycopg.connect(place.owner_url) as owner:
        peer = other.execute("SELECT coalesce(sum(1 + duplicate_count), 0) FROM alerts").fetchone()
        mine = owner.execute("SELECT coalesce(sum(count), 0) FROM alarm WHERE cause = 'panne'").fetchone()
    return int(peer[0]) if peer else 0, int(mine[0]) if mine else 0


if __name__ == "__main__":
    main()
