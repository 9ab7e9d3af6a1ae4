"""A page asked for behind the lock: the password in a browser without a script of ours leads to it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk
from tests.screens.field_server import serving


@pytest.fixture
def address(database_urls: DatabaseUrls, redis_url: str, tmp_path) -> Iterator[str]:
    built = desk.build(database_urls, redis_url, tmp_path / "var")
    with serving(built) as address:
        yield address
    built.close()


def test_the_password_typed_at_a_locked_page_leads_to_what_was_asked(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR", java_script_enabled=False)
    signed = context.request.post(f"{address}/api/v1/session", data={"username": "operateur", "password": desk.PASSWORD})
    assert context.request.post(f"{address}/api/v1/session/lock", headers={"X-CSRFToken": signed.json()["csrf"]}).status == 204
    page = context.new_page()
    assert page.goto(f"{address}/console?alarme=4").status == 423
    page.fill("#mot-de-passe", "autre chose")
    page.get_by_role("button", name="Déverrouiller").click()
    assert "reste verrouillé" in page.locator("#refus").inner_text()
    page.fill("#mot-de-passe", desk.PASSWORD)
    page.get_by_role("button", name="Déverrouiller").click()
    page.wait_for_url("**/console?alarme=4")
    context.close()
