"""The past of a perimeter: the map minute by minute, and the story of a period — alarms, events, lines, tones and who did what when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.feed import past
from hypervisor.feed.mirror import Mirror
from hypervisor.i18n import _
from hypervisor.queries import motivated as windows
from hypervisor.security import motivated
from hypervisor.security.require import signed_in
from hypervisor.store import UnitOfWork, replay, snapshot

LONGEST = timedelta(hours=24)
LONGEST_CHAPTER = 30
TONES = {"critical": "S1", "major": "S2", "minor": "S3"}
"""First tone of an alarm that asks for someone (screens.md B.4)."""
ASKING = "unacknowledged"


def story(h: Hypervisor, uow: UnitOfWork, since: datetime, until: datetime, now: datetime) -> dict[str, Any]:
    """What happened in [since, until): alarms and events with every step of their lives, logbook, tones, notes; `earliest` is where the past begins.

    By an access by motive (security/motivated.py): what its window knew, without notes, which come afterwards.
    Raises InvalidRequest for a period that is empty, not past, or longer than a day.
    """
    who, access = motivated.reader(uow, ("alarm:read", "observation:read"), now)
    check(since, until, now)
    if access:
        motivated.hold(uow, access, who, since, until, now)
    alarms = replay.alarms(uow, who.layers, who.communes, since, until)
    events = replay.events(uow, who.layers, who.communes, since, until) if who.may("event:read") else []
    if access:
        alarms, events = windows.alarms(alarms, since), windows.events(events, since)
    earliest = replay.first_moment(uow)
    return {
        "since": since.isoformat(), "until": until.isoformat(), "now": now.isoformat(), "earliest": earliest and earliest.isoformat(),
        "alarms": alarms, "is_cut": len(alarms) >= replay.MOST,
        "events": events,
        "logbook": replay.lines(uow, who.layers, who.communes, since, until) if who.may("logbook:read") else [],
        "tones": sorted(_tones(alarms, since.isoformat()), key=lambda tone: tone["at"]),
        "notes": [] if access else replay.notes(uow, since, until),
        "access": access and windows.shape(access, now),
        "layers": [layer.words() for layer in sorted(h.layers.values(), key=lambda layer: layer.order) if who.may("alarm:read", layer.key)],
    }  # fmt: skip


def check(since: datetime, until: datetime, now: datetime) -> None:
    """Raises InvalidRequest unless [since, until) is a period of the past that one replay may hold."""
    if not timedelta(0) < until - since <= LONGEST:
        raise InvalidRequest(_("La période est vide ou dépasse {count} h : réduisez-la.", count=LONGEST // timedelta(hours=1)))
    if since >= now:
        raise InvalidRequest(_("Cette période n’est pas encore passée : choisissez un début plus ancien."))


def chapter(h: Hypervisor, mirror: Mirror, at: datetime, minutes: int) -> bytes:
    """The map at a minute and at the `minutes` that follow, packed (feed.past.Chapter). at is taken down to its minute; an access by motive cuts them to its window."""
    now, at = h.clock.now(), at.astimezone(UTC).replace(second=0, microsecond=0)
    with h.database.unit_of_work(signed_in().tenant) as uow:
        who, access = motivated.reader(uow, ("map:read", "observation:read"), now)
        if not 0 <= minutes <= LONGEST_CHAPTER:
            raise InvalidRequest(_("Un chapitre compte de 0 à {count} minutes.", count=LONGEST_CHAPTER))
        if at > now:
            raise InvalidRequest(_("Cette période n’est pas encore passée : choisissez un début plus ancien."))
        if access:
            at, minutes = motivated.cut(uow, access, who, at, minutes, now)
        at_ms, until = int(at.timestamp() * 1000), at + timedelta(minutes=minutes)
        numbers = snapshot.property_numbers(uow)
        traces = (
            [_trace(alarm) for alarm in replay.alarms(uow, who.layers, who.communes, at, until + timedelta(milliseconds=1))] if who.may("alarm:read") else []
        )
    seen = [layer for layer in h.layers.values() if who.may("map:read", layer.key)]
    back_to = past.look_backs(seen, numbers, at_ms)
    found = h.history.latest(who.tenant, sorted(who.communes) if who.communes is not None else None, back_to, at_ms, minutes, past.STEP_MS)
    known = past.Known(**{name: found[name].to_numpy() for name in ("asset_id", "property_id", "step", "observed_at_ms", "value", "quality")})
    perimeter = mirror.layout.perimeter(who)
    return past.chapter(mirror.layout, perimeter, numbers, known, traces, past.never_heard(mirror), who.communes, at_ms, minutes).packed()


def may_annotate(who: Principal) -> bool:
    """Whether the person may leave bookmarks and lessons."""
    return who.may("replay:annotate")


def _trace(alarm: dict[str, Any]) -> past.Trace:
    steps = [(int(datetime.fromisoformat(step["at"]).timestamp() * 1000), step["state"]) for step in alarm["steps"]]
    return past.Trace(asset_id=alarm["asset_id"], priority=Priority.of(alarm["priority"]), steps=steps)


def _tones(alarms: list[dict[str, Any]], since: str) -> Iterator[dict[str, Any]]:
    """What the room heard first of each alarm, each time it asked anew."""
    for alarm in alarms:
        before = ""
        for step in alarm["steps"]:
            if step["state"] == ASKING and before != ASKING and alarm["priority"] in TONES and step["at"] >= since[:19]:
                yield {"at": step["at"], "code": TONES[alarm["priority"]], "alarm_id": alarm["id"]}
            before = step["state"]
