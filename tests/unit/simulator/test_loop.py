"""The simulator against a door that takes, refuses, slows and dies; and the command that asks for an incident."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hypervisor.demo.simulator import door, inventory, loop, requests
from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.settings import Settings
from tests.unit.simulator.world import items, value


class FakeDoor(ThreadingHTTPServer):
    """Keeps what it is given; `answers` are given first, then 204 for ever."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.taken: list[dict] = []
        self.keys: list[str] = []
        self.tokens: set[str] = set()
        self.answers: list[tuple[int, dict[str, str]]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, headers = fake.answers.pop(0) if fake.answers else (204, {})
                fake.keys.append(self.headers["Idempotency-Key"])
                fake.tokens.add(self.headers["Authorization"])
                if status == 204:
                    fake.taken.extend(body)
                self.send_response(status)
                for name, header in (headers | {"Content-Length": "0"}).items():
                    self.send_header(name, header)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", port), Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()


@pytest.fixture
def fake() -> Iterator[FakeDoor]:
    made = FakeDoor()
    yield made
    made.end()


@pytest.fixture
def played(make_settings: Callable[..., Settings], fake: FakeDoor) -> Settings:
    """Settings of a data folder that holds an inventory and a token, before the fake door."""
    settings = make_settings(ingest_port=fake.server_address[1], demo=True)
    assert inventory.write(settings, items()) == len(items())
    (settings.data_dir / loop.TOKEN).write_text("secret-of-the-simulator\n")
    return settings


@pytest.fixture
def running(played: Settings) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=loop.Simulator(played).play, args=(stop,))
    thread.start()
    yield stop
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def soon(condition: Callable[[], bool], limit_s: float = 8.0) -> bool:
    """Whether the condition comes true in time; asked again each 10 ms, since another thread makes it so."""
    end = time.monotonic() + limit_s
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return met


def test_a_running_simulator_makes_every_kind_speak_with_its_own_token(fake: FakeDoor, running: threading.Event) -> None:
    kinds = {item.urn.split(":")[2] for item in items() if item.kind != "main"}  # A pipe measures nothing.
    assert soon(lambda: {entity["type"] for entity in fake.taken} >= kinds)
    assert fake.tokens == {"Bearer secret-of-the-simulator"}


def test_an_incident_asked_while_it_runs_is_sent_within_a_second_and_never_contradicted(fake: FakeDoor, played: Settings, running: threading.Event) -> None:
    assert soon(lambda: bool(fake.taken))
    asked = time.monotonic()
    sentence = loop.trigger(played, "overflow", "urn:ngsi-ld:WasteContainer:t:PAV-3")
    assert sentence.endswith("Asset: urn:ngsi-ld:WasteContainer:t:PAV-3")

    def heard() -> list[float]:
        return [value(e, "fillingLevel") for e in fake.taken if e["id"] == "urn:ngsi-ld:WasteContainer:t:PAV-3"]

    assert soon(lambda: 0.99 in heard())
    assert time.monotonic() - asked < 1.0
    at = heard().index(0.99)
    assert set(heard()[at:]) == {0.99}


def test_with_none_running_the_command_sends_the_scenario_itself(fake: FakeDoor, played: Settings) -> None:
    sentence = loop.trigger(played, "burst")
    struck = sentence.rpartition(" ")[2]
    assert [entity["id"] for entity in fake.taken] == [struck]
    assert value(fake.taken[0], "flow") > 180


def test_a_wrong_scenario_or_asset_is_refused_whether_it_runs_or_not(played: Settings, fake: FakeDoor) -> None:
    with pytest.raises(InvalidRequest, match="no scenario is called 'meteor'"):
        loop.trigger(played, "meteor")
    with pytest.raises(InvalidRequest, match="urn:x is not a container"):
        loop.trigger(played, "overflow", "urn:x")
    assert fake.taken == []


def test_a_wrong_asset_is_refused_by_a_running_simulator(running: threading.Event, fake: FakeDoor, played: Settings) -> None:
    assert soon(lambda: bool(fake.taken))
    with pytest.raises(InvalidRequest, match="urn:x is not a container"):
        loop.trigger(played, "overflow", "urn:x")


def test_two_simulators_never_play_the_same_folder(running: threading.Event, fake: FakeDoor, played: Settings) -> None:
    assert soon(lambda: bool(fake.taken))
    with pytest.raises(Unavailable, match="another simulator"):
        loop.Simulator(played).play(threading.Event())


def test_a_scenario_without_territory_says_what_to_do(make_settings: Callable[..., Settings]) -> None:
    with pytest.raises(Unavailable, match="load the demonstration territory first"):
        loop.trigger(make_settings(), "burst")


def test_a_batch_is_sent_again_with_the_same_key_until_it_is_taken(fake: FakeDoor, played: Settings) -> None:
    fake.answers = [(503, {}), (401, {}), (429, {"Retry-After": "0.2"})]
    sender = door.Door(played, played.data_dir / loop.TOKEN)
    sender.send([{"id": "urn:a", "type": "T"}])
    assert sender.drain(8.0)
    sender.close()
    assert fake.taken == [{"id": "urn:a", "type": "T"}]
    assert len(fake.keys) == 4
    assert len(set(fake.keys)) == 1


def test_a_refused_batch_is_not_sent_again_and_those_behind_pass(fake: FakeDoor, played: Settings) -> None:
    fake.answers = [(400, {})]
    sender = door.Door(played, played.data_dir / loop.TOKEN)
    sender.send([{"id": "urn:bad"}])
    sender.send([{"id": "urn:good"}])
    assert sender.drain(8.0)
    sender.close()
    assert fake.taken == [{"id": "urn:good"}]


def test_what_waits_while_the_door_is_down_arrives_when_it_is_back_with_the_hurried_first(played: Settings, fake: FakeDoor) -> None:
    port = fake.server_address[1]
    fake.end()
    sender = door.Door(played, played.data_dir / loop.TOKEN)
    sender.send([{"id": f"urn:{n}"} for n in range(door.BATCH + 1)])
    sender.send([{"id": "urn:hurried"}], first=True)
    assert not sender.drain(0.3)
    back = FakeDoor(port)
    assert sender.drain(10.0)
    sender.close()
    back.end()
    assert len(back.taken) == door.BATCH + 2
    assert "urn:hurried" in [entity["id"] for entity in back.taken[:-1]]


def test_what_has_waited_too_long_is_given_up(played: Settings, fake: FakeDoor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    fake.answers = [(503, {})] * 3
    monkeypatch.setattr(door, "KEEP_S", 0.05)
    sender = door.Door(played, played.data_dir / loop.TOKEN)
    sender.send([{"id": "urn:old"}])
    assert sender.drain(5.0)
    sender.close()
    assert fake.taken == []
    assert "1 entities lost" in caplog.text


def test_an_answer_left_by_nobody_is_cleared_at_start(played: Settings) -> None:
    (played.data_dir / requests.FOLDER).mkdir()
    (played.data_dir / requests.FOLDER / "left.answer").write_text("{}")
    requests.forget(played)
    assert list((played.data_dir / requests.FOLDER).iterdir()) == []
