"""Works read from real files (../shared/data) and from what they do not show: what is kept, what is refused and why."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely

from hypervisor.errors import InvalidRequest
from hypervisor.imports.works import read_works

REAL = Path(__file__).parents[4] / "shared" / "data"
NATIONAL = REAL / "fr-schemas" / "examples" / "infos-travaux__example.json"
DIALOG = REAL / "datex2" / "france" / "dialog-regulations.xml"
BISON = REAL / "datex2" / "france" / "events.xml"


def real(path: Path) -> bytes:
    if not path.is_file():
        pytest.skip(f"{path} is not there: real files live beside the repository")
    return path.read_bytes()


def collection(*features: dict, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | more).encode()


def feature(geometry: dict | None = None, **properties: object) -> dict:
    said = {"what": "Réfection de chaussée", "from": "2026-03-02", "to": "2026-03-06", "permit": "A-2026-118", "contractor": "Eurovia"} | properties
    return {"type": "Feature", "geometry": geometry or {"type": "Point", "coordinates": [5.04, 47.32]}, "properties": said}


def metres(area: dict) -> tuple[float, float]:
    """(width, height) of a surface near the 47th parallel: a degree is 111,195 m of latitude and 75,360 m of longitude at 47.32° (cos 47.32° = 0.6778)."""
    west, south, east, north = shapely.from_geojson(json.dumps(area)).bounds
    return (east - west) * 75_360, (north - south) * 111_195


def test_the_national_schema_is_read_and_a_site_without_a_place_is_refused_by_its_rank() -> None:
    found = read_works(real(NATIONAL), NATIONAL.name)
    [minimal, complete] = [one.plan for one in found.works]
    # Whole days of the territory: the first of January begins on December 31 at 23:00 UTC; the first of June, included, ends at 22:00 UTC in summer.
    assert minimal.starts_at.astimezone(UTC) == datetime(2019, 12, 31, 23, tzinfo=UTC)
    assert minimal.ends_at.astimezone(UTC) == datetime(2020, 6, 1, 22, tzinfo=UTC)
    assert (minimal.title, minimal.contractor, minimal.kind) == ("Exemple minimal fonctionnel", "Raison sociale du MOA", "work_order")
    assert minimal.area is not None and minimal.area["type"] == "Polygon"
    assert complete.contractor == "Société X" and complete.comment == "Fourreau de X en PVC, sous trottoir, 39B Rue de Marseille, 69007 Lyon"
    assert complete.area is not None and complete.area["type"] == "Polygon", "a line is widened to what stands along it"
    assert minimal.reference.startswith("auto-") and minimal.reference != complete.reference
    assert [(one.place, one.reason) for one in found.refusals] == [(3, "coordonnées absentes")]


def test_permanent_orders_and_accidents_of_the_real_feeds_are_not_works() -> None:
    orders = read_works(real(DIALOG), DIALOG.name)
    assert orders.works == []
    assert [(one.place, one.reason) for one in orders.refusals] == [(n, "date de fin absente : une règle permanente n’est pas un chantier") for n in (1, 2)]
    assert orders.refusals[0].detail.startswith("Interdiction aux véhicules de +7,5T")
    events = read_works(real(BISON), BISON.name)
    assert (events.works, [(one.reason, one.detail) for one in events.refusals]) == ([], [("n’annonce pas de travaux", "VehicleObstruction")])


def test_an_order_of_dialog_that_ends_is_a_decree_along_its_streets() -> None:
    start = "<com:overallStartTime>2004-10-17T23:00:00+00:00</com:overallStartTime>"
    dated = real(DIALOG).decode().replace(start, start + "<com:overallEndTime>2004-12-01T23:00:00+00:00</com:overallEndTime>", 1)
    [one] = read_works(dated.encode(), DIALOG.name).works
    assert (one.place, one.plan.kind, one.plan.reference) == (1, "decree", "04/49#0189cf50-e505-7548-bea6-7164c06fb437")
    assert one.plan.contractor == "Maisse"
    assert one.plan.ends_at == datetime(2004, 12, 1, 23, tzinfo=UTC)
    area = shapely.from_geojson(json.dumps(one.plan.area))
    # A point of the first street of the order, Avenue du Général de Gaulle, as the feed writes it; and the church of the next village.
    assert area.contains(shapely.Point(2.380987544, 48.3941807))
    assert not area.contains(shapely.Point(2.42, 48.41))
    assert "Avenue du Général de Gaulle" in one.plan.comment


def test_roadworks_of_bison_fute_are_read_with_their_point_and_source() -> None:
    said = real(BISON).decode().replace('xsi:type="VehicleObstruction"', 'xsi:type="MaintenanceWorks"')
    said = said.replace("</overallStartTime>", "</overallStartTime><overallEndTime>2026-07-25T06:00:00+02:00</overallEndTime>")
    [one] = read_works(said.encode(), BISON.name).works
    assert one.plan.title == "Travaux d’entretien, A0004, Sur 500 m"
    assert (one.plan.reference, one.plan.contractor) == ("260724-000456-1", "Direction interdépartementale des routes/DIR Île-de-France")
    assert shapely.from_geojson(json.dumps(one.plan.area)).contains(shapely.Point(2.3988867, 48.821583))


def test_lambert_93_is_told_by_its_name_or_by_the_size_of_its_figures() -> None:
    # Dijon, place de la Libération: 5.0415, 47.3216 is 854,200 and 6,693,000 in Lambert-93 within some hundred metres (computed with pyproj 3.7).
    place = {"type": "Point", "coordinates": [854_200.0, 6_693_000.0]}
    named = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}}
    areas = [read_works(collection(feature(place), **more), "t.geojson").works[0].plan.area for more in ({}, named)]
    assert areas[0] == areas[1]
    centre = shapely.from_geojson(json.dumps(areas[0])).centroid
    assert (round(centre.x, 2), round(centre.y, 2)) == (5.04, 47.32)


def test_a_point_reaches_25_m_a_line_15_m_or_the_width_that_is_said() -> None:
    line = {"type": "LineString", "coordinates": [[5.04, 47.32], [5.04, 47.321]]}
    for geometry, more, width in (({"type": "Point", "coordinates": [5.04, 47.32]}, {}, 50), (line, {}, 30), (line, {"largeur": "60"}, 60)):
        [one] = read_works(collection(feature(geometry, **more)), "t.geojson").works
        assert metres(one.plan.area)[0] == pytest.approx(width, rel=0.02)


def test_bad_rows_say_why_and_good_ones_are_kept() -> None:
    found = read_works(
        collection(
            feature(),
            feature(what=None),
            feature(permit="2", to=None),
            feature(permit="3", **{"from": "hier"}),
            feature({"type": "Point", "coordinates": [47.32, 5.04]}, permit="4"),
            feature(what="Encore"),
            feature({"type": "Point", "coordinates": ["a", "b"]}, permit="5"),
            feature(permit="6", to="06/03/2026 18:00"),
            feature(permit="7", to="2026-03-06T18:00"),
        ),
        "t.geojson",
    )
    assert [one.place for one in found.works] == [1, 9]
    assert found.works[1].plan.ends_at.astimezone(UTC) == datetime(2026, 3, 6, 17, tzinfo=UTC), "a time without a zone is the territory's"
    assert [(one.place, one.reason) for one in found.refusals] == [
        (2, "titre absent"),
        (3, "date de fin absente : une règle permanente n’est pas un chantier"),
        (4, "date illisible"),
        (5, "coordonnées hors de France : longitude et latitude semblent inversées"),
        (6, "référence déjà vue dans le fichier"),
        (7, "géométrie illisible"),
        (8, "date illisible"),
    ]


@pytest.mark.parametrize("content", [b"a;b\n1;2", b"[1, 2]", b"<a>", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"\xff\xfe", b""])
def test_what_is_no_file_of_works_is_refused_whole(content: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"[rR]ien n’a été importé"):
        read_works(content, "t")
