"""The feed's addresses behind the real middleware: rights, caches, refusals."""

import asyncio
import contextlib
import gzip
import json
import struct
from collections.abc import Iterator
from concurrent.futures import CancelledError

import psycopg
import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from hypervisor.bootstrap import Hypervisor
from hypervisor.feed import routes
from hypervisor.hot import keys
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import sessions
from hypervisor.security.principals import machine_now
from tests import services
from tests.integration import desk, feed


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    feed.territory(database_urls)
    return h


@pytest.fixture
def client(h: Hypervisor, redis_url: str) -> Iterator[TestClient]:
    """An operator's browser. The server runs as long as it does."""
    for layer, size in (("lighting", 3), ("water", 2)):
        h.redis.set(keys.snap(1, layer), bytes(size))
    with feed.browser(h) as made:
        sign_in(made, "operateur")
        yield made


def sign_in(client: TestClient, username: str) -> None:
    client.cookies.clear()
    assert client.post("/api/v1/session", json={"username": username, "password": desk.PASSWORD}).status_code == 200


def test_the_snapshot_is_sent_once_for_a_layout(client):
    first = client.get("/api/v1/map/snapshot")
    assert first.status_code == 200
    assert first.headers["content-encoding"] == "gzip"
    assert first.content[:4] == b"VGMP"
    assert struct.unpack_from("<HII", first.content, 6) == (4, 1, 5)  # four channels, layout 1, five assets
    again = client.get("/api/v1/map/snapshot", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_one_channel_can_be_asked_for_and_has_its_own_tag(client):
    everything, part = client.get("/api/v1/map/snapshot"), client.get("/api/v1/map/snapshot?channel=water:2")
    assert struct.unpack_from("<HII", part.content, 6) == (1, 1, 1)
    assert part.headers["etag"] != everything.headers["etag"]
    assert client.get("/api/v1/map/snapshot?channel=water:9").status_code == 404


def test_who_may_not_read_the_map_gets_none(client):
    sign_in(client, "elu")
    for path in ("/api/v1/map/snapshot", "/api/v1/map/state", "/api/v1/map/pick?lon=5.001&lat=47", "/tiles/10/526/360.mvt"):
        assert client.get(path).status_code == 403, path
    client.cookies.clear()
    assert client.get("/api/v1/map/snapshot").status_code == 401


def test_the_state_is_a_full_frame_of_now(client, h):
    feed.look(h.redis, "water", 1, 77)
    state = client.get("/api/v1/map/state")
    assert state.headers["cache-control"] == "no-store"
    assert state.content[:4] == bytes([2, 1, 4, 0])


def test_a_click_selects_an_asset_and_tells_its_name(client):
    found = client.get("/api/v1/map/pick?lon=5.0021&lat=47&zoom=14").json()
    assert (found["asset_id"], found["name"], found["layer"], found["kind"]) == (2, "Armoire EP-2", "lighting", "luminaire")
    assert found["distance_m"] == pytest.approx(7.6, abs=0.2)  # 0.0001° of longitude at 47° N: 111,320 m × cos 47° × 0.0001
    assert client.get("/api/v1/map/pick?lon=6&lat=47").status_code == 404
    assert client.get("/api/v1/map/pick?lon=5&lat=99").status_code == 400
    assert client.get("/api/v1/map/pick?lon=nan&lat=47").status_code in (400, 422)


def test_a_tile_is_compressed_tagged_and_remembered(client):
    x, y = 526, 360  # 5.0° E, 47.0° N at zoom 10: 1024 × 185/360 = 526.2; asinh(tan 47°) = 0.9316, 1024 × (1 - 0.9316/π)/2 = 360.2
    tile = client.get(f"/tiles/10/{x}/{y}.mvt")
    assert tile.status_code in (200, 204)
    assert tile.headers["etag"]
    assert client.get("/tiles/3/9/1.mvt").status_code == 404
    assert client.get("/tiles/40/1/1.mvt").status_code == 404


def test_the_socket_speaks_to_a_session_and_to_nobody_else(client):
    # Starlette's client cancels the server's side as it leaves, whether or not it had finished.
    with contextlib.suppress(CancelledError), client.websocket_connect("/live") as socket:
        kinds = []
        while "snapshot" not in kinds:
            message = socket.receive()
            kinds.append(json.loads(message["text"])["t"] if message.get("text") else "binary")
    assert kinds.index("binary") < kinds.index("snapshot")
    client.cookies.clear()
    with client.websocket_connect("/live") as socket, pytest.raises(WebSocketDisconnect) as refused:
        socket.receive_text()
    assert refused.value.code == 4401


def test_a_socket_that_names_a_channel_elsewhere_is_refused_before_it_hears_anything(client):
    with client.websocket_connect("/live?channel=water:2&channel=waste:1") as socket, pytest.raises(WebSocketDisconnect) as refused:
        socket.receive_text()
    assert refused.value.code == 4403
    with contextlib.suppress(CancelledError), client.websocket_connect("/live?channel=water:2") as socket:
        assert json.loads(socket.receive_text())["t"] in ("hello", "hb")


def test_a_page_of_another_site_cannot_open_the_socket(client):
    with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect("/live", headers={"Origin": "https://ailleurs.example"}):
        pass
    assert refused.value.code == 4403


def test_the_worker_and_its_modules_are_served_and_nothing_beside_them(client):
    for name in ("live", "wire", "paint", "watch"):
        assert client.get(f"/live/{name}.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/live/absent.js").status_code == 404
    assert client.get("/live/..%2Fjs%2F00-live.js").status_code == 404


def test_the_snapshot_of_forty_thousand_assets_fits_in_two_hundred_and_fifty_kilobytes():
    """Lamps every 30 m along 1,200 streets scattered over 20 km, in five layers' worth of slots: the demonstration's density."""
    import numpy as np

    from hypervisor.feed.channels import arrange
    from hypervisor.layers import all_layers

    rng = np.random.default_rng(7)
    starts, angles = rng.uniform(0, 0.2, (1200, 2)), rng.uniform(0, np.pi, 1200)
    street, step = np.repeat(np.arange(1200), 34)[:40_000], np.tile(np.arange(34), 1200)[:40_000]
    rows = {
        "ids": np.arange(40_000) + 1,
        "lon": 5 + starts[street, 0] + step * 0.0004 * np.cos(angles[street]),
        "lat": 47 + starts[street, 1] + step * 0.00027 * np.sin(angles[street]),
        "kind": np.array(["luminaire"] * 40_000),
    }
    layout = arrange(1, 1, all_layers(), [("lighting", 1, 0, 40_000)], {"lighting": rows})
    assert len(gzip.compress(layout.snapshot([0]), 6)) < 250_000


def test_a_socket_ends_when_the_perimeter_that_opened_it_changes(client, h, database_urls, monkeypatch):
    monkeypatch.setattr(sessions, "REMEMBERED_S", 0.0)
    cookie = client.cookies[sessions.cookie_name(h.settings)]
    opened_by = sessions.by_cookie(h.database, cookie, machine_now()).principal
    headers = Headers({"cookie": f"{sessions.cookie_name(h.settings)}={cookie}"})
    stands = routes._revalidation(h, headers, opened_by)
    assert asyncio.run(stands())
    with psycopg.connect(services.plain(database_urls.owner), autocommit=True) as owner:
        owner.execute("UPDATE account SET layers = '{water}' WHERE username = 'operateur'")
        try:
            assert not asyncio.run(stands())
        finally:
            owner.execute("UPDATE account SET layers = NULL WHERE username = 'operateur'")


def test_a_session_that_must_change_its_password_gets_no_feed(client, h, database_urls, monkeypatch):
    monkeypatch.setattr(sessions, "REMEMBERED_S", 0.0)
    with psycopg.connect(services.plain(database_urls.owner), autocommit=True) as owner:
        owner.execute("UPDATE account SET must_change_password = true WHERE username = 'operateur'")
        try:
            with client.websocket_connect("/live") as socket, pytest.raises(WebSocketDisconnect) as ended:
                socket.receive_text()
            assert ended.value.code == routes.ENDED
        finally:
            owner.execute("UPDATE account SET must_change_password = false WHERE username = 'operateur'")


def test_a_locked_session_keeps_its_picture(client):
    client.cookies.clear()
    csrf = client.post("/api/v1/session", json={"username": "operateur", "password": desk.PASSWORD}).json()["csrf"]
    assert client.post("/api/v1/session/lock", headers={"X-CSRFToken": csrf}).status_code == 204
    assert client.get("/api/v1/alarms").status_code == 423
    assert client.get("/api/v1/map/snapshot").status_code == 200
    assert client.get("/tiles/3/9/1.mvt").status_code == 404
    with contextlib.suppress(CancelledError), client.websocket_connect("/live") as screen:
        screen.send_text('{"t":"hello"}')
        assert json.loads(screen.receive_text())["t"] in ("hello", "hb")
