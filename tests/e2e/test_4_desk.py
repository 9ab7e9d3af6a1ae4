"""The desk as a whole: an incident from its alarm to its closure without the mouse, and a perimeter that holds (screens.md §5, checks 18 and 35)."""

import httpx
from playwright.sync_api import expect

from tests.e2e.alarms import end_fire, raise_fire
from tests.e2e.pages import live, until
from tests.e2e.platform import PASSWORD, Door, Platform, wait_until

OUTLINE = """() => { const s = getComputedStyle(document.activeElement); const inside = document.activeElement.closest('.ag-row, .search, .note, label');
    const around = inside ? getComputedStyle(inside) : s;
    return [document.activeElement.id || document.activeElement.className, Math.max(parseFloat(s.outlineWidth) * (s.outlineStyle !== 'none'), parseFloat(around.outlineWidth) * (around.outlineStyle !== 'none'))] }"""

PAGE_SAYS = "() => [document.activeElement.outerHTML.slice(0, 120), Desk.selected?.alarmId, Desk.selected?.title, document.getElementById('btn-acquitter')?.dataset.raison, [...document.querySelectorAll('.toast')].map(t => t.textContent)]"
AZERTY = "&é\"'(-è_ç"
"""What the keys 1 to 9 write on a French keyboard."""


SUBSCRIBED = """channel => Promise.all([`/live?channel=${channel}`, '/live'].map(path => new Promise(done => { const socket = new WebSocket(path);
  socket.onopen = () => socket.send(JSON.stringify({t: 'subscribe', channels: [channel]})); socket.onclose = event => done(event.code) })))"""
"""The codes with which the feed refuses a channel."""


def test_check_18_a_whole_incident_without_the_mouse(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client, open_as("chef", "/console") as page:
        live(page)
        page.evaluate(
            "() => { window.__mouse = 0; for (const one of ['mousedown', 'pointerdown']) document.addEventListener(one, e => { if (e.isTrusted) window.__mouse++ }, true) }"
        )

        def said(what: str):
            """The complaint, with what the page says of itself."""
            return lambda: f"{what}: {page.evaluate(PAGE_SAYS)}"

        alarm = raise_fire(door, client, containers[7])
        until(page, "id => window.Vigie.alarms.has(id)", alarm["id"])
        until(page, "() => document.querySelector('.ag-row')")
        for _row in range(60):
            page.keyboard.press("j")
            page.wait_for_timeout(50)
            if page.evaluate("id => window.Desk.selected?.alarmId === id", alarm["id"]):
                break
        until(page, "id => window.Desk.selected?.alarmId === id", alarm["id"])
        # The grid gives the focus in a later task than the choice; what matters is that the eye finds it.
        wait_until(lambda: page.evaluate(OUTLINE)[1] >= 2, 5, lambda: f"no visible focus: {page.evaluate(OUTLINE)}")
        expect(page.locator("#consequence")).not_to_be_empty(timeout=30_000)
        press(page, "a", "btn-acquitter")
        wait_until(lambda: shape(client, alarm)["acknowledged_by"] == "chef", 30, said("A did not acknowledge"))
        press(page, "p", "btn-prendre")
        wait_until(lambda: shape(client, alarm)["event_id"], 30, said("P opened no event"))
        event_id = shape(client, alarm)["event_id"]
        until(page, "id => window.Desk.selected.event && window.Desk.selected.event.id === id", event_id)
        page.keyboard.press("f")
        until(page, "() => document.activeElement.closest('#conduite-cadre')")
        walk_procedure(page, client, event_id)
        page.keyboard.press("n")
        page.keyboard.type("Pompiers prévenus")
        page.keyboard.press("Control+Enter")
        lines = lambda: client.get("/api/v1/logbook", params={"event_id": event_id, "limit": 50}).json()["items"]  # noqa: E731 - asked twice
        wait_until(lambda: any(line["text"] == "Pompiers prévenus" for line in lines()), 30, "N wrote no line")
        page.keyboard.press("Escape")
        press(page, "t", "btn-affecter")
        until(page, "() => document.querySelector('#affecter-a input')")
        page.evaluate("() => document.querySelector('#affecter-a input[value=operateur]').focus()")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        until(page, "() => document.activeElement.id === 'affecter-motif'")
        page.keyboard.type("relève")
        page.keyboard.press("Control+Enter")
        wait_until(lambda: client.get(f"/api/v1/events/{event_id}").json()["owner"] == "operateur", 30, "T gave it to nobody")
        end_fire(door, client, containers[7])
        until(page, "() => window.Desk.selected.event.owner === 'operateur'")
        page.keyboard.press("Escape")
        press(page, "r", "btn-resoudre")
        wait_until(lambda: client.get(f"/api/v1/events/{event_id}").json()["status"] == "resolved", 30, said("R resolved nothing"))
        until(page, "() => window.Desk.selected.event.status === 'resolved'")
        press(page, "c", "btn-clore")
        until(page, "() => document.activeElement.closest('.form')")
        page.keyboard.press("Space")
        page.keyboard.press("Control+Enter")
        wait_until(lambda: client.get(f"/api/v1/events/{event_id}").json()["status"] == "closed", 30, said("C closed nothing"))
        assert page.evaluate("() => window.__mouse") == 0
        assert page.errors == []


def azerty_digit(page, digit: int) -> None:
    """The key of the first row, unshifted, of a French keyboard: its place is that of the digit, its letter is not (check 19)."""
    said = {"code": f"Digit{digit}", "key": AZERTY[digit - 1], "text": AZERTY[digit - 1], "windowsVirtualKeyCode": 48 + digit}
    session = page.context.new_cdp_session(page)
    for kind in ("keyDown", "keyUp"):
        session.send("Input.dispatchKeyEvent", {"type": kind, **said})
    session.detach()


def walk_procedure(page, client, event_id: int) -> None:
    """FR-DEC-01 to its end by keys 1 to 9: a digit ticks its step, or takes the focus to the first answer of its question, which Enter gives."""
    until(page, "() => document.querySelector('[data-testid=etape-1]')")
    while True:
        step = next((one for one in client.get(f"/api/v1/events/{event_id}/procedure").json()["steps"] if one["state"] == "open"), None)
        if step is None:
            return
        until(page, "n => document.querySelector(`[data-testid=etape-${n}][data-etat=open] button:not([disabled])`)", step["n"])
        azerty_digit(page, step["n"])
        if step["answers"]:
            until(page, "() => document.activeElement.closest('.procedure-answers')")
            page.keyboard.press("Enter")
        until(page, "n => document.querySelector(`[data-testid=etape-${n}][data-etat=done]`)", step["n"])


def test_an_event_is_opened_merged_and_split_by_clicking_its_forms(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client, open_as("operateur", "/console") as page:
        live(page)
        alarm = raise_fire(door, client, containers[6])
        until(page, "id => window.Vigie.alarms.has(id)", alarm["id"])
        page.locator(f'.ag-row[row-id="a{alarm["id"]}"]').first.click()
        until(page, "() => !document.getElementById('btn-acquitter').disabled")
        page.keyboard.press("e")
        page.locator("#creer-description").fill("Fumée signalée par un passant")
        page.locator("#creer-appelant").fill("Mme Martin")
        page.locator("[data-testid=valider-creer]").click()

        def made() -> dict | None:
            items = client.get("/api/v1/events", params={"limit": 50}).json()["items"]
            return next((one for one in items if one["description"] == "Fumée signalée par un passant"), None)

        wait_until(made, 15, "the form opened no event")
        event = made()
        assert client.get(f"/api/v1/events/{event['id']}").json()["caller"] == "Mme Martin"
        until(page, "id => window.Desk.selected.event && window.Desk.selected.event.id === id", event["id"])
        # The alarm joins the event by the form of « Regrouper », from its own row.
        page.locator(f'.ag-row[row-id="a{alarm["id"]}"]').first.click()
        press(page, "x", "btn-regrouper")
        page.locator(f'#regrouper-choix input[value="{event["id"]}"]').check()
        page.locator("[data-testid=valider-regrouper]").click()
        wait_until(lambda: shape(client, alarm)["event_id"] == event["id"], 15, "X merged nothing")
        # A second alarm, then « Scinder » takes it out again.
        other = raise_fire(door, client, containers[5])
        client.post(f"/api/v1/events/{event['id']}/attach", json={"alarms": [other["id"]]}).raise_for_status()
        until(page, "id => { const e = window.Vigie.events.get(id); return e && e.alarms.length === 2 }", event["id"])
        page.locator(f'.ag-row[row-id="a{alarm["id"]}"]').first.click()
        press(page, "y", "btn-scinder")
        page.locator(f'#scinder-choix input[value="{other["id"]}"]').check()
        page.locator("[data-testid=valider-scinder]").click()
        wait_until(lambda: shape(client, other)["event_id"] not in (event["id"], None), 15, "Y split nothing")
        assert page.errors == []
        for container in (containers[5], containers[6]):
            end_fire(door, client, container)


FIRST_PASSWORD = "premier-mot-de-passe-provisoire"


def test_check_35_someone_of_lighting_reads_no_waste_by_address_callback_or_socket_and_each_attempt_is_in_the_audit(
    open_as, platform: Platform, door: Door, containers: list[dict]
):
    add_operator_of_lighting(platform)
    with platform.session("operateur") as client, platform.session("lumieres") as stranger:
        alarm = raise_fire(door, client, containers[4])
        event = client.post(f"/api/v1/alarms/{alarm['id']}/take").json()
        event_id = shape(client, alarm)["event_id"]
        assert event_id, event
        secrets = (alarm["title"], alarm["asset_name"], "EV-")
        by_address = [stranger.get(f"/api/v1/{path}") for path in (f"alarms/{alarm['id']}", f"events/{event_id}", f"events/{event_id}/log")]
        by_verb = [stranger.post(f"/api/v1/{path}") for path in (f"alarms/{alarm['id']}/acknowledge", f"events/{event_id}/resolve")]
        for answer in (*by_address, *by_verb):
            assert answer.status_code == 403, answer.text
            assert not any(secret in answer.text for secret in secrets), answer.text
        for selection in ({"alarm": alarm["id"], "event": None, "version": "1"}, {"alarm": None, "event": event_id, "version": "1"}):
            answer = stranger.post("/_dash-update-component", json=callback_of_the_sheet(selection))
            assert answer.status_code == 403, answer.text
            assert not any(secret in answer.text for secret in secrets), answer.text
        # A refusal must not tell that there is something: what does not exist is refused in the same words.
        there, nowhere = (stranger.get(f"/api/v1/alarms/{number}") for number in (alarm["id"], 2**40))
        assert nowhere.status_code == 403 and told(there, alarm["id"]) == told(nowhere, 2**40)
        refused = stranger.get("/api/v1/map/snapshot", params={"channel": f"waste:{alarm['commune_id']}"})
        assert refused.status_code == 403
        with open_as("lumieres", "/console") as page:
            live(page)
            end_fire(door, client, containers[4])
            raise_fire(door, client, containers[4])
            page.wait_for_timeout(1_000)  # Longer than any fact takes to arrive.
            seen = page.evaluate(
                "() => [Array.from(Vigie.alarms.values(), a => a.layer), Array.from(Vigie.events.values(), e => e.layer), Vigie.layers.map(l => l.key)].flat()"
            )
            assert set(seen) <= {"lighting"}, seen
            closed = page.evaluate(SUBSCRIBED, f"waste:{alarm['commune_id']}")
            assert closed == [4403, 4403], "by the address of the socket, and by what is said on it"
        with open_as("dpo", "/admin") as page:
            lines = page.locator("[data-testid=admin-audit]")
            expect(lines).to_contain_text("lumieres", timeout=15_000)
            said = lines.inner_text()
            assert f"alarm:{alarm['id']}" in said and f"event:{event_id}" in said and "waste:" in said, said
        end_fire(door, client, containers[4])


def test_a_callback_that_this_version_does_not_have_is_told_that_its_page_is_too_old(platform: Platform):
    asked = callback_of_the_sheet({"alarm": 1, "event": None, "version": "1"})
    with platform.session("operateur") as client:
        answer = client.post("/_dash-update-component", json=asked | {"output": "..disparu.data-still.."})
        assert answer.status_code == 409 and "rechargez" in answer.json()["detail"], answer.text


def add_operator_of_lighting(platform: Platform) -> None:
    """An account `lumieres` that sees lighting alone, its provisional password changed as at a first sign-in."""
    platform.run("user", "add", "lumieres", "--role", "operator", "--name", "Mme Lux", "--layer", "lighting", typed=FIRST_PASSWORD + "\n")
    with httpx.Client(base_url=platform.url, timeout=10) as client:
        csrf = client.post("/api/v1/session", json={"username": "lumieres", "password": FIRST_PASSWORD}).json()["csrf"]
        changed = client.post("/mot-de-passe", data={"_csrf_token": csrf, "old": FIRST_PASSWORD, "new": PASSWORD, "again": PASSWORD})
        assert changed.status_code < 400, changed.text


def callback_of_the_sheet(selection: dict) -> dict:
    """What the page sends when a row is chosen, made by hand."""
    outputs = [
        {"id": name, "property": prop}
        for name, prop in (("conduite", "data-still"), ("consequence", "data-still"), ("faits", "data-still"), ("mesure-choisie", "data"))
    ]
    return {
        "output": ".." + "...".join(f"{one['id']}.{one['property']}" for one in outputs) + "..",
        "outputs": outputs,
        "inputs": [{"id": "selection", "property": "data", "value": selection}],
        "changedPropIds": ["selection.data"],
    }


def press(page, key: str, button: str) -> None:
    """The key, once its button may act: a machine held up for three seconds has lost its link, and the key would rightly be refused."""
    until(page, "id => !document.getElementById(id).disabled", button)
    page.keyboard.press(key)


def told(answer: httpx.Response, number: int) -> tuple[str, str]:
    """What an answer says to people and to programs, but for the number that was asked."""
    return answer.json()["detail"].replace(str(number), ""), answer.json()["title"]


def shape(client, alarm: dict) -> dict:
    """The alarm as the API gives it."""
    return client.get(f"/api/v1/alarms/{alarm['id']}").json()
