"""A wall let in by people alone: it shows a code, the chief types it in the form, the wall opens. That it closes at once when it is revoked is seen on a whole platform (tests/e2e/test_7_recoveries.py)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from hypervisor.launcher.addresses import DatabaseUrls
from tests import web_process


@pytest.fixture(scope="module")
def address(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with web_process.serving(database_urls, redis_url, tmp_path_factory.mktemp("web")) as web:
        yield web.address


def test_the_code_typed_in_the_form_opens_the_wall_and_revoking_takes_it_off_the_list(browser: Browser, address: str):
    with web_process.open_as(browser, address, None, "/mur") as wall, web_process.open_as(browser, address, "chef", "/admin") as office:
        code = wall.locator("[data-testid=code-appairage]").inner_text()
        office.locator("#admin-code").press_sequentially(code, delay=40)
        office.locator("#admin-nom-mur").press_sequentially("Salle de crise", delay=40)
        office.locator("[data-testid=admin-approuver]").click()
        expect(office.locator("[data-testid=admin-murs]")).to_contain_text("Salle de crise")
        expect(wall.locator("[data-testid=mur]")).to_be_visible(timeout=15_000)
        expect(office.locator("[data-testid=admin-murs] .panel-context")).to_have_text("1 appairé")
        office.get_by_role("button", name="Révoquer").click()
        expect(office.locator("[data-testid=admin-murs]")).to_contain_text("Aucun mur appairé")
