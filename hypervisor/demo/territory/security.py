"""Cameras, access doors of public buildings, and the switches they hang on."""

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from hypervisor.demo.territory.assets import Batch
from hypervisor.demo.territory.city import City, draw_edges, spots
from hypervisor.demo.territory.graph import balanced_seeds

BUILDINGS = ("Médiathèque", "Gymnase", "Piscine", "École élémentaire", "Centre technique", "Salle des fêtes", "Conservatoire", "Maison de quartier")
MODELS = ("dôme motorisé", "fixe", "multi-capteurs", "lecture de plaques")


def make_security(rng: np.random.Generator, city: City, cameras: int, doors: int, switches: int) -> tuple[Batch, Batch, Batch, np.ndarray, np.ndarray]:
    """Switches, cameras, doors; then for each camera, and for each door, the row of its switch."""
    camera = _cameras(rng, city, cameras)
    door = _doors(rng, city, doors)
    xy = np.vstack([camera.where.xy, door.where.xy])
    seeds = balanced_seeds(xy, np.ones(len(xy)), switches)
    owner = cKDTree(xy[seeds]).query(xy)[1]
    edges = np.concatenate([camera.where.edge, door.where.edge])[seeds]
    length = city.network.lengths[edges]
    codes = [f"SW-{number + 1:02d}" for number in range(len(seeds))]
    switch = Batch(
        layer="security", kind="switch", ngsi_type="Switch", codes=codes, names=[f"Commutateur {code}" for code in codes],
        where=spots(city, edges, np.minimum(5.0, length / 2), np.full(len(seeds), 4.4)),
        attributes={
            "model": rng.choice(["durci rail DIN", "armoire de rue"], len(seeds)),
            "ports": np.where(np.bincount(owner, minlength=len(seeds)) > 20, 48, 24),
            "uplink": rng.choice(["fibre 1 Gbit/s", "fibre 10 Gbit/s"], len(seeds), p=[0.6, 0.4]),
            "backup_min": rng.choice([0, 30, 60, 120], len(seeds)),
            "year": rng.integers(2012, 2026, len(seeds)),
        },
    )  # fmt: skip
    camera, door = _on_switch(camera, codes, owner[: len(camera)]), _on_switch(door, codes, owner[len(camera) :])
    return switch, camera, door, owner[: len(camera)], owner[len(camera) :]


def _on_switch(batch: Batch, codes: list[str], owner: np.ndarray) -> Batch:
    return replace(batch, attributes={**batch.attributes, "switch": [codes[row] for row in owner.tolist()]})


def _cameras(rng: np.random.Generator, city: City, count: int) -> Batch:
    edge = draw_edges(rng, city, city.people * np.exp(-city.radius / 1_600), count)
    length = city.network.lengths[edge]
    near_junction = np.where(rng.random(count) < 0.75, np.minimum(9.0, length / 2), rng.random(count) * length)
    where = spots(city, edge, near_junction, np.where(rng.random(count) < 0.5, 4.6, -4.6))
    model = rng.choice(4, count, p=[0.52, 0.33, 0.10, 0.05])
    codes = [f"VP-{number + 1:03d}" for number in range(count)]
    return Batch(
        layer="security", kind="camera", ngsi_type="Camera", codes=codes, names=[f"Caméra {code}" for code in codes], where=where,
        attributes={
            "model": np.array(MODELS)[model],
            "resolution": rng.choice(["1080p", "4K"], count, p=[0.7, 0.3]),
            "mounting": rng.choice(["mât", "façade"], count, p=[0.7, 0.3]),
            "height_m": np.round(rng.normal(6.5, 1.0, count).clip(4, 9), 1),
            "retention_days": np.full(count, 15),
            "authorised_until": [f"{year}-{month:02d}-01" for year, month in zip(rng.integers(2026, 2031, count).tolist(), rng.integers(1, 13, count).tolist(), strict=True)],
            "year": rng.integers(2011, 2026, count),
        },
    )  # fmt: skip


def _doors(rng: np.random.Generator, city: City, count: int) -> Batch:
    """One door at each town hall, the others on public buildings."""
    usable = np.flatnonzero(city.usable)
    halls = [int(usable[np.argmin(np.hypot(*(city.middles[usable] - centre).T))]) for centre in city.commune_centres]
    halls = halls[:count]
    others = draw_edges(rng, city, city.people, max(count - len(halls), 0)).tolist()
    edge = np.array(halls + others)
    labels = [f"Mairie de {name}" if name[0] not in "AEO" else f"Mairie d’{name}" for name in city.commune_names[: len(halls)]]
    for index, other in enumerate(others):
        place = city.streets.names[city.streets.of_edge[other]] or city.commune_names[city.commune[other] - 1]
        labels.append(f"{BUILDINGS[index % len(BUILDINGS)]} {place[:1].lower()}{place[1:]}")
    codes = [f"AC-{number + 1:02d}" for number in range(len(edge))]
    where = spots(city, edge, city.network.lengths[edge] / 2, np.full(len(edge), 9.0))
    return Batch(
        layer="security", kind="access_door", ngsi_type="Device", codes=codes, names=[f"Porte {label}" for label in labels], where=where,
        attributes={
            "building": labels,
            "model": rng.choice(["ventouse", "gâche électrique"], len(edge)),
            "reader": rng.choice(["badge", "badge et code", "clavier"], len(edge), p=[0.6, 0.25, 0.15]),
            "fire_exit": rng.random(len(edge)) < 0.3,
        },
    )  # fmt: skip
