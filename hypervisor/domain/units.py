"""Units on the wire (UN/CEFACT Recommendation 20 codes, as NGSI-LD's `unitCode` asks) and units as properties declare them."""

from collections.abc import Mapping
from types import MappingProxyType

SYMBOLS: frozenset[str] = frozenset({"", "%", "kW", "V", "m³/h", "bar", "m", "°C"})
"""Units in which properties are kept and shown."""

CONVERSIONS: Mapping[tuple[str, str], tuple[float, float]] = MappingProxyType(
    {
        ("C62", ""): (1.0, 0.0), ("P1", ""): (0.01, 0.0),
        ("P1", "%"): (1.0, 0.0), ("C62", "%"): (100.0, 0.0),
        ("KWT", "kW"): (1.0, 0.0), ("WTT", "kW"): (0.001, 0.0), ("MAW", "kW"): (1000.0, 0.0),
        ("VLT", "V"): (1.0, 0.0), ("KVT", "V"): (1000.0, 0.0),
        ("MQH", "m³/h"): (1.0, 0.0), ("MQS", "m³/h"): (3600.0, 0.0), ("G51", "m³/h"): (3.6, 0.0), ("L2", "m³/h"): (0.06, 0.0), ("E32", "m³/h"): (0.001, 0.0),
        ("BAR", "bar"): (1.0, 0.0), ("MBR", "bar"): (0.001, 0.0), ("PAL", "bar"): (1e-5, 0.0), ("KPA", "bar"): (0.01, 0.0), ("HN", "bar"): (0.00133322, 0.0),
        ("MTR", "m"): (1.0, 0.0), ("CMT", "m"): (0.01, 0.0), ("MMT", "m"): (0.001, 0.0),
        ("CEL", "°C"): (1.0, 0.0), ("KEL", "°C"): (1.0, -273.15), ("FAH", "°C"): (5 / 9, -160 / 9),
    }
)
"""(code on the wire, unit of the property) → (factor, offset): kept = received × factor + offset. G51 is litre per second, L2 per minute, E32 per hour."""


class UnknownUnit(Exception):
    """No conversion leads from this code to this unit; the sentence names both."""


def kept(value: float, code: str, unit: str) -> float:
    """The value in the property's unit. code: UN/CEFACT, or the property's own symbol, or "" for a value already in its unit. Raises UnknownUnit."""
    if code in ("", unit):
        return value
    try:
        factor, offset = CONVERSIONS[code, unit]
    except KeyError:
        raise UnknownUnit(f"unit code {code!r} cannot be turned into {unit or 'a plain number'!r}") from None
    return value * factor + offset
