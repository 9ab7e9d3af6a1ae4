"""One installation for each file of the rules' tests, its API, and who writes, rereads and suspends rules."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk


@pytest.fixture(scope="module")
def h(database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hypervisor]:
    built = desk.build(database_urls, redis_url, tmp_path_factory.mktemp("var"))
    yield built
    built.close()


@pytest.fixture(scope="module")
def server(h: Hypervisor) -> FastAPI:
    return desk.app(h)


@pytest.fixture(scope="module")
def chief(server: FastAPI) -> TestClient:
    """Proposes, and suspends at once."""
    return desk.signed_in(server, "chef")


@pytest.fixture(scope="module")
def manager(server: FastAPI) -> TestClient:
    """Writes the rules of the trade."""
    return desk.signed_in(server, "metier")


@pytest.fixture(scope="module")
def second(server: FastAPI) -> TestClient:
    """Whoever rereads."""
    return desk.signed_in(server, "admin")
