"""The invented past of a demonstration: two years of history in the lake, so that officials' dashboards have something to compare. Deterministic, newest days first.

`python -m hypervisor.demo.past` is started by the jobs process once everything runs, gives way to everything else, and stops with it; what is done is not done again.
Every day goes through the lake's own writer and is told in history_day like a closed day; nothing here exists outside a demonstration (HYPERVISOR_DEMO=1).
Values are as coarse as the indicators bear: an hour for powers, flows and occupancy, three hours for containers, each change for parking bays, a day for luminaires.
"""

import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from hypervisor import clock as clocks
from hypervisor.demo import past_room as room
from hypervisor.demo.past_curves import Past
from hypervisor.errors import VigieError
from hypervisor.lake import files
from hypervisor.lake.places import Place
from hypervisor.launcher import addresses
from hypervisor.launcher.demonstration import TENANT
from hypervisor.settings import Settings, load
from hypervisor.store import indicator_days, past, past_room, properties
from hypervisor.store.engine import PAST_LOCK, Engine

logger = logging.getLogger(__name__)

ATTRIBUTES = ("power_kw", "reference_kw", "nominal_flow_m3_h", "alarm_flow_m3_h", "capacity", "structure", "round", "limit_min")
DECLARED_AHEAD = 2
"""Months after this one for which the demonstration declares volumes, so that a platform left alone keeps its figures."""
BREATH = 1.0
"""Seconds waited per second worked: half a core at most, at the lowest priority."""


def start(settings: Settings) -> "subprocess.Popen[bytes] | None":
    """Starts it beside the caller, unless this is no demonstration or no past is wanted."""
    if not settings.demo or not settings.demo_past_days:
        return None
    return subprocess.Popen(["nice", "-n", "19", sys.executable, "-m", "hypervisor.demo.past", str(os.getpid())])


def remember(engine: Engine, place: Place, now: datetime, days: int, goes_on=lambda: True) -> int:  # type: ignore[no-untyped-def]
    """Writes the days that history does not know, newest first; gives how many. Nothing is done where the territory has no asset."""
    with engine.reading() as cursor:
        assets = past.assets(cursor, TENANT, ATTRIBUTES)
        known = past.known_days(cursor, TENANT)
        numbers = properties.numbers(cursor.connection)
        centre = indicator_days.centre(cursor, TENANT)
    if not assets:
        return 0
    today = now.astimezone(UTC).date()
    wanted = [today - timedelta(days=back) for back in range(1, days + 1)]
    missing = [day for day in wanted if day not in known]
    made = Past(assets, numbers, centre, first=wanted[-1], last=today)
    with engine.transaction() as cursor:
        past.declare(cursor, TENANT, made.declarations(today, DECLARED_AHEAD))
        if not past.has_old_alarms(cursor, TENANT, now - timedelta(days=3)):
            past.add_alarms(cursor, TENANT, made.alarms(wanted[-1], today - timedelta(days=2)))
    for number, day in enumerate(missing):
        if not goes_on():
            return number
        began = time.monotonic()
        raw, hours = made.day(day)
        filed = files.write(place, TENANT, day, [raw], [hours])
        with engine.transaction() as cursor:
            past.file_day(cursor, TENANT, day, filed, now)
        time.sleep(BREATH * min(1.0, time.monotonic() - began))
    return len(missing)


def remember_room(engine: Engine, owner: Engine, now: datetime, days: int) -> None:
    """Writes what the room did and what services declared over those days, each where there is none. owner: of the role that owns the tables; postures are its own."""
    today = now.astimezone(UTC).date()
    first, last = today - timedelta(days=days), today - timedelta(days=1)
    with engine.reading() as cursor:
        people = past_room.population(cursor, TENANT)
        assets = past.assets(cursor, TENANT, ())
    if not assets:
        return
    places = {kind: [room.Place(asset, commune) for asset, _layer, of, commune, _own in assets if of == kind] for kind in ("main", "luminaire")}
    with engine.transaction() as cursor:
        past.declare(cursor, TENANT, room.declarations(people, first, today, DECLARED_AHEAD))
        past_room.add_leaks(cursor, TENANT, [(*leak.place, *leak[1:]) for leak in room.leaks(places["main"], first, last) if leak.resolved < now])
        if not past_room.has_reports(cursor, TENANT):
            past_room.add_reports(
                cursor, TENANT, [(*report.place, *report[1:]) for report in room.reports(places["luminaire"], first, last) if report.ended < now]
            )
    with owner.transaction() as cursor:
        past_room.add_postures(cursor, TENANT, room.postures(first, last), room.exercise(last))


def main() -> None:
    """Remembers until done, or until the process that started it is gone."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parent = int(sys.argv[1]) if len(sys.argv) > 1 else os.getppid()
    settings = load()
    urls = addresses.resolve(settings).database
    engine, owner = Engine(urls.worker, "vigie-past", lock=PAST_LOCK), Engine(urls.owner, "vigie-past-room")
    began, now = time.monotonic(), clocks.from_setting(settings.clock).now()
    try:
        # The room first: its part takes a second, that of the equipment minutes.
        remember_room(engine, owner, now, settings.demo_past_days)
        count = remember(engine, Place(settings.lake), now, settings.demo_past_days, lambda: os.getppid() == parent)
    except VigieError as error:
        logger.warning("the demonstration's past waits for the next start: %s", error)
        return
    finally:
        engine.close()
        owner.close()
    if count:
        logger.info("the demonstration's past: %d days written in %.0f s", count, time.monotonic() - began)


if __name__ == "__main__":
    main()
