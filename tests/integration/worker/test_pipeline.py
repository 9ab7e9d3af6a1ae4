"""One measurement from the stream to history, the map, alarms and facts, on a real PostgreSQL and a real Valkey."""

import json
import logging
from datetime import timedelta

import psycopg
import pytest
import redis

from hypervisor.domain import appearance
from hypervisor.domain.quality import Quality
from hypervisor.hot import counters, keys, state
from hypervisor.launcher.addresses import DatabaseUrls
from tests import ingest_world as world
from tests.ingest_world import NOON, NOON_MS, TENANT, observation, rows, send, soon
from tests.services import plain


def look(client: redis.Redis, urls: DatabaseUrls, number: int) -> int:
    slot = rows(urls, "SELECT slot FROM asset WHERE id = %s", number)[0][0]
    return world.looks(client)[slot]


def shapes(urls: DatabaseUrls) -> list[dict[str, object]]:
    return [shape for (shape,) in rows(urls, "SELECT shape FROM alarm_shape ORDER BY id")]


def test_a_value_reaches_history_the_hot_state_and_the_map(client, running):
    assert look(client, running, 1) == appearance.NEVER_SEEN
    send(client, observation(1, 42.5), observation(1, "open", "lid"), observation(1, 300.0, "temperature", unit="KEL"))
    soon(lambda: world.nothing_waits(client))
    found = rows(
        running,
        "SELECT asset_id, p.key, value, quality, o.tenant, extract(epoch FROM observed_at)::float8 * 1000 FROM observation o JOIN property p ON p.id = property_id AND p.layer = 'essai' ORDER BY p.key",
    )
    # 300 K is 26.85 °C; « open » has code 1.
    assert [(a, k, pytest.approx(v), q, t, at) for a, k, v, q, t, at in found] == [
        (1, "filling", 42.5, 0, 1, NOON_MS),
        (1, "heat", pytest.approx(26.85), 0, 1, NOON_MS),
        (1, "lid", 1, 0, 1, NOON_MS),
    ]
    held = {value.value: value for value in state.read_values(client, TENANT, "essai")}
    assert held[42.5].asset_id == 1 and held[42.5].observed_at_ms == NOON_MS
    soon(lambda: look(client, running, 1) == Quality.FRESH << 3 | 1 << 7)
    deltas = client.xrange(keys.delta(TENANT, "essai"))
    assert deltas[-1][1][b"d"] == state.LOOK.pack(rows(running, "SELECT slot FROM asset WHERE id = 1")[0][0], 1 << 7)
    assert int(deltas[-1][1][b"o"]) == NOON_MS
    counted = client.hgetall(keys.state(TENANT, "essai"))
    assert counted == {b"32": b"19", b"128": b"1"}


def test_a_threshold_raises_one_alarm_that_hysteresis_holds_and_a_return_ends(client, running):
    for step, value in enumerate([50, 91, 95, 85, 79]):
        send(client, observation(2, value, at_ms=NOON_MS + step))
        soon(lambda: world.nothing_waits(client))
    [alarm] = shapes(running)
    assert (alarm["cause"], alarm["priority"], alarm["condition"], alarm["state"], alarm["count"], alarm["value"], alarm["threshold"]) == (
        "full",
        "minor",
        "normal",
        "returned_unacknowledged",
        1,
        79,
        90,
    )
    actions = [row[0] for row in rows(running, "SELECT action FROM alarm_transition ORDER BY id")]
    assert actions == ["raise", "clear"]
    soon(lambda: len(client.xrange(keys.facts(TENANT))) >= 5)
    facts = [(fields[b"k"].decode(), json.loads(fields[b"b"])) for _, fields in client.xrange(keys.facts(TENANT))]
    assert [body["condition"] for kind, body in facts if kind == "alarm"] == ["active", "normal"]
    assert [body["text"] for kind, body in facts if kind == "logbook"] == [
        "Alarme mineure\u00a0: Bac plein – Bac 2",
        "Fin de l’alarme mineure\u00a0: Bac plein – Bac 2",
    ]
    assert rows(running, "SELECT logbook_first_broken(1::smallint)") == [(None,)]
    # Minor (2), fresh, and still to be acknowledged.
    soon(lambda: look(client, running, 2) == 2 | 1 << 6)


def test_a_condition_that_returns_before_anyone_acknowledged_counts_and_adds_no_row(client, running):
    for step, value in enumerate([95, 10, 96]):
        send(client, observation(2, value, at_ms=NOON_MS + step))
    soon(lambda: world.nothing_waits(client))
    [alarm] = shapes(running)
    assert (alarm["condition"], alarm["count"], alarm["value"]) == ("active", 2, 96)
    assert [row[0] for row in rows(running, "SELECT action FROM alarm_transition ORDER BY id")] == ["raise", "clear", "repeat"]


def test_an_acknowledged_alarm_that_ends_and_comes_back_in_one_batch_is_a_new_alarm_and_nothing_is_set_aside(client, running):
    send(client, observation(2, 95))
    soon(lambda: len(shapes(running)) == 1)
    # As a person did: what ends after it is closed, so that the same batch's return is another alarm.
    with psycopg.connect(plain(running.owner), autocommit=True) as owner:
        owner.execute("UPDATE alarm SET acknowledged = true, version = version + 1")
    send(client, observation(2, 10, at_ms=NOON_MS + 1), observation(2, 96, at_ms=NOON_MS + 2))
    soon(lambda: world.nothing_waits(client))
    assert rows(running, "SELECT value FROM observation ORDER BY observed_at") == [(95,), (10,), (96,)]
    assert [(alarm["state"], alarm["value"]) for alarm in shapes(running)] == [("normal", 10), ("unacknowledged", 96)]
    assert rows(running, "SELECT cause FROM rejected_observation") == []


def test_a_duration_is_counted_on_the_clock_and_a_pending_condition_is_kept(client, running, clock):
    send(client, observation(3, 80, "temperature"))
    soon(lambda: rows(running, "SELECT asset_id, rule FROM alarm_pending") == [(3, "fire")])
    assert shapes(running) == []
    clock.at = NOON + timedelta(seconds=30)
    soon(lambda: [alarm["cause"] for alarm in shapes(running)] == ["fire"])
    assert rows(running, "SELECT * FROM alarm_pending") == []
    assert shapes(running)[0]["raised_at"] == "2026-06-01T12:00:30.000000Z"


def test_what_cannot_be_accepted_is_counted_by_cause_kept_and_never_shown(client, running):
    late = NOON_MS + 1000
    send(client, observation(4, 50, at_ms=late))
    soon(lambda: world.nothing_waits(client))
    before = look(client, running, 4)
    send(
        client,
        observation(99, 1),
        observation(4, 1, "noise"),
        observation(4, 60, at_ms=NOON_MS),
        observation(4, 60, at_ms=late),
        observation(4, 60, at_ms=late + 301_000),
        observation(4, "tiède", "temperature"),
        observation(4, "ajar", "lid"),
        observation(4, 20, "temperature", unit="BAR"),
        observation(4, 20, at_ms=NOON_MS - 31 * 86_400_000),
        received_at_ms=late,
    )
    soon(lambda: world.nothing_waits(client))
    causes = [row[0] for row in rows(running, "SELECT cause FROM rejected_observation ORDER BY id")]
    assert causes == [
        "unknown_asset",
        "unknown_property",
        "older_than_known",
        "older_than_known",
        "in_the_future",
        "not_a_number",
        "unknown_word",
        "unknown_unit",
        "older_than_known",
    ]
    soon(lambda: counters.read(client, TENANT).get("rejected:older_than_known") == 3)
    assert rows(running, "SELECT count(*) FROM observation") == [(1,)]
    # What the sensor sent as a temperature is nonsense, so the asset is marked invalid; its filling is not touched.
    assert before == Quality.FRESH and look(client, running, 4) == Quality.INVALID << 3


def test_a_value_out_of_bounds_marks_the_asset_until_a_valid_one_comes(client, running):
    send(client, observation(5, 50))
    send(client, observation(5, 150, at_ms=NOON_MS + 1))
    soon(lambda: world.nothing_waits(client) and look(client, running, 5) == Quality.INVALID << 3)
    assert [value.value for value in state.read_values(client, TENANT, "essai")] == [50]
    send(client, observation(5, 60, at_ms=NOON_MS + 2))
    soon(lambda: look(client, running, 5) == Quality.FRESH)
    assert rows(running, "SELECT value FROM observation ORDER BY observed_at") == [(50,), (60,)]


def test_silence_makes_a_value_late_then_stale_and_a_rule_speaks(client, running, clock):
    for number in range(1, 21):
        send(client, observation(number, 50))
    soon(lambda: world.nothing_waits(client))
    clock.at = NOON + 1.5 * world.PERIOD + timedelta(seconds=1)
    soon(lambda: set(world.looks(client)) == {Quality.LATE << 3})
    # All but two go on: the source lives, so the two are to blame.
    clock.at = NOON + timedelta(hours=2, seconds=1)
    send(client, *(observation(number, 50, at_ms=NOON_MS + 7_200_000) for number in range(3, 21)))
    soon(lambda: sorted(alarm["asset_id"] for alarm in shapes(running) if alarm["cause"] == "mute") == [1, 2])
    # Information (1) is born acknowledged, on a stale asset.
    soon(lambda: look(client, running, 1) == 1 | Quality.STALE << 3)
    send(client, observation(1, 50, at_ms=NOON_MS + 7_201_000))
    soon(lambda: look(client, running, 1) == Quality.FRESH)


def test_a_whole_source_that_falls_silent_is_one_fact_and_one_line_not_an_alarm_each(client, running, clock, caplog):
    caplog.set_level(logging.INFO)
    send(client, *(observation(number, 50) for number in range(1, 21)))
    soon(lambda: world.nothing_waits(client))
    clock.at = NOON + timedelta(hours=3)
    soon(
        lambda: (
            [row[0] for row in rows(running, "SELECT body FROM outbox WHERE kind = 'source'")]
            == [{"layer": "essai", "fresh": False, "since": NOON.isoformat()}]
        )
    )
    assert shapes(running) == []
    clock.at += timedelta(seconds=5)
    send(client, *(observation(number, 50, at_ms=NOON_MS + 10_805_000) for number in range(1, 21)))
    soon(lambda: [row[0]["fresh"] for row in rows(running, "SELECT body FROM outbox WHERE kind = 'source' ORDER BY id")] == [False, True])
    assert [text.partition("\u00a0:")[0] for (text,) in rows(running, "SELECT text FROM logbook ORDER BY seq")] == ["Source muette", "Source de retour"]
    assert [record.getMessage().split(":")[0] for record in caplog.records if record.getMessage().startswith("source ")] == [
        "source essai lost",
        "source essai back",
    ]


def test_a_value_without_a_time_is_dated_by_its_receipt_and_repeats_count(client, running):
    send(client, observation(6, 50, at_ms=0), observation(6, 50, at_ms=0), received_at_ms=NOON_MS)
    soon(lambda: world.nothing_waits(client))
    assert [int(ms) for (ms,) in rows(running, "SELECT extract(epoch FROM observed_at) * 1000 FROM observation ORDER BY 1")] == [NOON_MS, NOON_MS + 1]


def test_an_unreadable_entry_is_kept_as_poison_and_the_rest_flows(client, running):
    client.xadd(keys.stream(TENANT, 0), {"b": b"\xc1 not msgpack", "n": 1})
    send(client, observation(7, 50))
    soon(lambda: world.nothing_waits(client))
    assert rows(running, "SELECT cause FROM rejected_observation") == [("poison",)]
    assert rows(running, "SELECT value FROM observation") == [(50,)]


def test_what_postgresql_refuses_is_set_aside_and_the_rest_flows(client, running):
    # A URN with a NUL cannot come by the door, which refuses it; PostgreSQL has no text for it.
    send(client, world.Observation("urn:x:\0", "T", "p", 1, NOON_MS))
    send(client, observation(8, 95))
    soon(lambda: world.nothing_waits(client))
    soon(lambda: rows(running, "SELECT cause FROM rejected_observation") == [("poison",)])
    assert rows(running, "SELECT value FROM observation") == [(95,)]
    assert [alarm["asset_id"] for alarm in shapes(running)] == [8]
