"""The street graph: every line noded with the others, classed, connected, and grouped into streets that go on straight."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hypervisor.demo.territory.warp import Warp

STRAIGHT_RAD = 0.62
CLASS_PENALTY_RAD = 0.25


@dataclass(frozen=True)
class Network:
    """Edges from junction to junction. Lines run from start[i] to end[i]; nodes are rows of `nodes`."""

    lines: np.ndarray
    classes: np.ndarray  # 1 primary, 2 secondary, 3 tertiary, 4 residential, 5 service or lane, 6 track
    start: np.ndarray
    end: np.ndarray
    nodes: np.ndarray
    lengths: np.ndarray


def make_network(lines: list[shapely.LineString], classes: list[int]) -> Network:
    """Node the lines, give each piece the highest class it lies on, keep the largest connected part."""
    sources = np.array(lines, dtype=object)
    noded = shapely.union_all(sources, grid_size=0.25)  # Without a grid, T junctions 1e-9 off the line are missed.
    edges = shapely.get_parts(shapely.line_merge(noded))
    rank = _classes(edges, sources, np.array(classes))
    coordinates, owner = shapely.get_coordinates(edges, return_index=True)
    first = np.searchsorted(owner, np.arange(len(edges)))
    last = np.append(first[1:], len(owner)) - 1
    ends = np.round(np.vstack([coordinates[first], coordinates[last]]) * 4).astype(np.int64)
    _unique, index, inverse = np.unique(ends, axis=0, return_index=True, return_inverse=True)
    nodes = np.vstack([coordinates[first], coordinates[last]])[index]
    start, end = inverse[: len(edges)], inverse[len(edges) :]
    graph = coo_array((np.ones(len(edges)), (start, end)), shape=(len(nodes), len(nodes)))
    _count, part = connected_components(graph, directed=False)
    kept = part[start] == np.bincount(part).argmax()
    used, renumbered = np.unique(np.concatenate([start[kept], end[kept]]), return_inverse=True)
    half = int(kept.sum())
    return Network(edges[kept], rank[kept], renumbered[:half], renumbered[half:], nodes[used], shapely.length(edges[kept]))


def warped(network: Network, warp: Warp) -> Network:
    """The same graph after the warp."""
    lines = warp.geometries(network.lines)
    return Network(lines, network.classes, network.start, network.end, warp.points(network.nodes), shapely.length(lines))


def _classes(edges: np.ndarray, sources: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    middles = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    edge, source = shapely.STRtree(sources).query(middles, predicate="dwithin", distance=0.6)
    best = np.full(len(edges), 99)
    np.minimum.at(best, edge, ranks[source])
    best[best == 99] = 5
    return best


def strokes(network: Network, group: np.ndarray) -> list[list[tuple[int, bool]]]:
    """Edges chained into streets: at each junction the straightest pair of the same group goes on.

    group: one label per edge; a street never changes group (its commune). Each chain lists (edge, reversed) in walking order.
    """
    partner = _pairs(network, group)
    seen = np.zeros(len(network.lines), bool)
    chains = []
    for edge in range(len(network.lines)):
        if seen[edge]:
            continue
        tail = _walk(partner, edge, 0, seen)  # Leave by the start, walk back.
        seen[edge] = True
        head = _walk(partner, edge, 1, seen)
        back = [(other, not flipped) for other, flipped in reversed(tail)]
        chains.append([*back, (edge, False), *head])
    return chains


def _walk(partner: np.ndarray, edge: int, side: int, seen: np.ndarray) -> list[tuple[int, bool]]:
    """Edges met when leaving `edge` by its `side` (0 start, 1 end), each with whether it is walked from end to start."""
    path = []
    seen[edge] = True
    following = partner[2 * edge + side]
    while following >= 0 and not seen[following // 2]:
        edge, entered = following // 2, following % 2
        seen[edge] = True
        path.append((edge, entered == 1))
        following = partner[2 * edge + (1 - entered)]
    return path


def _pairs(network: Network, group: np.ndarray) -> np.ndarray:
    """For each edge end (2 * edge + side) the end it continues into, or -1."""
    count = len(network.lines)
    reach = np.minimum(15.0, network.lengths / 2)
    from_start = shapely.get_coordinates(shapely.line_interpolate_point(network.lines, reach))
    from_end = shapely.get_coordinates(shapely.line_interpolate_point(network.lines, network.lengths - reach))
    angles = np.empty(2 * count)
    angles[0::2] = np.arctan2(*(from_start - network.nodes[network.start]).T[::-1])
    angles[1::2] = np.arctan2(*(from_end - network.nodes[network.end]).T[::-1])
    node = np.empty(2 * count, int)
    node[0::2], node[1::2] = network.start, network.end
    order = np.argsort(node, kind="stable")
    bounds = np.searchsorted(node[order], np.arange(len(network.nodes) + 1))
    partner = np.full(2 * count, -1)
    angles_list, groups, classes, order = angles.tolist(), group.tolist(), network.classes.tolist(), order.tolist()
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        ends = order[low:high]
        choices = []
        for i, a in enumerate(ends):
            for b in ends[i + 1 :]:
                if groups[a // 2] != groups[b // 2] or a // 2 == b // 2:
                    continue
                turn = abs((angles_list[a] - angles_list[b]) % 6.283185307 - 3.141592654)
                turn += CLASS_PENALTY_RAD * abs(classes[a // 2] - classes[b // 2])
                if turn < STRAIGHT_RAD:
                    choices.append((turn, a, b))
        for _turn, a, b in sorted(choices):
            if partner[a] < 0 and partner[b] < 0:
                partner[a], partner[b] = b, a
    return partner
