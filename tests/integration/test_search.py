"""The search: what it finds, within whose perimeter, and by which index."""

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from hypervisor.domain.operator import Role
from hypervisor.errors import InvalidRequest
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.queries.search import search
from hypervisor.security.context import current_principal
from hypervisor.store import Database
from tests.integration import desk

pytestmark = pytest.mark.keeps_redis

FILL = (
    "INSERT INTO tenant (id, key, label) VALUES (2, 'autre', 'Autre')",
    "INSERT INTO commune (tenant, id, name) VALUES (2, 0, 'Ailleurs')",
    """INSERT INTO commune (tenant, id, name, geom) VALUES
       (1, 1, 'Val-d’Ombre', ST_Multi(ST_MakeEnvelope(4.9, 46.9, 5.5, 47.5, 4326))), (1, 2, 'Saint-Éloi', ST_Multi(ST_MakeEnvelope(5.5, 46.9, 6.0, 47.5, 4326)))""",
    """INSERT INTO asset (tenant, id, urn, layer, kind, name, code, address, commune_id, geom, lon, lat)
       SELECT 1, n, 'urn:ngsi-ld:Streetlight:' || n, 'lighting', 'luminaire', 'Point lumineux EP-' || n, 'EP-' || n, n || ' allée de l’Étang-Neuf', 1,
           ST_SetSRID(ST_MakePoint(5 + n / 100000.0, 47), 4326), 5 + n / 100000.0, 47 FROM generate_series(1, 20000) n""",
    """INSERT INTO asset (tenant, id, urn, layer, kind, name, code, address, commune_id, geom, lon, lat) VALUES
       (1, 30001, 'urn:ngsi-ld:Tank:30001', 'water', 'reservoir', 'Réservoir de la Combe-aux-Fées', 'RE-07', '12 rue du Puits', 2, ST_SetSRID(ST_MakePoint(5.6, 47.1), 4326), 5.6, 47.1),
       (1, 30002, 'urn:ngsi-ld:Camera:30002', 'security', 'camera', 'Caméra 100% Puits_Nord', 'VP-01', 'rue du Puits', 1, ST_SetSRID(ST_MakePoint(5.2, 47.1), 4326), 5.2, 47.1),
       (2, 1, 'urn:ngsi-ld:Tank:9', 'water', 'reservoir', 'Réservoir de la Combe étrangère', 'RE-99', '', 0, ST_SetSRID(ST_MakePoint(5, 47), 4326), 5, 47)""",
    """INSERT INTO basemap_line (tenant, id, class, name, geom) VALUES
       (1, 1, 'residential', 'Rue du Puits', ST_SetSRID('LINESTRING(5.1 47.1, 5.11 47.1)'::geometry, 4326)),
       (1, 2, 'residential', 'Rue du Puits', ST_SetSRID('LINESTRING(5.11 47.1, 5.13 47.1)'::geometry, 4326)),
       (1, 3, 'residential', 'Rue du Puits', ST_SetSRID('LINESTRING(5.7 47.1, 5.71 47.1)'::geometry, 4326)),
       (2, 1, 'residential', 'Rue du Puits', ST_SetSRID('LINESTRING(5.7 47.1, 5.71 47.1)'::geometry, 4326))""",
    "INSERT INTO basemap_line (tenant, id, class, name, geom) SELECT 1, n, 'residential', 'Rue ' || md5(n::text), ST_SetSRID('LINESTRING(5.7 47.1, 5.71 47.1)'::geometry, 4326) FROM generate_series(10, 9000) n",
    "INSERT INTO basemap_label (tenant, id, class, name, geom) VALUES (1, 1, 'commune', 'Saint-Éloi', ST_SetSRID('POINT(5.7 47.2)'::geometry, 4326))",
)


@pytest.fixture(scope="module")
def app(database_urls: DatabaseUrls):
    with desk.as_owner(database_urls) as uow:
        for statement in FILL:
            uow.connection.execute(text(statement.replace(":", r"\:")))
        uow.connection.execute(text("ANALYZE asset"))
        uow.connection.execute(text("ANALYZE basemap_line"))
    opened = Database(database_urls.app, pool_size=2)
    yield opened
    opened.close()


@pytest.fixture
def found(app: Database):
    def found_(words: str, limit: int = 12, **perimeter: frozenset[object]) -> list[dict[str, object]]:
        token = current_principal.set(desk.principal(Role.OPERATOR, **perimeter))
        try:
            with app.unit_of_work(1) as uow:
                return search(uow, words, limit)
        finally:
            current_principal.reset(token)

    return found_


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("reservoir combe aux fees", "Réservoir de la Combe-aux-Fées (RE-07)"),
        ("RÉSERVOIR  de la combe", "Réservoir de la Combe-aux-Fées (RE-07)"),
        ("re-07", "Réservoir de la Combe-aux-Fées (RE-07)"),
        ("urn:ngsi-ld:Tank:30001", "Réservoir de la Combe-aux-Fées (RE-07)"),
        ("reservoir conbe aux fees", "Réservoir de la Combe-aux-Fées (RE-07)"),
        ("EP-777", "Point lumineux EP-777"),
        ("17 allee de l'etang neuf", "Point lumineux EP-17"),
        ("100%", "Caméra 100% Puits_Nord (VP-01)"),
        ("saint eloi", "Saint-Éloi"),
        ("rue du puits", "Rue du Puits"),
        ("12 rue du puits", "Rue du Puits"),
    ],
)
def test_names_identifiers_and_addresses_are_found_whatever_their_accents(found, words, first):
    assert found(words)[0]["label"] == first


def test_a_street_is_found_once_per_commune_with_its_extent(found):
    streets = [item for item in found("rue du puits") if item["type"] == "street"]
    assert [(item["detail"], item["bounds"]) for item in streets] == [
        ("Rue · Saint-Éloi", [5.7, 47.1, 5.71, 47.1]),
        ("Rue · Val-d’Ombre", [5.1, 47.1, 5.13, 47.1]),
    ]


def test_nothing_is_found_outside_the_perimeter_nor_in_another_territory(found):
    combe = {item["label"] for item in found("combe")}
    assert combe == {"Réservoir de la Combe-aux-Fées (RE-07)"}
    assert [item for item in found("combe", layers=frozenset({"lighting"})) if item["type"] == "asset"] == []
    assert [item for item in found("re-07", communes=frozenset({1})) if item["type"] == "asset"] == []
    assert [item for item in found("urn:ngsi-ld:Tank:30001", layers=frozenset({"lighting"})) if item["type"] == "asset"] == []


@pytest.mark.parametrize("words", ["47.1, 5.6", "888000 6671000"])
def test_coordinates_are_given_back_in_both_systems(found, words):
    (item,) = found(words)
    assert item["type"] == "coordinates"
    assert 5.4 < item["lon"] < 5.7
    assert 46.9 < item["lat"] < 47.3
    assert item["lambert93"] == pytest.approx([888000 if words[0] == "8" else 897469.16, 6671000 if words[0] == "8" else 6669922.56], abs=2000)


def test_too_short_a_word_is_refused_with_what_to_type(found):
    with pytest.raises(InvalidRequest, match="deux lettres"):
        found("é")


@pytest.mark.parametrize(("words", "index"), [("EP-777", "asset_words"), ("rue du puits", "basemap_line_words"), ("reservoir conbe aux fees", "asset_words")])
def test_a_search_of_the_application_reads_the_index_and_not_the_table(app, database_urls, found, words, index):
    def uses() -> tuple[int, int]:
        with desk.as_owner(database_urls) as uow:
            uow.connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            scans = uow.connection.execute(text("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = :i"), {"i": index}).scalar_one()
            whole = uow.connection.execute(
                text("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = :t"), {"t": index.removesuffix("_words")}
            ).scalar_one()
            return int(scans), int(whole)

    with app.unit_of_work(1) as uow:
        uow.connection.execute(text("SELECT pg_stat_force_next_flush()"))
    before = uses()
    token = current_principal.set(desk.principal(Role.OPERATOR))
    with app.unit_of_work(1) as uow:
        assert search(uow, words, 12)
        uow.connection.execute(text("SELECT pg_stat_force_next_flush()"))
    current_principal.reset(token)
    after = uses()
    assert after[0] > before[0]
    assert after[1] == before[1]


@pytest.fixture(scope="module")
def server(app: Database, server: FastAPI) -> FastAPI:
    """On the assets of `app`."""
    return server


def test_the_search_answers_over_http_and_only_to_who_may_read_assets(server: FastAPI):
    answer = desk.signed_in(server, "operateur").get("/api/v1/search", params={"q": "re-07"})
    assert answer.status_code == 200
    assert answer.json()["items"][0]["asset_id"] == 30001
    assert desk.signed_in(server, "elu").get("/api/v1/search", params={"q": "re-07"}).status_code == 403
    assert desk.stranger(server).get("/api/v1/search", params={"q": "re-07"}).status_code == 401
