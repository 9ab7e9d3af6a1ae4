"""From a sensor to the wall and the console, and back from an operator's key to every screen."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
from playwright.sync_api import expect

from tests.e2e.alarms import FIRE, end_fire, iso, open_alarm, painted_at, raise_fire, report, waiting_alarm
from tests.e2e.pages import live, until
from tests.e2e.platform import Door, Platform, wait_until

REPETITIONS = 50
LOAD_PER_S = 300
BEFORE_FLOOD = 10  # More than thirty alarms a minute are an avalanche, in which a room hears one tone each half minute (screens.md, B.5).


def test_an_alarm_reaches_wall_and_console_with_its_sound_in_under_a_second(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client, open_as("mur", "/mur", base=platform.wall_url) as wall, open_as("operateur", "/console") as console:
        for page in (wall, console):
            live(page)
        delays: dict[str, list[float]] = {"wall": [], "console": [], "sound": []}
        with load(platform, client):
            for turn in range(REPETITIONS):
                container = containers[turn % len(containers)]
                end_fire(door, client, container)
                sent = report(door, container, FIRE)
                wait_until(lambda container=container: waiting_alarm(client, container), 10, "no alarm")
                alarm = waiting_alarm(client, container)
                delays["wall"].append(painted_at(wall, alarm["id"], sent) - sent)
                delays["console"].append(painted_at(console, alarm["id"], sent) - sent)
                if turn < BEFORE_FLOOD:
                    delays["sound"].append(until(wall, "after => window.__hv.sounds.find(s => s.code === 'S1' && s.t >= after)?.t", sent, 6) - sent)
                end_fire(door, client, container)
        said = {what: f"median {statistics.median(values):.0f} ms, p95 {_p95(values):.0f} ms, max {max(values):.0f} ms" for what, values in delays.items()}
        print(said)
        assert _p95(delays["wall"]) < 1_000, said
        assert _p95(delays["console"]) < 1_000, said
        # Screens.md, check 2: heard within 1.2 s. Another critical's own repetition every 4 s can only come sooner.
        assert statistics.median(delays["sound"]) < 1_200, said


def test_an_acknowledgement_at_one_console_changes_the_other_and_the_wall(open_as, platform: Platform, door: Door, containers: list[dict]):
    with (
        platform.session("operateur") as client,
        open_as("operateur", "/console") as a,
        open_as("chef", "/console") as b,
        open_as("mur", "/mur", base=platform.wall_url) as wall,
    ):
        for page in (a, b, wall):
            live(page)
        delays = []
        for container in containers[:5]:
            alarm = raise_fire(door, client, container)
            row = f'[data-testid=ligne-mur][data-id="{alarm["id"]}"]'
            expect(wall.locator(row)).to_be_visible(timeout=5_000)
            select_alarm(a, alarm["id"])
            watch = "id => { window.__seen = null; const t = setInterval(() => { const x = window.Vigie.alarms.get(id); if (!x || x.acknowledged) { window.__seen = Date.now(); clearInterval(t) } }, 5) }"
            for page in (b, wall):
                page.evaluate(watch, alarm["id"])
            pressed = time.time() * 1000
            a.keyboard.press("a")
            delays.append(max(until(page, "() => window.__seen", limit_s=15) for page in (b, wall)) - pressed)
            until(wall, "row => { const r = document.querySelector(row); return !r || r.dataset.etat === 'acknowledged' }", row, 5)
            assert open_alarm(client, container)["acknowledged_by"] == "operateur"
            end_fire(door, client, container)
        assert statistics.median(delays) < 1_000, delays


def test_two_simultaneous_acknowledgements_store_one_and_tell_the_other_who_was_first(platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as a, platform.session("chef") as b:
        alarm = raise_fire(door, a, containers[5])
        answers: dict[str, httpx.Response] = {}
        gate = threading.Barrier(2)

        def acknowledge(name: str, client: httpx.Client) -> None:
            gate.wait()
            answers[name] = client.post(f"/api/v1/alarms/{alarm['id']}/acknowledge")

        threads = [threading.Thread(target=acknowledge, args=pair) for pair in (("operateur", a), ("chef", b))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        by_status = {answer.status_code: answer.json() for answer in answers.values()}
        assert set(by_status) == {200, 409}
        assert by_status[409]["by"] in (by_status[200]["acknowledged_by"], by_status[200]["acknowledged_name"])
        assert by_status[409]["at"]
        lines = [line for line in a.get("/api/v1/logbook", params={"alarm_id": alarm["id"], "limit": 50}).json()["items"] if line["action"] == "acknowledge"]
        assert len(lines) == 1
        end_fire(door, a, containers[5])


def test_a_scenario_of_the_command_line_becomes_an_alarm(platform: Platform):
    with platform.session("operateur") as client:
        before = {a["id"]: a["count"] for a in client.get("/api/v1/alarms", params={"layer": "water", "limit": 500}).json()["items"]}
        platform.run("simulate", "--scenario", "burst")
        wait_until(
            lambda: any(
                a["cause"] == "main_burst" and a["condition"] == "active" and before.get(a["id"], 0) < a["count"]
                for a in client.get("/api/v1/alarms", params={"layer": "water", "limit": 500}).json()["items"]
            ),
            10,
            "the burst did not become an alarm within 10 s",
        )


def test_an_agent_sees_and_acknowledges_from_a_phone(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client, open_as("agent", "/terrain", width=390, height=844) as phone:
        alarm = raise_fire(door, client, containers[6])
        card = phone.locator(f'[data-id="{alarm["id"]}"]')
        expect(card).to_be_visible(timeout=5_000)
        card.get_by_role("button", name="Acquitter").click()
        wait_until(lambda: (open_alarm(client, containers[6]) or {}).get("acknowledged_by") == "agent", 5, "the agent's acknowledgement was not stored")
        end_fire(door, client, containers[6])


def test_officials_read_five_figures_with_their_formula(open_as):
    with open_as("elu", "/elus", width=1366, height=1024) as page:
        cards = page.locator("[data-testid^=elu-carte-]")
        expect(cards).to_have_count(5, timeout=15_000)
        page.locator("[data-testid=elu-methode]").first.click()
        assert page.locator("text=/Σ|somme|moyenne|part|médian/i").count() >= 1


def test_no_page_asked_for_anything_outside(escaped: list[str]):
    assert escaped == []


def select_alarm(page, alarm_id: int) -> None:
    """Chooses an alarm in the queue as a person does: a click on its row."""
    until(page, "id => window.Vigie.alarms.has(id)", alarm_id, 5)
    row = page.locator(f'.ag-row[row-id$="{alarm_id}"]').first
    row.wait_for(timeout=5_000)
    row.click()
    until(page, "() => !document.getElementById('btn-acquitter').disabled")


@contextmanager
def load(platform: Platform, client) -> Iterator[None]:
    """LOAD_PER_S observations a second of waste containers, in batches of 30, beside the simulator, for the length of the block."""
    door = Door(platform)
    bins = client.get("/api/v1/assets", params={"layer": "waste", "limit": 500}).json()["items"]
    stop = threading.Event()

    def run() -> None:
        turn, began = 0, time.monotonic()
        while not stop.is_set():
            part = [bins[(turn * 30 + i) % len(bins)] for i in range(30)]
            at = iso(datetime.now(UTC))
            door.send(
                *(
                    {"id": b["urn"], "type": "WasteContainer", "fillingLevel": {"type": "Property", "value": 0.4 + (turn % 10) / 100, "observedAt": at}}
                    for b in part
                )
            )
            turn += 1
            stop.wait(max(0.0, began + turn * 30 / LOAD_PER_S - time.monotonic()))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
