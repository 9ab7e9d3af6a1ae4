"""What a layer declares: its kinds of assets, their properties with units and bounds, and its default rules."""

from dataclasses import dataclass, field
from datetime import timedelta

from hypervisor.domain.indicator import Factor, Indicator, Measure, Volume
from hypervisor.domain.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Property:
    """One thing measured on assets of a kind.

    unit: UCUM-like symbol as shown ("%", "m³/h", ""); low and high: physical bounds, outside which a value is invalid and never shown as live;
    period: how often a healthy source sends it (late after 1.5 periods, stale after 3, screens.md B.2);
    words: for values that are words (a lamp's status), the code stored for each, in the order of the table; ngsi: attribute name on the wire;
    wire_unit: UN/CEFACT code assumed for a number whose sender names none (Smart Data Models send shares as 0..1, "C62"); `domain.units.convert` converts.
    """

    key: str
    label: str
    unit: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    period: timedelta = timedelta(minutes=10)
    words: dict[str, int] = field(default_factory=dict)
    word_labels: dict[str, str] = field(default_factory=dict)
    ngsi: str = ""
    wire_unit: str = ""

    @property
    def attribute(self) -> str:
        """Name of the attribute in an NGSI-LD entity."""
        return self.ngsi or self.key


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of asset inside a layer, with the NGSI-LD type that delivers it.

    icon: name of a symbol of the Temaki or Maki sets. details: (attribute of the asset, its label) in the order of the sheet.
    hints: words (lower case, no accent, no space) by which an imported file's name or columns tell that it holds this kind.
    shape: point, line or area. active: (property, value at or above which the asset counts as "active": lit, occupied, open) for the map.
    staleness: property whose silence makes the asset stale; none means that silence is not watched (a pipe).
    """

    key: str
    label: str
    plural: str
    ngsi_type: str
    icon: str
    properties: tuple[str, ...] = ()
    shape: str = "point"
    active: tuple[str, float] | None = None
    staleness: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Headline:
    """A figure of the wall's strip: how it is computed from the layer's present, and what it is compared with.

    measure: a name that `hypervisor.queries.headlines` knows: share_active (assets at or above the kind's active value, in % of those fresh), mean, sum,
    count_above (fresh values >= at_least), share_fresh;
    kind and property say of what; reference: the value to compare with, None for none; reference_label: what that value is, in words;
    formula: the sentence shown to officials.
    """

    key: str
    label: str
    measure: str
    kind: str
    property: str = ""
    at_least: float | None = None
    unit: str = "%"
    reference: float | None = None
    formula: str = ""
    reference_label: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question on history that exploration offers ready made.

    text: the question in words, a French msgid; asked: the address of the exploration that asks it, without its dates; days: of history, until today.
    """

    text: str
    asked: str
    days: int = 7


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A business family of assets. `key` is the name of its folder; `order` its place in lists; labels are French msgids.

    risks, protection: what whoever works on its assets must know and wear, read on the phone before anything else;
    retention_days: days after which its values are deleted everywhere, PostgreSQL and lake; None is as long as the platform keeps any.
    measures, indicators, factors, volumes: what officials read of it, how history adds it up, the agreed figures in it and what a service declares (domain/indicator.py);
    questions: what exploration offers ready made on its history.
    """

    key: str
    label: str
    icon: str
    order: int
    kinds: tuple[Kind, ...]
    properties: tuple[Property, ...]
    rules: tuple[Rule, ...] = ()
    headlines: tuple[Headline, ...] = ()
    risks: tuple[str, ...] = ()
    protection: tuple[str, ...] = ()
    retention_days: int | None = None
    measures: tuple[Measure, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    factors: tuple[Factor, ...] = ()
    volumes: tuple[Volume, ...] = ()
    questions: tuple[Question, ...] = ()

    def words(self) -> dict[str, object]:
        """What a screen needs to name and draw it: key, label, icon, order, kinds; `heard` is false for a kind of which nothing is ever expected, a pipe."""
        kinds = [{"key": kind.key, "label": kind.label, "icon": kind.icon, "heard": kind.staleness is not None} for kind in self.kinds]
        return {"key": self.key, "label": self.label, "icon": self.icon, "order": self.order, "kinds": kinds}

    def kind(self, key: str) -> Kind:
        """The kind of that key. Raises KeyError."""
        return {kind.key: kind for kind in self.kinds}[key]

    def property_of(self, key: str) -> Property:
        """The property of that key. Raises KeyError."""
        return {prop.key: prop for prop in self.properties}[key]
