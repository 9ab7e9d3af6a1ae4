"""Making an alarm come and go through the door, and waiting for what a page says of it."""

import time
from datetime import UTC, datetime

import httpx
from playwright.sync_api import Page

from tests.e2e.pages import until
from tests.e2e.platform import Door, wait_until

FIRE = 120.0  # °C, above the rule's threshold and below the physical bound.
COLD = 12.0
CAUSE = "container_fire"
FIRST_READING_S = 60


def report(door: Door, container: dict, temperature: float) -> float:
    """Sends one temperature; returns the machine's epoch ms just before."""
    sent = time.time() * 1000
    value = {"type": "Property", "value": temperature, "unitCode": "CEL", "observedAt": iso(datetime.now(UTC))}
    answer = door.send({"id": container["urn"], "type": "WasteContainer", "temperature": value})
    assert answer.status_code == 204, answer.text
    return sent


def is_heard(door: Door, client: httpx.Client, container: dict) -> bool:
    """Whether the engine, told of a container that was just brought in, takes its values: what it does not know yet is refused for good."""
    report(door, container, COLD)
    # The first reading of history in a web process opens what reads the lake: on a machine that is still starting it waits for its turn.
    return bool(client.get("/api/v1/observations", params={"asset_id": container["id"], "limit": 1}, timeout=FIRST_READING_S).json()["items"])


def open_alarm(client: httpx.Client, container: dict) -> dict | None:
    """The open alarm of a container, None when there is none."""
    items = client.get("/api/v1/alarms", params={"layer": "waste", "limit": 200}).json()["items"]
    return next((a for a in items if a["asset_id"] == container["id"] and a["cause"] == CAUSE and a["state"] != "normal"), None)


def waiting_alarm(client: httpx.Client, container: dict) -> dict | None:
    """The open alarm when its condition holds and nobody has acknowledged it."""
    alarm = open_alarm(client, container)
    return alarm if alarm and alarm["condition"] == "active" and not alarm["acknowledged"] else None


def raise_fire(door: Door, client: httpx.Client, container: dict) -> dict:
    """Raises a critical alarm on a container and returns it."""
    report(door, container, FIRE)
    wait_until(lambda: waiting_alarm(client, container), 10, f"no alarm on {container['urn']} within 10 s")
    return waiting_alarm(client, container)


def end_fire(door: Door, client: httpx.Client, container: dict) -> None:
    """Brings the container back to normal and its alarm to its end."""
    report(door, container, COLD)
    wait_until(lambda: (a := open_alarm(client, container)) is None or a["condition"] == "normal", 10, "the alarm did not return to normal")
    alarm = open_alarm(client, container)
    if alarm and not alarm["acknowledged"]:
        client.post(f"/api/v1/alarms/{alarm['id']}/acknowledge")


def select_alarm(page, alarm_id: int) -> None:
    """Chooses an alarm in the queue as a person does: a click on its row."""
    until(page, "id => window.Vigie.alarms.has(id)", alarm_id, 5)
    row = page.locator(f'.ag-row[row-id$="{alarm_id}"]').first
    row.wait_for(timeout=5_000)
    row.click()
    until(page, "() => !document.getElementById('btn-acquitter').disabled")


def painted_at(page: Page, alarm_id: int, after_ms: float, limit_s: float = 5) -> float:
    """Machine's epoch ms at which the page painted that alarm's shape, at or after a time."""
    return until(page, "([id, after]) => window.__hv.paints.find(p => String(p.id) === String(id) && p.t >= after)?.t", [alarm_id, after_ms], limit_s)


def iso(at: datetime) -> str:
    """ISO-8601 UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
