"""What a screen holds: a snapshot, and the same after the facts that follow it."""

from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.event import LIVE
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import snapshot
from tests.integration import desk


def seen(h: Hypervisor) -> tuple[int, dict[tuple[str, int], Any]]:
    """The last fact, and the shapes of a snapshot: (kind, id) → shape."""
    with h.database.unit_of_work(1) as uow:
        everywhere = snapshot.Perimeter(layers=None, communes=None)
        held = {("alarm", a["id"]): a for a in snapshot.alarms(uow, everywhere)} | {("event", e["id"]): e for e in snapshot.events(uow, everywhere)}
        return snapshot.last_fact(uow), held


def replayed(h: Hypervisor, urls: DatabaseUrls, since: int, held: dict[tuple[str, int], Any]) -> dict[tuple[str, int], Any]:
    """What a screen that held `held` holds after the facts that follow (assets/js/00-live.js does the same)."""
    now = dict(held)
    for fact in desk.rows(urls, "SELECT kind, body FROM outbox WHERE id > :since AND kind IN ('alarm', 'event') ORDER BY id", since=since):
        key, body = (fact.kind, fact.body["id"]), fact.body
        if key in now and now[key]["version"] > body["version"]:
            continue
        is_shown = body["status"] in LIVE if fact.kind == "event" else body["condition"] == "active" or not body["acknowledged"]
        if is_shown:
            now[key] = body
        else:
            now.pop(key, None)
    return now
