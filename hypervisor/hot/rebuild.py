"""Writes the whole present of a layer again, from what the worker holds in memory."""

import numpy as np
import redis
from numpy.typing import NDArray

from hypervisor.domain.appearance import NEVER_SEEN
from hypervisor.hot import keys, scripts
from hypervisor.hot.client import unavailable_when_down
from hypervisor.hot.part import Part
from hypervisor.hot.present import VALUE
from hypervisor.hot.state import DELTAS_KEPT

VALUES_PER_CALL = 5000
VALUE_FIELDS = VALUE.names or ()
LOOKS_PER_DELTA = 20_000


def rebuild(client: redis.Redis, tenant: int, layer: str, part: Part, values: NDArray[np.void], looks: NDArray[np.void], slots: int, now_ms: int) -> None:
    """Writes the layer's values (HOT_VALUE) and looks (LOOKS) of this part, and counts looks. `painted` comes last: while it is there, the values are whole.

    Every appearance is told again on the delta stream, so that a screen that missed some converges; deltas are absolute.
    """
    hot, snap, state, delta, painted = (name(tenant, layer) for name in (keys.hot, keys.snap, keys.state, keys.delta, keys.painted))
    script = scripts.load("paint")
    with unavailable_when_down():
        client.hdel(painted, part.name)
        if part.shards == 1:
            client.delete(snap, hot)  # What others have written is of nobody any more.
        for first in range(0, len(values), VALUES_PER_CALL):
            some = values[first : first + VALUES_PER_CALL]
            names = [b"%d:%d" % pair for pair in zip(some["asset_id"].tolist(), some["property_id"].tolist(), strict=True)]
            packed = some[list(VALUE_FIELDS)].astype(VALUE).tobytes()
            client.hset(hot, mapping={name: packed[i * VALUE.itemsize : (i + 1) * VALUE.itemsize] for i, name in enumerate(names)})
        for first in range(0, max(1, len(looks)), LOOKS_PER_DELTA):
            is_last = first + LOOKS_PER_DELTA >= len(looks)
            told = looks[first : first + LOOKS_PER_DELTA].tobytes()
            script.run(client, [snap, state, delta, painted], [part.name, slots, NEVER_SEEN, told, now_ms, DELTAS_KEPT, len(values) if is_last else ""])
