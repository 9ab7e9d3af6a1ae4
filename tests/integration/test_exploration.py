"""What analysts ask of history: the same figures however they are asked, gaps said, formats that open, and nothing beyond the perimeter."""

import asyncio
import csv
import io
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from hypervisor import fmt
from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import FixedClock
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden, GivenUp, InvalidRequest, NotFound
from hypervisor.lake.waiting import given_up
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.queries import exploration as queries
from hypervisor.security.context import current_principal
from tests import ingest_world
from tests.integration import desk, history_world
from tests.integration.history_world import at

DAY = date(2026, 3, 27)
"""A Friday; in the night to Sunday 29 March the clocks of Paris go from 02:00 to 03:00, so that this Sunday has 23 hours."""
SINCE, UNTIL = at(DAY, -1), at(DAY + timedelta(days=3), -2)
"""Friday 00:00 to Monday 00:00 in Paris: UTC+1, then UTC+2."""


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    ingest_world.settle(database_urls, bins=4)
    object.__setattr__(h, "layers", ingest_world.LAYERS)
    object.__setattr__(h, "clock", FixedClock(at(DAY + timedelta(days=5))))
    # Every ten minutes, bins 1 and 2 (communes 2 and 1): 10 and 30 %, bin 3 (commune 2) the hour of the day in UTC, but for six hours of Saturday.
    number = ingest_world.rows(database_urls, "SELECT id FROM property WHERE layer = 'essai' AND key = 'filling'")[0][0]
    rows = []
    for step in range(71 * 6):
        when = SINCE + timedelta(minutes=10 * step)
        rows += [(1, number, when, 10.0), (2, number, when, 30.0)]
        if not at(DAY + timedelta(days=1), 6) <= when < at(DAY + timedelta(days=1), 12):
            rows.append((3, number, when, float(when.hour)))
    history_world.add(database_urls, rows)
    return h


@pytest.fixture
def chief() -> Iterator[None]:
    token = current_principal.set(desk.principal(Role.CHIEF))
    yield
    current_principal.reset(token)


def test_a_series_gives_every_value_while_they_are_few_and_breaks_at_the_gap(h, chief):
    (found,) = queries.series(h, ["asset:3:filling"], SINCE, UNTIL)["series"]
    # 71 hours of six values, less six hours.
    assert (found["n"], found["bucket_s"], found["gaps"]) == (65 * 6, 0, 1)
    assert found["label"] == "Remplissage, Bac 3"
    assert sum(point[1] is None for point in found["points"]) == 1
    assert found["points"][0][1:] == [23.0, 23.0, 23.0]


def test_a_series_of_a_whole_layer_is_its_hourly_mean_and_says_so(h, chief):
    (found,) = queries.series(h, ["layer:essai:filling"], SINCE, UNTIL)["series"]
    assert found["bucket_s"] == 3600
    # 05:00 of Friday, UTC: (10 + 30 + 5) / 3, between 5 and 30.
    hour = int(at(DAY, 5).timestamp() * 1000)
    assert next(point for point in found["points"] if point[0] == hour) == [hour, pytest.approx(15.0), 5.0, 30.0]


def test_a_table_by_day_counts_the_sunday_of_twenty_three_hours(h, chief):
    found = queries.table(h, "essai", "filling", "count", "day", SINCE, UNTIL)
    # Three bins × 6 values × 24 h; Saturday lacks six hours of one bin; Sunday has 23 hours.
    assert [(row["group"][:16], row["value"]) for row in found["rows"]] == [
        ("2026-03-26T23:00", 3 * 144),
        ("2026-03-27T23:00", 3 * 144 - 36),
        ("2026-03-28T23:00", 3 * 138),
    ]


def test_a_table_by_commune_and_by_asset_agree(h, chief):
    by_asset = {row["asset_id"]: row for row in queries.table(h, "essai", "filling", "mean", "asset", SINCE, UNTIL)["rows"]}
    by_commune = {row["group"]: row for row in queries.table(h, "essai", "filling", "mean", "commune", SINCE, UNTIL)["rows"]}
    assert by_asset[2]["value"] == pytest.approx(30.0)
    # settle() puts odd numbers in commune 2 (Brume), even ones in commune 1 (Aube).
    assert by_commune["Aube"] == {"group": "Aube", "value": pytest.approx(30.0), "n": 71 * 6}
    weighted = (by_asset[1]["value"] * by_asset[1]["n"] + by_asset[3]["value"] * by_asset[3]["n"]) / (by_asset[1]["n"] + by_asset[3]["n"])
    assert by_commune["Brume"]["value"] == pytest.approx(weighted)
    assert by_commune["Brume"]["n"] == 71 * 6 + 65 * 6


def test_a_table_by_time_is_of_one_kind_when_asked(h, chief):
    whole = queries.table(h, "essai", "filling", "mean", "day", SINCE, UNTIL)["rows"]
    assert queries.table(h, "essai", "filling", "mean", "day", SINCE, UNTIL, "bin")["rows"] == whole, "every asset of this layer is a bin"
    with desk.as_owner_of(h) as uow:
        desk.run(uow, "UPDATE asset SET kind = 'post' WHERE id = 3")
    try:
        # Bins 1 and 2 are left, at 10 and 30 %: twice 144 values on Friday.
        for by in ("hour", "day"):
            rows = queries.table(h, "essai", "filling", "mean", by, SINCE, UNTIL, "bin")["rows"]
            assert [row["value"] for row in rows] == [pytest.approx(20.0)] * len(rows)
            assert rows[0]["n"] == (12 if by == "hour" else 288)
        assert queries.table(h, "essai", "filling", "mean", "day", SINCE, UNTIL, "nothing")["rows"] == []
    finally:
        with desk.as_owner_of(h) as uow:
            desk.run(uow, "UPDATE asset SET kind = 'bin' WHERE id = 3")


def test_completeness_is_received_over_expected_by_local_day(h, chief):
    (found,) = [prop for prop in queries.completeness(h, "essai", SINCE, UNTIL)["properties"] if prop["key"] == "filling"]
    # Four bins every ten minutes are expected, bin 4 never spoke: 3/4, less on Saturday; Sunday's 23 hours are complete days too.
    assert found["shares"] == [pytest.approx(0.75), pytest.approx((3 * 144 - 36) / 576), pytest.approx(0.75)]


def test_what_follows_the_same_hour_moves_together(h, chief):
    found = queries.correlated(h, "asset:3:filling", "asset:3:filling", SINCE, UNTIL)
    assert (found["n"], found["r"], found["rho"]) == (65, pytest.approx(1.0), pytest.approx(1.0))
    still = queries.correlated(h, "asset:1:filling", "asset:3:filling", SINCE, UNTIL)
    assert (still["n"], still["r"], still["rho"]) == (65, None, None)


def test_the_map_gives_communes_and_cells_in_metres(h, database_urls, chief):
    ring = "3.7 43.5, 3.9 43.5, 3.9 43.7, 3.7 43.7, 3.7 43.5"
    desk.rows(database_urls, f"UPDATE commune SET geom = ST_GeomFromText('MULTIPOLYGON((({ring})))', 4326) WHERE tenant = 1 AND id = 1 RETURNING id")
    found = queries.on_map(h, "essai", "filling", "mean", SINCE, UNTIL, by_grid=True)
    # All bins stand at 3.8° E, 43.6° N: one cell, whose mean is that of all values.
    (cell,) = found["cells"]
    (outline,) = found["communes"]
    assert (outline["name"], outline["value"], len(outline["rings"]), len(outline["rings"][0][0])) == ("Aube", pytest.approx(30.0), 1, 2)
    assert cell["n"] == 71 * 6 * 2 + 65 * 6
    assert (cell["x"] % 500, cell["y"] % 500) == (0, 0)
    assert 760_000 < cell["x"] < 770_000, "Lambert-93 at Montpellier"


@pytest.mark.parametrize("text", ["filling", "asset:x:filling", "layer:essai", "layer:essai:nothing", "layer:nowhere:filling", "asset:999:filling"])
def test_a_series_that_does_not_exist_is_refused(h, chief, text):
    with pytest.raises(InvalidRequest):
        queries.series(h, [text], SINCE, UNTIL)


def test_at_most_eight_series(h, chief):
    with pytest.raises(InvalidRequest):
        queries.series(h, ["asset:1:filling"] * 9, SINCE, UNTIL)


def test_a_perimeter_holds_for_series_tables_and_maps(h):
    token = current_principal.set(desk.principal(Role.CHIEF, communes=frozenset({1})))
    assert [row["group"] for row in queries.table(h, "essai", "filling", "mean", "commune", SINCE, UNTIL)["rows"]] == ["Aube"]
    with pytest.raises(NotFound):
        queries.series(h, ["asset:1:filling"], SINCE, UNTIL)
    current_principal.set(desk.principal(Role.CHIEF, layers=frozenset({"water"})))
    for ask in (lambda: queries.series(h, ["layer:essai:filling"], SINCE, UNTIL), lambda: queries.completeness(h, "essai", SINCE, UNTIL)):
        with pytest.raises(Forbidden):
            ask()
    current_principal.set(desk.principal(Role.OFFICIAL))
    with pytest.raises(Forbidden):
        queries.series(h, ["layer:essai:filling"], SINCE, UNTIL)
    current_principal.reset(token)


@pytest.fixture(scope="module")
def client(h) -> TestClient:
    return desk.signed_in(desk.app(h), "chef")


def asked(**more: str) -> dict[str, str]:
    return {"layer": "essai", "property": "filling", "by": "asset", "since": SINCE.isoformat(), "until": UNTIL.isoformat()} | more


def test_json_csv_and_parquet_say_the_same(client):
    said = client.get("/api/v1/exploration/table", params=asked()).json()["rows"]
    table = client.get("/api/v1/exploration/table", params=asked(format="csv"))
    assert table.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["équipement", "moyenne, Remplissage (%)", "mesures"] and any("," in line[1] for line in lines[1:])
    assert [(line[0], float(line[1].replace(",", ".")), int(line[2])) for line in lines[1:]] == [(row["group"], row["value"], row["n"]) for row in said]
    columns = pq.read_table(io.BytesIO(client.get("/api/v1/exploration/table", params=asked(format="parquet")).content))
    assert columns.to_pylist() == [{"group": row["group"], "value": row["value"], "n": row["n"]} for row in said]
    assert columns.schema.metadata[b"unit"] == b"%"


def test_days_and_hours_of_a_file_are_those_of_the_territory(client):
    for by, written in (("day", fmt.ZONE), ("hour", fmt.ZONE)):
        said = client.get("/api/v1/exploration/table", params=asked(by=by)).json()["rows"]
        table = client.get("/api/v1/exploration/table", params=asked(by=by, format="csv")).content.decode("utf-8-sig")
        first = datetime.fromisoformat(said[0]["group"]).astimezone(written)
        assert table.splitlines()[1].split(";")[0] == (first.date().isoformat() if by == "day" else first.isoformat(timespec="minutes"))
        assert said[0]["group"].endswith("+00:00"), "programs keep UTC"


def test_a_browser_that_goes_stops_what_it_asked(client, h, monkeypatch):
    """The route is served as by uvicorn: `http.disconnect` comes while the thread computes."""
    seen: list[bool] = []
    began = threading.Event()

    def compute(*_asked: object) -> dict[str, object]:
        began.set()
        end = time.monotonic() + 20
        while not given_up() and time.monotonic() < end:
            time.sleep(0.01)
        seen.append(given_up())
        raise GivenUp("left")

    monkeypatch.setattr(queries, "table", compute)
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/api/v1/exploration/table", "raw_path": b"/api/v1/exploration/table",
        "query_string": b"layer=essai&property=filling", "root_path": "", "headers": [(b"host", b"testserver"), (b"cookie", cookies.encode())], "client": ("127.0.0.1", 50000), "server": ("testserver", 80),
    }  # fmt: skip
    said = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, object]:
        for message in said:
            return message
        await asyncio.to_thread(began.wait)
        return {"type": "http.disconnect"}

    async def send(_message: object) -> None: ...

    asyncio.run(desk.app(h)(scope, receive, send))
    assert seen == [True]


def test_a_question_is_kept_shared_and_forgotten_by_its_owner_alone(client, h):
    kept = client.post("/api/v1/exploration/views", json={"name": "Bacs", "body": {"s": "asset:1:filling"}, "is_shared": True})
    assert kept.status_code == 201, kept.text
    again = client.post("/api/v1/exploration/views", json={"name": "Bacs", "body": {"s": "asset:2:filling"}, "is_shared": True})
    assert again.json()["id"] == kept.json()["id"], "one of the same name gives way"
    other = desk.signed_in(desk.app(h), "metier")
    assert [view["body"] for view in other.get("/api/v1/exploration/views").json()["items"]] == [{"s": "asset:2:filling"}]
    assert other.delete(f"/api/v1/exploration/views/{kept.json()['id']}").status_code == 404
    assert client.delete(f"/api/v1/exploration/views/{kept.json()['id']}").status_code == 204
    assert client.get("/api/v1/exploration/views").json()["items"] == []
    assert desk.signed_in(desk.app(h), "operateur").post("/api/v1/exploration/views", json={"name": "x", "body": {}}).status_code == 403


def test_the_axes_of_a_correlation_say_their_units(client):
    text = "layer:essai:filling"
    found = client.get("/api/v1/exploration/correlation", params={"first": text, "second": text, "since": SINCE.isoformat(), "until": UNTIL.isoformat()}).json()
    assert found["labels"][0].startswith("Remplissage, ") and all(label.endswith("(%)") for label in found["labels"])
