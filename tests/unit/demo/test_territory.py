"""The territory's parts, on the quick version of a thousand assets."""

import numpy as np
import pytest
import shapely

from hypervisor.demo.territory import Territory, generate
from hypervisor.demo.territory.cut import centroid, inside
from hypervisor.demo.territory.field import noise
from hypervisor.demo.territory.graph import balanced_seeds
from hypervisor.demo.territory.shapes import chaikin, near
from hypervisor.demo.territory.warp import make_warp, to_wgs84

ASSETS = 1_000


@pytest.fixture(scope="module")
def territory() -> Territory:
    return generate(seed=11, assets=ASSETS)


def test_the_number_of_assets_asked_for_is_the_number_made(territory: Territory) -> None:
    rows = list(territory.rows())
    assert territory.count == len(rows) == ASSETS
    assert [row.id for row in rows] == list(range(1, ASSETS + 1))
    assert len({row.urn for row in rows}) == ASSETS


def test_assets_have_an_address_a_commune_and_plain_values(territory: Territory) -> None:
    west, south, east, north = territory.bounds
    for row in territory.rows():
        assert row.address and row.name and row.code
        assert 1 <= row.commune <= 23
        assert west - 0.01 < row.lon < east + 0.01 and south - 0.01 < row.lat < north + 0.01
        assert all(isinstance(value, str | int | float | bool) for value in row.attributes.values())


def test_the_centre_lies_where_lambert_93_says() -> None:
    # EPSG:2154 has its origin at 3° E, 46.5° N, X = 700000, Y = 6600000; 152 km east and 90 km north of it is in Burgundy.
    lon, lat = to_wgs84(np.zeros((1, 2)))[0]
    assert 4.9 < lon < 5.1 and 47.2 < lat < 47.4
    moved = to_wgs84(np.array([[0.0, 1_000.0]]))[0]
    assert moved[1] - lat == pytest.approx(1_000 / 111_195, rel=0.01)


def test_the_warp_folds_nothing() -> None:
    rng = np.random.default_rng(5)
    warp = make_warp(rng)
    corner = rng.uniform(-14_000, 14_000, (4_000, 2))
    here, east, north = (warp.points(corner + step) for step in ([0, 0], [20, 0], [0, 20]))
    turned = np.cross(np.column_stack([east - here, np.zeros(len(here))]), np.column_stack([north - here, np.zeros(len(here))]))[:, 2]
    assert (turned > 0).all()


def test_noise_has_no_bias_and_unit_spread() -> None:
    values = noise(np.random.default_rng(1), 1_000).values
    assert abs(values.mean()) < 0.1 and 0.8 < values.std() < 1.1


def test_a_cell_knows_its_centroid_and_its_inside() -> None:
    square = [(10.0, 10.0), (14.0, 10.0), (14.0, 14.0), (10.0, 14.0)]
    assert centroid(square) == pytest.approx((16.0, 12.0, 12.0))
    assert inside(square, (11.0, 13.0)) and not inside(square, (9.0, 12.0))


def test_smoothing_keeps_the_ends_of_a_line() -> None:
    line = chaikin([(0, 0), (10, 0), (10, 10)], 2)
    assert line[0].tolist() == [0, 0] and line[-1].tolist() == [10, 10]
    assert not (line == [10, 0]).all(axis=1).any()


def test_near_finds_what_lies_within_the_distance_of_a_winding_shape() -> None:
    river = shapely.LineString([(-3_000, 0), (2_500, 0), (2_500, 1_800)]).buffer(10)
    places = shapely.points([(0, 15), (0, 40), (2_495, 1_000), (2_600, 1_000)])
    assert near(places, river, 20.0).tolist() == [True, False, True, False]


def test_seeds_share_the_load_evenly() -> None:
    xy = np.random.default_rng(2).uniform(0, 1_000, (2_000, 2))
    seeds = balanced_seeds(xy, np.ones(2_000), 16)
    nearest = np.argmin(np.hypot(*(xy[:, None] - xy[seeds][None]).transpose(2, 0, 1)), axis=1)
    assert len(seeds) == 16
    assert np.bincount(nearest).max() < 2.5 * 2_000 / 16
