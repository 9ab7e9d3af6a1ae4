"""Each fault once: what is struck, what was acknowledged before, during and after, and what history and the alarms hold in the end.

The tests play each scenario a few times, `make bench NAME=faults` more often, and writes docs/reliability.md from what these return.
"""

import errno
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec

from hypervisor.domain.observation import Batch, Observation
from hypervisor.hot import keys
from tests.integration.fault_world import CALM, CONTAINERS, HALF_PERIOD, TOKEN, UPSERT, Installation, Sender, iso, urn

LONGEST_WAIT_S = 0.4
HOUR_S = 3600.0


@dataclass(kw_only=True)
class Outcome:
    """What a scenario found. acknowledged: observations answered 204; stored and distinct: those in history; alarms: (expected, found) transitions.

    is_reached: whether the fault went as far as it was meant to; when not, the line proves nothing.
    """

    fault: str
    moments: int
    acknowledged: int
    stored: int
    distinct: int
    alarms: tuple[int, int]
    refused: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    is_reached: bool = True

    @property
    def lost(self) -> int:
        """Acknowledged, and neither in history nor counted and kept as refused."""
        return self.acknowledged - self.distinct - self.refused

    @property
    def doubled(self) -> int:
        """In history more than once."""
        return self.stored - self.distinct

    @property
    def is_whole(self) -> bool:
        """Nothing lost, nothing doubled, each alarm's life exactly once."""
        return self.is_reached and self.lost == 0 and self.doubled == 0 and self.alarms[0] == self.alarms[1]


def killed(place: Installation, name: str, moments: int, first: int, chance: random.Random) -> Outcome:
    """SIGKILL of door, worker, redis or postgresql at random moments under load; each is started again at once."""

    def strike() -> None:
        for _moment in range(moments):
            moves = _progress(place)
            place.until(lambda moves=moves: _progress(place) != moves, "nothing is stored any more")
            time.sleep(chance.uniform(0, LONGEST_WAIT_S))
            place.kill(name)
            place.revive(name)

    return _under_load(place, f"SIGKILL of {name}", moments, first, strike)


def paused(place: Installation, seconds: float, first: int) -> Outcome:
    """The worker stops reading (SIGSTOP), then goes on."""
    waited: list[int] = []

    def strike() -> None:
        place.signal("worker", signal.SIGSTOP)
        time.sleep(seconds)
        waited.append(int(place.redis().xlen(keys.stream(1, 0))))  # type: ignore[arg-type]
        place.signal("worker", signal.SIGCONT)

    outcome = _under_load(place, f"worker paused {seconds:g} s (SIGSTOP)", 1, first, strike)
    outcome.notes.append(f"{waited[0]:,} entries waited, and were caught up")
    return outcome


def without_database(place: Installation, seconds: float, first: int) -> Outcome:
    """PostgreSQL is killed and stays away."""
    waited: list[int] = []

    def strike() -> None:
        place.kill("postgresql")
        time.sleep(seconds)
        waited.append(int(place.redis().xlen(keys.stream(1, 0))))  # type: ignore[arg-type]
        place.revive("postgresql")

    outcome = _under_load(place, f"PostgreSQL away {seconds:g} s", 1, first, strike)
    outcome.notes.append(f"{waited[0]:,} entries waited in the stream")
    return outcome


def clock_jump(place: Installation, jumps_s: Iterable[float], first: int, *, is_emptied: bool = False) -> Outcome:
    """The clock jumps: the machine's, of door, worker, Valkey and PostgreSQL (libfaketime), or that of the door and the worker alone, by the installation's kind.

    is_emptied: Redis loses everything at the moment when its clock steps back by an hour, so that its entries are numbered below those that the ledger knows. Where the
    installation does not move Valkey's clock, an entry numbered an hour ahead stands for it.
    Values are undated: they take the platform's time, which is what jumps.
    """
    shifts = list(jumps_s)
    whose = "machine's clock" if place.has_machine_clock else "clock"
    ahead_s = HOUR_S if is_emptied and place.has_machine_clock else 0.0

    def strike() -> None:
        for shift in shifts:
            place.shift_clock(ahead_s + shift)
            if place.has_machine_clock:
                place.until(lambda moved=ahead_s + shift: all(abs(found - moved) < 60 for found in place.ahead_s()), "the stores' clocks do not follow")
            time.sleep(0.5)
        if is_emptied:
            place.drain()
            place.redis().flushall()
        time.sleep(0.5)
        place.shift_clock(0)
        time.sleep(0.3)

    if not is_emptied:
        return _under_load(place, f"{whose} {_signed(shifts)}", len(shifts), first, strike, is_dated=False)
    if place.has_machine_clock:
        place.shift_clock(ahead_s)
    else:
        place.redis().xadd(keys.stream(1, 0), {"b": _packed([]), "n": 0}, id=f"{int((time.time() + HOUR_S) * 1000)}-0")
        place.drain()
    return _in_two_parts(place, first, strike, f"{whose} {_signed(shifts)} and Redis emptied")


def disordered(place: Installation, first: int, chance: random.Random, rounds: int = 40) -> Outcome:
    """Batches duplicated, reordered, delayed, dated in the future, replayed: each distinct value is in history once, or refused with its cause and counted."""
    before = _refused(place)
    start = time.time() - 3000
    steps = [start + step for step in range(rounds)]
    future = [time.time() + HOUR_S + step for step in range(5)]
    order = [*steps, *steps[: rounds // 2], *future]
    chance.shuffle(order)
    bodies = [[_entity(number, CALM, at) for number in range(first, first + CONTAINERS)] for at in order]
    with httpx.Client(base_url=f"http://127.0.0.1:{place.door_port}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as client:
        for body in [*bodies, *bodies[::-1]]:
            assert client.post(UPSERT, json=body).status_code == 204
    place.drain()
    distinct = CONTAINERS * (len(steps) + len(future))
    place.until(lambda: distinct == place.stored(first)[1] + _refused(place) - before, "the causes of refusal do not add up")
    stored, unique = place.stored(first)
    return Outcome(
        fault="duplicated, reordered, delayed, future and replayed batches", moments=2 * len(bodies), acknowledged=distinct, stored=stored, distinct=unique,
        refused=_refused(place) - before, alarms=(0, _transitions(place, first)),
        notes=[f"{2 * len(bodies) * CONTAINERS:,} values were sent for {distinct:,} distinct ones"],
    )  # fmt: skip


def poisoned(place: Installation, first: int) -> Outcome:
    """One observation that PostgreSQL cannot store, in the middle of good ones, and an entry that is no batch at all."""
    at_ms = int((time.time() - 60) * 1000)
    good = [
        Observation(entity=urn(n), type="WasteContainer", property="temperature", value=CALM, observed_at_ms=at_ms) for n in range(first, first + CONTAINERS)
    ]
    # PostgreSQL's text holds no null character: this refusal cannot be kept as it is.
    bad = Observation(entity="urn:ngsi-ld:\0", type="WasteContainer", property="temperature", value=1.0, observed_at_ms=at_ms)
    before = place.rows("SELECT count(*) FROM rejected_observation")[0][0]
    stream = keys.stream(1, 0)
    place.redis().xadd(stream, {"b": _packed([*good[: CONTAINERS // 2], bad, *good[CONTAINERS // 2 :]]), "n": CONTAINERS + 1})
    place.redis().xadd(stream, {"b": b"\xc1 no batch", "n": 1})
    place.drain()
    stored, distinct = place.stored(first)
    kept = place.rows("SELECT count(*) FROM rejected_observation")[0][0] - before
    return Outcome(
        fault="poison: a value that cannot be stored, an entry that cannot be read", moments=2, acknowledged=CONTAINERS, stored=stored, distinct=distinct, alarms=(0, 0),
        notes=[f"{kept} kept for inspection"],
    )  # fmt: skip


def full_disk(place: Installation, first: int, floor_mb: int) -> Outcome:
    """The disk of both stores fills up: first below the door's floor, then entirely; both stores are started again once there is room, as the supervisor would."""
    filler = place.folder / "filler"
    statuses: list[int] = []

    def strike() -> None:
        _fill(filler, place.folder, leave_mb=floor_mb // 2)
        place.until(lambda: _status(place, statuses) == 503, "the guard does not close the door")
        place.drain()
        # Someone else takes what is left: nothing can be written any more.
        _fill(filler, place.folder, leave_mb=0)
        time.sleep(1)
        filler.unlink()
        for name in ("redis", "postgresql"):
            if not place.is_up(name):
                statuses.append(-1)
                place.revive(name)

    outcome = _under_load(place, "disk of PostgreSQL and of Valkey's log full", 1, first, strike)
    outcome.notes.append(f"the door answered 503 below {floor_mb} MB, and opened again; {statuses.count(-1)} of the two stores had to be started again")
    return outcome


def flooded(place: Installation, first: int, limit_s: float) -> Outcome:
    """PostgreSQL stays away until the stream has its fill: the door answers 429, and goes on once it is back."""
    entities = [f'{{"id":"{urn(first + CONTAINERS + n % 10)}","type":"WasteContainer","temperature":{CALM}}}' for n in range(1000)]
    body, accepted, refused = ("[" + ",".join(entities) + "]").encode(), 0, 0
    began = time.monotonic()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{place.door_port}", headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}, timeout=60
    ) as client:
        while not refused and time.monotonic() - began < limit_s:
            status = client.post(UPSERT, content=body).status_code
            accepted, refused = accepted + (status == 204), refused + (status == 429)
    waiting = int(place.redis().memory_usage(keys.stream(1, 0)) or 0)  # type: ignore[arg-type]
    place.revive("postgresql")
    place.until(lambda: place.redis().xlen(keys.stream(1, 0)) == 0, "the stream is not emptied", patience_s=600)
    found = place.rows(
        "SELECT count(*), count(DISTINCT (asset_id, observed_at)) FROM observation WHERE asset_id BETWEEN %s AND %s", first + CONTAINERS, first + CONTAINERS + 9
    )
    return Outcome(
        fault="PostgreSQL away until the stream is full", moments=1, acknowledged=1000 * accepted, stored=found[0][0], distinct=found[0][1], alarms=(0, 0),
        seconds=time.monotonic() - began, is_reached=refused > 0, notes=[f"{'429' if refused else 'no 429'} at {waiting / 2**20:.0f} MB in the stream, which was then worked off"],
    )  # fmt: skip


def _fill(filler: Path, folder: Path, leave_mb: int) -> None:
    """Writes until no more than that is free."""
    with filler.open("ab", buffering=0) as file:
        try:
            while (room := shutil.disk_usage(folder).free - (leave_mb << 20)) > 0:
                file.write(bytes(min(room, 1 << 20)))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def _status(place: Installation, statuses: list[int]) -> int:
    answer = httpx.post(f"http://127.0.0.1:{place.door_port}{UPSERT}", json=[], headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
    statuses.append(answer.status_code)
    return answer.status_code


def _under_load(place: Installation, fault: str, moments: int, first: int, strike: Callable[[], None], *, is_dated: bool = True) -> Outcome:
    began = time.monotonic()
    sender = Sender(place, first, is_dated=is_dated)
    sender.start()
    place.until(lambda: place.stored(first)[0] > 0, "nothing is stored")
    strike()
    sender.stop()
    outcome = _settled(place, fault, moments, first, sender.steps)
    outcome.seconds = time.monotonic() - began
    if sender.broken or sender.refusals:
        outcome.notes.append(f"{sender.broken + sum(sender.refusals.values())} requests were refused or unanswered, and sent again")
    return outcome


def _in_two_parts(place: Installation, first: int, strike: Callable[[], None], fault: str) -> Outcome:
    """Load, nothing under way, the fault, load again: what an emptied Redis had acknowledged and not given to the worker is gone with it, whoever counts."""
    began, steps = time.monotonic(), 0
    for part in range(2):
        sender = Sender(place, first, is_dated=False)
        sender.start()
        place.until(lambda sender=sender: sender.steps >= 4 * HALF_PERIOD, "the door does not accept")
        sender.stop()
        steps += sender.steps
        if part == 0:
            place.drain()
            strike()
    outcome = _settled(place, fault, 1, first, steps)
    outcome.seconds = time.monotonic() - began
    return outcome


def _settled(place: Installation, fault: str, moments: int, first: int, steps: int) -> Outcome:
    """What is found once everything has been worked off: each container burnt once per period, its alarm raised, then repeated, and cleared each time."""
    place.until(lambda: place.stored(first)[0] >= CONTAINERS * steps, f"{fault}: of {CONTAINERS * steps} acknowledged values some are missing", patience_s=300)
    place.drain()
    periods = steps // (2 * HALF_PERIOD)
    stored, distinct = place.stored(first)
    expected = CONTAINERS * periods * 2
    place.until(lambda: _transitions(place, first) >= expected, f"{fault}: transitions are missing", patience_s=30)
    return Outcome(
        fault=fault, moments=moments, acknowledged=CONTAINERS * steps, stored=stored, distinct=distinct, alarms=(expected, _transitions(place, first)),
    )  # fmt: skip


def _transitions(place: Installation, first: int) -> int:
    """Times that a fire of these containers began or ended."""
    found = place.rows(
        "SELECT count(*) FROM alarm_transition t JOIN alarm a ON a.tenant = t.tenant AND a.id = t.alarm_id "
        "WHERE a.asset_id BETWEEN %s AND %s AND a.cause = 'container_fire' AND t.action IN ('raise', 'repeat', 'clear')",
        first,
        first + CONTAINERS - 1,
    )
    return int(found[0][0])


def _refused(place: Installation) -> int:
    """Observations that the worker refused, by whatever cause, as it counts them."""
    counts = place.redis().hgetall(keys.counters(1))
    return sum(int(count) for cause, count in counts.items() if cause.startswith(b"rejected:"))  # type: ignore[union-attr]


def _progress(place: Installation) -> str:
    return str(place.rows("SELECT max(last_id) FROM ingest_ledger"))


def _packed(observations: list[Observation]) -> bytes:
    return msgspec.msgpack.encode(Batch(source="essai", received_at_ms=int(time.time() * 1000), observations=observations))


def _entity(number: int, value: float, at: float) -> dict:
    return {"id": urn(number), "type": "WasteContainer", "temperature": {"type": "Property", "value": value, "observedAt": iso(at)}}


def _signed(shifts: list[float]) -> str:
    return " then ".join(f"{shift / HOUR_S:+g} h" for shift in shifts)
