"""Coordinates as people write them."""

import pytest

from hypervisor.domain.coordinates import Written, read


@pytest.mark.parametrize(
    ("words", "system", "x", "y"),
    [
        ("47.3220, 5.0415", "wgs84", 5.0415, 47.322),
        ("47,3220 5,0415", "wgs84", 5.0415, 47.322),
        ("5,0415 E 47,3220 N", "wgs84", 5.0415, 47.322),
        ("48.39 N, 4.48 O", "wgs84", -4.48, 48.39),
        ("47°19'12\"N 5°02'30\"E", "wgs84", 5 + 2.5 / 60, 47.32),
        ("47° 19’ N 5° E", "wgs84", 5.0, 47 + 19 / 60),
        ("852000 6690000", "lambert93", 852000, 6690000),
        ("X 852 000,5 Y 6 690 000", "lambert93", 852000.5, 6690000),
        ("x=852000; y=6690000", "lambert93", 852000, 6690000),
    ],
)
def test_a_pair_is_read_in_the_system_in_which_it_is_written(words, system, x, y):
    found = read(words)
    assert found is not None
    assert found.system == system
    assert (found.x, found.y) == pytest.approx((x, y))


@pytest.mark.parametrize("words", ["12, 14", "12 rue de la Gare", "EP-001", "852000 690000", "95.5, 200.5", "2000000 6690000", "", "  "])
def test_what_is_no_pair_of_coordinates_is_left_to_the_search_of_words(words):
    assert read(words) is None


def test_written_pairs_compare_by_value():
    assert read("47.3, 5.0") == Written(system="wgs84", x=5.0, y=47.3)
