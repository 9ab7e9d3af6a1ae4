"""What every connector promises, whichever folders there are: its samples are its contract."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from hypervisor import connectors
from hypervisor.connectors.talq.convert import LARGE, NEWS, SEVERE
from hypervisor.errors import InvalidRequest
from hypervisor.registry import discover

FOLDER = Path(connectors.__file__).parent
SAMPLES = [(file.parents[1].name, file) for file in sorted(FOLDER.glob("*/samples/*.json"))]
EVERY = connectors.all_connectors()
REAL = {"ChirpStack": "chirpstack", "ThingsStackCommunity": "the_things_stack", "ThingsStackIndustries": "the_things_stack"}


@pytest.mark.parametrize(("key", "file"), SAMPLES, ids=[f"{key}-{file.stem}" for key, file in SAMPLES])
def test_a_sample_becomes_the_observations_that_it_names(key, file):
    sample = json.loads(file.read_text())
    found = EVERY[key].of_source(sample.get("template"))(json.dumps(sample["body"]).encode(), sample["query"])
    assert msgspec.to_builtins(list(found.observations)) == sample["observations"]
    said = [
        {name: value for name, value in msgspec.to_builtins(alarm).items() if value not in (None, "", [], (), False) or name == "holds"}
        for alarm in found.alarms
    ]
    assert said == sample.get("alarms", [])
    assert [entity for entity, _sentence in found.refused] == sample.get("refused", [])


@pytest.mark.parametrize("key", EVERY)
def test_a_connector_has_samples_and_says_what_is_wrong_with_what_it_cannot_read(key):
    samples = [json.loads(file.read_text()) for of, file in SAMPLES if of == key]
    assert samples
    for body in (b"{", b"[]", b"\xff", b"null"):
        with pytest.raises(InvalidRequest, match="nothing was accepted"):
            EVERY[key].of_source(samples[0].get("template"))(body, {})


def test_a_new_connector_is_one_new_folder_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "my_shelf" / "sigfox").mkdir(parents=True)
    (tmp_path / "my_shelf" / "__init__.py").write_text("")
    (tmp_path / "my_shelf" / "sigfox" / "__init__.py").write_text(
        "from hypervisor.connectors import Connector\nCONNECTOR = Connector(key='sigfox', label='', convert=lambda body, query: [])\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import my_shelf

    assert list(discover(my_shelf, "CONNECTOR")) == ["sigfox"]


def test_real_uplinks_of_network_servers_are_read(shared_data):
    read = 0
    for file in sorted((shared_data / "lorawan" / "network-server-uplinks").glob("*.json")):
        for case in json.loads(file.read_text())["cases"]:
            payload = case["payload"]
            # ChirpStack v3 has another form (devEUI in base 64), which this connector does not promise.
            if case["integration"] not in REAL or "devEUI" in payload:
                continue
            decoded = {"temperature": 21.5}
            whole = payload | {"object": decoded}
            if "uplink_message" in payload:
                whole["uplink_message"] = payload["uplink_message"] | {"decoded_payload": decoded}
            if "deviceInfo" not in payload and "uplink_message" not in payload:
                continue
            [found] = EVERY[REAL[case["integration"]]].convert(json.dumps(whole).encode(), {"event": "up"}).observations
            assert (found.property, found.value) == ("temperature", 21.5) and found.observed_at_ms > 1_400_000_000_000
            read += 1
    assert read > 50


FORM = (
    "api_key=xyz&jurisdiction_id=city.gov&service_code=001&lat=37.76524078&long=-122.4212043&address_string=1234+5th+street&email=smit333%40sfgov.edu&device_id=tt222111"
    "&account_id=123456&first_name=john&last_name=smith&phone=111111111&description=A+large+sinkhole+is+destroying+the+street&attribute[WHISPAWN]=123456"
)
"""The example request of GeoReport v2, POST Service Request."""


def test_a_citizen_s_form_is_an_alarm_at_its_place_with_a_number_and_nothing_of_the_person():
    convert = EVERY["open311"].of_source({"services": {"001": {"layer": "lighting", "title": "Affaissement"}}})
    heard, again = convert(FORM.encode(), {}), convert(FORM.replace("api_key=xyz", "api_key=new").encode(), {})
    [alarm] = heard.alarms
    number = json.loads(heard.answer)[0]["service_request_id"]
    assert alarm.asset == f"urn:vigie:report:{number}" and again.alarms == heard.alarms
    assert (alarm.lon, alarm.lat, alarm.name, alarm.title) == (
        -122.4212043,
        37.76524078,
        "1234 5th street",
        "Affaissement : A large sinkhole is destroying the street",
    )
    assert not any(word in repr(heard) for word in ("smit333", "john", "smith", "111111111", "tt222111", "xyz"))


def test_the_examples_of_georeport_v2_are_read(shared_data):
    page = (shared_data / "open311" / "GeoReport_v2-spec-with-examples.md").read_text()
    read = 0
    for block in page.split("~~~~")[1::2]:
        if "service_request_id" not in block or '"lat"' not in block:
            continue
        # The page writes codes as 006, which is no JSON.
        requests = json.loads(re.sub(r'("service_code"):(\d+)', r'\1:"\2"', block))
        services = {request["service_code"]: {"layer": "lighting"} for request in requests}
        heard = EVERY["open311"].of_source({"services": services})(json.dumps(requests).encode(), {})
        assert len(heard.alarms) == len(requests)
        read += len(requests)
    assert read >= 2


def test_every_event_of_talq_s_data_model_is_an_alarm(shared_data):
    model = json.loads((shared_data / "talq" / "talq-data-model-2-7-1-online.json").read_text())
    events = model["components"]["schemas"]["EventType"]["enum"]
    entries = [{"data": {"type": "EventLogData", "srcAddress": "d", "eventType": event, "startEndFlag": True}} for event in events]
    heard = EVERY["talq"].convert(json.dumps({"address": "l", "entries": entries}).encode(), {})
    assert [alarm.cause for alarm in heard.alarms] == events and not heard.refused
    assert set(events) >= (SEVERE | LARGE | NEWS), "a name that TALQ does not know"
