"""Sharing a network between sources: balanced parts of the plane, then each junction to its nearest source along the streets."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from hypervisor.demo.territory.network import Network


@dataclass(frozen=True)
class Shares:
    """`source[node]` is the position in `seeds` of the node's source (-1: unreached), at `distance` metres; `before` leads back to it."""

    seeds: np.ndarray
    source: np.ndarray
    distance: np.ndarray
    before: np.ndarray


def balanced_seeds(xy: np.ndarray, load: np.ndarray, parts: int) -> np.ndarray:
    """Rows of `xy` nearest the centres of `parts` parts of near-equal load (a kd split across the wider side)."""
    chosen = []
    pending = [(np.flatnonzero(load > 0), parts)]
    while pending:
        rows, share = pending.pop()
        if share <= 1 or len(rows) <= 1:
            if len(rows):
                centre = np.average(xy[rows], axis=0, weights=load[rows])
                chosen.append(rows[np.argmin(np.hypot(*(xy[rows] - centre).T))])
            continue
        axis = int(np.ptp(xy[rows], axis=0).argmax())
        rows = rows[np.argsort(xy[rows, axis], kind="stable")]
        heavy = np.cumsum(load[rows])
        first = share // 2
        cut = int(np.clip(np.searchsorted(heavy, heavy[-1] * first / share), 1, len(rows) - 1))
        pending += [(rows[:cut], first), (rows[cut:], share - first)]
    return np.unique(chosen)


def share(network: Network, seeds: np.ndarray, used: np.ndarray) -> Shares:
    """Each junction to its nearest seed, walking the edges marked in `used`."""
    count = len(network.nodes)
    matrix = coo_array((np.maximum(network.lengths[used], 0.1), (network.start[used], network.end[used])), shape=(count, count)).tocsr()
    distance, before, origin = dijkstra(matrix, directed=False, indices=seeds, min_only=True, return_predecessors=True)
    rank = np.full(count + 1, -1)
    rank[seeds] = np.arange(len(seeds))
    return Shares(seeds, np.where(origin >= 0, rank[np.maximum(origin, 0)], -1), distance, before)
