"""Units on the wire become the property's own."""

import pytest

from hypervisor.domain.units import UnknownUnit, convert


@pytest.mark.parametrize(
    ("value", "code", "unit", "expected"),
    [
        (0.83, "C62", "%", 83.0),  # a share becomes a percentage
        (83, "P1", "%", 83.0),
        (10, "G51", "m³/h", 36.0),  # 10 L/s is 36,000 L/h
        (1, "MQS", "m³/h", 3600.0),
        (350, "KPA", "bar", 3.5),
        (293.15, "KEL", "°C", 20.0),
        (212, "FAH", "°C", 100.0),
        (42, "bar", "bar", 42.0),
    ],
)
def test_a_value_is_turned_into_the_unit_of_its_property(value: float, code: str, unit: str, expected: float) -> None:
    assert convert(value, code, unit) == pytest.approx(expected)


def test_a_code_that_leads_nowhere_is_refused_by_name() -> None:
    with pytest.raises(UnknownUnit, match=r"BAR.*%"):
        convert(1.0, "BAR", "%")
