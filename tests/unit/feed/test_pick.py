"""What a click selects: the abnormal within 18 pixels, else the nearest within 12, else nothing."""

import struct

import pytest

from hypervisor.feed.mirror import Mirror
from hypervisor.feed.pick import pick
from tests.unit.feed import world

EVERYTHING = (0, 1, 2, 3, 4)
ZOOM = 16
# At zoom 16 a pixel is 360 / (256 × 65,536) = 2.1458e-5 degrees of longitude. Asset 100 stands at (5.01, 46.99); its neighbours are 4.7 pixels apart in longitude.
PIXEL = 360 / (256 * 2**ZOOM)


@pytest.fixture
def mirror() -> Mirror:
    return Mirror(world.layout())


def test_a_click_on_an_asset_selects_it(mirror):
    found = pick(mirror, EVERYTHING, 5.01, 46.99, ZOOM)
    assert found is not None
    assert found.asset_id == 100
    assert found.distance_m < 0.02


def test_a_click_eleven_pixels_away_still_selects_and_thirteen_do_not(mirror):
    assert pick(mirror, EVERYTHING, 5.01 - 11 * PIXEL, 46.99, ZOOM).asset_id == 100
    assert pick(mirror, EVERYTHING, 5.01 - 13 * PIXEL, 46.99, ZOOM) is None


def test_an_abnormal_asset_wins_over_a_nearer_normal_one(mirror):
    mirror.apply("light", struct.pack("<IB", 1, 3))  # asset 101, a major alarm
    assert pick(mirror, EVERYTHING, 5.01, 46.99, ZOOM).asset_id == 101
    assert pick(mirror, EVERYTHING, 5.01 - 13 * PIXEL, 46.99, ZOOM) is None  # 101 is 18.5 pixels from there


def test_what_is_outside_the_perimeter_cannot_be_picked(mirror):
    assert pick(mirror, (3, 4), 5.01, 46.99, ZOOM) is None
    assert pick(mirror, (), 5.01, 46.99, ZOOM) is None


def test_the_distance_is_on_the_ground(mirror):
    # 10 pixels at zoom 16 = 2.1458e-4 degrees of longitude; one degree at 46.99° N is 111,319.5 m × cos 46.99° = 75,935 m: 16.29 m.
    assert pick(mirror, EVERYTHING, 5.01 - 10 * PIXEL, 46.99, ZOOM).distance_m == pytest.approx(16.29, abs=0.05)
