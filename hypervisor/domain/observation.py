"""One value of one property of one asset at one instant."""

import msgspec


class Observation(msgspec.Struct, frozen=True, array_like=True):
    """As it travels on the stream, before the asset is looked up: names, not numbers.

    entity: the asset's URN; type: NGSI-LD type; property: attribute name on the wire; value: a number or a word;
    observed_at_ms: epoch milliseconds UTC, or 0 when the sender gave no time (then the receipt is the time); unit: UCUM/CEFACT code or "".
    """

    entity: str
    type: str
    property: str
    value: float | str
    observed_at_ms: int
    unit: str = ""


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """One entry of the stream: who sent it, when it came, what it holds, and the layers its sender may write (None = all).

    trace: the request that it came by, as W3C writes it, when traces are kept.
    """

    source: str
    received_at_ms: int
    observations: list[Observation]
    layers: list[str] | None = None
    trace: str = ""
