"""The complete incident file on the screens: the band of who decides, the form of who asks, and where each request stands."""

from typing import Any

import pytest
from dash import html
from playwright.sync_api import Page, Route, expect

from hypervisor.domain.operator import Role
from layouts import shell
from layouts.parts import disclosures
from tests.screens.conftest import TERRITORY, principal
from tests.screens.harness import ORIGIN, ROOT
from tests.screens.test_posture import AXE

CSS = ("assets/40-console.css", "assets/46-replay.css")
SCRIPTS = ("assets/js/33-disclosures.js",)
PATH = f"{ORIGIN}/api/v1/replay/disclosures"
ASKED = {
    "id": 3, "since": "2026-02-11T16:30:00+00:00", "until": "2026-02-11T17:00:00+00:00", "event_id": 12, "event_number": "EV-2026-000012", "layers": None, "communes": None,
    "motive": "Enquête administrative", "asked_at": "2026-02-11T17:01:00+00:00", "asked_by": "durand", "asked_name": "M. Durand", "status": "waiting",
    "sentence": "Attend l’accord d’une autre personne, jusqu’au sam. 14 févr. 2026, 18:01.", "open_until": None, "exports": 0, "exported_at": None, "is_mine": False,
    "acts": ["approve", "refuse"], "may_export": False,
}  # fmt: skip
MINE = ASKED | {"is_mine": True, "acts": ["withdraw"]}
AGREED = MINE | {
    "status": "approved",
    "sentence": "Accordée par Mme Da Silva.",
    "open_until": "2026-02-12T17:04:38+00:00",
    "may_export": True,
}
EVENTS = [{"id": 12, "number": "EV-2026-000012", "title": "Fuite"}]


class Server:
    """Answers of the API, and what was asked of it."""

    def __init__(self, page: Page, items: list[dict[str, Any]]) -> None:
        self.items, self.seen, self.refusal, self.after = items, [], "", items
        page.route("**/api/v1/replay/disclosures**", self.serve)
        page.route("**/api/v1/replay/disclosures/**", self.serve)

    def serve(self, route: Route) -> None:
        path, method = route.request.url.removeprefix(PATH), route.request.method
        if method == "GET" and not path:
            return route.fulfill(json={"items": self.items, "next": None})
        self.seen.append((path, route.request.post_data_json))
        if self.refusal:
            return route.fulfill(status=403, json={"detail": self.refusal})
        if path.endswith("/file"):
            return route.fulfill(body=b"PK", headers={"Content-Disposition": 'attachment; filename="dossier-complet-2026-02-11-1730.zip"'})
        self.items = self.after
        return route.fulfill(json=ASKED | {"id": 4}, status=201)


@pytest.fixture
def desk(world, open_page):
    def open_(role: Role, items: list[dict[str, Any]], **how: Any) -> tuple[Page, Server]:
        who = principal(role)
        inside = html.Div(
            html.Div(html.Div(disclosures.menu(who), className="replay-group replay-end"), className="panel replay-transport"), className="replay"
        )
        page = open_page(shell.page(who, "rejeu", "Rejeu", inside, bands=False, of=TERRITORY), css=CSS, scripts=SCRIPTS, **how)
        server = Server(page, items)
        page.evaluate("document.querySelectorAll('[data-lu]').forEach(one => delete one.dataset.lu); HV.paint()")
        return page, server

    return open_


def opened(page: Page):
    """The panel, opened."""
    page.locator(".export > summary").click()
    return page.locator(".export-panel")


def test_who_decides_is_told_on_every_page_and_led_to_the_request(desk):
    page, server = desk(Role.DUTY_OFFICER, [ASKED])
    band = page.locator("[data-testid=bandeau-dossiers]")
    expect(band).to_have_text("DOSSIER COMPLET1 demande attend votre décision")
    band.locator("a").click()
    row = page.locator("#demandes-lignes [data-id='3']")
    expect(row).to_be_visible()
    expect(row).to_contain_text("EV-2026-000012 · mer. 11 févr., de 17:30 à 18:00")
    expect(row).to_contain_text("Motif\u00a0: Enquête administrative")
    server.after = [ASKED | {"status": "approved", "acts": ["revoke"], "sentence": "Accordée par vous."}]
    row.get_by_role("button", name="Accorder pour 24 h").click()
    expect(band).to_be_hidden()
    expect(page.locator("#demandes-reponse")).to_have_text("Demande n° 4 accordée.")
    assert server.seen == [("/3/approve", {})]


def test_what_was_asked_while_the_feed_was_lost_is_there_when_it_is_back(desk):
    page, server = desk(Role.DUTY_OFFICER, [])
    band = page.locator("[data-testid=bandeau-dossiers]")
    expect(band).to_be_hidden()
    server.items = [ASKED]
    page.evaluate("document.documentElement.dataset.liaison = 'rejeu'")
    page.evaluate("feed.snapshot([])")
    page.wait_for_timeout(200)
    expect(band).to_be_hidden()
    page.evaluate("feed.liaison('direct')")
    page.evaluate("feed.snapshot([])")
    expect(band).to_be_visible()


def test_a_refusal_takes_its_reason_and_what_is_typed_stays_when_the_list_moves(desk):
    page, server = desk(Role.DPO, [ASKED])
    reason = opened(page).get_by_label("Motif d’un refus")
    reason.fill("motif trop large")
    server.items = [ASKED | {"id": 5, "acts": ["approve", "refuse"]}, ASKED]
    page.evaluate("document.dispatchEvent(new CustomEvent('vigie:logbook', { detail: { body: { action: 'disclosure-ask' } } }))")
    expect(page.locator("#demandes-lignes li")).to_have_count(2)
    row = page.locator("#demandes-lignes [data-id='3']")
    expect(row.get_by_label("Motif d’un refus")).to_have_value("motif trop large")
    row.get_by_role("button", name="Refuser").click()
    expect(page.locator("#demandes-reponse")).to_have_text("Demande n° 4 refusée.")
    assert server.seen == [("/3/refuse", {"reason": "motif trop large"})]


def test_a_chief_asks_for_the_period_shown_or_for_an_event_of_it(desk):
    page, server = desk(Role.CHIEF, [])
    shown = opened(page)
    expect(shown).to_contain_text("Aucune demande.")
    shown.get_by_label("Motif, lu par la personne qui décide").fill("Enquête administrative")
    shown.get_by_role("button", name="Demander la version complète").click()
    expect(page.locator("#demandes-reponse")).to_have_text("Attendez que la période soit chargée.")
    page.evaluate(
        "events => { HV.pastScope = () => ({ since: Date.parse('2026-02-11T16:30:00Z'), until: Date.parse('2026-02-11T17:00:00Z') }); "
        "document.dispatchEvent(new CustomEvent('vigie:story', { detail: { events } })) }",
        EVENTS,
    )
    shown.get_by_label("Le dossier porte sur").select_option(label="EV-2026-000012 · Fuite")
    server.after = [MINE]
    shown.get_by_role("button", name="Demander la version complète").click()
    expect(page.locator("#demandes-reponse")).to_have_text("Demande n° 4 envoyée.")
    assert server.seen == [("", {"since": "2026-02-11T16:30:00.000Z", "until": "2026-02-11T17:00:00.000Z", "motive": "Enquête administrative", "event_id": 12})]
    expect(shown).to_contain_text("Attend l’accord d’une autre personne")
    assert shown.get_by_role("button", name="Accorder").count() == 0, "nobody is offered to decide of their own"
    expect(shown.get_by_label("Motif, lu par la personne qui décide")).to_have_value("")


def test_an_agreement_is_announced_then_the_file_is_taken(desk):
    page, server = desk(Role.CHIEF, [AGREED])
    expect(page.locator("[data-testid=bandeau-dossiers]")).to_contain_text("votre demande n° 3 est accordée jusqu’à")
    server.items = [AGREED | {"exports": 1, "exported_at": "2026-02-11T17:05:00+00:00"}]
    with page.expect_download() as taken:
        opened(page).get_by_role("button", name="Exporter la version complète").click()
    assert taken.value.suggested_filename == "dossier-complet-2026-02-11-1730.zip"
    expect(page.locator("#demandes-lignes")).to_contain_text("Exportée 1 fois")
    expect(page.locator("[data-testid=bandeau-dossiers]")).to_be_hidden()
    assert server.seen == [("/3/file", None)]


def test_what_the_server_refuses_is_said_and_what_was_typed_stays(desk):
    page, server = desk(Role.CHIEF, [AGREED])
    server.refusal = "L’accord a pris fin le jeu. 12 févr. 2026, 18:04."
    shown = opened(page)
    shown.get_by_role("button", name="Exporter la version complète").click()
    expect(page.locator("#demandes-reponse")).to_have_text("Dossier non exporté\u00a0: L’accord a pris fin le jeu. 12 févr. 2026, 18:04.")
    page.evaluate("HV.pastScope = () => ({ since: 0, until: 1 })")
    server.refusal = "Motif trop court."
    shown.get_by_label("Motif, lu par la personne qui décide").fill("vite")
    shown.get_by_role("button", name="Demander la version complète").click()
    expect(page.locator("#demandes-reponse")).to_have_text("Non enregistré\u00a0: Motif trop court.")
    expect(shown.get_by_label("Motif, lu par la personne qui décide")).to_have_value("vite")


def test_an_operator_exports_without_names_and_is_asked_nothing_of_the_rest(desk):
    page, server = desk(Role.OPERATOR, [])
    shown = opened(page)
    expect(shown.locator("#rejeu-dossier")).to_have_text("Exporter")
    assert page.locator("#demandes, [data-testid=bandeau-dossiers]").count() == 0
    assert server.seen == []


@pytest.mark.parametrize("width", [390, 800, 1920])
def test_the_panel_is_whole_whatever_the_width(desk, width):
    page, _server = desk(Role.DUTY_OFFICER, [ASKED, MINE | {"id": 4}], width=width, height=844)
    box = opened(page).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["jour", "nuit", "nuit-profonde"])
def test_axe_finds_nothing_in_the_panel_nor_in_the_band(desk, theme):
    page, _server = desk(Role.DUTY_OFFICER, [ASKED, AGREED | {"id": 4}])
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    opened(page)
    expect(page.locator("#demandes-lignes li")).to_have_count(2)
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text() + "; true")
    assert page.evaluate(AXE) == []
