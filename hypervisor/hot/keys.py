"""Every Redis key, named once. Braces are hash tags: what a script or a MULTI touches together stays on one node of a cluster."""


def stream(tenant: int, shard: int) -> str:
    """Stream of accepted, unprocessed batches: field `b` (msgpack `Batch`), field `n` (observations in it). A record until its ledger row is committed."""
    return f"in:{{{tenant}:{shard}}}"


def incarnation(tenant: int, shard: int) -> str:
    """String: the id of this life of the stream, made with the stream, gone with it."""
    return f"in:{{{tenant}:{shard}}}:incarnation"


def sharding(tenant: int) -> str:
    """String: in how many shards the stream is. `ingest/resharding.py` changes it."""
    return f"in:{{{tenant}}}:shards"


def seen_request(tenant: int, shard: int, digest: str) -> str:
    """String: the answer already given to a request of that Idempotency-Key, for 24 h, or of that body, for 10 min."""
    return f"in:{{{tenant}:{shard}}}:seen:{digest}"


def hot(tenant: int, layer: str) -> str:
    """Hash `asset_id:property_id` → 8 bytes big-endian epoch ms, then 8 bytes big-endian double, then 1 byte quality."""
    return f"hot:{{{tenant}:{layer}}}"


def snap(tenant: int, layer: str) -> str:
    """String: one appearance byte per slot of the layer."""
    return f"snap:{{{tenant}:{layer}}}"


def state(tenant: int, layer: str) -> str:
    """Hash appearance byte (decimal) → number of assets that look so."""
    return f"state:{{{tenant}:{layer}}}"


def delta(tenant: int, layer: str) -> str:
    """Stream of changes: field `d` = packed (u32 little-endian slot, u8 appearance) pairs, field `t` = epoch ms at the worker, field `o` = oldest observed epoch ms."""
    return f"delta:{{{tenant}:{layer}}}"


def painted(tenant: int, layer: str) -> str:
    """Hash part ("0/1") → number of values that its worker has; a part that is not there has not painted its assets in the snapshot."""
    return f"snap:{{{tenant}:{layer}}}:painted"


def facts(tenant: int) -> str:
    """Stream of relayed outbox rows: field `k` = kind, field `b` = JSON body, field `i` = outbox id."""
    return f"fact:{{{tenant}}}"


def pulse(tenant: int, process: str) -> str:
    """String with a short life: JSON that a process renews to say that it lives (worker:0, jobs, …)."""
    return f"pulse:{{{tenant}}}:{process}"


def revocations() -> str:
    """String: how many sessions and tokens were revoked, in all tenants. Whoever remembers one looks it up again when this number has changed."""
    return "revocations"


def presence(tenant: int) -> str:
    """Hash session id → JSON of who looks at what, each with its own `until`; the whole goes when nobody looks at anything."""
    return f"presence:{{{tenant}}}"


def counters(tenant: int) -> str:
    """Hash of running totals: accepted, rejected:<cause>, …"""
    return f"count:{{{tenant}}}"


def figures(tenant: int) -> str:
    """String: JSON of the headline figures computed last; with `:turn`, `:point` and `:ring:<figure>` beside it. Rebuilt by itself."""
    return f"figures:{{{tenant}}}"


DISPOSABLE = ("hot:*", "snap:*", "state:*", "delta:*")
"""Patterns of the keys that can be deleted while the platform runs; `hot/rebuild.py` restores them."""
