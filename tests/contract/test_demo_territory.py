"""What the demonstration promises of its territory at full size. Statistics are compared with those of real towns where we have them."""

from collections import Counter

import numpy as np
import pytest
import shapely

from hypervisor import layers, registry
from hypervisor.demo.territory import DEFAULT_ASSETS, Territory, generate
from hypervisor.demo.territory.assets import Batch
from hypervisor.demo.territory.wordlists import NEIGHBOURS


@pytest.fixture(scope="module")
def territory() -> Territory:
    return generate()


def batch(territory: Territory, kind: str) -> Batch:
    return next(batch for batch in territory.batches if batch.kind == kind)


def test_each_kind_has_the_number_that_the_issue_asks_for(territory: Territory) -> None:
    counts = {batch.kind: len(batch) for batch in territory.batches}
    expected = {"cabinet": 900, "luminaire": 34_000, "car_park": 40, "bay": 2_500, "container": 1_500, "district_meter": 20, "camera": 250, "access_door": 60}
    assert {kind: counts[kind] for kind in expected} == {kind: pytest.approx(number, rel=0.03) for kind, number in expected.items()}
    assert territory.count == DEFAULT_ASSETS
    assert 600 <= counts["main"] <= 1_500 and counts["reservoir"] == counts["pump"] >= 6


def test_every_kind_is_declared_by_its_layer_with_that_type(territory: Territory) -> None:
    declared = {(layer.key, kind.key): kind for layer in registry.discover(layers, "LAYER").values() for kind in layer.kinds}
    for made in territory.batches:
        kind = declared[made.layer, made.kind]
        assert kind.ngsi_type == made.ngsi_type
        assert {key for key, _label in kind.details} <= set(made.attributes)


def test_twenty_three_communes_hold_250_000_people(territory: Territory) -> None:
    assert len(territory.city.polygons) == 23
    assert territory.population.sum() == 250_000
    names = territory.city.commune_names
    assert len(set(names) | set(NEIGHBOURS)) == len(names) + len(NEIGHBOURS)


def test_communes_touch_without_gap_or_overlap(territory: Territory) -> None:
    communes = territory.city.polygons
    whole = shapely.union_all(communes, grid_size=0.01)
    assert shapely.is_valid(communes).all()
    assert shapely.area(communes).sum() == pytest.approx(whole.area, rel=1e-6)
    assert whole.geom_type == "Polygon" and not whole.interiors


def test_each_luminaire_has_one_cabinet_and_no_cabinet_feeds_too_many(territory: Territory) -> None:
    edges, cabinets, lamps = territory.edges, batch(territory, "cabinet"), batch(territory, "luminaire")
    feeding = np.isin(edges.parent, cabinets.ids)
    assert sorted(edges.child[feeding].tolist()) == lamps.ids.tolist()
    fed = np.bincount(edges.parent[feeding] - cabinets.first_id, minlength=len(cabinets))
    assert fed.min() >= 1 and fed.max() <= 100
    assert (fed == cabinets.attributes["luminaires"]).all()
    position = np.searchsorted(lamps.ids, edges.child[feeding])
    reach = np.hypot(*(lamps.where.xy[position] - cabinets.where.xy[edges.parent[feeding] - cabinets.first_id]).T)
    assert np.percentile(reach, 99) < 900


@pytest.mark.parametrize(
    ("child", "parent", "relation"),
    [
        ("valve", "main", "isolates"),
        ("main", "district_meter", "meters"),
        ("reservoir", "pump", "feeds"),
        ("camera", "switch", "connects"),
        ("access_door", "switch", "connects"),
    ],
)
def test_every_child_of_the_graph_hangs_on_one_parent(territory: Territory, child: str, parent: str, relation: str) -> None:
    edges = territory.edges
    rows = np.isin(edges.child, batch(territory, child).ids)
    assert len(edges.child[rows]) == len(batch(territory, child)) == len(np.unique(edges.child[rows]))
    assert np.isin(edges.parent[rows], batch(territory, parent).ids).all()
    assert set(edges.relation[rows]) == {relation}


def test_nothing_stands_in_the_river(territory: Territory) -> None:
    shapely.prepare(territory.city.water)
    for made in territory.batches:
        if made.kind != "main":
            assert not shapely.contains_xy(territory.city.water, made.where.xy).any(), made.kind


def test_an_asset_lies_in_its_commune(territory: Territory) -> None:
    for made in territory.batches:
        commune = territory.commune_of_asset[made.ids - 1]
        assert (shapely.distance(territory.city.polygons[commune - 1], shapely.points(made.where.xy)) < 60).all()


def test_no_two_streets_of_a_commune_share_a_name(territory: Territory) -> None:
    streets = territory.city.streets
    inside = [(commune, name) for commune, name in zip(streets.communes.tolist(), streets.names, strict=True) if name and commune]
    assert len(inside) > 4_000
    assert not [pair for pair, times in Counter(inside).items() if times > 1]


def test_the_street_graph_is_in_one_piece(territory: Territory) -> None:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    network = territory.city.network
    size = len(network.nodes)
    assert connected_components(coo_array((np.ones(len(network.lines)), (network.start, network.end)), shape=(size, size)), directed=False)[0] == 1


def test_the_town_has_the_statistics_of_a_real_one(territory: Territory) -> None:
    """Montpellier, measured from its open data, in comments; the bands are twice as wide as a reader of maps would notice."""
    city, network = territory.city, territory.city.network
    town = (city.commune == 1) & (network.classes < 6)
    lengths = network.lengths[town]
    assert 2.3 < lengths.sum() / territory.population[0] < 5.5  # 2.84 m of street per inhabitant
    assert 50 < np.median(lengths) < 85  # 67
    assert 110 < np.percentile(lengths, 90) < 240  # 194
    degree = np.bincount(np.concatenate([network.start, network.end]))
    nodes = np.unique(np.concatenate([network.start[town], network.end[town]]))
    share = np.bincount(degree[nodes], minlength=6) / len(nodes)
    assert 0.15 < share[1] < 0.30 and 0.50 < share[3] < 0.72 and 0.08 < share[4] < 0.24  # .22, .62, .15
    straight = np.hypot(*(network.nodes[network.start] - network.nodes[network.end]).T)
    bent = town & (straight > 1)
    assert 1.008 < network.lengths[bent].sum() / straight[bent].sum() < 1.12  # 1.083
    areas = shapely.area(city.polygons)
    assert 8e6 < np.median(areas) < 25e6  # Dijon Métropole: 8.9 km²
    assert np.median(4 * np.pi * areas / shapely.length(city.polygons) ** 2) > 0.4  # .49


def test_luminaires_are_as_close_as_in_a_real_town(territory: Territory) -> None:
    from scipy.spatial import cKDTree

    xy = batch(territory, "luminaire").where.xy
    quarter, median, three = np.percentile(cKDTree(xy).query(xy, k=2)[0][:, 1], [25, 50, 75])
    assert 8 < quarter < 26 and 15 < median < 30 and 22 < three < 34  # 10, 17.5, 25 m


def test_the_base_map_has_every_class_and_names_its_main_roads(territory: Territory) -> None:
    basemap = territory.basemap
    assert {line.kind for line in basemap.lines} == {
        "motorway",
        "primary",
        "secondary",
        "tertiary",
        "residential",
        "service",
        "track",
        "rail",
        "river",
        "stream",
        "boundary",
    }
    assert {area.kind for area in basemap.areas} == {"water", "urban", "block", "wood", "park"}
    assert {label.kind for label in basemap.labels} == {"commune", "neighbour", "district", "station", "river"}
    inside = [line for line in basemap.lines if line.kind == "primary" and line.geometry.length > 300]
    assert sum(bool(line.name) for line in inside) > 0.6 * len(inside)


def test_a_car_park_has_an_outline_around_its_point_as_large_as_its_spaces_ask(territory: Territory) -> None:
    parks = batch(territory, "car_park")
    assert parks.shapes is not None
    assert shapely.contains(parks.shapes, shapely.points(parks.where.xy)).all()
    per_space = shapely.area(parks.shapes) * np.asarray(parks.attributes["levels"]) / np.asarray(parks.attributes["capacity"])
    assert 20 < np.median(per_space) < 32
