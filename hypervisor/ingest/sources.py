"""Whole sources that fall silent and come back, one per layer, each told once, also across restarts of the worker."""

from collections.abc import Set
from dataclasses import dataclass

from hypervisor.ingest.present import Present
from hypervisor.rules import silence

LISTENING_MS = 60_000
"""After a start, how long a source that was silent meanwhile may stay unheard before it is called silent; chosen by us: one of a living source's assets speaks within a minute."""


@dataclass(frozen=True, kw_only=True)
class SourceChange:
    """A layer's source fell silent or came back; since_ms is its newest value's time."""

    layer: str
    fresh: bool
    since_ms: int


class Sources:
    """See the module. said_silent: the layers last told silent; now_ms: when this worker began to listen: nothing is blamed for silence before.

    Readers take `silent` and `watched_from`, by layer: from when silence is its assets' own.
    """

    def __init__(self, present: Present, said_silent: Set[str], now_ms: int) -> None:
        layers = present.directory.layers
        self._present = present
        self._began_ms = now_ms
        self.silent = {layer: layer in said_silent for layer in layers}
        self.watched_from = dict.fromkeys(layers, now_ms)
        # Old when we came: either they are silent, or only we were not there to hear them.
        self._doubtful = {layer for layer in layers if not self.silent[layer] and self._is_old(layer)}

    def tick(self, now_ms: int) -> list[SourceChange]:
        """Those that changed. Qualities must have been judged at now_ms."""
        found = []
        for layer, was_silent in self.silent.items():
            is_silent = self._is_silent(layer, now_ms)
            if is_silent != was_silent:
                self.silent[layer] = is_silent
                self.watched_from[layer] = now_ms
                found.append(SourceChange(layer=layer, fresh=not is_silent, since_ms=self._present.newest(layer)))
        return found

    def is_blameless(self, layer: str) -> bool:
        """Whether its assets' silence is not their own: the source's, or ours."""
        return self.silent[layer] or layer in self._doubtful

    def _is_silent(self, layer: str, now_ms: int) -> bool:
        is_old = self._is_old(layer)
        if not is_old:
            self._doubtful.discard(layer)
        if layer not in self._doubtful:
            return is_old
        # Most of its values stay old until each asset has had its turn: one that is heard proves that the source lives.
        if now_ms - max(self._began_ms, self._present.newest(layer)) > LISTENING_MS:
            self._doubtful.discard(layer)
            return True
        return False

    def _is_old(self, layer: str) -> bool:
        return silence.is_source_silent(self._present.quality_of(layer))
