"""The past beside the present: what is replayed can never be taken for live, and is what the room saw then (screens.md §5, check 39)."""

from playwright.sync_api import Page, expect

from tests.e2e.alarms import end_fire, raise_fire
from tests.e2e.pages import live, until
from tests.e2e.platform import Door, Platform

HELD = "id => { const a = window.Vigie.alarms.get(id); return a ? a.state : null }"
ENABLED = "() => [...document.querySelectorAll('[data-testid^=btn-], .actions button')].filter(b => !b.disabled).map(b => b.id)"


def at(page: Page, iso: str) -> None:
    """Opens the past around a moment and waits for its map."""
    page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/', 3)[2]}/rejeu?t={iso}")
    until(page, "() => document.querySelector('#rejeu')?.dataset.etat === 'pret' && window.__hv.map.n > 0")


def test_check_39_replay_is_not_live_and_is_what_the_room_saw(open_as, platform: Platform, door: Door, containers: list[dict]):
    with platform.session("operateur") as client, open_as("chef", "/console") as page:
        live(page)
        alarm = raise_fire(door, client, containers[9])
        until(page, "id => window.Vigie.alarms.has(id)", alarm["id"])
        client.post(f"/api/v1/alarms/{alarm['id']}/acknowledge")
        until(page, "id => window.Vigie.alarms.get(id)?.state === 'acknowledged'", alarm["id"])
        acknowledged_at = client.get(f"/api/v1/alarms/{alarm['id']}").json()["acknowledged_at"]
        end_fire(door, client, containers[9])

        at(page, alarm["raised_at"])
        until(page, f"id => ({HELD})(id) === 'unacknowledged'", alarm["id"])
        expect(page.locator(".replay-word")).to_have_text("REJEU")
        assert page.evaluate("() => getComputedStyle(document.querySelector('#rejeu')).borderTopStyle") == "dashed"
        assert "REJEU" in page.evaluate("() => getComputedStyle(document.querySelector('.replay-mark'), '::before').content")
        assert page.evaluate("() => document.documentElement.dataset.liaison") == "rejeu"
        assert page.evaluate(ENABLED) == []
        # One millisecond before it was raised there was nothing; at the acknowledgement the room saw it, and who had done it.
        row = page.locator(f"#rejeu-file-lignes [data-id='{alarm['id']}']")
        expect(row).to_contain_text("non acquittée")
        page.keyboard.press("Shift+ArrowLeft")
        until(page, f"id => ({HELD})(id) === null", alarm["id"])
        at(page, acknowledged_at)
        until(page, f"id => ({HELD})(id) === 'acknowledged'", alarm["id"])
        # The queue lists what waits first: one that was seen may stand far below five hundred that were not.
        assert page.evaluate("id => window.Vigie.alarms.get(id).acknowledged_name", alarm["id"]) == "Mme Petit"

        # Chosen, its asset shows what its sensors had said by then, and nothing after the mark.
        page.evaluate("id => window.Vigie.select(window.Vigie.alarms.get(id).asset_id)", alarm["id"])
        curves = page.locator("#rejeu-courbes")
        expect(curves.locator("svg .moment").first).to_be_attached()
        expect(curves.locator("svg .limit-word").first).to_contain_text("seuil")
        assert page.evaluate(
            "() => [...document.querySelectorAll('#rejeu-courbes svg')].every(svg => svg.querySelector('.last').cx.baseVal.value <= svg.querySelector('.moment').x1.baseVal.value)"
        )
        curves.locator("#rejeu-courbes-fermer").click()
        expect(curves).to_be_hidden()

        # An alarm of the present neither shows nor sounds in the past.
        sounds = page.evaluate("() => window.__hv.sounds.length")
        other = raise_fire(door, client, containers[10])
        page.wait_for_timeout(1500)
        assert page.evaluate(HELD, other["id"]) is None
        assert page.evaluate("() => window.__hv.sounds.length") == sounds
        assert page.errors == []

        page.locator("#principal").focus()
        page.keyboard.press("l")
        page.wait_for_url("**/console*", timeout=20_000)
        live(page)
        until(page, "id => window.Vigie.alarms.has(id)", other["id"])
        end_fire(door, client, containers[10])


def test_names_take_two_people_and_the_officer_s_look_a_motive(open_as):
    """Asked for by the chief, agreed by the data-protection officer, exported; the officer then reads an hour by motive, and nothing once it is closed."""
    ready = "() => document.querySelector('#rejeu')?.dataset.etat === 'pret'"
    with open_as("chef", "/rejeu") as chief, open_as("dpo", "/rejeu") as officer:
        until(chief, ready)
        chief.locator("#exporter > summary").click()
        chief.fill("#demande-motif", "Enquête administrative 2026-12")
        chief.click("#demande-envoyer")
        expect(chief.locator("#demandes-reponse")).to_contain_text("envoyée")
        officer.reload()
        expect(officer.locator("[data-testid=bandeau-dossiers]")).to_contain_text("attend votre décision")
        assert officer.locator("#rejeu-file").count() == 0, "nothing of the past is shown to who decides"
        officer.get_by_role("button", name="Accorder pour 24 h").click()
        expect(officer.locator("#demandes-reponse")).to_contain_text("accordée")
        chief.reload()
        chief.locator("[data-testid=bandeau-dossiers] a").click()
        with chief.expect_download(timeout=120_000) as taken:
            chief.get_by_role("button", name="Exporter la version complète").click()
        assert taken.value.suggested_filename.startswith("dossier-complet-")

        officer.reload()
        expect(officer.locator("#acces-a")).not_to_have_value("")
        officer.fill("#acces-motif", "Plainte n° 12 d’un riverain")
        with officer.expect_navigation(wait_until="domcontentloaded"):  # Opened, the page is read again.
            officer.click("#acces-ouvrir")
        until(officer, ready)
        until(officer, "() => window.__hv.map.n > 0")
        expect(officer.locator("[data-testid=acces-ouvert]")).to_contain_text("Accès motivé jusqu’à")
        assert chief.errors == [] and officer.errors == []
        # The minute before the window is refused, by the address itself.
        before = "new Date(Date.parse(document.querySelector('#rejeu').dataset.depuis) - 60000).toISOString()"
        assert officer.evaluate(f"() => fetch('/api/v1/map/past?minutes=0&at=' + {before}).then(answer => answer.status)") == 403
        officer.click("#acces-fermer")
        expect(officer.locator("[data-testid=acces-motive]")).to_contain_text("a pris fin")
        assert officer.evaluate("() => fetch('/api/v1/replay').then(answer => answer.status)") == 403
