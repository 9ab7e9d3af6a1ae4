"""What the door reads in a body, and what it says of what it cannot read."""

import json

import msgspec
import pytest

from hypervisor.errors import InvalidRequest
from hypervisor.ingest.decode import decode

MEASURED = {"flow"}


def body(**attributes: object) -> bytes:
    return json.dumps([{"id": "urn:ngsi-ld:Meter:1", "type": "Meter", **attributes}]).encode()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [(12, 12), (12.5, 12.5), ("ok", "ok"), (True, 1), ({"value": 3}, 3), ({"type": "Property", "value": False}, 0), (-0.0, 0), (10**300, 1e300)],
)
def test_numbers_words_and_truths_are_values(attribute, value):
    [observation] = decode(body(flow=attribute), MEASURED).observations
    assert (observation.entity, observation.type, observation.property, observation.value, observation.observed_at_ms) == (
        "urn:ngsi-ld:Meter:1",
        "Meter",
        "flow",
        value,
        0,
    )


@pytest.mark.parametrize(
    "attribute",
    [None, [1], {"value": None}, {"value": {"a": 1}}, {"type": "Propriété", "value": 1}, {"value": 1, "observedAt": 12}, {"value": 1, "unitCode": 7}, 10**400],
)
def test_a_measured_attribute_without_a_value_costs_its_entity(attribute):
    found = decode(body(flow=attribute), MEASURED)
    assert found.observations == [] and found.accepted == []
    assert [entity for entity, _ in found.refused] == ["urn:ngsi-ld:Meter:1"]


@pytest.mark.parametrize(
    "bad",
    [
        '{"id": "urn:a:b", "type": "Meter", "flow": {"type": ["Property"], "value": 1}}',
        '{"id": "urn:a:b", "type": "Meter", "flow": ' + "1" * 5000 + "}",
        r'{"id": "urn:a:b", "type": "Meter", "flow\u0000": 1}',
        r'{"id": "urn:a:b", "type": "Meter\u0000", "flow": 1}',
        r'{"id": "urn:a:b", "type": "Meter", "flow": {"value": 1, "unitCode": "\u0000"}}',
        r'{"id": "urn:a:\ud800", "type": "Meter", "flow": 1}',
        r'{"id": "urn:a:b", "type": "Meter", "flow": "\ud800"}',
        r'{"id": "urn:a:b", "type": "Meter", "flow": {"value": 1, "unitCode": "\ud800"}}',
    ],
)
def test_what_json_allows_and_nothing_can_hold_costs_its_entity_alone(bad):
    found = decode(f'[{bad}, {{"id": "urn:a:c", "type": "Meter", "flow": 2}}]'.encode(), MEASURED)
    assert found.accepted == ["urn:a:c"]
    assert [entity[:6] for entity, _ in found.refused] == ["urn:a:"]
    # Both are written on: to the stream and in the answer.
    assert msgspec.msgpack.encode(found.observations) and msgspec.json.encode(found.refused)


def test_what_is_not_a_measure_is_left_out_and_costs_nothing():
    others = {
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3, 43]}},
        "address": {"street": "rue du Lac"},
        "refRoad": {"type": "Relationship", "object": "urn:a:b"},
        "tags": ["a"],
    }
    found = decode(body(flow=1, **others), MEASURED)
    assert [observation.property for observation in found.observations] == ["flow"]
    assert (found.left_out, found.refused) == (4, [])


def test_an_entity_that_holds_no_measure_is_refused_rather_than_silently_dropped():
    assert "no number and no word" in decode(body(tags=["a"]), MEASURED).refused[0][1]


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T02:00:01+02:00", 1000),
        ("2026-06-01T12:00:00.123Z", 1_780_315_200_123),
        ("2026-06-01T12:00:00.123456Z", 1_780_315_200_123),
        ("1970-01-01T00:00:00Z", 1),
    ],
)
def test_times_with_a_zone_are_read_to_the_millisecond(text, ms):
    # date -u -d 2026-06-01T12:00:00Z +%s gives 1780315200.
    assert decode(body(flow={"value": 1, "observedAt": text}), MEASURED).observations[0].observed_at_ms == ms


@pytest.mark.parametrize("text", ["2026-06-01T12:00:00", "2026-06-01", "12:00Z", "demain", ""])
def test_a_time_without_a_zone_or_that_is_not_one_costs_its_entity(text):
    assert decode(body(flow={"value": 1, "observedAt": text}), MEASURED).accepted == []


@pytest.mark.parametrize(
    "dated",
    [
        "2026-06-01T12:00:00Z",
        {"type": "Property", "value": "2026-06-01T12:00:00Z"},
        {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-06-01T12:00:00Z"}},
    ],
)
def test_the_date_of_an_entity_dates_the_values_that_have_none(dated):
    found = decode(body(flow=1, level={"value": 2, "observedAt": "1970-01-01T00:00:05Z"}, dateObserved=dated), MEASURED)
    assert [observation.observed_at_ms for observation in found.observations] == [1_780_315_200_000, 5000]
    assert found.is_fully_dated


def test_one_undated_value_makes_a_body_news_each_time_it_comes():
    assert not decode(body(flow=1, level={"value": 2, "observedAt": "1970-01-01T00:00:05Z"}), MEASURED).is_fully_dated


def test_the_position_of_a_mistake_is_counted_in_bytes():
    with pytest.raises(InvalidRequest) as raised:
        decode('[{"id": "é", x'.encode(), MEASURED)
    # [{"id": "é",·  is 14 bytes, é taking two.
    assert raised.value.facts["position"] == 14
    assert "line 1" in raised.value.sentence
