"""The post on a whole platform, on its controllable clock (screens.md §5): the ladder to the phone and back, a hole in the roster, a handover, a logbook and a procedure that prove.

Last of the folder: the clock only goes forward, by half an hour in all.
"""

import hashlib
import hmac
import io
import json
import os
import re
import subprocess
import sys
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.alarms import end_fire, raise_fire, select_alarm
from tests.e2e.pages import live, until
from tests.e2e.platform import ROOT, Door, Platform, wait_until
from tests.receivers import SmsGateway

PARIS = ZoneInfo("Europe/Paris")
BAND = "() => { const b = document.querySelector('[data-testid=bandeau-escalade]'); return b && !b.hidden && b.innerText }"
WATCH = "id => { window.__told = null; const t = setInterval(() => { if (window.Vigie.alarms.get(id)?.acknowledged) { window.__told = Date.now(); clearInterval(t) } }, 5) }"


def quiet(client: httpx.Client) -> None:
    """Acknowledges what the simulator and earlier tests have raised, however much: it would climb the ladder beside ours."""
    for priority in ("critical", "major"):
        asked = {"priority": priority, "acknowledged": "false", "limit": "200"}
        while True:
            page = client.get("/api/v1/alarms", params=asked).json()
            for other in page["items"]:
                client.post(f"/api/v1/alarms/{other['id']}/acknowledge")
            if not page["next"]:
                break
            asked["cursor"] = page["next"]


def first_rank(client: httpx.Client, layer: str) -> dict:
    """Who holds the first rank of that trade now."""
    [roster] = [one for one in client.get("/api/v1/on-call/now", params={"layer": layer}).json()["items"] if one["kind"] == "operation"]
    return roster["answers"][0]


def sent_for(gateway: SmsGateway, alarm: dict) -> list[dict]:
    """Messages that the gateway accepted about an alarm."""
    return [said for _headers, said in gateway.accepted if f"AL-{alarm['id']}" in said["text"]]


class Sms:
    """What the operator's gateway posts when somebody answers, signed with the platform's secret; the address and the secret are its own from the start."""

    def __init__(self, platform: Platform) -> None:
        with platform.session("admin") as admin:
            hook = admin.get("/api/v1/on-call/webhook").json()
        self._secret = hook["secret"].encode()
        self._client = httpx.Client(timeout=10)
        self._address = platform.url + hook["path"]

    def post(self, phone: str, text: str) -> httpx.Response:
        """One answer."""
        body = json.dumps({"from": phone, "text": text}).encode()
        signature = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        return self._client.post(self._address, content=body, headers={"x-vigie-signature": signature})


def test_checks_15_and_16_a_critical_alarm_that_nobody_acknowledges_reaches_the_right_phone_whose_code_acknowledges_it(
    open_as, platform: Platform, door: Door, containers: list[dict], gateway: SmsGateway
):
    with (
        platform.session("chef") as client,
        open_as("mur", "/mur", base=platform.wall_url) as wall,
        open_as("operateur", "/console") as console,
    ):
        live(wall)
        live(console)
        duty, answers = first_rank(client, "waste"), Sms(platform)
        quiet(client)
        alarm = raise_fire(door, client, containers[0])
        until(wall, "id => window.Vigie.alarms.has(id)", alarm["id"])
        until(wall, "() => !document.querySelector('.critical-band.escalated')")  # One that another test left goes with its next frame.
        platform.advance(31)
        wall.locator(".critical-band.escalated").wait_for(timeout=15_000)
        platform.advance(30)
        until(console, f"() => /chef de salle/.test(({BAND})() || '')", limit_s=15)
        assert sent_for(gateway, alarm) == []
        platform.advance(120)
        wait_until(lambda: sent_for(gateway, alarm), 20, "the one on call was sent nothing")
        [sms] = sent_for(gateway, alarm)
        assert (sms["to"], sms["kind"]) == (duty["phone"], "sms"), sms
        until(wall, f"() => /astreinte/.test(({BAND})() || '')", limit_s=15)
        assert duty["name"] not in until(wall, BAND), "a wall names nobody"

        code = re.search(r"répondez (\d{6})", sms["text"])[1]
        select_alarm(console, alarm["id"])
        for page in (wall, console):
            page.evaluate(WATCH, alarm["id"])
        assert answers.post("+33639989999", code).status_code == 403, "another phone"
        posted = time.time() * 1000
        answer = answers.post(duty["phone"], f"{code} ok")
        replied = time.time() * 1000
        assert answer.status_code == 200 and "Acquittée" in answer.json()["reply"], answer.text
        told = [round(until(page, "() => window.__told", limit_s=15) - posted) for page in (wall, console)]
        print({"from the answer by SMS, ms": {"replied": round(replied - posted), "wall": told[0], "console": told[1]}, "load": os.getloadavg()[0]})
        assert console.evaluate("id => window.Vigie.alarms.get(id).acknowledged_name", alarm["id"]) == f"{duty['name']} (astreinte, par SMS)"
        quiet(client)
        until(wall, f"() => !({BAND})()", limit_s=15)
        assert answers.post(duty["phone"], code).status_code == 403, "a code serves once"
        [line] = [one for one in client.get("/api/v1/logbook", params={"alarm_id": alarm["id"], "limit": 50}).json()["items"] if one["action"] == "acknowledge"]
        assert line["actor_name"] == f"{duty['name']} (astreinte, par SMS)"
        assert wall.errors == [] and console.errors == []
        end_fire(door, client, containers[0])


def test_check_17_a_hole_in_the_roster_is_hatched_goes_to_the_next_rank_and_raises_an_alarm(open_as, platform: Platform, gateway: SmsGateway):
    with platform.session("chef") as client, open_as("chef", "/console") as console:
        live(console)
        now = datetime.now(PARIS)
        [roster] = [one for one in client.get("/api/v1/on-call/calendar").json()["items"] if one["layer"] == "water" and one["kind"] == "operation"]
        turn = next(one for one in roster["turns"] if one["rank"] == 1 and datetime.fromisoformat(one["starts_at"]) <= now)
        second = next(one for one in roster["turns"] if one["rank"] == 2)
        client.post(f"/api/v1/on-call/turns/{turn['id']}/cancel", json={"reason": "malade"}).raise_for_status()
        with open_as("chef", "/admin") as page:
            line = page.locator(".week-bars[aria-label=Eau]").first
            hole = line.locator(".week-gap").first
            expect(hole).to_have_text("Personne", timeout=30_000)
            assert "repeating-linear-gradient" in hole.evaluate("e => getComputedStyle(e).backgroundImage")
        quiet(client)
        asset = client.get("/api/v1/assets", params={"layer": "water", "limit": 1}).json()["items"][0]
        said = {"asset": asset["urn"], "cause": "essai_17", "title": "Rupture de canalisation", "severity": "critical"}
        client.post("/api/v1/alarms", json=said).raise_for_status()
        items = client.get("/api/v1/alarms", params={"layer": "water", "priority": "critical", "limit": 200}).json()["items"]
        alarm = next(one for one in items if one["cause"] == "essai_17")
        platform.advance(181)
        wait_until(lambda: sent_for(gateway, alarm), 20, "nobody was told")
        assert [one["to"] for one in sent_for(gateway, alarm)] == [phone_of(client, second["contact_id"])]
        gap = "() => [...window.Vigie.alarms.values()].find(a => a.cause === 'on_call_gap' && a.layer === 'water' && a.condition === 'active')?.title"
        assert until(console, gap, limit_s=20) == "Astreinte non pourvue"
        client.post(f"/api/v1/alarms/{alarm['id']}/acknowledge").raise_for_status()
        client.post("/api/v1/alarms", json=said | {"action": "clear"}).raise_for_status()
        until_at, contact = turn["ends_at"], turn["contact_id"]
        filled = {"roster_id": roster["id"], "rank": 1, "contact_id": contact, "starts_at": turn["starts_at"], "ends_at": until_at}
        client.post("/api/v1/on-call/turns", json=filled).raise_for_status()
        until(console, f"() => !({gap})()", limit_s=20)


def phone_of(client: httpx.Client, contact_id: int) -> str:
    """A contact's number."""
    return next(one["phone"] for one in client.get("/api/v1/on-call/contacts").json()["items"] if one["id"] == contact_id)


# The handover -----------------------------------------------------------------------------------------------------------------


COUNTS = """SELECT (SELECT count(*) FROM event WHERE tenant = 1 AND status NOT IN ('closed', 'false_positive', 'merged')),
    count(*) FILTER (WHERE 'shelved' = ANY (masks)), count(*) FILTER (WHERE 'suppressed' = ANY (masks)) FROM alarm WHERE tenant = 1 AND is_open"""


def shown(page: Page) -> tuple[int, int, int]:
    """(open events, shelved, inhibited) as the dossier's sections 1 and 2 show them."""
    first, second = (page.locator(f"[data-testid=rubrique-{n}]").get_attribute("data-comptes") for n in (1, 2))
    return (int(first), *map(int, second.split()))


def controls_done(page: Page) -> None:
    """Sound and screen, as who takes the post does them."""
    page.locator("#controle-son").click()
    page.locator("#controle-ecran").click()


def test_check_32_a_handover_has_exact_counts_two_signatures_and_a_band_when_it_is_not_signed(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("chef") as chief, platform.session("operateur") as operator:
        ends = datetime.now(PARIS) + timedelta(seconds=platform.ahead_s + 180)
        team = chief.post("/api/v1/shifts/teams", json={"name": "Essai", "starts_at": "00:00", "ends_at": f"{ends:%H:%M}"}).raise_for_status().json()
        station = chief.post("/api/v1/shifts/stations", json={"name": "Poste d’essai"}).raise_for_status().json()
        for container in containers[1:3]:
            alarm = raise_fire(door, operator, container)
            until_at = datetime.now(PARIS) + timedelta(seconds=platform.ahead_s, minutes=25)
            operator.post(f"/api/v1/alarms/{alarm['id']}/shelve", json={"reason": "nuisance", "until": until_at.isoformat()}).raise_for_status()
        kept = raise_fire(door, operator, containers[3])
        operator.post(f"/api/v1/alarms/{kept['id']}/take").raise_for_status()

        with open_as("chef", f"/poste?poste={station['id']}") as page:
            live(page)
            page.locator("#poste-equipe").select_option(str(team["id"]))
            sign = page.locator("[data-testid=signer]")
            expect(sign).to_be_disabled()
            for _section in range(6):
                page.keyboard.press("l")
            controls_done(page)
            expect(sign).to_be_enabled(timeout=15_000)
            sign.click()
            page.wait_for_url("**/console*", timeout=30_000)
            assert chief.get("/api/v1/shifts/state").json()["mine"]["station"] == "Poste d’essai"

        due = datetime.fromisoformat(chief.get("/api/v1/shifts/state").json()["mine"]["due_at"])
        with open_as("mur", "/mur", base=platform.wall_url) as wall:
            live(wall)
            assert wall.locator("[data-testid=bandeau-releve]").is_hidden()
            platform.advance(max(0.0, (due - datetime.now(PARIS)).total_seconds() - platform.ahead_s) + 15 * 60 + 5)
            expect(wall.locator("[data-testid=bandeau-releve]")).to_contain_text("Relève non signée", timeout=30_000)

        before = platform.asked(COUNTS)[0]
        with open_as("chef", "/poste") as page:
            live(page)
            page.locator("[data-testid=rubrique-4]").click()
            page.locator("[data-note='4']").fill("Match à la Mosson : plan de feux à 19:30")
            out = page.locator("#releve-sortant")
            expect(out).to_be_enabled(timeout=15_000)
            out.click()
            expect(page.locator("#releve-sortant")).to_have_count(0, timeout=30_000)
        after = platform.asked(COUNTS)[0]

        with open_as("operateur", f"/poste?poste={station['id']}") as page:
            live(page)
            frozen = shown(page)
            assert all(count in (low, high) for count, low, high in zip(frozen, before, after, strict=True)), (before, frozen, after)
            assert frozen[0] >= 1 and frozen[1] >= 2
            sign = page.locator("[data-testid=signer]")
            controls_done(page)
            for _section in range(5):
                page.keyboard.press("l")
            expect(page.locator("#releve-pourquoi")).to_contain_text("Lire la rubrique 6")
            expect(sign).to_be_disabled()
            page.keyboard.press("l")
            expect(sign).to_be_enabled(timeout=15_000)
            sign.click()
            page.wait_for_url("**/console*", timeout=30_000)
            live(page)
            expect(page.locator("[data-testid=bandeau-releve]")).to_be_hidden(timeout=15_000)
        lines = {one["action"]: one for one in reversed(operator.get("/api/v1/logbook", params={"kind": "handover", "limit": 20}).json()["items"])}
        assert lines["handover-sign"]["actor_name"] == "M. Durand" and "plan de feux" in lines["handover-sign"]["text"]
        assert lines["handover-accept"]["actor_name"] == "Mme Petit"
        assert lines["handover-sign"]["at"] < lines["handover-accept"]["at"]
        operator.post("/api/v1/shifts/close", json={"reason": "fin de l’essai"}).raise_for_status()
        for container in containers[1:4]:
            end_fire(door, operator, container)


# The logbook and a procedure ----------------------------------------------------------------------------------------------------


def check_logbook(platform: Platform) -> subprocess.CompletedProcess:
    """`python -m hypervisor check logbook`, as the night does it."""
    return subprocess.run(
        [sys.executable, "-m", "hypervisor", "check", "logbook"], cwd=ROOT, env=platform.environment(), capture_output=True, text=True, timeout=120
    )


def test_check_33_the_journal_cannot_be_cheated(open_as, platform: Platform):
    with platform.session("chef") as client, open_as("chef", "/journal") as page:
        wrote = client.post("/api/v1/logbook", json={"kind": "observation", "text": "Essai 33 : débit normal"}).raise_for_status().json()
        mention = page.locator(f"[data-testid=mention-{wrote['seq']}]")
        mention.wait_for(timeout=30_000)
        # The page offers one thing on a line: another line that corrects it, and leaves it readable.
        assert mention.locator("button, input, textarea, [contenteditable]").all_inner_texts() == ["Rectifier"]
        mention.get_by_role("button").click()
        page.locator("#journal-note").fill("Essai 33 : débit élevé")
        page.locator("[data-testid=btn-noter]").click()
        expect(mention.locator("del")).to_have_text("Essai 33 : débit normal", timeout=15_000)
        for verb in ("PUT", "PATCH", "DELETE"):
            for path in ("/api/v1/logbook", f"/api/v1/logbook/{wrote['seq']}"):
                assert client.request(verb, path, json={"text": "autre"}).status_code in (403, 404, 405), (verb, path)
        for statement in ("UPDATE logbook SET text = 'autre'", "DELETE FROM logbook"):
            for role in ("app", "worker"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    platform.asked(statement, role)
        sound = check_logbook(platform)
        assert sound.returncode == 0, sound.stdout + sound.stderr
        platform.asked(f"UPDATE logbook SET text = 'Essai 33 : rien' WHERE tenant = 1 AND seq = {wrote['seq']}")
        try:
            found = check_logbook(platform)
            assert found.returncode == 1 and f"line {wrote['seq']} " in found.stdout + found.stderr, found.stdout + found.stderr
        finally:
            platform.asked(f"UPDATE logbook SET text = 'Essai 33 : débit normal' WHERE tenant = 1 AND seq = {wrote['seq']}")
        assert check_logbook(platform).returncode == 0
        assert page.errors == []


def test_check_34_a_procedure_leaves_proof_and_a_mandatory_step_left_open_needs_its_reason(open_as, platform: Platform):
    with platform.session("operateur") as client, open_as("operateur", "/console") as page:
        live(page)
        place = client.get("/api/v1/assets", params={"layer": "water", "limit": 1}).json()["items"][0]
        said = {"type": "reported_leak", "lon": place["lon"], "lat": place["lat"], "description": "Essai 34", "is_new": True}
        event = client.post("/api/v1/events", json=said).raise_for_status().json()
        client.post(f"/api/v1/events/{event['id']}/take")
        until(page, "id => window.Vigie.events.has(id)", event["id"])
        # Among hundreds of others the queue draws the rows in view alone: it was taken by this operator.
        page.locator("[data-testid=onglet-miens]").click()
        page.locator(f'.ag-row[row-id="e{event["id"]}"]').first.click()
        until(page, "id => window.Desk.selected?.event?.id === id", event["id"])
        page.keyboard.press("f")
        page.locator("[data-testid=etape-1] button", has_text="Installation privée").click()
        expect(page.locator("[data-testid=etape-1]")).to_have_attribute("data-etat", "done", timeout=15_000)
        expect(page.locator("[data-testid=etape-7]")).to_have_attribute("data-etat", "open", timeout=15_000)
        client.post(f"/api/v1/events/{event['id']}/resolve").raise_for_status()
        until(page, "() => window.Desk.selected.event.status === 'resolved'")

        def closed() -> bool:
            return client.get(f"/api/v1/events/{event['id']}").json()["status"] == "closed"

        until(page, "() => !document.getElementById('btn-clore').disabled")
        page.locator("#btn-clore").click()
        expect(page.locator("#clore-etapes")).to_contain_text("7", timeout=15_000)
        until(page, "() => document.activeElement.closest('.form')")
        page.keyboard.press("Space")
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(500)  # Longer than any closing takes.
        assert not closed(), "closed over an open mandatory step"
        page.keyboard.press("Escape")
        page.locator("[data-testid=etape-7] .procedure-skip").click()
        page.keyboard.type("appelant déjà parti")
        page.keyboard.press("Control+Enter")
        expect(page.locator("[data-testid=etape-7]")).to_have_attribute("data-etat", "skipped", timeout=15_000)
        for number in (1, 7):
            expect(page.locator(f"[data-testid=etape-{number}] .procedure-meta")).to_contain_text(re.compile(r"\d\d:\d\d.*Mme Petit|Mme Petit.*\d\d:\d\d"))
        page.locator("#btn-clore").click()
        until(page, "() => document.activeElement.closest('.form')")
        page.keyboard.press("Space")
        page.keyboard.press("Control+Enter")
        wait_until(closed, 15, "the event was not closed")
        assert page.errors == []
        body = client.get("/api/v1/logbook/export.pdf", params={"event_id": event["id"]}, timeout=120).content
        words = "".join("".join(one.extract_text().split()) for one in pypdf.PdfReader(io.BytesIO(body)).pages)
        for proof in ("FR-EAU-03", "Étape1répondue", "Installationprivée", "Étape7sansobjet", "appelantdéjàparti", "MmePetit"):
            assert proof in words, proof


# An exercise --------------------------------------------------------------------------------------------------------------------


def test_an_exercise_is_said_on_every_screen_rings_no_telephone_and_has_its_own_journal(
    open_as, platform: Platform, door: Door, containers: list[dict], gateway: SmsGateway
):
    band = "[data-testid=bandeau-exercice]"
    with (
        platform.session("chef") as client,
        open_as("mur", "/mur", base=platform.wall_url) as wall,
        open_as("operateur", "/poste") as post,
        open_as("agent", "/terrain", width=390, height=844) as phone,
        open_as("elu", "/elus") as official,
        open_as("chef", "/console") as console,
    ):
        for page in (wall, post, console):
            live(page)
            expect(page.locator(band)).to_be_hidden()
        quiet(client)
        console.locator("[data-testid=posture]").click()
        panel = console.locator("#posture-panneau")
        panel.get_by_text("Entrer en exercice…").click()
        panel.get_by_label("Scénario").fill("Feu de conteneurs")
        panel.locator(".posture-fold[open]").get_by_label("Motif").fill("essai de bout en bout")
        panel.get_by_role("button", name="Entrer en exercice").click()
        for page in (wall, post, console, official):
            expect(page.locator(band)).to_contain_text("Feu de conteneurs", timeout=15_000)
        phone.evaluate("Field.refresh()")
        expect(phone.locator(band)).to_contain_text("EXERCICE — EXERCICE", timeout=15_000)

        alarm = raise_fire(door, client, containers[4])
        platform.advance(181)
        held = f"SELECT state, body FROM message WHERE tenant = 1 AND alarm_id = {alarm['id']} AND channel = 'sms'"
        wait_until(lambda: platform.asked(held), 20, "the ladder did not climb")
        [(state, text)] = platform.asked(held)
        assert state == "held" and text.startswith("EXERCICE — VIGIE CRITIQUE")
        client.post(f"/api/v1/alarms/{alarm['id']}/acknowledge").raise_for_status()

        console.keyboard.press("Escape")
        console.locator("[data-testid=posture]").click()
        panel.locator("section", has_text="Exercice en cours").get_by_label("Motif").fill("objectifs atteints")
        panel.get_by_role("button", name="Quitter l’exercice").click()
        for page in (wall, post, console, official):
            expect(page.locator(band)).to_be_hidden(timeout=15_000)
        assert sent_for(gateway, alarm) == [], "no telephone rang"
        told = [line["action"] for line in client.get("/api/v1/logbook", params={"exercise": "true", "limit": 200}).json()["items"]]
        assert (told[0], told[-1]) == ("exercise-end", "exercise-begin") and "escalate-on-call-sms" in told
        assert check_logbook(platform).returncode == 0
        assert [page.errors for page in (wall, post, console, official, phone)] == [[]] * 5
        end_fire(door, client, containers[4])
