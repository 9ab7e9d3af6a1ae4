"""From a sensor to the wall and the console, and back from an operator's key to every screen."""

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise

from playwright.sync_api import expect

from tests.e2e.alarms import FIRE, end_fire, iso, open_alarm, painted_at, raise_fire, report, select_alarm, waiting_alarm
from tests.e2e.pages import live, until
from tests.e2e.platform import Door, Platform, wait_until

REPETITIONS = 50
LOAD_PER_S = 300
BEFORE_FLOOD = 10  # More than thirty alarms a minute are an avalanche, in which a room hears one tone each half minute (screens.md, B.5).


def test_checks_1_and_2_an_alarm_reaches_wall_and_console_with_its_sound_in_under_a_second(open_as, platform: Platform, door: Door, containers: list[dict]):
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


def test_check_3_an_acknowledgement_at_one_console_changes_the_other_and_the_wall(open_as, platform: Platform, door: Door, containers: list[dict]):
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


def test_check_2_a_critical_alarm_shows_its_octagon_its_name_and_its_word_and_sounds_every_four_seconds_until_it_is_seen(
    open_as, platform: Platform, door: Door, containers: list[dict]
):
    with platform.session("operateur") as client, open_as("mur", "/mur", base=platform.wall_url) as wall:
        live(wall)
        for other in client.get("/api/v1/alarms", params={"priority": "critical", "limit": 200}).json()["items"]:
            client.post(f"/api/v1/alarms/{other['id']}/acknowledge")  # Another critical alarm would sound too.
        until(wall, "() => !Array.from(window.Vigie.alarms.values()).some(a => a.priority === 'critical' && a.state === 'unacknowledged')", limit_s=10)
        silent_until = wall.evaluate("() => window.__hv.sounds.length")
        alarm = raise_fire(door, client, containers[3])
        row = wall.locator(f'[data-testid=ligne-mur][data-id="{alarm["id"]}"]')
        expect(row).to_be_visible(timeout=5_000)
        octagon = row.get_by_role("img", name="Critique").locator(".shape-body").get_attribute("d")
        assert octagon.count("l") + octagon.count("L") + octagon.count("v") + octagon.count("h") + octagon.count("V") >= 5, octagon
        assert "CRITIQUE" in wall.locator("#bande-critique").inner_text().upper() + row.inner_text().upper()
        heard = until(
            wall,
            "from => { const s = window.__hv.sounds.slice(from).filter(s => s.code === 'S1'); return s.length >= 3 && s.map(one => one.t) }",
            silent_until,
            15,
        )
        gaps = [(after - before) / 1000 for before, after in pairwise(heard)]
        assert all(3.5 <= gap <= 4.5 for gap in gaps), gaps
        client.post(f"/api/v1/alarms/{alarm['id']}/acknowledge").raise_for_status()
        until(wall, "id => window.Vigie.alarms.get(id)?.acknowledged !== false", alarm["id"], 5)
        before = wall.evaluate("() => window.__hv.sounds.length")
        wall.wait_for_timeout(4_600)  # One period and its tolerance: nothing may sound any more.
        assert wall.evaluate("from => window.__hv.sounds.slice(from).filter(s => s.code === 'S1').length", before) == 0
        end_fire(door, client, containers[3])


def test_check_4_fifty_pairs_of_simultaneous_acknowledgements_store_one_each_and_tell_the_other_who_was_first(
    platform: Platform, door: Door, containers: list[dict]
):
    with platform.session("operateur") as a, platform.session("chef") as b, ThreadPoolExecutor(2) as hands:
        alarm = raise_fire(door, a, containers[5])
        for turn in range(REPETITIONS):
            if turn:
                a.post(f"/api/v1/alarms/{alarm['id']}/unacknowledge").raise_for_status()
            answers = list(hands.map(lambda client: client.post(f"/api/v1/alarms/{alarm['id']}/acknowledge"), (a, b)))
            by_status = {answer.status_code: answer.json() for answer in answers}
            assert set(by_status) == {200, 409}
            assert by_status[409]["by"] in (by_status[200]["acknowledged_by"], by_status[200]["acknowledged_name"])
            assert by_status[409]["at"]
        lines = a.get("/api/v1/logbook", params={"alarm_id": alarm["id"], "limit": 200}).json()["items"]
        assert sum(line["action"] == "acknowledge" for line in lines) == REPETITIONS
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
    with platform.session("operateur") as client, open_as("agent", "/terrain/alarmes", width=390, height=844) as phone:
        alarm = raise_fire(door, client, containers[6])
        card = phone.locator(f'[data-id="{alarm["id"]}"]')
        expect(card).to_be_visible(timeout=5_000)
        card.get_by_role("button", name="Acquitter").click()
        wait_until(lambda: (open_alarm(client, containers[6]) or {}).get("acknowledged_by") == "agent", 5, "the agent's acknowledgement was not stored")
        end_fire(door, client, containers[6])


def test_officials_read_a_figure_per_domain_with_its_formula(open_as):
    with open_as("elu", "/elus", width=1366, height=1024) as page:
        cards = page.locator("[data-testid^=elu-carte-]")
        expect(cards).to_have_count(6, timeout=15_000)
        page.locator("[data-testid=elu-methode]").first.click()
        assert page.locator("text=/Σ|somme|moyenne|part|médian/i").count() >= 1


def test_no_page_asked_for_anything_outside(escaped: list[str]):
    assert escaped == []


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
