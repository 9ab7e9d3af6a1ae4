"""A timer wheel: what waits lies in the slot of its deadline, so that setting, ending and firing cost the same however much waits."""

import heapq
from collections.abc import Iterator

SLOT_MS = 250
"""Width of a slot. Deadlines are kept to the millisecond all the same: only the slot of the present is looked into."""

Key = tuple[int, int]


class TimerWheel:
    """Deadlines by key, epoch ms. Slots are made when something falls into them: a wheel that turns as far as the durations go."""

    def __init__(self) -> None:
        self._deadline: dict[Key, int] = {}
        self._slots: dict[int, set[Key]] = {}
        self._order: list[int] = []

    def __len__(self) -> int:
        return len(self._deadline)

    def set(self, key: Key, deadline_ms: int) -> None:
        """Starts the timer of a key, or moves it."""
        self.end(key)
        number = deadline_ms // SLOT_MS
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = set()
            heapq.heappush(self._order, number)
        slot.add(key)
        self._deadline[key] = deadline_ms

    def end(self, key: Key) -> bool:
        """Forgets the timer of a key; whether there was one."""
        deadline = self._deadline.pop(key, None)
        if deadline is None:
            return False
        # The slot stays, empty perhaps: it is dropped when time passes it.
        self._slots[deadline // SLOT_MS].discard(key)
        return True

    def due(self, now_ms: int) -> Iterator[Key]:
        """Keys whose deadline has come, in its order, each given once."""
        while self._order and self._order[0] * SLOT_MS <= now_ms:
            slot = self._slots[self._order[0]]
            # One by one: what is done with a key may end another one's timer.
            for deadline, key in sorted((self._deadline[key], key) for key in slot):
                if deadline > now_ms:
                    break
                if self._deadline.get(key) == deadline:
                    self.end(key)
                    yield key
            if slot:
                return
            del self._slots[heapq.heappop(self._order)]
