"""What counts as a Redis that is away."""

import pytest
import redis

from hypervisor.errors import Unavailable
from hypervisor.hot.client import unavailable_when_down


def test_a_redis_that_cannot_write_for_now_is_waited_for_and_a_mistake_of_ours_is_not():
    with pytest.raises(Unavailable), unavailable_when_down():
        raise redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device")
    with pytest.raises(redis.ResponseError), unavailable_when_down():
        raise redis.ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")
