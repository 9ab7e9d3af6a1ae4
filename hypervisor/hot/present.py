"""The last values of a layer as columns, for figures that count over all of them."""

from dataclasses import dataclass

import numpy as np
import redis
from numpy.typing import NDArray

from hypervisor.hot import keys
from hypervisor.hot.client import unavailable_when_down

VALUE = np.dtype([("observed_at_ms", ">i8"), ("value", ">f8"), ("quality", "u1")])


@dataclass(frozen=True, kw_only=True)
class Present:
    """Last values, one row each, in no order; times in epoch milliseconds."""

    assets: NDArray[np.int64]
    properties: NDArray[np.int64]
    observed_at_ms: NDArray[np.int64]
    values: NDArray[np.float64]
    qualities: NDArray[np.uint8]


def read(client: redis.Redis, tenant: int, layer: str) -> Present:
    """Every last value of a layer. Raises Unavailable."""
    with unavailable_when_down():
        found: dict[bytes, bytes] = client.hgetall(keys.hot(tenant, layer))  # type: ignore[assignment]
    # One parse for all the names: a loop in Python over 100,000 of them would take most of the second.
    names = np.array(b":".join(found).split(b":") if found else [], dtype=np.bytes_).astype(np.int64).reshape(-1, 2)
    rows = np.frombuffer(b"".join(found.values()), VALUE)
    return Present(
        assets=names[:, 0],
        properties=names[:, 1],
        observed_at_ms=rows["observed_at_ms"].astype(np.int64),
        values=rows["value"].astype(np.float64),
        qualities=rows["quality"],
    )
