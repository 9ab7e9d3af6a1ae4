"""What a screen holds: a snapshot, and the same after the facts that follow it."""

from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.event import LIVE
from hypervisor.domain.intervention import UNDECIDED
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import snapshot
from tests.integration import desk

Held = dict[tuple[str, int], Any]
READ = {"alarm": snapshot.alarms, "event": snapshot.events, "intervention": snapshot.interventions}
FACTS = "SELECT kind, body FROM outbox WHERE id > :since AND kind = ANY(:kinds) ORDER BY id"


def seen(h: Hypervisor) -> tuple[int, Held]:
    """The last fact, and the shapes of a snapshot: (kind, id) → shape."""
    everywhere = snapshot.Perimeter(layers=None, communes=None)
    with h.database.unit_of_work(1) as uow:
        return snapshot.last_fact(uow), {(kind, one["id"]): one for kind, read in READ.items() for one in read(uow, everywhere)}


def replayed(h: Hypervisor, urls: DatabaseUrls, since: int, held: Held) -> Held:
    """What a screen that held `held` holds after the facts that follow (assets/js/00-live.js does the same)."""
    now = dict(held)
    for fact in desk.rows(urls, FACTS, since=since, kinds=list(READ)):
        key, body = (fact.kind, fact.body["id"]), fact.body
        if key in now and now[key]["version"] > body["version"]:
            continue
        now[key] = body
        if not _is_shown(*key, now):
            del now[key]
        if fact.kind == "event":  # What was done for it goes with it.
            now = {each: shape for each, shape in now.items() if each[0] != "intervention" or _is_shown(*each, now)}
    return now


def _is_shown(kind: str, number: int, held: Held) -> bool:
    body = held[kind, number]
    if kind == "alarm":
        return bool(body["is_open"])
    if kind == "event":
        return body["status"] in LIVE
    return body["status"] in UNDECIDED or (body["status"] == "done" and ("event", body["event_id"]) in held)
