"""What a seed promises: everybody who runs the demonstration sees the same territory. Two are drawn, which takes seconds."""

import hashlib

import numpy as np
import shapely

from hypervisor.demo.territory import Territory, generate
from hypervisor.demo.territory.river import make_river

ASSETS = 1_000


def fingerprint(territory: Territory) -> str:
    digest = hashlib.sha256()
    for row in territory.rows():
        digest.update(repr((row.urn, row.name, row.address, row.commune, row.lon, row.lat, row.attributes)).encode())
    for feature in [*territory.basemap.lines, *territory.basemap.areas, *territory.basemap.labels]:
        digest.update(feature.name.encode() + shapely.to_wkb(feature.geometry))
    digest.update(territory.edges.parent.tobytes() + territory.edges.child.tobytes())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_territory_and_another_seed_another() -> None:
    assert fingerprint(generate(seed=11, assets=ASSETS)) == fingerprint(generate(seed=11, assets=ASSETS))
    rivers = [make_river(np.random.default_rng(seed)).centre for seed in (11, 11, 12)]
    assert rivers[0].equals_exact(rivers[1]) and not rivers[0].equals_exact(rivers[2], tolerance=100)
