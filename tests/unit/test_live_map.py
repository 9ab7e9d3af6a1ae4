"""The live map's first view: the territory's, or the one that the address writes."""

import pytest

from hypervisor.queries.territory import Territory
from layouts.parts.live_map import live_map

HOME = Territory(label="Valmorin", view={"lon": 5.01, "lat": 47.29, "zoom": 12, "bounds": [4.5, 47.0, 5.5, 47.6]})


def opened(written: str) -> tuple[list[float], float]:
    props = live_map("carte", HOME, written=written).to_plotly_json()["props"]["children"].to_plotly_json()["props"]
    return props["center"], props["zoom"]


def test_the_address_gives_the_first_view():
    assert opened("47.3,5.02,15.5") == ([47.3, 5.02], 15.5)


@pytest.mark.parametrize("written", ["", "47.3,5.02", "a,b,c", "nan,5,12", "inf,5,12", "95,5,12", "47,181,12", "47,5,40", "47,5,12,1"])
def test_what_is_not_a_view_leaves_the_territorys_own(written):
    assert opened(written) == ([47.29, 5.01], 12)
