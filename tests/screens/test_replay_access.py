"""The past by motive on the screen: the form that opens a window, what says that one is open, and the end of it, when the page empties itself."""

from datetime import UTC, datetime

import pytest
from dash import html
from playwright.sync_api import Page, Route, expect

from hypervisor.domain.motivated import Access
from hypervisor.domain.operator import Role
from layouts import ids, shell
from layouts.parts import motivated, replay
from tests.screens.conftest import TERRITORY, principal
from tests.screens.harness import ORIGIN, ROOT
from tests.screens.test_posture import AXE

CSS = ("assets/40-console.css", "assets/46-replay.css")
SCRIPTS = ("assets/js/33-disclosures.js", "assets/js/60-post.js", "assets/js/60-replay-access.js")
PATH = f"{ORIGIN}/api/v1/replay/access"
# The harness's clock says 17:04:38 UTC when a page opens.
ACCESS = Access(
    id=4, since=datetime(2026, 2, 11, 16, 0, tzinfo=UTC), until=datetime(2026, 2, 11, 16, 40, tzinfo=UTC), motive="Plainte n° 12 d’un riverain", by="dpo", by_name="M. Fontaine",
    opened_at=datetime(2026, 2, 11, 16, 5, tzinfo=UTC), open_until=datetime(2026, 2, 11, 17, 5, tzinfo=UTC),
)  # fmt: skip
NOW = datetime(2026, 2, 11, 17, 4, 38, tzinfo=UTC)
PAST = "HV.left = 0; HV.leavePast = () => { HV.left += 1 }; HV.paint()"


@pytest.fixture
def form(world, open_page):
    def open_(last: Access | None = None, **how) -> Page:
        who = principal(Role.DPO)
        page = open_page(shell.page(who, "rejeu", "Rejeu", replay.closed(who, last, NOW), bands=False, of=TERRITORY), css=CSS, scripts=SCRIPTS, **how)
        page.route("**/api/v1/replay/disclosures", lambda route: route.fulfill(json={"items": [], "next": None}))
        return page

    return open_


@pytest.fixture
def opened(world, open_page):
    """The page of an open access: its frame, its banner and its transport; nothing of the map."""

    def open_(**how) -> Page:
        who = principal(Role.DPO)
        inside = html.Div([replay.banner(ACCESS), replay.transport(who, may_annotate=False)], id=ids.REPLAY, className="replay", **motivated.attributes(ACCESS))
        page = open_page(shell.page(who, "rejeu", "Rejeu", inside, bands=False, of=TERRITORY), css=CSS, scripts=SCRIPTS, **how)
        page.route("**/api/v1/replay/disclosures", lambda route: route.fulfill(json={"items": [], "next": None}))
        page.evaluate(PAST)
        return page

    return open_


def asked(page: Page, status: int, body: dict) -> list:
    seen = []

    def serve(route: Route) -> None:
        seen.append((route.request.url.removeprefix(PATH), route.request.post_data_json))
        route.fulfill(status=status, json=body)

    page.route("**/api/v1/replay/access**", serve)
    page.route("**/api/v1/replay/access/**", serve)
    return seen


def fill(page: Page, motive: str) -> None:
    page.evaluate("HV.paint()")
    page.locator("#acces-a").wait_for()
    page.evaluate("HV.paint()")
    expect(page.locator("#acces-a")).not_to_have_value("")
    page.get_by_label("Motif, en 10 caractères au moins").fill(motive)


def test_the_form_proposes_the_hour_that_passed_and_sends_the_motive(form):
    page = form()
    seen = asked(page, 201, {"id": 4, "is_open": True})
    fill(page, "Plainte n° 12 d’un riverain")
    # 17:04 UTC is 18:04 in Paris.
    assert page.locator("#acces-de").input_value() == "11/02/2026 17:04"
    page.route("**/rejeu", lambda route: route.fulfill(body="<title>ouvert</title>", content_type="text/html"))
    page.get_by_role("button", name="Ouvrir cette période pendant 1 h").click()
    expect(page).to_have_title("ouvert")
    assert seen == [("", {"since": "2026-02-11T16:04:00.000Z", "until": "2026-02-11T17:04:00.000Z", "motive": "Plainte n° 12 d’un riverain"})]


def test_a_refusal_is_said_and_what_was_typed_stays(form):
    page = form()
    asked(page, 400, {"detail": "Écrivez le motif, de 10 à 500 caractères."})
    fill(page, "vite")
    page.get_by_role("button", name="Ouvrir cette période pendant 1 h").click()
    expect(page.locator("#acces-reponse")).to_have_text("Accès non ouvert\u00a0: Écrivez le motif, de 10 à 500 caractères.")
    expect(page.get_by_label("Motif, en 10 caractères au moins")).to_have_value("vite")


def test_the_form_says_when_the_last_access_ended(form):
    ended = Access(**{**ACCESS.__dict__, "open_until": datetime(2026, 2, 11, 17, 0, tzinfo=UTC)})
    expect(form(ended).locator(".access-ended")).to_have_text("Votre accès n° 4 a pris fin le mer. 11 févr. 2026, 18:00\u00a0: rien n’est plus montré.")
    assert form().locator(".access-ended").count() == 0


def test_an_open_access_says_until_when_and_why_and_offers_neither_note_nor_export(opened):
    page = opened()
    expect(page.locator("[data-testid=acces-ouvert]")).to_have_text(
        "Accès motivé jusqu’à 18:05du mer. 11 févr. 2026, 17:00 au mer. 11 févr. 2026, 17:40. Motif\u00a0: Plainte n° 12 d’un riverain"
    )
    assert page.locator("#rejeu-signet, #rejeu-dossier, #rejeu-direct, #demande-envoyer").count() == 0
    seen = asked(page, 200, {"id": 4, "is_open": False})
    page.get_by_role("button", name="Fermer l’accès").click()
    page.wait_for_timeout(100)
    assert (seen, page.evaluate("HV.left")) == ([("/4/close", None)], 1)


def test_at_its_hour_the_page_empties_itself(opened):
    page = opened()
    page.wait_for_timeout(1200)
    assert page.evaluate("HV.left") == 0, "22 s are left"
    page.evaluate("feed.later(30000)")
    page.wait_for_timeout(1500)
    assert page.evaluate("HV.left") == 1


@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_form_and_banner_are_whole_whatever_the_width(form, opened, width):
    for page, whole in ((form(ACCESS, width=width, height=844), ".access-form"), (opened(width=width, height=844), "[data-testid=acces-ouvert] strong")):
        box = page.locator(whole).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["jour", "nuit", "nuit-profonde"])
def test_axe_finds_nothing(form, opened, theme):
    for page in (form(), opened()):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text() + "; true")
        assert page.evaluate(AXE) == []
