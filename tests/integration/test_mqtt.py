"""MQTT with a real broker and real processes: what the broker took from a sensor is in history once, whatever is killed meanwhile."""

import json
import signal
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from hypervisor.hot import counters, keys, pulse
from hypervisor.launcher.processes import until
from tests.integration.fault_world import Installation, iso, urn
from tests.mosquitto import Mosquitto, publisher
from tests.services import own_folder, plain

pytestmark = pytest.mark.timeout(300)
TEMPLATE = {"asset": "urn:ngsi-ld:WasteContainer:{topic[1]}", "type": "WasteContainer", "time": "at", "values": {"temperature": "heat"}}
UNDATED = {"asset": "urn:ngsi-ld:WasteContainer:{topic[1]}", "type": "WasteContainer", "values": {"temperature": "heat"}}
DEVICES = 10


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    with own_folder() as folder:
        made = Mosquitto(folder)
        made.start()
        yield made
        made.stop()


@pytest.fixture(scope="module")
def place(broker: Mosquitto) -> Iterator[Installation]:
    with own_folder() as folder:
        made = Installation(folder, {"HYPERVISOR_MQTT_URL": broker.url})
        try:
            made.start()
            with psycopg.connect(plain(made.urls.owner), autocommit=True) as owner:
                for number, (name, connector, topics, template) in enumerate(
                    [
                        ("bacs", "json_paths", ["bins/+/state"], TEMPLATE),
                        ("muets", "json_paths", ["undated/+/state"], UNDATED),
                        ("lora", "chirpstack", ["application/+/device/+/event/+"], None),
                        ("ttn", "the_things_stack", ["v3/+/devices/+/up"], None),
                        ("courtier", "ngsi_ld", ["ngsi/#"], None),
                    ],
                    2000,
                ):
                    owner.execute(
                        "INSERT INTO api_token (tenant, id, name, token_hash, scope, created_at) VALUES (1, %s, %s, sha256(%s::bytea), 'ingest', now())",
                        (number, name, name),
                    )
                    owner.execute(
                        "INSERT INTO source (tenant, name, connector, topics, template, changed_at) VALUES (1, %s, %s, %s, %s, now())",
                        (name, connector, topics, None if template is None else json.dumps(template)),
                    )
            made.revive("mqtt")
            made.until(lambda: is_heard(made), "the subscriber does not reach the broker")
            yield made
        finally:
            made.stop()


def is_heard(place: Installation) -> bool:
    said = pulse.read(place.redis(), 1, "mqtt")
    return said is not None and said["broker"] == "ok"


class Sensors(threading.Thread):
    """Publishes one value of each of its devices at each step, at QoS 1; `sent` are those that the broker took in the end."""

    def __init__(self, broker: Mosquitto, first: int, topic: str = "bins", *, is_dated: bool = True) -> None:
        super().__init__(daemon=True)
        self._client = publisher(broker.port)
        self._first, self._topic, self._is_dated = first, topic, is_dated
        self._ending, self._began = threading.Event(), time.time() - 600
        self._taken: set[int] = set()
        self._client.on_publish = lambda _client, _data, mid, *_facts: self._taken.add(mid)
        self.steps = self.sent = 0

    def run(self) -> None:
        while not self._ending.wait(0.01):
            if not self._client.is_connected():
                continue
            for number in range(self._first, self._first + DEVICES):
                body = {"heat": 20 + self.steps % 3} | ({"at": iso(self._began + self.steps / 1000)} if self._is_dated else {})
                self._client.publish(f"{self._topic}/{number}/state", json.dumps(body), qos=1)
                self.sent += 1
            self.steps += 1

    def stop(self) -> None:
        self._ending.set()
        self.join(30)
        assert self.sent < 60_000 and until(lambda: len(self._taken) == self.sent, 60), f"the broker took {len(self._taken)} of {self.sent}"
        self._client.disconnect()
        self._client.loop_stop()


def stored(place: Installation, first: int) -> int:
    return place.rows("SELECT count(*) FROM observation WHERE asset_id BETWEEN %s AND %s", first, first + DEVICES - 1)[0][0]


def moved(place: Installation, first: int) -> None:
    """Returns when more has been stored than now."""
    before = stored(place, first)
    place.until(lambda: stored(place, first) > before + DEVICES, "nothing is stored any more")


def all_stored(place: Installation, sensors: Sensors, first: int) -> None:
    place.until(lambda: stored(place, first) >= sensors.sent, f"{sensors.sent} were sent", 60)
    place.drain()
    assert stored(place, first) == sensors.sent, "some were stored twice"


@pytest.mark.parametrize(("first", "topic", "is_dated"), [(1, "bins", True), (1 + DEVICES, "undated", False)])
def test_a_subscriber_that_is_killed_under_load_loses_and_doubles_nothing(place, broker, first, topic, is_dated):
    sensors = Sensors(broker, first, topic, is_dated=is_dated)
    sensors.start()
    for _moment in range(3):
        moved(place, first)
        place.kill("mqtt")
        place.revive("mqtt")
    moved(place, first)
    sensors.stop()
    all_stored(place, sensors, first)


def test_a_redis_that_is_killed_leaves_the_messages_with_the_broker(place, broker):
    first = 1 + 2 * DEVICES
    sensors = Sensors(broker, first)
    sensors.start()
    moved(place, first)
    place.kill("redis")
    time.sleep(1)
    place.revive("redis")
    moved(place, first)
    sensors.stop()
    all_stored(place, sensors, first)


def test_a_broker_that_restarts_is_said_lost_once_and_back_once(place, broker):
    first = 1 + 3 * DEVICES
    sensors = Sensors(broker, first)
    sensors.start()
    moved(place, first)
    before = (place.folder / "mqtt.log").read_text()
    broker.stop(signal.SIGTERM)
    place.until(lambda: pulse.read(place.redis(), 1, "mqtt")["broker"] == "down", "nobody says that the broker is away")
    assert "source mqtt lost" in (place.folder / "mqtt.log").read_text()
    time.sleep(2.5)  # Long enough for it to be tried again in vain.
    broker.start()
    place.until(lambda: is_heard(place), "the subscriber does not come back")
    moved(place, first)
    sensors.stop()
    all_stored(place, sensors, first)
    said = (place.folder / "mqtt.log").read_text().removeprefix(before)
    assert (said.count("source mqtt lost"), said.count("source mqtt back after")) == (1, 1), said


def test_each_network_server_and_context_broker_is_read_in_its_own_form(place, broker):
    at = iso(time.time() - 60)
    bodies = {
        "application/a/device/0101010101010101/event/up": {
            "time": at, "deviceInfo": {"devEui": "0101010101010101", "tags": {"urn": urn(101)}}, "object": {"temperature": 31.0},
        },
        "application/a/device/0101010101010101/event/join": {"time": at, "deviceInfo": {"devEui": "0101010101010101"}},
        "v3/app@ttn/devices/bac/up": {
            "end_device_ids": {"dev_eui": "0202020202020202"}, "uplink_message": {"received_at": at, "attributes": {"urn": urn(102)}, "decoded_payload": {"temperature": 32.0}},
        },
        "ngsi/entities": [{"id": urn(103), "type": "WasteContainer", "temperature": {"type": "Property", "value": 33.0, "observedAt": at}}],
    }  # fmt: skip
    client = publisher(broker.port)
    for _time in range(2):  # The same message again is the same observation.
        for topic, body in bodies.items():
            client.publish(topic, json.dumps(body), qos=1).wait_for_publish(10)
    place.until(lambda: place.rows("SELECT count(*) FROM observation WHERE asset_id BETWEEN 101 AND 103") == [(3,)], "not all forms are read")
    place.drain()
    assert place.rows("SELECT asset_id, value FROM observation WHERE asset_id BETWEEN 101 AND 103 ORDER BY 1") == [(101, 31.0), (102, 32.0), (103, 33.0)]
    client.disconnect()


def test_what_cannot_be_read_is_counted_kept_and_does_not_come_again(place, broker):
    client = publisher(broker.port)
    client.publish("bins/1/state", b"{", qos=1).wait_for_publish(10)
    client.publish("undated/1/state", json.dumps({"heat": 21}), qos=1, retain=True).wait_for_publish(10)
    place.until(
        lambda: place.rows("SELECT count(*) FROM rejected_observation WHERE cause = 'unreadable' AND source = 'bacs'") == [(1,)],
        "it is not kept for inspection",
    )
    [(payload,)] = place.rows("SELECT payload FROM rejected_observation WHERE source = 'bacs'")
    assert payload["topic"] == "bins/1/state" and payload["body"] == "{" and "not JSON" in payload["reason"]
    place.until(lambda: counters.read(place.redis(), 1).get("mqtt:bacs:refused") == 1, "it is not counted")
    client.publish("undated/1/state", b"", qos=1, retain=True).wait_for_publish(10)
    client.disconnect()


def test_a_source_whose_token_is_revoked_is_no_longer_heard_and_one_declared_is_heard_at_once(place, broker):
    with psycopg.connect(plain(place.urls.owner), autocommit=True) as owner:
        owner.execute("UPDATE api_token SET revoked_at = now() WHERE name = 'courtier'")
        owner.execute("INSERT INTO api_token (tenant, id, name, token_hash, scope, created_at) VALUES (1, 3000, 'neuf', sha256('neuf'), 'ingest', now())")
        owner.execute("INSERT INTO source (tenant, name, connector, topics, changed_at) VALUES (1, 'neuf', 'ngsi_ld', '{neuf}', now())")
    client = publisher(broker.port)

    def heard(topic: str, number: int) -> bool:
        entity = {"id": urn(number), "type": "WasteContainer", "temperature": {"type": "Property", "value": 40.0, "observedAt": iso(time.time())}}
        client.publish(topic, json.dumps(entity), qos=1).wait_for_publish(10)
        return until(lambda: place.rows("SELECT count(*) FROM observation WHERE asset_id = %s", number)[0][0] > 0, 1)

    place.until(lambda: heard("neuf", 104), "the new source is not heard")
    assert not heard("ngsi/entities", 105)
    client.disconnect()


def test_a_full_stream_leaves_the_messages_with_the_broker(place, broker):
    place.signal("worker", signal.SIGSTOP)
    first = 1 + 4 * DEVICES
    try:
        with place.redis() as client:
            name = keys.stream(1, 0)
            with client.pipeline() as pipe:
                ids = [pipe.xadd(name, {"b": b"", "n": 0}) for _ in range(50_000)] and pipe.execute()
            sensors = Sensors(broker, first)
            sensors.start()
            place.until(lambda: "too far behind" in pulse.read(client, 1, "mqtt")["waits"], "nobody says that the stream is full")
            time.sleep(0.5)
            sensors.stop()
            assert stored(place, first) == 0 and client.xlen(name) < 50_000 + 2 * sensors.sent
            with client.pipeline() as pipe:
                for part in range(0, len(ids), 1000):
                    pipe.xdel(name, *ids[part : part + 1000])
                pipe.execute()
    finally:
        place.signal("worker", signal.SIGCONT)
    all_stored(place, sensors, first)
