"""Drinking water: mains under the streets, district meters, valves, reservoirs on the heights and the pumps that fill them."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from hypervisor.demo.territory.assets import Batch
from hypervisor.demo.territory.city import City, spots
from hypervisor.demo.territory.field import noise
from hypervisor.demo.territory.graph import Shares, balanced_seeds, share

LOOPS = 0.35  # Share of the streets outside the spanning tree that carry a pipe too.
DIAMETERS_MM = np.array([80, 100, 125, 150, 200, 250, 300, 400])
SERVES = np.array([400, 1_000, 2_500, 5_000, 9_000, 16_000, 30_000])  # Inhabitants downstream up to which each diameter does.
VALVE_EVERY_M = 600.0
FOOTPRINT_M = 200.0  # Squares that hold a junction, then rounded: where a district has pipes.
LITRES_A_DAY = 148.0  # Per inhabitant: mean of French services (SISPEA, 2021).
EFFICIENCY = 0.8  # Of the network, same source: a fifth is lost.
ALARM_TO_MEAN = 2.2  # Well above the daily peak, 1.7 times the mean. Chosen by us.
RATED_M3_H, KW_FOR_FLOW = np.array([120, 180, 250, 350]), np.array([37, 55, 75, 110])


@dataclass(frozen=True)
class WaterNetwork:
    """Batches, and for each valve the row of its main, for each main the row of its meter, for each meter the row of its reservoir; a pump fills the reservoir of its row."""

    mains: Batch
    valves: Batch
    meters: Batch
    reservoirs: Batch
    pumps: Batch
    valve_main: np.ndarray
    main_meter: np.ndarray
    meter_reservoir: np.ndarray


def make_water(rng: np.random.Generator, city: City, districts: int, most_mains: int, reservoirs: int) -> WaterNetwork:
    """Pipes along a spanning tree of the lived-in streets and some loops, cut into districts of equal population."""
    piped = _piped(rng, city)
    load = np.zeros(len(city.network.nodes))
    np.add.at(load, city.network.start[piped], city.people[piped])
    seeds = balanced_seeds(city.network.nodes, load, districts)
    shares = share(city.network, seeds, piped)
    diameter = _diameters(city, shares, load)
    chains = _chains(city, piped, shares, most_mains)
    mains, district = _mains(rng, city, chains, shares, diameter)
    valves, valve_main = _valves(rng, city, chains, mains)
    meters = _meters(rng, city, shares, piped, diameter)
    tanks, pumps = _reservoirs(rng, city, reservoirs, piped)
    nearest = np.argmin(np.hypot(*(meters.where.xy[:, None] - tanks.where.xy[None]).transpose(2, 0, 1)), axis=1)
    return WaterNetwork(mains, valves, meters, tanks, pumps, valve_main, district, nearest)


def _piped(rng: np.random.Generator, city: City) -> np.ndarray:
    """Edges that carry a pipe, in one connected piece."""
    network = city.network
    lived = (city.commune > 0) & (network.classes < 6) & (city.density > 7)
    count = len(network.nodes)
    part = connected_components(coo_array((np.ones(lived.sum()), (network.start[lived], network.end[lived])), shape=(count, count)), directed=False)[1]
    lived &= part[network.start] == np.bincount(part[network.start[lived]]).argmax()
    rows = np.flatnonzero(lived)
    low, high = np.minimum(network.start, network.end)[rows], np.maximum(network.start, network.end)[rows]
    order = np.lexsort((network.lengths[rows], high, low))
    first = np.ones(len(rows), bool)
    first[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    rows, low, high = rows[order][first], low[order][first], high[order][first]
    tree = minimum_spanning_tree(coo_array((network.lengths[rows] + 0.1, (low, high)), shape=(count, count)).tocsr()).tocoo()
    in_tree = np.isin(low.astype(np.int64) * count + high, np.minimum(*tree.coords).astype(np.int64) * count + np.maximum(*tree.coords))
    piped = np.zeros(len(network.lines), bool)
    piped[rows[in_tree | (rng.random(len(rows)) < LOOPS)]] = True
    return piped


def _diameters(city: City, shares: Shares, load: np.ndarray) -> np.ndarray:
    """Diameter in mm of the pipe that arrives at each junction, by the people downstream."""
    people = load.copy()
    reached = np.flatnonzero(np.isfinite(shares.distance) & (shares.before >= 0))
    for node in reached[np.argsort(-shares.distance[reached])].tolist():
        people[shares.before[node]] += people[node]
    return DIAMETERS_MM[np.searchsorted(SERVES, people)]


def _chains(city: City, piped: np.ndarray, shares: Shares, most: int) -> list[list[int]]:
    """Consecutive piped edges of one street and one district, the longest ones."""
    district = shares.source[city.network.start]
    chains = []
    for street in city.streets.chains:
        current: list[int] = []
        for edge in street:
            if current and (not piped[edge] or district[edge] != district[current[-1]]):
                chains.append(current)
                current = []
            if piped[edge]:
                current.append(edge)
        if current:
            chains.append(current)
    chains.sort(key=lambda chain: -city.network.lengths[chain].sum())
    return chains[:most]


def _mains(rng: np.random.Generator, city: City, chains: list[list[int]], shares: Shares, diameter: np.ndarray) -> tuple[Batch, np.ndarray]:
    network = city.network
    lines = np.array([_joined(city, chain) for chain in chains], dtype=object)
    length = shapely.length(lines)
    middle = np.array([chain[len(chain) // 2] for chain in chains])
    district = shares.source[network.start[[chain[0] for chain in chains]]]
    width = np.array([max(diameter[network.start[chain]].max(), diameter[network.end[chain]].max()) for chain in chains])
    centre = np.exp(-city.radius[middle] / 1_800)
    year = np.clip(rng.normal(1992 - 38 * centre, 17), 1898, 2024).astype(int)
    year = np.where(rng.random(len(year)) < 0.12, rng.integers(2008, 2026, len(year)), year)
    material = np.where(
        year < 1968, "fonte grise", np.where((width >= 150) | (rng.random(len(year)) < 0.45), "fonte ductile", np.where(year < 1998, "PVC", "PEHD"))
    )
    codes = [f"CE-{number + 1:04d}" for number in range(len(chains))]
    streets = [city.streets.names[city.streets.of_edge[edge]] for edge in middle.tolist()]
    names = [f"Canalisation {street[:1].lower()}{street[1:]}" if street else f"Canalisation {code}" for street, code in zip(streets, codes, strict=True)]
    batch = Batch(
        layer="water", kind="main", ngsi_type="Pipe", codes=codes, names=names, shapes=lines,
        where=spots(city, middle, network.lengths[middle] / 2, np.zeros(len(middle))),
        attributes={
            "diameter_mm": width, "material": material, "year": year, "length_m": np.round(length).astype(int),
            "district": [f"S{number + 1:02d}" for number in district.tolist()],
        },
    )  # fmt: skip
    return batch, district


def _joined(city: City, chain: list[int]) -> shapely.LineString:
    """The chain's edges end to end, in walking order."""
    parts = []
    for edge in chain:
        points = shapely.get_coordinates(city.network.lines[edge])
        parts.append(points[::-1] if city.streets.flipped[edge] else points)
    return shapely.simplify(shapely.LineString(np.vstack(parts)), 0.5)


def _valves(rng: np.random.Generator, city: City, chains: list[list[int]], mains: Batch) -> tuple[Batch, np.ndarray]:
    """A valve where each main begins, another every VALVE_EVERY_M."""
    edges, mains_of = [], []
    for row, chain in enumerate(chains):
        walked = VALVE_EVERY_M
        for piece in chain:
            if walked >= VALVE_EVERY_M:
                edges.append(piece)
                mains_of.append(row)
                walked = 0.0
            walked += city.network.lengths[piece]
    edge, main = np.array(edges), np.array(mains_of)
    dry = ~city.by_water[edge]
    edge, main = edge[dry], main[dry]
    codes = [f"VA-{number + 1:04d}" for number in range(len(edge))]
    return Batch(
        layer="water", kind="valve", ngsi_type="Valve", codes=codes, names=[f"Vanne {code}" for code in codes],
        where=spots(city, edge, np.minimum(6.0, city.network.lengths[edge] / 2), np.full(len(edge), 1.5)),
        attributes={
            "type": rng.choice(["opercule", "papillon"], len(edge), p=[0.8, 0.2]),
            "diameter_mm": mains.attributes["diameter_mm"][main],
            "district": [mains.attributes["district"][row] for row in main.tolist()],
            "remote": np.where(rng.random(len(edge)) < 0.08, "oui", "non"),
            "year": mains.attributes["year"][main],
        },
    ), main  # fmt: skip


def _meters(rng: np.random.Generator, city: City, shares: Shares, piped: np.ndarray, diameter: np.ndarray) -> Batch:
    """The meter of each district, on a dry piped edge beside the junction that feeds it."""
    edge = _near(city, city.network.nodes[shares.seeds], piped)
    codes = [f"CS-{number + 1:02d}" for number in range(len(edge))]
    people = np.bincount(shares.source[city.network.start[piped]], weights=city.people[piped], minlength=len(edge))
    mean_flow = np.maximum(people, 50) * LITRES_A_DAY / 24_000 / EFFICIENCY
    return Batch(
        layer="water", kind="district_meter", ngsi_type="WaterMeter", codes=codes,
        names=[f"Compteur de secteur S{number + 1:02d}" for number in range(len(edge))],
        where=spots(city, edge, np.minimum(4.0, city.network.lengths[edge] / 2), np.full(len(edge), -2.0)),
        shapes=_areas(city, shares, piped, len(edge)),
        attributes={
            "district": [f"S{number + 1:02d}" for number in range(len(edge))],
            "diameter_mm": diameter[shares.seeds],
            "population": np.rint(people).astype(int),
            "nominal_flow_m3_h": np.round(mean_flow, 1),
            "alarm_flow_m3_h": np.ceil(mean_flow * ALARM_TO_MEAN / 5) * 5,
            "technology": rng.choice(["électromagnétique", "ultrasons"], len(edge), p=[0.7, 0.3]),
        },
    )  # fmt: skip


def _areas(city: City, shares: Shares, piped: np.ndarray, count: int) -> np.ndarray:
    """The ground of each district: what lies nearer to its junctions than to another's, where there are pipes."""
    nodes = np.unique(np.concatenate([city.network.start[piped], city.network.end[piped]]))
    nodes = nodes[shares.source[nodes] >= 0]
    xy, source = city.network.nodes[nodes], shares.source[nodes]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(xy), ordered=True))
    corners = np.unique(np.floor(xy / FOOTPRINT_M), axis=0) * FOOTPRINT_M
    squares = shapely.coverage_union_all(shapely.box(*corners.T, *(corners + FOOTPRINT_M).T))
    footprint = shapely.simplify(shapely.buffer(shapely.buffer(squares, 1.5 * FOOTPRINT_M, quad_segs=2), -FOOTPRINT_M, quad_segs=2), 20)
    wholes = [shapely.coverage_union_all(cells[source == district]) for district in range(count)]
    areas: np.ndarray = shapely.simplify(shapely.intersection(np.array(wholes, dtype=object), footprint), 15)
    return areas


def _reservoirs(rng: np.random.Generator, city: City, count: int, piped: np.ndarray) -> tuple[Batch, Batch]:
    """Reservoirs on the highest ground within reach of the pipes, and a pump towards the river for each."""
    candidates = np.flatnonzero(city.usable & (city.network.classes >= 3) & (city.radius > 1_900))
    xy = city.middles[candidates]
    height = 40 * noise(rng, 4_000).at(xy) + 0.03 * np.minimum(shapely.distance(city.river, shapely.points(xy)), 3_500)
    chosen: list[int] = []
    for row in np.argsort(-height).tolist():
        if all(np.hypot(*(xy[row] - xy[other])) > 2_600 for other in chosen):
            chosen.append(row)
        if len(chosen) == count:
            break
    edge = candidates[chosen]
    foot = shapely.get_coordinates(city.river.interpolate(city.river.project(shapely.points(city.middles[edge]))))
    way = foot - city.middles[edge]
    way /= np.hypot(way[:, 0], way[:, 1])[:, None] + 1e-9
    pump_edge = _near(city, city.middles[edge] + 1_100 * way, piped)
    names = [_place(city, row) for row in edge.tolist()]
    top = np.round(rng.uniform(3.8, 6.0, len(edge)), 1)
    tanks = Batch(
        layer="water", kind="reservoir", ngsi_type="Tank", codes=[f"RE-{n + 1:02d}" for n in range(len(edge))], names=[f"Réservoir {name}" for name in names],
        where=spots(city, edge, city.network.lengths[edge] / 2, np.full(len(edge), 22.0)),
        attributes={
            "volume_m3": rng.choice([800, 1_200, 2_000, 3_000, 5_000], len(edge)),
            "max_level_m": top,
            "low_level_m": np.round(top * 0.28, 1),
            "altitude_m": np.rint(245 + height[chosen]).astype(int),
            "year": rng.integers(1932, 2016, len(edge)),
        },
    )  # fmt: skip
    flow = rng.choice(RATED_M3_H, len(edge))
    pumps = Batch(
        layer="water", kind="pump", ngsi_type="Pump", codes=[f"PO-{n + 1:02d}" for n in range(len(edge))], names=[f"Station de pompage {name}" for name in names],
        where=spots(city, pump_edge, city.network.lengths[pump_edge] / 2, np.full(len(edge), 8.0)),
        attributes={
            "rated_flow_m3_h": flow,
            "power_kw": KW_FOR_FLOW[np.searchsorted(RATED_M3_H, flow)],
            "groups": rng.integers(2, 4, len(edge)),
            "reservoir": list(tanks.codes),
            "year": rng.integers(1996, 2025, len(edge)),
        },
    )  # fmt: skip
    return tanks, pumps


def _near(city: City, xy: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(allowed & city.usable)
    gaps = [np.hypot(*(city.middles[rows] - point).T) for point in xy]
    return rows[[int(np.argmin(gap)) for gap in gaps]]


def _place(city: City, edge: int) -> str:
    street = city.streets.names[city.streets.of_edge[edge]]
    words = street.split(" ", 1)
    place = city.commune_names[city.commune[edge] - 1]
    return f"{words[1]} ({place})" if len(words) > 1 and words[0] in ("Chemin", "Rue", "Allée") else place
