"""/api/v1/assets, layers, observations, and what says how the platform is."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from hypervisor.bootstrap import Hypervisor
from hypervisor.hot import counters, keys, pulse, state
from hypervisor.ingest import latency
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import tokens
from hypervisor.store import health, snapshot
from tests.integration import desk
from tests.integration.desk import NOW

pytestmark = pytest.mark.keeps_redis
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    h.redis.flushall()
    with desk.as_owner(database_urls) as uow:
        uow.connection.execute(text("INSERT INTO commune (tenant, id, name, insee, population) VALUES (1, 1, 'Val-d’Ombre', '21999', 5000)"))
    desk.add_asset(database_urls, 1, name="Armoire Gare")
    for number in range(2, 6):
        desk.add_asset(database_urls, number, kind="luminaire", lon=5 + number / 100, name=f"Point {number}")
    desk.add_asset(database_urls, 10, layer="water", kind="valve", lon=6.0, name="Vanne")
    with desk.as_owner(database_urls) as uow:
        uow.connection.execute(text("INSERT INTO asset_edge VALUES (1, 1, 2, 'feeds'), (1, 1, 3, 'feeds')"))
        uow.connection.execute(text("UPDATE asset SET commune_id = 1 WHERE id IN (4, 5)"))
        uow.connection.execute(text("""UPDATE asset SET attributes = '{"contractor": "Régie"}', name = '=2+2' WHERE id = 2"""))
        uow.connection.execute(text("SELECT make_observation_partition('2026-02-11')"))
        numbers = snapshot.property_numbers(uow)
        for n in range(10):
            uow.connection.execute(
                text("INSERT INTO observation VALUES (:at, :at, :v, 1, :p, 0, 1)"), {"at": NOW - n * MINUTE, "v": 230 + n, "p": numbers["lighting", "voltage"]}
            )
        # Two properties at the same instant: a page may end between them.
        uow.connection.execute(
            text("INSERT INTO observation VALUES (:at, :at, 3, 1, :p, 0, 1)"), {"at": NOW - 5 * MINUTE, "p": numbers["lighting", "power_state"]}
        )
    values = [state.HotValue(1, numbers["lighting", "power_state"], int(NOW.timestamp() * 1000), 3.0, 0),
              state.HotValue(1, numbers["lighting", "voltage"], int((NOW - 400 * MINUTE).timestamp() * 1000), 231.0, 0)]  # fmt: skip
    for value in values:
        h.redis.hset(keys.hot(1, "lighting"), *value.packed())
    h.redis.hset(keys.state(1, "lighting"), mapping={0: 3, 0b010000: 1, 0b100000: 1})
    counters.add(h.redis, 1, {"accepted": 11, "rejected:unknown_asset": 2, **latency.totals(np.array([119_980, 119_100, 0]), 120_000)})
    return h


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("layer=lighting", [1, 2, 3, 4, 5]),
        ("kind=cabinet", [1]),
        ("bbox=5.015,46.9,5.035,47.1", [2, 3]),
        ("area=val-d’ombre", [4, 5]),
        ("area=21999", [4, 5]),
        ("area=1", [4, 5]),
        ("q=gare", [1]),
        ("q=EP-10", [10]),
        ("q=urn:ngsi-ld:valve:1-10", [10]),
        ("kinds=lighting:cabinet,water:valve", [1, 10]),
        ("ids=3,1,99", [1, 3]),
        ("within=5.015,46.9;5.035,46.9;5.035,47.1;5.015,47.1", [2, 3]),
        ("within=5.015,46.9;5.035,46.9;5.035,47.1;5.015,47.1&kinds=water:valve", []),
        ("contractor=Régie", [2]),
        ("state=alarm", []),
        ("state=normal&layer=water", [10]),
        ("q=%25'; DROP TABLE asset; --", []),
    ],
)
def test_assets_are_found_by_what_is_asked(client, query: str, ids: list[int]) -> None:
    assert [asset["id"] for asset in client.get(f"/api/v1/assets?{query}").json()["items"]] == ids


def test_the_same_assets_are_counted_by_layer_kind_and_state(client) -> None:
    answer = client.get("/api/v1/assets/counts?within=4.9,46.9;5.025,46.9;5.025,47.1;4.9,47.1").json()
    assert answer["total"] == 2
    assert answer["items"] == [
        {"layer": "lighting", "kind": "cabinet", "state": "normal", "n": 1},
        {"layer": "lighting", "kind": "luminaire", "state": "normal", "n": 1},
    ]


def test_contractors_are_counted_and_their_assets_named_by_id(client) -> None:
    assert client.get("/api/v1/assets/contractors").json()["items"] == [{"name": "Régie", "n": 1}]
    assert client.get("/api/v1/assets/ids?contractor=Régie").content == (2).to_bytes(4, "little")


def test_assets_come_as_a_table_whose_cells_a_spreadsheet_does_not_run(client) -> None:
    answer = client.get("/api/v1/assets?layer=lighting&limit=2", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "id;urn;layer;kind;name;code;address;commune;state;lon;lat"
    assert lines[2].split(";")[4] == "'=2+2"
    assert answer.headers["x-next-cursor"]


def test_a_table_of_chosen_assets_keeps_to_the_perimeter_and_is_audited(server, database_urls) -> None:
    chief = desk.signed_in(server, "chef")
    answer = chief.post("/api/v1/assets/table", json={"ids": [10, 1, 4242]})
    assert [line.split(";")[0] for line in answer.text.splitlines()[1:]] == ["1", "10"]
    (line,) = desk.rows(database_urls, "SELECT actor, detail FROM audit WHERE action = 'operator:asset:export'")
    assert (line.actor, line.detail) == ("chef", {"assets": 2})
    assert chief.post("/api/v1/assets/table", json={"ids": []}).status_code in {400, 422}


def test_a_list_of_ids_that_is_none_is_refused(client) -> None:
    assert client.get("/api/v1/assets", params={"ids": "1,x"}).status_code == 400


@pytest.mark.parametrize("area", ["5,47;6,47", "5,47;6,47;nan,2", "a;b;c", "5,47;6,47;200,47"])
def test_an_area_that_is_none_is_refused(client, area: str) -> None:
    assert client.get("/api/v1/assets", params={"within": area}).status_code == 400


def test_assets_come_as_geojson_when_it_is_asked(client) -> None:
    answer = client.get("/api/v1/assets?layer=lighting&limit=2", headers={"Accept": "application/geo+json"})
    assert answer.headers["content-type"] == "application/geo+json"
    collection = answer.json()
    assert collection["type"] == "FeatureCollection"
    assert collection["features"][0]["geometry"] == {"type": "Point", "coordinates": [5, 47]}
    assert collection["features"][0]["properties"]["name"] == "Armoire Gare"
    rest = client.get("/api/v1/assets", params={"layer": "lighting", "cursor": collection["next"]}).json()
    assert [asset["id"] for asset in rest["items"]] == [3, 4, 5]


def test_one_asset_comes_with_its_present_and_its_neighbours(client) -> None:
    asset = client.get("/api/v1/assets/1").json()
    by_key = {value["property"]: value for value in asset["values"]}
    assert (by_key["power_state"]["value"], by_key["power_state"]["word"], by_key["power_state"]["quality"]) == (3.0, "on", "fresh")
    assert by_key["voltage"]["quality"] == "stale", "400 minutes is more than three of any period of a cabinet"
    assert [(other["id"], other["relation"], other["is_parent"]) for other in asset["neighbours"]] == [(2, "feeds", False), (3, "feeds", False)]
    assert client.get("/api/v1/assets/2").json()["neighbours"][0]["is_parent"] is True
    assert client.get("/api/v1/assets/999").status_code == 404


def test_layers_are_what_their_folders_declare(h: Hypervisor, client) -> None:
    items = client.get("/api/v1/layers").json()["items"]
    assert [layer["key"] for layer in items] == list(h.layers)
    icon = client.get(items[0]["icon"])
    assert icon.headers["content-type"].startswith("image/svg+xml")
    assert "default-src 'self'" in icon.headers["content-security-policy"]
    assert client.get("/api/v1/layers/../../../etc/icon.svg").status_code == 404
    assert client.get("/api/v1/layers/nothing/icon.svg").status_code == 404


def test_observations_are_read_by_pages_without_gap_or_repeat(client) -> None:
    found, after = [], None
    while True:
        page = client.get("/api/v1/observations", params={"asset_id": 1, "limit": 4} | ({"cursor": after} if after else {})).json()
        found += [(row["observed_at"], row["property"]) for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(found) == len(set(found)) == 11
    assert found == sorted(found, key=lambda row: row[0])


def test_observations_are_counted_by_layer_property_and_time(client) -> None:
    def count(**query: str) -> int:
        return client.get("/api/v1/observations/count", params=query).json()["count"]

    assert count(layer="lighting") == 11
    assert count(layer="lighting", property="voltage") == 10
    assert count(layer="water") == 0
    # [since, until): the value of 17:01:02 is in, that of 17:04:02 is not.
    assert count(layer="lighting", property="voltage", since="2026-02-11T17:01:02Z", until="2026-02-11T17:04:02Z") == 3
    assert client.get("/api/v1/observations/count", params={"layer": "lighting", "property": "nothing"}).status_code == 400
    assert client.get("/api/v1/observations/count", params={"since": "2026-02-12T00:00:00Z", "until": "2026-02-11T00:00:00Z"}).status_code == 400


def test_observations_are_averaged_by_hour_and_by_day_of_the_territory(client) -> None:
    def means(**query) -> list:
        return client.get("/api/v1/observations", params={"property": "voltage"} | query).json()["items"]

    # 230 … 239 V between 16:56:02 and 17:05:02: 230 … 235 after 17:00, 236 … 239 before.
    found = [(row["at"], row["count"], row["mean"], row["low"], row["high"]) for row in means(asset_id=1, aggregate="hour")]
    assert found == [("2026-02-11T16:00:00+00:00", 4, 237.5, 236, 239), ("2026-02-11T17:00:00+00:00", 6, 232.5, 230, 235)]
    days = means(layer="lighting", aggregate="day")
    assert [(row["at"], row["count"], row["mean"], row["asset_id"]) for row in days] == [("2026-02-10T23:00:00+00:00", 10, 234.5, None)]
    for refused in ({"aggregate": "hour"}, {"aggregate": "hour", "layer": "lighting"}, {"layer": "lighting"}, {"aggregate": "week", "asset_id": 1}):
        assert client.get("/api/v1/observations", params=refused).status_code in (400, 422), refused


def test_gaps_between_values_are_named(h: Hypervisor) -> None:
    from hypervisor.queries import observations

    prop = next(prop for prop in h.layers["water"].properties if prop.period)
    times = [NOW, NOW + 3 * prop.period, NOW + 7 * prop.period]
    items = [{"property": prop.key, "observed_at": at.isoformat()} for at in times]
    assert observations.gaps(h, items) == [{"property": prop.key, "since": times[1].isoformat(), "until": times[2].isoformat()}]


def test_ready_names_what_is_down(h: Hypervisor, server: FastAPI) -> None:
    stranger = desk.stranger(server)
    assert stranger.get("/healthz").status_code == 200
    h.redis.delete(keys.pulse(1, "worker:0"))
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "redis": "ok", "worker": "down"})
    pulse.beat(h.redis, 1, "worker:0", 0, lag=3, last_ingest=1_770_829_502_000)
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok", "worker": "ok"})


def test_metrics_are_for_this_machine_or_a_token(h: Hypervisor, server: FastAPI) -> None:
    pulse.beat(h.redis, 1, "worker:0", 0, lag=3)
    found = desk.stranger(server).get("/metrics").text
    assert 'vigie_observations_rejected_total{cause="unknown_asset",tenant="demo"} 2.0' in found
    assert 'vigie_up{dependency="database"} 1.0' in found
    assert 'vigie_ingest_lag_batches{shard="0",tenant="demo"} 3.0' in found
    assert 'vigie_alarms_open{priority="critical",tenant="demo"} 0.0' in found
    # 20 ms, 900 ms and two minutes: cumulative buckets, all of them in +Inf.
    bucket = 'vigie_end_to_end_latency_seconds_bucket{le="%s",tenant="demo"} %s'
    assert all(bucket % each in found for each in (("0.025", 1.0), ("0.5", 1.0), ("1.0", 2.0), ("60.0", 2.0), ("+Inf", 3.0)))
    assert 'vigie_end_to_end_latency_seconds_count{tenant="demo"} 3.0' in found and 'vigie_end_to_end_latency_seconds_sum{tenant="demo"} 120.92' in found
    assert desk.stranger(server, address="192.0.2.7").get("/metrics").status_code == 401
    assert desk.stranger(server).get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 401


def test_metrics_are_of_every_tenant_for_this_machine_of_one_for_its_token_and_of_none_for_a_person(
    h: Hypervisor, server: FastAPI, database_urls: DatabaseUrls
) -> None:
    desk.rows(database_urls, "INSERT INTO tenant (id, key, label) VALUES (7, 'voisine', 'Voisine') ON CONFLICT DO NOTHING RETURNING id")
    with desk.as_owner(database_urls) as uow:
        secret = tokens.add_token(uow, "prometheus", "read", datetime.now(UTC))
    here = desk.stranger(server).get("/metrics").text
    assert 'vigie_outbox_waiting{tenant="demo"}' in here and 'vigie_outbox_waiting{tenant="voisine"} 0.0' in here
    afar = desk.stranger(server, address="192.0.2.7")
    found = afar.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert found.status_code == 200 and 'tenant="demo"' in found.text and "voisine" not in found.text
    afar.cookies = desk.signed_in(server, "admin").cookies
    assert afar.get("/api/v1/me").status_code == 200
    assert afar.get("/metrics").status_code == 401


def test_health_tells_what_it_knows(h: Hypervisor, client) -> None:
    pulse.beat(h.redis, 1, "worker:0", 0, lag=3)
    found = client.get("/api/v1/health").json()
    assert found["dependencies"] == {"database": "ok", "redis": "ok", "worker": "ok"}
    assert {process["name"]: process["is_alive"] for process in found["processes"]} == {"worker:0": True, "jobs": False, "ingest": False}
    lighting = next(source for source in found["sources"] if source["layer"] == "lighting")
    # Appearance bytes 0, 0b010000 and 0b100000: fresh, stale (quality 2), never received (quality 4).
    assert lighting == {"layer": "lighting", "fresh": 3, "late": 0, "stale": 1, "never": 1}
    assert found["counters"]["rejected:unknown_asset"] == 2


def test_health_tells_of_refusals_and_alarms_inside_the_perimeter_alone(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    desk.add_asset(database_urls, 901, "security", "camera")
    desk.add_alarm(database_urls, 901, layer="security")
    with desk.as_owner(database_urls) as uow:
        uow.connection.execute(
            text(
                "INSERT INTO rejected_observation (tenant, received_at, cause, source, entity, property, payload) SELECT 1, now(), 'x', 's', urn, 'p', '{}' FROM asset WHERE id = 901"
            )
        )
    with h.database.unit_of_work(1) as uow:
        everything, seen = health.rejected(uow, 50), health.rejected(uow, 50, {"water"})
        assert (len(everything), seen, len(health.rejected(uow, 50, {"security"}))) == (len(everything), [], 1)
        assert everything
        assert health.open_alarms(uow, {"security"}) == {2: (1, 1)}
        assert health.open_alarms(uow, {"waste"}) == {} == health.raised_since(uow, desk.NOW.replace(year=2020), {"waste"})


def test_the_documentation_loads_nothing_from_elsewhere(server: FastAPI) -> None:
    stranger = desk.stranger(server)
    page = stranger.get("/api/docs").text
    assert "http" not in page.replace("https://json-schema.org", "")
    assert "/api/v1/alarms/{alarm_id}/{verb}" in stranger.get("/api/openapi.json").json()["paths"]
