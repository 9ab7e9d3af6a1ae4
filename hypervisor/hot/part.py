"""Which worker has which assets: a tenant's stream is in as many shards as there are workers, an asset always in the same one."""

import zlib
from typing import NamedTuple


def shard_of(entity: str, shards: int) -> int:
    """The shard of an asset, by its URN. The same in every process and for ever: CRC-32."""
    return zlib.crc32(entity.encode()) % shards


class Part(NamedTuple):
    """Shard `shard`, counted from 0, of `shards`."""

    shard: int = 0
    shards: int = 1

    @property
    def name(self) -> str:
        """As people write it, and as Redis keeps it: "0/1"."""
        return f"{self.shard}/{self.shards}"

    def holds(self, entity: str) -> bool:
        """Whether the asset of this URN is of this part."""
        return self.shards == 1 or shard_of(entity, self.shards) == self.shard


def parse(text: str) -> Part:
    """The part that "k/n" names. Raises ValueError."""
    shard, _, shards = text.partition("/")
    part = Part(int(shard), int(shards or 1))
    if not 0 <= part.shard < part.shards:
        raise ValueError(text)
    return part
