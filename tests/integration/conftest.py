"""One platform for each file of these tests, its API and an operator's client.

A file that wants more of it has an `h` of its own, which takes this one and fills it. One that wants it built otherwise says so with the
arguments of desk.build: `pytestmark = pytest.mark.platform(people=False)`.
"""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from tests.integration import desk


@pytest.fixture(scope="module")
def h(request: pytest.FixtureRequest, database_urls: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hypervisor]:
    """The file's platform, whose clock stands still at desk.NOW."""
    asked = request.node.get_closest_marker("platform")
    built = desk.build(database_urls, redis_url, tmp_path_factory.mktemp("var"), **(asked.kwargs if asked else {}))
    yield built
    built.close()


@pytest.fixture(scope="module")
def server(h: Hypervisor) -> FastAPI:
    return desk.app(h)


@pytest.fixture(scope="module")
def client(server: FastAPI) -> TestClient:
    """An operator's."""
    return desk.signed_in(server, "operateur")
