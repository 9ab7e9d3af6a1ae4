"""Drop-off containers, grouped at collection points where people live."""

import numpy as np

from hypervisor.demo.territory.assets import Batch
from hypervisor.demo.territory.city import City, draw_edges, spots

STREAMS = ("verre", "emballages", "papier", "ordures")
VOLUMES_M3 = np.array([3.0, 4.0, 4.0, 5.0])
PITCH_M = 2.6


def make_waste(rng: np.random.Generator, city: City, containers: int) -> Batch:
    """Points of two to five containers side by side."""
    sizes = rng.choice([2, 3, 4, 5], containers, p=[0.30, 0.36, 0.24, 0.10])
    points = int(np.searchsorted(np.cumsum(sizes), containers)) + 1
    sizes = sizes[:points]
    sizes[-1] -= sizes.sum() - containers
    edge = draw_edges(rng, city, np.where(city.network.lengths > 30, city.people, 0.0), points)
    point = np.repeat(np.arange(points), sizes)
    order = np.arange(containers) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    length = city.network.lengths[edge]
    foot = np.minimum(length / 2, 10) + rng.random(points) * np.maximum(length - 24, 0)
    lateral = np.where(rng.random(points) < 0.5, 5.5, -5.5)
    where = spots(city, edge[point], foot[point] + order * PITCH_M, lateral[point])
    stream = order % 4
    underground = (city.radius[edge] < 1_600) & (rng.random(points) < 0.6)
    codes = [f"PAV-{p + 1:03d}-{o + 1}" for p, o in zip(point.tolist(), order.tolist(), strict=True)]
    return Batch(
        layer="waste", kind="container", ngsi_type="WasteContainer", codes=codes,
        names=[f"Conteneur {STREAMS[s]} {code}" for s, code in zip(stream.tolist(), codes, strict=True)], where=where,
        attributes={
            "stream": np.array(STREAMS)[stream],
            "volume_m3": VOLUMES_M3[stream],
            "mounting": np.where(underground, "enterré", "aérien")[point],
            "round": [f"T{number + 1:02d}" for number in (city.commune[edge] % 12)[point].tolist()],
            "year": rng.integers(2006, 2026, points)[point],
            "point": [f"PAV-{p + 1:03d}" for p in point.tolist()],
        },
    )  # fmt: skip
