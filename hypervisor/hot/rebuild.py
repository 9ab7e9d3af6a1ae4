"""Writes the whole present of a layer again, from what the worker holds in memory."""

from collections import Counter

import numpy as np
import redis
from numpy.typing import NDArray

from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down
from hypervisor.hot.present import VALUE
from hypervisor.hot.state import DELTAS_KEPT, LOOK

VALUES_PER_CALL = 5000
VALUE_FIELDS = VALUE.names or ()
LOOKS_PER_DELTA = 20_000


def rebuild(client: redis.Redis, tenant: int, layer: str, values: NDArray[np.void], looks: bytes, now_ms: int) -> None:
    """Replaces the layer's values (HOT_VALUE), snapshot and counts. The snapshot comes last: while it is there, the values are whole.

    Every appearance is told again on the delta stream, so that a screen that missed some converges; deltas are absolute.
    """
    hot, snap, state, delta = (name(tenant, layer) for name in (keys.hot, keys.snap, keys.state, keys.delta))
    with unavailable_when_down():
        client.delete(snap, hot)
        for first in range(0, len(values), VALUES_PER_CALL):
            part = values[first : first + VALUES_PER_CALL]
            names = [b"%d:%d" % pair for pair in zip(part["asset_id"].tolist(), part["property_id"].tolist(), strict=True)]
            packed = part[list(VALUE_FIELDS)].astype(VALUE).tobytes()
            client.hset(hot, mapping={name: packed[i * VALUE.itemsize : (i + 1) * VALUE.itemsize] for i, name in enumerate(names)})
        with client.pipeline(transaction=True) as pipe:
            pipe.delete(state)
            if counts := Counter(looks):
                pipe.hset(state, mapping={str(look): count for look, count in counts.items()})
            pipe.set(snap, looks)
            for first in range(0, len(looks), LOOKS_PER_DELTA):
                packed = b"".join(LOOK.pack(slot, look) for slot, look in enumerate(looks[first : first + LOOKS_PER_DELTA], first))
                pipe.xadd(delta, {"d": packed, "t": now_ms, "o": now_ms}, maxlen=DELTAS_KEPT, approximate=True)
            pipe.execute()
