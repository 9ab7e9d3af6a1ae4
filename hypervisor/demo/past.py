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
from hypervisor.demo.past_curves import Past
from hypervisor.errors import VigieError
from hypervisor.lake import files
from hypervisor.lake.places import Place
from hypervisor.launcher import addresses
from hypervisor.launcher.demonstration import TENANT
from hypervisor.settings import Settings, load
from hypervisor.store import indicator_days, past, properties
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


def main() -> None:
    """Remembers until done, or until the process that started it is gone."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parent = int(sys.argv[1]) if len(sys.argv) > 1 else os.getppid()
    settings = load()
    engine = Engine(addresses.resolve(settings).database.worker, "vigie-past", lock=PAST_LOCK)
    began = time.monotonic()
    try:
        count = remember(engine, Place(settings.lake), clocks.from_setting(settings.clock).now(), settings.demo_past_days, lambda: os.getppid() == parent)
    except VigieError as error:
        logger.warning("the demonstration's past waits for the next start: %s", error)
        return
    finally:
        engine.close()
    if count:
        logger.info("the demonstration's past: %d days written in %.0f s", count, time.monotonic() - began)


if __name__ == "__main__":
    main()
