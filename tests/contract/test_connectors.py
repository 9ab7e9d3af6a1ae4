"""What every connector promises, whichever folders there are: its samples are its contract."""

import json
from pathlib import Path

import msgspec
import pytest

from hypervisor import connectors
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
