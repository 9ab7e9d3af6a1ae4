"""One supervisor against the room: a contact that chatters, then five hundred alarms in a minute (screens.md §5, checks 14 and 13). Last: the queue is full afterwards."""

import itertools
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import KEY_TO_PAINT, live, until
from tests.e2e.platform import Platform, wait_until

KEYS = 30
CHATTERS = 120
TOLD = "() => { const now = dash_component_api.getLayout('file').props; return [now.selectedRows, now.cellClicked, (now.virtualRowData || []).length] }"
"""What the grid's wrapper has told Dash: the rows chosen, the cell clicked, how many rows are shown."""
HAS_FOCUS = "row => document.activeElement.closest('.ag-row')?.getAttribute('row-id') === row"


@pytest.fixture(scope="module")
def supervisor(platform: Platform) -> Iterator[httpx.Client]:
    token = max(platform.run("token", "add", "essai-superviseur", "--scope", "supervise").split(), key=len)
    with httpx.Client(base_url=platform.url, timeout=30, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def say(supervisor: httpx.Client, *messages: dict) -> list[int]:
    """What the supervisor says of equipment, in one request; the alarms that changed."""
    answer = supervisor.post("/api/v1/alarms", json={"messages": list(messages)})
    assert answer.status_code == 201 and answer.json()["rejected"] == [], answer.text
    return answer.json()["alarms"]


def test_the_keyboard_s_place_stays_with_its_own_row_when_another_enters_above(open_as, platform: Platform, supervisor: httpx.Client, containers: list[dict]):
    _others_enter_above(open_as, platform, supervisor, containers, 1)


def test_check_14_a_contact_that_chatters_is_one_alarm_with_its_count_and_sounds_three_times_at_most(
    open_as, platform: Platform, supervisor: httpx.Client, containers: list[dict]
):
    with platform.session("operateur") as client, open_as("operateur", "/console") as page:
        live(page)
        contact = {"asset": containers[2]["urn"], "cause": "essai_contact", "title": "Contact intermittent", "severity": "major"}
        from_here = page.evaluate("() => window.__hv.sounds.length")
        alarms: set[int] = set()
        for _turn in range(CHATTERS):
            alarms |= {*say(supervisor, contact), *say(supervisor, contact | {"action": "clear"})}
        assert len(alarms) == 1
        (number,) = alarms
        until(page, "([id, n]) => window.Vigie.alarms.get(id)?.count === n", [number, CHATTERS])
        assert page.evaluate("from => window.__hv.sounds.slice(from).filter(s => s.code === 'S2').length", from_here) <= 3
        row = page.locator(f'.ag-row[row-id="a{number}"]').first
        expect(row).to_contain_text(f"×{CHATTERS}", timeout=5_000)
        row.click()
        expect(page.locator("#detail-masques")).to_contain_text("Papillotante", timeout=5_000)
        client.post(f"/api/v1/alarms/{number}/acknowledge").raise_for_status()


def test_check_13_an_avalanche_is_said_grouped_nearly_silent_and_whole_in_the_log_while_keys_still_answer(
    open_as, platform: Platform, supervisor: httpx.Client, containers: list[dict]
):
    with platform.session("operateur") as client, open_as("operateur", "/console") as page:
        live(page)
        lamps = client.get("/api/v1/assets", params={"layer": "lighting", "kind": "luminaire", "limit": 500}).json()["items"][:499]
        cabinet = {"severity": "major", "cause": "essai_armoire", "title": "Départ d’armoire coupé"}
        lamp = {"severity": "minor", "cause": "essai_lampe", "title": "Lampe en panne"}
        messages = [{"asset": one["urn"], **(cabinet if n < 300 else lamp)} for n, one in enumerate(lamps)]
        messages.append({"asset": containers[1]["urn"], "severity": "critical", "cause": "essai_rupture", "title": "Rupture"})
        sounds, spoken = page.evaluate("() => window.__hv.sounds.length"), "annonces"
        page.evaluate(
            f"() => {{ window.__said = []; new MutationObserver(() => __said.push(performance.now())).observe(document.getElementById('{spoken}'), {{childList: true}}) }}"
        )
        page.evaluate(KEY_TO_PAINT)
        calm = _keys(page, KEYS)
        born = page.evaluate(TOLD)[2]
        began = time.monotonic()
        raised: list[int] = []
        for start in range(0, len(messages), 25):
            raised += say(supervisor, *messages[start : start + 25])
            for _key in range(2):
                page.keyboard.press("j" if start % 50 else "k")
                page.wait_for_timeout(60)
            if start == 50:  # 75 alarms in the minute: more than thirty.
                expect(page.locator("[data-testid=bandeau-avalanche]")).to_be_visible(timeout=5_000)
        lasted = time.monotonic() - began
        assert len(raised) == 500
        until(page, "() => HV.flood.active && HV.flood.rows > 0 && HV.flood.rows <= 15", limit_s=10)
        first_out = page.locator(".ag-row", has_text="alarmes").first
        expect(first_out).to_contain_text("première", timeout=5_000)
        # The tone of a lost link or a silent source (S0) is not an alarm's: a busy machine adds some.
        tones = page.evaluate("from => window.__hv.sounds.slice(from).filter(s => s.code !== 'S0').map(s => [s.t, s.code])", sounds)
        assert len(tones) <= 2 + lasted / 30, (lasted, tones)  # The first out, what came before the avalanche was known, then one each half minute.
        # The grid's wrapper would tell Dash each choice and each transaction with every row: keys would wait for it.
        # It tells once what rows it was born with, when the feed was there before it.
        assert page.evaluate(TOLD) == [None, None, born], "the grid tells Dash what nothing of ours reads"
        said = page.evaluate("() => __said")
        assert all(after - before >= 2_900 for before, after in itertools.pairwise(said)), said
        flooded = sorted(page.evaluate("() => __keys.splice(0)"))
        print(f"key to paint: p95 {_p95(flooded):.0f} ms in the avalanche, {_p95(calm):.0f} ms before it")
        # That keys answer is tested; how soon (200 ms, screens.md) is printed above and is the benchmark's to judge.
        assert len(flooded) >= KEYS / 2, (calm, flooded)
        wait_until(lambda: len(_raises(client, set(raised))) == 500, 20, lambda: f"{len(_raises(client, set(raised)))} raw lines for 500 alarms")


def test_the_keyboard_s_place_stays_with_its_own_row_when_so_many_enter_above_that_it_is_drawn_anew(
    open_as, platform: Platform, supervisor: httpx.Client, containers: list[dict]
):
    _others_enter_above(open_as, platform, supervisor, containers, 90)


def _others_enter_above(open_as, platform: Platform, supervisor: httpx.Client, containers: list[dict], count: int) -> None:
    mine = {"asset": containers[3]["urn"], "cause": "essai_place", "title": "Essai de place", "severity": "major"}
    others = [{"asset": containers[4]["urn"], "cause": f"essai_place_{n}", "title": "Essai de place", "severity": "critical"} for n in range(count)]
    with platform.session("operateur") as client, open_as("operateur", "/console") as page:
        live(page)
        (number,) = say(supervisor, mine)
        until(page, "id => window.Desk.chooseAsset(id)", containers[3]["id"])
        page.evaluate("() => window.Desk.focusQueue()")
        until(page, HAS_FOCUS, f"a{number}", limit_s=5)
        above = say(supervisor, *others)
        until(page, "ids => ids.every(id => window.Vigie.alarms.has(id))", above)
        page.evaluate("() => new Promise(done => HV.paced(done)())")
        until(page, HAS_FOCUS, f"a{number}", limit_s=5)
        for alarm in (number, *above):
            client.post(f"/api/v1/alarms/{alarm}/acknowledge").raise_for_status()
        say(supervisor, *({**one, "action": "clear"} for one in (mine, *others)))


def _keys(page: Page, count: int) -> list[float]:
    """Milliseconds from key to paint of that many keys in the queue as it is, sorted."""
    for turn in range(count):
        page.keyboard.press("j" if turn % 2 else "k")
        page.wait_for_timeout(60)
    return sorted(page.evaluate("() => __keys.splice(0)"))


def _p95(delays: list[float]) -> float:
    return delays[int(len(delays) * 0.95)] if delays else 0.0


def _raises(client: httpx.Client, numbers: set[int]) -> list[int]:
    """The alarms of these numbers whose raising has its line in the logbook."""
    found: list[int] = []
    asked: dict[str, object] = {"limit": 500}
    while True:
        page = client.get("/api/v1/logbook", params=asked).json()
        found += [line["alarm_id"] for line in page["items"] if line["action"] == "raise" and line["alarm_id"] in numbers]
        if not page["next"] or len(found) >= len(numbers):
            return found
        asked["cursor"] = page["next"]
