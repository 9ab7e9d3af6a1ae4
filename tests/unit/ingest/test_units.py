"""Units: what a sender's code means in the property's own unit."""

import pytest

from hypervisor.domain.units import UnknownUnit, convert


@pytest.mark.parametrize(
    ("value", "code", "symbol", "expected"),
    [
        (12, "CEL", "°C", 12),
        (300, "KEL", "°C", 26.85),
        (212, "FAH", "°C", 100),
        (0.95, "C62", "%", 95),
        (42, "P1", "%", 42),
        (10, "G51", "m³/h", 36),
        (5, "%", "%", 5),
        (1500, "WTT", "kW", 1.5),
        (250, "KPA", "bar", 2.5),
        (36, "KMH", "m/s", 10),
        (40, "CMT", "m", 0.4),
        (7, "C62", "", 7),
    ],
)
def test_a_value_comes_in_the_unit_of_its_property(value, code, symbol, expected):
    assert convert(value, code, symbol) == pytest.approx(expected)


def test_a_share_at_its_threshold_stays_at_its_threshold():
    assert convert(0.95, "C62", "%") == 95.0


@pytest.mark.parametrize(("code", "symbol"), [("BAR", "°C"), ("XYZ", "%"), ("CEL", "furlong")])
def test_a_unit_of_something_else_is_refused(code, symbol):
    with pytest.raises(UnknownUnit):
        convert(1, code, symbol)
