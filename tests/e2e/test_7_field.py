"""The field on a whole platform, in a phone's Chromium with its service worker (screens.md §5): airplane mode (F1), a gloved thumb (F2)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.conftest import LOOPBACK
from tests.e2e.platform import PASSWORD, Platform
from tests.phone import HEIGHT, WIDTH, begin, fill_report, sent, too_small

LOG = "SELECT action, source_at, received_at, applied, key FROM intervention_log WHERE tenant = 1 AND intervention_id = {id} ORDER BY id"


@pytest.fixture
def post(platform: Platform) -> Iterator[httpx.Client]:
    """The control post."""
    with platform.session("operateur") as client:
        yield client


@pytest.fixture
def asked(post: httpx.Client) -> Iterator[dict]:
    """An intervention asked of the agent, on a cabinet."""
    cabinet = post.get("/api/v1/assets", params={"layer": "lighting", "kind": "cabinet", "limit": 1}).json()["items"][0]
    made = post.post("/api/v1/interventions", json={"asset_id": cabinet["id"], "agent": "agent", "instructions": "Réarmer"}).raise_for_status().json()
    yield made
    post.post(f"/api/v1/interventions/{made['id']}/cancel", json={"comment": "fin d’essai"})


@pytest.fixture
def phone(browser: Browser, platform: Platform, escaped: list[str]) -> Iterator[BrowserContext]:
    """The agent's phone."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="fr-FR", timezone_id="Europe/Paris", has_touch=True)
    context.on("request", lambda request: escaped.append(request.url) if not LOOPBACK.match(request.url) else None)
    signed = context.request.post(f"{platform.url}/api/v1/session", data={"username": "agent", "password": PASSWORD})
    assert signed.ok, signed.text()
    yield context
    context.close()


def test_check_f1_what_is_done_in_airplane_mode_is_sent_once_in_order_with_its_own_times(
    phone: BrowserContext, platform: Platform, asked: dict, post: httpx.Client
):
    page = begin(phone, platform.url)
    card = f"[data-id='{asked['id']}']"
    page.wait_for_selector(card)
    phone.set_offline(True)
    began = datetime.now(UTC)
    page.click(f"{card} [data-verbe=accept]")
    page.wait_for_selector("text=Hors ligne")
    # The application is closed and opened again without a network: the service worker gives it, and nothing that was done is lost.
    page.close()
    page = phone.new_page()
    page.goto(f"{platform.url}/terrain")
    page.click(f"{card} .open")
    moments = []
    for verb in ("en-route", "on-site"):
        page.click(f"[data-verbe={verb}]")
        moments.append(datetime.now(UTC))
        page.wait_for_timeout(1100)  # Two acts of one second would prove no order.
    page.click("[data-verbe=done]")
    fill_report(page)
    expect(page.locator("[data-testid=terrain-file-envoi]")).to_contain_text("4 actions seront envoyées")
    ended = datetime.now(UTC)
    assert [line[0] for line in platform.asked(LOG.format(id=asked["id"]))] == ["request"], "nothing left the phone"

    phone.set_offline(False)
    sent(page)
    page.evaluate("Field.refresh()")
    lines = platform.asked(LOG.format(id=asked["id"]))[1:]
    assert [line[0] for line in lines] == ["accept", "en-route", "on-site", "done"], "once each, in order"
    assert all(applied for *_line, applied, _key in lines)
    times = [source_at for _action, source_at, *_rest in lines]
    assert times == sorted(times) and all(began - timedelta(seconds=1) <= at <= ended for at in times), "the times of the acts, not of their arrival"
    assert all(abs(at - moment) < timedelta(seconds=1) for at, moment in zip(times[1:3], moments, strict=True))
    received = [received_at - timedelta(seconds=platform.ahead_s) for _action, _source, received_at, *_rest in lines]
    assert received == sorted(received) and received[0] > ended - timedelta(seconds=1)
    assert len({key for *_line, key in lines}) == 4, "each act has a key of its own, by which it is known again"
    assert post.get(f"/api/v1/interventions/{asked['id']}").json()["status"] == "done"


def test_check_f2_every_target_suits_a_gloved_thumb_and_the_next_act_lies_under_it(phone: BrowserContext, platform: Platform, asked: dict):
    page = begin(phone, platform.url)
    page.wait_for_selector(f"[data-id='{asked['id']}']")
    for path in ("#/", f"#/i/{asked['id']}", "#/scanner", "#/signaler", "#/secours", "#/astreinte"):
        page.evaluate("path => { location.hash = path }", path)
        page.wait_for_timeout(100)
        assert too_small(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, path
    page.evaluate("id => { location.hash = '#/i/' + id }", asked["id"])
    first = page.locator("#pouce .press--first").bounding_box()
    assert first is not None and first["height"] >= 56
    assert HEIGHT / 2 < first["y"] <= HEIGHT - first["height"], "the next act is in the thumb's half of the screen, whole"
    page.click("text=Noter")
    page.wait_for_selector("#feuille[open]")
    assert too_small(page, "#feuille") == []
    assert page.faults == []  # type: ignore[attr-defined]
    page.goto(f"{platform.url}/terrain/alarmes")
    page.wait_for_selector("#terrain-liste > li, #terrain-vide:not(:empty)")
    page.click("[data-filtre=toutes]")
    assert too_small(page) == []
