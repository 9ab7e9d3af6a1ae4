"""Street names: each street gets one that fits its place, no stem twice in a commune."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely

from hypervisor.demo.territory import wordlists as words
from hypervisor.demo.territory.network import Network, strokes

Places: TypeAlias = list[tuple[str, float, float]]  # Name and position.


@dataclass(frozen=True)
class Streets:
    """Named streets: `names[i]` of commune `communes[i]`; `of_edge` gives each edge's street, `metre` where the edge starts in it.

    flipped: the edge is walked from its end to its start. Nameless tracks have an empty name.
    """

    names: list[str]
    communes: np.ndarray
    chains: list[list[int]]
    of_edge: np.ndarray
    metre: np.ndarray
    flipped: np.ndarray
    lengths: np.ndarray


def make_streets(dice: random.Random, network: Network, commune_of_edge: np.ndarray, quay: np.ndarray, places: Places) -> Streets:
    """Chain the edges into streets and name them, longest and highest class first.

    quay: edges along the river; places: communes' names and positions, for roads that lead to them.
    """
    chains = strokes(network, commune_of_edge * 2 + quay)
    count = len(network.lines)
    of_edge, metre, flipped = np.zeros(count, int), np.zeros(count), np.zeros(count, bool)
    lengths = np.zeros(len(chains))
    for street, chain in enumerate(chains):
        walked = 0.0
        for edge, backwards in chain:
            of_edge[edge], metre[edge], flipped[edge] = street, walked, backwards
            walked += network.lengths[edge]
        lengths[street] = walked
    heads = [chain[0][0] for chain in chains]
    ranks = np.array([min(network.classes[edge] for edge, _ in chain) for chain in chains])
    communes = commune_of_edge[heads]
    namer = _Namer(dice, network, places)
    names = [""] * len(chains)
    for street in sorted(range(len(chains)), key=lambda i: (ranks[i], -lengths[i])):
        chain = chains[street]
        names[street] = namer.name(chain, int(ranks[street]), lengths[street], int(communes[street]), bool(quay[heads[street]]))
    return Streets(names, communes, [[edge for edge, _ in chain] for chain in chains], of_edge, metre, flipped, lengths)


class _Namer:
    """Draws names from the list that fits the place, and remembers the stems each commune has used."""

    def __init__(self, dice: random.Random, network: Network, places: Places) -> None:
        self.dice, self.network = dice, network
        self.places = [name for name, _x, _y in places]
        self.place_xy = np.array([(x, y) for _name, x, y in places])
        self.used: dict[int, set[str]] = defaultdict(set)
        self.lists = {
            name: self._shuffled(getattr(words, name)) for name in ("FAMOUS", "BATTLES_AND_CITIES", "TRADES", "PLANTS", "PLACES", "ACTIVITIES", "QUAYS")
        }
        people = [f"{first} {last}" for first in words.FIRST for last in words.LAST]
        self.lists["PEOPLE"] = self._shuffled(person.replace(" ", "-") for person in people if person not in words.REAL_PEOPLE)
        self.left: dict[tuple[int, str], Iterator[str]] = {}
        degree = np.bincount(np.concatenate([network.start, network.end]))
        self.dead_end = (degree[network.start] == 1) | (degree[network.end] == 1)

    def name(self, chain: list[tuple[int, bool]], rank: int, length: float, commune: int, along_river: bool) -> str:
        """A name no other street of the commune bears; empty for a track, a neighbour's lane, or when every list is used up."""
        if rank >= 6 or (commune == 0 and rank >= 4):
            return ""
        edge, backwards = chain[0]
        ends = shapely.get_coordinates(self.network.lines[edge])[[0, -1]]
        start = ends[1] if backwards else ends[0]
        last, last_backwards = chain[-1]
        far = shapely.get_coordinates(self.network.lines[last])[0 if last_backwards else -1]
        r = min(np.hypot(*start), np.hypot(*far))
        if rank <= 3 and (commune == 0 or (commune != 1 and length > 900)):
            towards = self._towards(start, far, commune)
            if towards or commune == 0:
                return towards
        kind = self._kind(ends, rank, length, r, commune, along_river, len(chain) == 1 and self.dead_end[edge])
        return self._draw(kind, rank, r, commune, along_river)

    def _kind(self, ends: np.ndarray, rank: int, length: float, r: float, commune: int, along_river: bool, dead_end: bool) -> str:
        if along_river:
            return "Quai"
        if dead_end:
            return "Impasse" if length < 160 else self.dice.choice(("Impasse", "Allée", "Allée", "Rue"))
        if commune == 1 and rank <= 2:
            along = ends[1] - ends[0]
            radial = abs(float(along @ ends.mean(axis=0))) / (np.hypot(*along) * np.hypot(*ends.mean(axis=0)) + 1e-9)
            return "Avenue" if radial > 0.7 else "Boulevard"
        if rank <= 2:
            return self.dice.choice(("Avenue", "Rue", "Grande Rue")) if length > 250 else "Rue"
        if rank == 5 and r > 3_000:
            return "Chemin"
        if r < 480:
            return "Place" if length < 45 and self.dice.random() < 0.1 else "Ruelle" if length < 55 else "Rue"
        return self.dice.choices(("Rue", "Allée", "Chemin", "Square"), (82, 9 if length < 180 else 1, 4 if r > 1_700 else 0, 1 if length < 90 else 0))[0]

    def _draw(self, kind: str, rank: int, r: float, commune: int, along_river: bool) -> str:
        if kind == "Grande Rue":
            if "Grande Rue" not in self.used[commune]:
                self.used[commune].add("Grande Rue")
                return "Grande Rue"
            kind = "Rue"
        for source in self._sources(kind, rank, r, commune, along_river):
            stem = self._next(source, commune)
            if stem:
                return f"{kind} {self._article(stem)}"
        return ""

    def _sources(self, kind: str, rank: int, r: float, commune: int, along_river: bool) -> tuple[str, ...]:
        chance = self.dice.random()
        if along_river:
            first = "QUAYS"
        elif kind == "Chemin" and rank == 5:
            return ("PLACES", "PLANTS")  # Nobody names a lane after a person.
        elif kind == "Chemin":
            first = "PLACES"
        elif kind == "Impasse" and not (commune == 1 and r < 480):
            first = "PLANTS" if chance < 0.35 else "PLACES" if chance < 0.6 else "PEOPLE" if commune == 1 else "PLANTS"
        elif rank <= 2:
            first = "FAMOUS" if chance < 0.55 else "BATTLES_AND_CITIES"
        elif r < 480 and commune == 1:
            first = "TRADES"
        elif commune == 1 and r < 1_700:
            first = "FAMOUS" if chance < 0.3 else "BATTLES_AND_CITIES" if chance < 0.4 else "TRADES" if chance < 0.5 else "PEOPLE"
        elif commune == 1:
            first = "PEOPLE" if chance < 0.5 else "PLANTS" if chance < 0.68 else "PLACES" if chance < 0.84 else "FAMOUS" if chance < 0.95 else "ACTIVITIES"
        else:
            first = "PLACES" if chance < 0.3 else "PLANTS" if chance < 0.6 else "FAMOUS" if chance < 0.72 else "PEOPLE"
        return (first, "PEOPLE", "PLACES", "PLANTS")

    def _next(self, source: str, commune: int) -> str:
        """The next stem of the list that this commune does not use yet; empty when the list is used up."""
        stems = self.lists[source]
        left = self.left.get((commune, source))
        if left is None:
            first = self.dice.randrange(len(stems))
            left = self.left[commune, source] = iter(stems[first:] + stems[:first])
        for stem in left:
            if stem not in self.used[commune]:
                self.used[commune].add(stem)
                return stem
        return ""

    def _towards(self, start: np.ndarray, far: np.ndarray, commune: int) -> str:
        """The road's name after the place it leads to: the next commune beyond its outer end."""
        outer, inner = (far, start) if np.hypot(*far) > np.hypot(*start) else (start, far)
        ahead = (outer - inner) / (np.hypot(*(outer - inner)) + 1e-9)
        way = self.place_xy - outer
        distance = np.hypot(way[:, 0], way[:, 1])
        score = distance - 1.2 * (way @ ahead)
        score[commune - 1 if commune else 0] = np.inf
        for index in np.argsort(score)[:3]:
            stem = f"Route de {self.places[index]}"
            stem = stem.replace("Route de A", "Route d’A").replace("Route de E", "Route d’E").replace("Route de O", "Route d’O")
            if stem not in self.used[commune]:
                self.used[commune].add(stem)
                return stem
        return ""

    @staticmethod
    def _article(stem: str) -> str:
        for title in ("Général", "Maréchal", "Commandant", "Docteur"):
            if stem.startswith(title):
                return f"du {stem}"
        return stem

    def _shuffled(self, stems: Iterable[str]) -> list[str]:
        mixed = list(stems)
        self.dice.shuffle(mixed)
        return mixed
