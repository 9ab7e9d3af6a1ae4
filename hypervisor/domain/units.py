"""Units of measure: what a sender's code means, and the value in the property's own unit.

Codes are those of UN/CEFACT Recommendation 20 (NGSI-LD's `unitCode`, ETSI GS CIM 009) and UCUM's; symbols are those that screens show.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class UnknownUnit(Exception):
    """A code that is not in the table, or one that does not measure the same thing."""


@dataclass(frozen=True)
class _Unit:
    """value in the dimension's base = value × factor + offset."""

    dimension: str
    factor: float = 1.0
    offset: float = 0.0


# Definitions: SI Brochure (BIPM, 9th edition) and Recommendation 20 revision 17; a line holds every name of one unit.
_NAMES: tuple[tuple[str, _Unit], ...] = (
    ("1 C62 NMB {count}", _Unit("number")),
    ("% P1", _Unit("number", 0.01)),
    ("‰ NX", _Unit("number", 0.001)),
    ("°C CEL Cel", _Unit("temperature")),
    ("K KEL", _Unit("temperature", 1.0, -273.15)),
    ("°F FAH [degF]", _Unit("temperature", 5 / 9, -160 / 9)),
    ("m MTR", _Unit("length")),
    ("cm CMT", _Unit("length", 0.01)),
    ("mm MMT", _Unit("length", 0.001)),
    ("km KMT", _Unit("length", 1000.0)),
    ("m³ m3 MTQ", _Unit("volume")),
    ("L l LTR", _Unit("volume", 0.001)),
    ("m³/h m3/h MQH", _Unit("flow")),
    ("L/s l/s G51", _Unit("flow", 3.6)),
    ("L/min l/min L2", _Unit("flow", 0.06)),
    ("L/h l/h E32", _Unit("flow", 0.001)),
    ("m³/s m3/s MQS", _Unit("flow", 3600.0)),
    ("bar BAR", _Unit("pressure")),
    ("mbar MBR", _Unit("pressure", 0.001)),
    ("Pa PAL", _Unit("pressure", 1e-5)),
    ("hPa A97", _Unit("pressure", 1e-3)),
    ("kPa KPA", _Unit("pressure", 1e-2)),
    ("m/s MTS", _Unit("speed")),
    ("km/h KMH", _Unit("speed", 1 / 3.6)),
    ("W WTT", _Unit("power")),
    ("kW KWT", _Unit("power", 1000.0)),
    ("Wh WHR", _Unit("energy", 0.001)),
    ("kWh KWH", _Unit("energy")),
    ("V VLT", _Unit("voltage")),
    ("mV 2Z", _Unit("voltage", 0.001)),
    ("A AMP", _Unit("current")),
    ("mA 4K", _Unit("current", 0.001)),
    ("lx LUX", _Unit("illuminance")),
    ("s SEC", _Unit("time")),
    ("min MIN", _Unit("time", 60.0)),
    ("h HUR", _Unit("time", 3600.0)),
    ("ms C26", _Unit("time", 0.001)),
    ("kg KGM", _Unit("mass")),
    ("g GRM", _Unit("mass", 0.001)),
    ("dB 2N", _Unit("level")),
    ("dBm DBM", _Unit("radio")),
    ("Hz HTZ", _Unit("frequency")),
    ("µg/m³ ug/m3 GQ", _Unit("concentration")),
    ("mg/m³ mg/m3 GP", _Unit("concentration", 1000.0)),
)
UNITS: Mapping[str, _Unit] = MappingProxyType({name: unit for names, unit in _NAMES for name in names.split()})


def affine(code: str, symbol: str) -> tuple[float, float]:
    """Factor and offset that turn a value sent in the unit of `code` into the unit of `symbol`; no code: it is in that unit already.

    Raises UnknownUnit when they do not measure the same thing.
    """
    if code in ("", symbol):
        return 1.0, 0.0
    sent, shown = UNITS.get(code), UNITS.get(symbol or "1")
    if sent is None or shown is None or sent.dimension != shown.dimension:
        raise UnknownUnit(f"{code!r} cannot be turned into {symbol!r}")
    if sent == shown:
        return 1.0, 0.0
    # The ratio first: 0.95 x (1 / 0.01) is 95 exactly, 0.95 / 0.01 is not, and thresholds are compared with it.
    return sent.factor / shown.factor, (sent.offset - shown.offset) / shown.factor


def convert(value: float, code: str, symbol: str) -> float:
    """The value, sent in the unit of `code`, in the unit of `symbol`. Raises UnknownUnit when they do not measure the same thing."""
    factor, offset = affine(code, symbol)
    return value * factor + offset
