"""The agents' application in Chromium at a phone's size, with its service worker, against the real API. What is done in airplane mode, and targets, are on the whole platform (tests/e2e/test_7_field.py)."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, expect
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import SystemClock
from hypervisor.imports import procedures as procedure_files
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import procedure_versions
from layouts import terrain_routes
from tests.integration import desk
from tests.phone import begin, sent, too_small, until
from tests.screens.field_server import serving
from tests.screens.harness import ROOT

numbers = count(1)


@pytest.fixture(scope="module")
def h(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hypervisor]:
    built = desk.build(database_urls, redis_url, tmp_path_factory.mktemp("var"), post_phone="03 80 00 00 00")
    object.__setattr__(built, "clock", SystemClock())
    desk.add_second_agent(database_urls)
    yield built
    built.close()


@pytest.fixture(scope="module")
def address(h: Hypervisor) -> Iterator[str]:
    with serving(h) as address:
        yield address


@pytest.fixture(scope="module")
def post(h: Hypervisor) -> TestClient:
    """The control post's own client."""
    return desk.signed_in(desk.app(h), "operateur")


@pytest.fixture
def asked(post: TestClient, database_urls: DatabaseUrls) -> Iterator[dict[str, Any]]:
    """One intervention asked of the agent, cancelled after the test."""
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, lon=5.04, lat=47.32)
    made = post.post(
        "/api/v1/interventions", json={"alarm_id": desk.add_alarm(database_urls, asset_id, priority=1), "agent": "agent", "instructions": "Réarmer"}
    ).json()
    yield made
    post.post(f"/api/v1/interventions/{made['id']}/cancel", json={"comment": "fin d’essai"})


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A phone of the agent, 390 × 844, without position; what leaves the machine fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR", timezone_id="Europe/Paris", has_touch=True)
    signed = context.request.post(f"{address}/api/v1/session", data={"username": "agent", "password": desk.PASSWORD})
    assert signed.ok, signed.text()
    yield context
    context.close()


def log_of(post: TestClient, intervention: dict[str, Any]) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = post.get(f"/api/v1/interventions/{intervention['id']}").json()["log"]
    return read


def test_a_tab_killed_and_opened_again_without_a_network_has_lost_nothing(phone: BrowserContext, address: str, asked: dict[str, Any], post: TestClient):
    page = begin(phone, address)
    phone.set_offline(True)
    page.click(f"[data-id='{asked['id']}'] [data-verbe=accept]")
    page.wait_for_selector("text=1 action sera envoyée")
    page.close(run_before_unload=False)
    again = phone.new_page()
    again.goto(f"{address}/terrain")
    again.wait_for_selector(f"[data-id='{asked['id']}'][data-etat=accepted]")
    expect(again.locator("[data-testid=terrain-file-envoi]")).to_have_text("1 action sera envoyée")
    expect(again.locator("text=Armoire hors tension").first).to_be_visible()
    assert [line["action"] for line in log_of(post, asked)] == ["request"]
    phone.set_offline(False)
    sent(again)
    assert [line["action"] for line in log_of(post, asked)] == ["request", "accept"]


def test_what_was_given_to_another_meanwhile_is_said_and_the_facts_are_kept(phone: BrowserContext, address: str, asked: dict[str, Any], post: TestClient):
    page = begin(phone, address)
    phone.set_offline(True)
    page.click(f"[data-id='{asked['id']}'] [data-verbe=accept]")
    post.post(f"/api/v1/interventions/{asked['id']}/reassign", json={"agent": "agent2", "comment": "injoignable"}).raise_for_status()
    phone.set_offline(False)
    sent(page)
    card = page.locator(f"[data-id='{asked['id']}'][data-testid=terrain-retiree]")
    expect(card).to_contain_text("Confiée à Agent 22")
    expect(card).to_contain_text("gardé et transmis au poste")
    seen = post.get(f"/api/v1/interventions/{asked['id']}").json()
    assert (seen["status"], seen["agent"], seen["late"]) == ("requested", "agent2", 1)
    card.get_by_role("button", name="Compris").click()
    expect(card).to_have_count(0)


def test_a_session_that_ends_keeps_the_actions_sealed_until_the_agent_is_back(phone: BrowserContext, address: str, asked: dict[str, Any], post: TestClient):
    page = begin(phone, address)
    phone.set_offline(True)
    page.click(f"[data-id='{asked['id']}'] [data-verbe=accept]")
    page.wait_for_selector("text=1 action sera envoyée")
    kept = phone.cookies()
    phone.clear_cookies()
    phone.set_offline(False)
    page.wait_for_selector("text=Session expirée")
    assert page.locator("text=Armoire hors tension").count() == 0
    raw = page.evaluate(
        "async () => { const e = (await Field.entries())[0]; return [Object.prototype.toString.call(e.body.data), (await Field.meta('key')).extractable] }"
    )
    assert raw == ["[object ArrayBuffer]", False]
    phone.add_cookies(kept)
    page.evaluate("Field.refresh()")
    sent(page)
    assert [line["action"] for line in log_of(post, asked)] == ["request", "accept"]


def test_an_action_that_the_server_refuses_says_why_and_may_be_tried_again(phone: BrowserContext, address: str, asked: dict[str, Any], post: TestClient):
    page = begin(phone, address)
    page.evaluate("id => Field.onIntervention({ id }, 'note', 'Note', { comment: ' ' })", asked["id"])
    wrong = page.locator("[data-testid=terrain-refus]")
    expect(wrong).to_contain_text("NON enregistré : Note")
    expect(wrong).to_contain_text("La note est vide")
    page.click(f"[data-id='{asked['id']}'] [data-verbe=accept]")
    until(page, "async () => (await Field.entries()).length === 1")
    assert [line["action"] for line in log_of(post, asked)] == ["request", "accept"], "what is refused does not hold up what follows"
    wrong.get_by_role("button", name="Réessayer").click()
    page.wait_for_timeout(300)
    expect(wrong).to_contain_text("La note est vide")
    wrong.get_by_role("button", name="Abandonner").click()
    sent(page)
    expect(wrong).to_have_count(0)


def test_a_photograph_taken_off_line_arrives_without_its_position(phone: BrowserContext, address: str, asked: dict[str, Any], post: TestClient, tmp_path: Path):
    from tests.integration.test_field import picture

    (tmp_path / "photo.jpg").write_bytes(picture((1600, 1200)))
    page = begin(phone, address)
    page.click(f"[data-id='{asked['id']}'] .card-head")
    phone.set_offline(True)
    page.click("text=Ajouter une photo")
    page.set_input_files("[name=file]", tmp_path / "photo.jpg")
    page.click("[data-testid=terrain-valider]")
    expect(page.locator("#feuille [role=alert]")).to_contain_text("visage")
    page.check("[name=faces]")
    page.click("[data-testid=terrain-valider]")
    page.wait_for_selector("text=1 action sera envoyée")
    phone.set_offline(False)
    sent(page)
    photo = post.get(f"/api/v1/interventions/{asked['id']}").json()["photographs"][0]
    image = post.get(f"/api/v1/interventions/{asked['id']}/photos/{photo['id']}").content
    assert dict(Image.open(io.BytesIO(image)).getexif()) == {}
    assert not any(word in image for word in (b"Exif\0", b"Fabricant"))
    assert photo["height"] > photo["width"], "upright, as it was held"


def test_a_long_press_calls_for_help_first_and_a_short_one_does_not(phone: BrowserContext, address: str, asked: dict[str, Any], post: TestClient):
    page = begin(phone, address)
    button = page.locator("[data-testid=terrain-difficulte]")
    button.click()
    page.wait_for_selector("[data-testid=terrain-secours]")
    assert page.evaluate("async () => (await Field.entries()).length") == 0
    page.go_back()
    phone.set_offline(True)
    page.click(f"[data-id='{asked['id']}'] [data-verbe=accept]")
    button.click(delay=2300)
    expect(page.locator("[data-testid=terrain-secours]")).to_contain_text("NON TRANSMIS", timeout=10_000)
    expect(page.get_by_role("link", name="Appeler le 112")).to_have_attribute("href", "tel:112")
    order: list[str] = []
    phone.on("request", lambda request: order.append(request.url.rsplit("/", 1)[1]) if request.method == "POST" else None)
    phone.set_offline(False)
    sent(page)
    assert order[0] == "distress", "a call for help passes before what was done earlier"
    expect(page.locator("[data-testid=terrain-secours]")).to_contain_text("Appel transmis")
    event = next(one for one in post.get("/api/v1/events").json()["items"] if one["type"] == "agent_distress")
    page.get_by_role("button", name="Je suis hors de danger").click()
    sent(page)
    post.post(f"/api/v1/events/{event['id']}/take", json={}).raise_for_status()
    post.post(f"/api/v1/events/{event['id']}/false-positive", json={"comment": "essai"}).raise_for_status()


def test_a_label_is_found_by_what_is_painted_on_it(phone: BrowserContext, address: str, asked: dict[str, Any]):
    page = begin(phone, address)
    page.click("[data-onglet=scanner]")
    page.fill("[name=code]", asked["asset_code"])
    page.click("text=Chercher")
    expect(page.locator("h1", has_text=asked["asset_name"])).to_be_visible()
    phone.set_offline(True)
    page.fill("[name=code]", "EP-inconnu")
    page.click("text=Chercher")
    expect(page.locator("[role=alert]")).to_contain_text("Hors ligne")


def test_an_old_list_says_so(phone: BrowserContext, address: str, asked: dict[str, Any]):
    page = begin(phone, address)
    phone.set_offline(True)
    page.evaluate("() => { Field.state.net = false; Field.state.read -= 11 * 60000; Field.draw(); }")
    expect(page.locator(".stale")).to_contain_text("non actualisée")
    expect(page.locator(".shape--stale").first).to_be_visible()


def test_an_exercise_is_said_on_every_view_and_stays_without_a_network(phone: BrowserContext, address: str, asked: dict[str, Any], h: Hypervisor):
    chief = desk.signed_in(desk.app(h), "chef")
    drill = chief.post("/api/v1/posture/exercises", json={"title": "Inondation du Lez", "reason": "annuel"}).json()["exercise"]
    page = begin(phone, address)
    band = page.locator("[data-testid=bandeau-exercice]")
    expect(band).to_have_text("EXERCICE — EXERCICE Inondation du Lez")
    phone.set_offline(True)
    page.reload()
    for path in ("#/", f"#/i/{asked['id']}", "#/secours"):
        page.evaluate("path => { location.hash = path }", path)
        expect(band).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    phone.set_offline(False)
    chief.post(f"/api/v1/posture/exercises/{drill['id']}/end", json={"reason": "fini"}).raise_for_status()
    page.evaluate("Field.refresh()")
    expect(band).to_be_hidden()


def test_the_whole_application_weighs_less_than_150_kb_compressed(world: object):
    assert terrain_routes.weight() <= 150_000


def test_every_icon_and_file_of_the_application_is_kept_by_the_phone():
    source = "".join((terrain_routes.ASSETS / name).read_text() for name in terrain_routes.SCRIPTS if name.startswith("terrain/"))
    import re

    used = set(re.findall(r'icon\("([a-z-]+)"\)|row\("([a-z-]+)"|", "([a-z]+)"\)\);', source))
    assert {name for found in used for name in found if name} - set(terrain_routes.ICONS) <= {"plus"}
    assert all((terrain_routes.ASSETS / name).is_file() for name in terrain_routes.KEPT)


def test_nothing_of_anybody_is_written_in_the_page_that_the_phone_keeps(world: object):
    drawn = terrain_routes.page()
    assert "Opérateur 2" not in drawn
    assert "csrf" not in drawn


def test_labels_say_the_urn_of_their_asset(phone: BrowserContext, address: str, asked: dict[str, Any]):
    page = phone.new_page()
    page.goto(f"{address}/terrain/etiquettes?ids={asked['asset_id']}")
    assert page.locator(".label svg").count() == 1
    assert asked["asset_urn"] in page.inner_text(".label")


AXE = """async () => (await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })).violations
    .map(one => one.id + ": " + one.nodes.map(node => node.target + " " + node.failureSummary).join(" | "))"""


def test_one_s_own_on_call_and_the_procedure_are_read_without_a_network(
    phone: BrowserContext, address: str, post: TestClient, h: Hypervisor, database_urls: DatabaseUrls
):
    now = datetime.now(UTC)
    chief = desk.signed_in(desk.app(h), "chef")
    with h.database.unit_of_work(1) as uow:
        procedure_versions.bring(uow, "lighting", procedure_files.ready("lighting"), now, in_force=True)
    people = [
        chief.post("/api/v1/on-call/contacts", json=one).json()["id"]
        for one in ({"name": "M. Garnier", "phone": "0611111111", "account": "agent"}, {"name": "Mme Da Silva", "phone": "0633333333"})
    ]
    for person, (kind, label, layer) in zip(people, (("operation", "Éclairage", "lighting"), ("decision", "Direction", None)), strict=True):
        roster = chief.post("/api/v1/on-call/rosters", json={"kind": kind, "label": label, "layer": layer, "ranks": 1}).json()["id"]
        window = {"starts_at": (now - timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(hours=9)).isoformat()}
        assert chief.post("/api/v1/on-call/turns", json={"roster_id": roster, "contact_id": person} | window).status_code == 201
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, lon=5.04, lat=47.32)
    event = post.post(f"/api/v1/alarms/{desk.add_alarm(database_urls, asset_id, 'cabinet_tripped', 1)}/take").json()
    made = post.post("/api/v1/interventions", json={"event_id": event["id"], "agent": "agent"}).json()
    first = post.get(f"/api/v1/events/{event['id']}/procedure").json()["steps"][0]
    page = begin(phone, address)
    page.wait_for_selector(f"[data-id='{made['id']}']")
    phone.set_offline(True)
    page.reload()
    line = page.locator("[data-testid=terrain-astreinte]")
    expect(line).to_contain_text("Mon astreinte est en cours")
    expect(line).to_contain_text("Éclairage, jusqu’au")
    line.click()
    page.wait_for_selector("text=Numéros d’appel")
    assert page.locator("a[href='tel:0633333333']").count() == 1 and page.locator("a[href='tel:0380000000']").count() >= 1
    assert page.locator(".turn--now").count() == 1
    page.evaluate(f"location.hash = '#/i/{made['id']}'")
    page.locator("[data-testid=terrain-fiche] summary").click()
    expect(page.locator("[data-testid=terrain-fiche] li").first).to_contain_text(first["text"])
    assert too_small(page) == []
    assert page.faults == []  # type: ignore[attr-defined]
    phone.set_offline(False)
    post.post(f"/api/v1/interventions/{made['id']}/cancel", json={"comment": "fin d’essai"})


def test_axe_finds_nothing_on_any_view_in_any_theme(phone: BrowserContext, address: str, asked: dict[str, Any]):
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
    page = begin(phone, address)
    page.evaluate(axe + "; true")
    for theme in ("jour", "nuit", "nuit-profonde"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        for path in ("#/", f"#/i/{asked['id']}", "#/scanner", "#/signaler", "#/secours", "#/astreinte"):
            page.evaluate("path => { location.hash = path }", path)
            page.wait_for_timeout(80)
            assert page.evaluate(AXE) == [], f"{theme} {path}"
    page.evaluate("id => { location.hash = '#/i/' + id }", asked["id"])
    page.click("text=Ajouter une photo")
    assert page.evaluate(AXE) == []
