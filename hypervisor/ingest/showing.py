"""Shows one tenant's memory in Redis, on one shard: what moved after each commit, a whole layer when a part of it has gone."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from hypervisor import hops
from hypervisor.clock import Clock
from hypervisor.hot import state
from hypervisor.hot.client import Redis
from hypervisor.hot.part import Part
from hypervisor.hot.rebuild import rebuild
from hypervisor.ingest.pipeline import Outcome
from hypervisor.ingest.present import Present

logger = logging.getLogger(__name__)

Insist = Callable[[Callable[[], None]], None]
"""Repeats a step until the dependency that it needs is back."""


class Showing:
    """See the module. counts: to which the time of each writing is added."""

    def __init__(self, tenant: int, part: Part, client: Redis, clock: Clock, insist: Insist, counts: Counter[str]) -> None:
        self._tenant = tenant
        self._part = part
        self._redis = client
        self._clock = clock
        self._insist = insist
        self._counts = counts

    def show(self, present: Present, outcome: Outcome) -> None:
        """Writes the values and looks that an outcome moved."""
        values = present.hot_values(np.unique(np.concatenate(outcome.touched))) if outcome.touched else {}
        looks = present.repaint(outcome.repaint)
        none = np.zeros(0, state.HOT_VALUE)
        changes = [
            state.Change(layer=layer, values=values.get(layer, none), looks=looks.get(layer, []), held=present.held[layer]) for layer in {*values, *looks}
        ]
        if changes:
            self._insist(lambda: self._apply(present, changes, outcome.oldest_ms))

    def whole(self, present: Present, layer: str) -> None:
        """Writes a layer anew."""
        values, looks, slots = present.all_hot_values(layer), present.looks(layer), present.directory.slots[layer]
        rebuild(self._redis, self._tenant, layer, self._part, values, looks, slots, self._clock.epoch_ms())

    def mend(self, present: Present, layers: Iterable[str]) -> None:
        """Writes again what was deleted of the present, also while nothing comes."""
        for layer in layers:
            if not state.is_whole(self._redis, self._tenant, layer, self._part, present.held[layer], present.directory.slots[layer]):
                logger.warning("tenant %d: the present of layer %s was not whole and is written again", self._tenant, layer)
                self.whole(present, layer)

    def _apply(self, present: Present, changes: Sequence[state.Change], oldest_ms: int) -> None:
        now_ms = self._clock.epoch_ms()
        with hops.passing(self._counts, "lua"):
            applied = state.apply(self._redis, self._tenant, self._part, changes, now_ms, min(oldest_ms, now_ms))
        for layer, held in applied.items():
            if held is None:
                self.whole(present, layer)
