"""A browser for the screens' tests, and what layouts read: a platform on a real database, or who looks at which territory and nothing else."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from dash.development.base_component import Component
from playwright.sync_api import Browser, Page, sync_playwright

from hypervisor import bootstrap, layers
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.queries.territory import Territory
from hypervisor.security.context import current_principal
from tests.screens import harness, platform

TERRITORY = Territory(label="Valmont", view={"lon": 3.87, "lat": 43.6, "zoom": 12})


def principal(role: Role) -> Principal:
    return Principal(tenant=1, account_id=1, name=role.value, display_name="Opérateur 2", role=role, permissions=PERMISSIONS[role], csrf="csrf")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def h(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hypervisor]:
    """The small world's platform, one for each file; a file that wants more in it has an `h` of its own that takes this one."""
    with platform.running(database_urls, redis_url, tmp_path_factory.mktemp("platform")) as made:
        yield made


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Someone of the room looks at Valmont; the five layers are known; nothing is connected."""
    built = SimpleNamespace(layers=layers.all_layers())
    monkeypatch.setattr(bootstrap, "_current", built)
    monkeypatch.setattr("layouts.shell.territory", lambda _h, _who: TERRITORY)
    monkeypatch.setattr("layouts.pages.mur.territory", lambda _h, _who: TERRITORY)
    monkeypatch.setattr("layouts.parts.map_tools.communes", lambda _h, _who: {1: "Valmont", 2: "Saint-Éloi"})
    token = current_principal.set(principal(Role.CHIEF))
    yield built
    current_principal.reset(token)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a layout in the browser; at the end no page may have failed or asked anything outside."""
    opened: list[Page] = []

    def open_(layout: Component, **how: Any) -> Page:
        opened.append(harness.open_page(browser, layout, **how))
        return opened[-1]

    yield open_
    for page in opened:
        faults, strangers = page.faults, page.strangers  # type: ignore[attr-defined]
        page.close()
        assert faults == []
        assert strangers == []
