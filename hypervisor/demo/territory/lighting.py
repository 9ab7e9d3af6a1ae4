"""Public lighting: luminaires along the streets, and the cabinets that feed them."""

import numpy as np

from hypervisor.demo.territory.assets import Batch
from hypervisor.demo.territory.city import City, Spots, spots
from hypervisor.demo.territory.graph import Shares, balanced_seeds, share

STEP_M = 29.5  # Between luminaires; 40 per km of street in Montpellier's open data, where half the streets have two rows.
MOST_LIT_M = 34_000 * STEP_M  # Past this length more luminaires stand closer, not farther.
LATERAL_M = np.array([0, 9.0, 7.0, 5.2, 4.0, 3.0])
HEIGHT_M = np.array([0, 10.0, 8.5, 7.0, 5.5, 4.5])
# Rated power by class of street. After the usual ranges of street luminaires; not a supplier's sheet.
LED_W = np.array([0, 87, 64, 46, 29, 22])
SODIUM_W = np.array([0, 250, 150, 100, 70, 70])
SEEDED = 0.9  # Share of the cabinets placed by even load; the others relieve the heaviest.
DIMMING = ("aucun", "50 % 23:00-05:00", "30 % 00:00-05:30", "extinction 01:00-05:00")


def make_lighting(rng: np.random.Generator, city: City, luminaires: int, cabinets: int) -> tuple[Batch, Batch, np.ndarray]:
    """Cabinets, luminaires, and for each luminaire the row of its cabinet."""
    lit, where = _luminaires(rng, city, luminaires)
    load_nodes = _nearest_end(city, where)
    load = np.bincount(load_nodes[0], minlength=len(city.network.nodes)).astype(float)
    cabinets = max(1, min(cabinets, int((load > 0).sum()) // 3))
    shares = _feeders(city, load, cabinets)
    cabinet, distance = _cabinet_of(city, shares, load_nodes)
    used, cabinet = np.unique(cabinet, return_inverse=True)
    seeds = shares.seeds[used]
    order = np.lexsort((distance, cabinet))
    cabinet, where = cabinet[order], Spots(where.xy[order], where.edge[order], where.number[order])
    stand = _cabinet_spots(city, seeds, lit)
    # Numbered from the centre outwards, as a service does that began with the old town.
    rank = np.empty(len(seeds), int)
    rank[np.argsort(np.hypot(*stand.xy.T), kind="stable")] = np.arange(len(seeds))
    by_rank = np.argsort(rank)
    stand = Spots(stand.xy[by_rank], stand.edge[by_rank], stand.number[by_rank])
    order = np.argsort(rank[cabinet], kind="stable")
    cabinet, where = rank[cabinet][order], Spots(where.xy[order], where.edge[order], where.number[order])
    place = np.arange(len(cabinet)) - np.searchsorted(cabinet, cabinet) + 1
    return _cabinet_batch(rng, city, stand, np.bincount(cabinet)), _luminaire_batch(rng, city, where, cabinet, place, stand), cabinet


def _luminaires(rng: np.random.Generator, city: City, count: int) -> tuple[np.ndarray, Spots]:
    """Luminaires at near-equal steps along the lit streets; the lit streets are the densest, main roads favoured."""
    network = city.network
    favour = np.array([0, 2.2, 1.7, 1.35, 1.0, 0.8, 0])[np.minimum(network.classes, 6)]
    rank = np.argsort(-np.where(city.usable, city.density * favour, -1), kind="stable")
    wanted = min(count * STEP_M, MOST_LIT_M)
    rank = rank[: int(np.searchsorted(np.cumsum(network.lengths[rank]), wanted)) + 1]
    rank = rank[city.usable[rank]]
    lit = rank[np.argsort(city.streets.of_edge[rank], kind="stable")]
    ends = np.cumsum(network.lengths[lit])
    step = ends[-1] / count
    position = (np.arange(count) + 0.5 + rng.uniform(-0.2, 0.2, count)) * step
    side = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    edge = lit[np.searchsorted(ends, position).clip(0, len(lit) - 1)]
    # Wide streets carry their luminaires face to face; narrow ones on the side that the street keeps.
    wide = network.classes[edge] <= 2
    position = np.where(wide, (np.arange(count) // 2 * 2 + 1) * step, position)
    kept_side = np.where(city.streets.of_edge[edge] % 2 == 0, 1.0, -1.0)
    side = np.where((network.classes[edge] >= 4) & (rng.random(count) < 0.82), kept_side, side)
    at = np.searchsorted(ends, position).clip(0, len(lit) - 1)
    edge = lit[at]
    along = position - (ends[at] - network.lengths[edge])
    return lit, spots(city, edge, along, side * LATERAL_M[network.classes[edge]])


def _nearest_end(city: City, where: Spots) -> tuple[np.ndarray, np.ndarray]:
    """The nearer junction of each spot's edge, and how far it is."""
    start, end = city.network.start[where.edge], city.network.end[where.edge]
    from_start = np.hypot(*(where.xy - city.network.nodes[start]).T)
    from_end = np.hypot(*(where.xy - city.network.nodes[end]).T)
    return np.where(from_start <= from_end, start, end), np.minimum(from_start, from_end)


def _feeders(city: City, load: np.ndarray, cabinets: int) -> Shares:
    """Junctions shared between `cabinets` cabinets; the last few go where one would feed too many luminaires."""
    walkable = city.network.classes < 7
    seeds = balanced_seeds(city.network.nodes, load, max(1, int(cabinets * SEEDED)))
    shares = share(city.network, seeds, walkable)
    while len(seeds) < cabinets:
        fed = np.bincount(shares.source, weights=load, minlength=len(seeds))
        heaviest = np.argsort(-fed)[: max(1, (cabinets - len(seeds)) // 2)]
        extra = []
        for source in heaviest:
            nodes = np.flatnonzero((shares.source == source) & (load > 0))
            extra.append(nodes[np.argmax(shares.distance[nodes])])
        grown = np.unique(np.concatenate([seeds, extra]))
        if len(grown) == len(seeds):
            break
        seeds = grown
        shares = share(city.network, seeds, walkable)
    return shares


def _cabinet_of(city: City, shares: Shares, ends: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    node, gap = ends
    return shares.source[node], shares.distance[node] + gap


def _cabinet_spots(city: City, seeds: np.ndarray, lit: np.ndarray) -> Spots:
    """The cabinet of each junction, on the pavement of a lit street that starts or ends there."""
    edge_at = {}
    for edge in lit[::-1].tolist():
        edge_at[int(city.network.start[edge])] = (edge, 0)
        edge_at[int(city.network.end[edge])] = (edge, 1)
    edge, side = np.array([edge_at[int(seed)] for seed in seeds]).T
    along = np.where(side == 0, np.minimum(7.0, city.network.lengths[edge] / 2), city.network.lengths[edge] - np.minimum(7.0, city.network.lengths[edge] / 2))
    return spots(city, edge, along, -LATERAL_M[city.network.classes[edge]] - 0.8)


def _cabinet_batch(rng: np.random.Generator, city: City, where: Spots, fed: np.ndarray) -> Batch:
    codes = [f"EP-{number + 1:03d}" for number in range(len(fed))]
    contract = np.array([6, 9, 12, 15, 18, 24, 30, 36])
    demand = fed * 0.075
    return Batch(
        layer="lighting", kind="cabinet", ngsi_type="StreetlightControlCabinet", codes=codes, names=[f"Armoire {code}" for code in codes], where=where,
        attributes={
            "luminaires": fed,
            "circuits": np.clip(np.ceil(fed / 18).astype(int), 1, 4),
            "power_kw": contract[np.searchsorted(contract, demand).clip(0, len(contract) - 1)],
            "model": rng.choice(["polyester 6 modules", "polyester 9 modules", "tôle 2 portes"], len(fed), p=[0.5, 0.3, 0.2]),
            "year": rng.integers(1984, 2024, len(fed)),
            "control": rng.choice(["horloge astronomique", "télégestion", "cellule"], len(fed), p=[0.56, 0.38, 0.06]),
        },
    )  # fmt: skip


def _luminaire_batch(rng: np.random.Generator, city: City, where: Spots, cabinet: np.ndarray, place: np.ndarray, stand: Spots) -> Batch:
    codes = [f"EP-{row + 1:03d}-{number:03d}" for row, number in zip(cabinet.tolist(), place.tolist(), strict=True)]
    street = city.streets.of_edge[where.edge]
    count = len(city.streets.names)
    renewed = rng.integers(2013, 2026, count)
    old = rng.integers(1988, 2013, count)
    led_street = rng.random(count) < 0.63
    classes = city.network.classes[where.edge]
    led = led_street[street] ^ (rng.random(len(street)) < 0.02)  # A replaced lamp here and there.
    bearing = np.arctan2(*(where.xy - stand.xy[cabinet]).T[::-1])
    circuits = np.clip(np.ceil(np.bincount(cabinet)[cabinet] / 18).astype(int), 1, 4)
    circuit = ((bearing + np.pi) / (2 * np.pi) * circuits).astype(int).clip(0, circuits - 1) + 1
    dimming = rng.choice(4, count, p=[0.35, 0.35, 0.12, 0.18])[street]
    dimming[~led | (classes == 1)] = 0
    return Batch(
        layer="lighting", kind="luminaire", ngsi_type="Streetlight", codes=codes, names=[f"Point lumineux {code}" for code in codes], where=where,
        attributes={
            "cabinet": np.array([f"EP-{row + 1:03d}" for row in range(len(stand.edge))])[cabinet],
            "power_w": np.where(led, LED_W[classes], SODIUM_W[classes]),
            "lamp": np.where(led, "LED", "SHP"),
            "height_m": HEIGHT_M[classes] + np.array([0.0, 0.5, -0.5])[(street % 3)],
            "year": np.where(led, renewed[street], old[street]),
            "support": np.where(classes >= 5, "façade", np.where(rng.random(count)[street] < 0.25, "façade", "mât")),
            "dimming": np.array(DIMMING)[dimming],
            "circuit": np.array(["C1", "C2", "C3", "C4"])[circuit - 1],
        },
    )  # fmt: skip
