"""What the phone sends besides verbs: photographs, calls for help, what is seen, and what it keeps for the day."""

import io
from datetime import timedelta
from itertools import count

import pytest
from PIL import Image
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import retention
from hypervisor.store.engine import Engine
from tests.integration import desk
from tests.integration.desk import NOW

pytestmark = pytest.mark.platform(post_phone="03 80 00 00 00")

numbers = count(1)
SIGNAL = {"type": "reported_lamp", "lon": 5.04, "lat": 47.32, "description": "mât penché"}


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    desk.add_second_agent(database_urls)
    return h


@pytest.fixture(scope="module")
def post(server) -> TestClient:
    return desk.signed_in(server, "operateur")


@pytest.fixture(scope="module")
def phone(server) -> TestClient:
    return desk.signed_in(server, "agent")


@pytest.fixture
def asked(post: TestClient, database_urls: DatabaseUrls) -> dict:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, lon=5.04 + asset_id, lat=47.32)
    return post.post("/api/v1/interventions", json={"alarm_id": desk.add_alarm(database_urls, asset_id), "agent": "agent", "instructions": "Réarmer"}).json()


def picture(side: tuple[int, int] = (2400, 1800)) -> bytes:
    """A phone's JPEG: GPS of 47° 19′ N, 5° 2′ E, its maker, turned a quarter, with a comment."""
    exif = Image.Exif()
    exif[0x010F] = "Fabricant"
    exif[0x0112] = 6  # orientation: turned a quarter
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 19.0, 0.0), 3: "E", 4: (5.0, 2.0, 0.0)})
    written = io.BytesIO()
    Image.effect_noise(side, 40).convert("RGB").save(written, "JPEG", quality=60, exif=exif, comment=b"chez moi")
    return written.getvalue()


def send(client: TestClient, intervention: dict, body: bytes, key: str = "", **query):
    headers = {"Content-Type": "image/jpeg"} | ({"Idempotency-Key": key} if key else {})
    return client.post(f"/api/v1/interventions/{intervention['id']}/photo", content=body, headers=headers, params={"without_faces": "true"} | query)


def test_a_photograph_keeps_its_pixels_and_loses_everything_else(asked: dict, phone: TestClient, post: TestClient) -> None:
    sent = picture((1200, 900))
    assert b"Exif" in sent
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)[2] == (47.0, 19.0, 0.0)
    answer = send(phone, asked, sent, done_at=(NOW - timedelta(minutes=5)).isoformat())
    assert answer.status_code == 201, answer.text
    read = post.get(f"/api/v1/interventions/{asked['id']}").json()
    image = post.get(f"/api/v1/interventions/{asked['id']}/photos/{read['photographs'][0]['id']}").content
    kept = Image.open(io.BytesIO(image))
    assert dict(kept.getexif()) == {}
    assert not any(word in image for word in (b"Exif\0", b"Fabricant", b"chez moi"))
    assert kept.size == (900, 1200)  # Upright.
    assert (read["photos"], read["photographs"][0]["taken_at"][11:16], read["log"][-1]["action"]) == (1, "17:00", "photo")


def test_a_large_photograph_is_made_small(asked: dict, phone: TestClient, post: TestClient) -> None:
    assert send(phone, asked, picture()).status_code in (201, 413)
    small = io.BytesIO()
    Image.new("RGB", (4000, 3000), "grey").save(small, "JPEG")
    assert send(phone, asked, small.getvalue()).status_code == 201
    last = post.get(f"/api/v1/interventions/{asked['id']}").json()["photographs"][-1]
    assert (last["width"], last["height"]) == (1600, 1200)


def test_a_photograph_that_nobody_looked_at_or_that_is_none_is_refused(asked: dict, phone: TestClient) -> None:
    assert send(phone, asked, picture((100, 80)), without_faces="false").status_code == 400
    for body in (b"not a picture", b"\xff\xd8\xff" + bytes(200), b"GIF89a" + bytes(40), b"%PDF-1.7"):
        assert send(phone, asked, body).status_code == 400, body[:8]
    assert send(phone, asked, bytes(1_100_000)).status_code == 413
    assert phone.get(f"/api/v1/interventions/{asked['id']}").json()["photos"] == 0


def test_a_photograph_sent_twice_is_kept_once(asked: dict, phone: TestClient, h: Hypervisor) -> None:
    body = picture((200, 150))
    send(phone, asked, body, key="p-1")
    with desk.as_owner_of(h) as uow:
        desk.run(uow, "DELETE FROM idempotency")
    assert send(phone, asked, body, key="p-1").status_code == 201
    assert phone.get(f"/api/v1/interventions/{asked['id']}").json()["photos"] == 1


def test_a_stranger_does_not_see_the_photograph(asked: dict, phone: TestClient, server) -> None:
    send(phone, asked, picture((200, 150)))
    photo = phone.get(f"/api/v1/interventions/{asked['id']}").json()["photographs"][0]["id"]
    other = desk.signed_in(server, "agent2")
    assert other.get(f"/api/v1/interventions/{asked['id']}/photos/{photo}").status_code == 404
    assert send(other, asked, picture((200, 150))).status_code == 404


def test_photographs_and_positions_end_with_their_retention_the_acts_stay(asked: dict, phone: TestClient, database_urls: DatabaseUrls) -> None:
    send(phone, asked, picture((200, 150)))
    phone.post(f"/api/v1/interventions/{asked['id']}/accept", json={"position": {"lon": 5.04, "lat": 47.32}}).raise_for_status()
    engine = Engine(database_urls.worker, "test")
    with engine.transaction() as cursor:
        retention.forget_field(cursor, NOW)
        assert phone.get(f"/api/v1/interventions/{asked['id']}").json()["photos"] == 1
    with engine.transaction() as cursor:
        assert retention.forget_field(cursor, NOW + timedelta(seconds=1)) >= 1
    engine.close()
    read = phone.get(f"/api/v1/interventions/{asked['id']}").json()
    assert (read["photos"], read["log"][-1]["action"], read["log"][-1]["detail"]) == (0, "accept", {})


def test_the_day_holds_what_to_know_before_touching_anything(asked: dict, phone: TestClient) -> None:
    day = phone.get("/api/v1/field/day").json()
    one = next(each for each in day["interventions"] if each["id"] == asked["id"])
    assert day["phone"] == "03 80 00 00 00"
    assert day["me"]["username"] == "agent"
    assert "électricité" in one["risks"]
    assert "gants isolants" in one["protection"]
    assert one["event"]["number"].startswith("EV-2026-")
    assert {"reported_leak", "reported_fire"} <= {each["key"] for each in day["types"]}


def test_the_day_shows_what_was_given_to_another(asked: dict, phone: TestClient, post: TestClient) -> None:
    post.post(f"/api/v1/interventions/{asked['id']}/reassign", json={"agent": "agent2", "comment": "plus près"}).raise_for_status()
    one = next(each for each in phone.get("/api/v1/field/day").json()["interventions"] if each["id"] == asked["id"])
    assert (one["agent"], one["agent_name"]) == ("agent2", "Agent 22")


def test_a_label_is_read_by_urn_and_by_code(asked: dict, phone: TestClient) -> None:
    by_urn = phone.get("/api/v1/field/asset", params={"code": asked["asset_urn"]}).json()
    by_code = phone.get("/api/v1/field/asset", params={"code": asked["asset_code"].lower()}).json()
    assert by_urn["id"] == by_code["id"] == asked["asset_id"]
    assert by_urn["alarms"][0]["title"] == "Armoire hors tension"
    assert phone.get("/api/v1/field/asset", params={"code": "urn:autre"}).status_code == 404


def test_what_an_agent_sees_waits_for_its_owner_in_the_room(phone: TestClient, post: TestClient) -> None:
    made = phone.post("/api/v1/field/signal", json=SIGNAL)
    assert made.status_code == 201, made.text
    again = phone.post("/api/v1/field/signal", json=SIGNAL | {"done_at": (NOW - timedelta(hours=1)).isoformat()})
    assert again.status_code == 201, "an agent who was off-line cannot answer a question about duplicates"
    event = post.get(f"/api/v1/events/{made.json()['id']}").json()
    assert (event["status"], event["owner"], event["description"]) == ("new", None, "mât penché")


def test_an_agent_in_danger_is_a_critical_alarm_and_an_event_without_owner(asked: dict, phone: TestClient, post: TestClient) -> None:
    called = phone.post("/api/v1/field/distress", json={"intervention_id": asked["id"], "position": {"lon": 5.041, "lat": 47.321, "accuracy_m": 9}}).json()
    alarm = post.get(f"/api/v1/alarms/{called['alarms'][0]}").json()
    assert (alarm["priority"], alarm["state"], alarm["title"], alarm["asset_id"], alarm["source"]) == (
        "critical",
        "unacknowledged",
        "Agent en difficulté",
        asked["asset_id"],
        "agent",
    )
    assert (called["status"], called["owner"], called["priority"]) == ("new", None, "critical")
    assert "47.32100, 5.04100 à 9 m près" in called["description"]
    assert called["location"] == {"lon": 5.041, "lat": 47.321}
    # A second press is the same danger.
    again = phone.post("/api/v1/field/distress", json={}).json()
    assert again["id"] == called["id"]
    phone.post(f"/api/v1/field/distress/{called['id']}/end", json={}).raise_for_status()
    assert post.get(f"/api/v1/alarms/{alarm['id']}").json()["condition"] == "normal"
    assert post.post(f"/api/v1/field/distress/{called['id']}/end", json={}).status_code == 409


def test_an_agent_without_intervention_nor_position_is_heard_all_the_same(server, post: TestClient) -> None:
    called = desk.signed_in(server, "agent2").post("/api/v1/field/distress", json={})
    assert called.status_code == 201, called.text
    assert (called.json()["status"], called.json()["priority"], called.json()["alarms"]) == ("new", "critical", [])
    assert "position inconnue" in post.get(f"/api/v1/events/{called.json()['id']}").json()["description"]


def test_somebody_elses_intervention_says_nothing_of_itself_in_a_call(asked: dict, server, post: TestClient) -> None:
    chief = desk.signed_in(server, "chef")
    called = chief.post("/api/v1/field/distress", json={"intervention_id": asked["id"]}).json()
    assert asked["number"] not in called["description"]
    assert called["alarms"] == []
