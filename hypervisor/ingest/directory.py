"""Which assets exist, and how each attribute of each kind is read: what turns names on the wire into numbers."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.domain.units import UnknownUnit, convert
from hypervisor.hot.part import Part
from hypervisor.rules.compile import Rulebook, Watch

MILLISECOND = timedelta(milliseconds=1)


class Refused(Exception):
    """An observation cannot be accepted; the text is the cause, one word that is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """How one attribute of one kind is read: its place among the kind's cells, its bounds, its rules."""

    position: int
    property_id: int
    prop: Property
    watch: Watch | None
    is_heard: bool
    active_from: float | None

    def read(self, value: float | str, unit: str) -> float:
        """The value as a number in the property's unit. Raises Refused."""
        words = self.prop.words
        if isinstance(value, str):
            if not words:
                raise Refused("not_a_number")
            if value not in words:
                raise Refused("unknown_word")
            return words[value]
        if words and value not in words.values():
            raise Refused("unknown_word")
        unit = unit or self.prop.wire_unit
        if unit and not words:
            try:
                value = convert(value, unit, self.prop.unit)
            except UnknownUnit:
                raise Refused("unknown_unit") from None
        return value


@dataclass(frozen=True, kw_only=True, slots=True)
class KindTable:
    """One kind of one layer: its measures by attribute name, in as many cells per asset; period_ms of the one whose silence is watched, 0 for none."""

    layer: Layer
    kind: Kind
    measures: Mapping[str, Measure]
    size: int
    heard: Measure | None
    active: Measure | None
    period_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetRow:
    """An asset as PostgreSQL gives it; thresholds: attribute → the asset's own, for rules that have one each."""

    id: int
    urn: str
    layer: str
    kind: str
    commune_id: int
    slot: int | None
    thresholds: Mapping[str, object]


class Directory:
    """Assets by place: 0 … n-1, in the order they came. Each has as many cells, from first_cell on, as its kind has measures.

    Only the assets of the worker's part are here; slots counts all, and leads holds the layers whose first asset is here: what is said once for a whole
    layer is said by that worker.
    """

    def __init__(
        self, layers: Mapping[str, Layer], property_ids: Mapping[tuple[str, str], int], rulebook: Rulebook, rows: Iterable[AssetRow], part: Part = Part()
    ) -> None:
        self.layers = layers
        self.rulebook = rulebook
        self.kinds = {(layer.key, kind.key): _table(layer, kind, property_ids, rulebook) for layer in layers.values() for kind in layer.kinds}
        self.by_urn: dict[str, int] = {}
        self.by_id: dict[int, int] = {}
        self.table: list[KindTable] = []
        self.asset_id, self.commune_id, self.slot, self.first_cell = array("i"), array("i"), array("i"), array("i")
        self.thresholds: dict[tuple[int, int], float] = {}
        self.cells = 0
        own = {key: [rulebook.rules[n] for n in watch.own] for key, watch in rulebook.watches.items() if watch.own}
        self._own_rules = {kind: [one for (layer, of, _), rules in own.items() if (layer, of) == kind for one in rules] for kind in self.kinds}
        self.slots = dict.fromkeys(layers, 0)
        self.leads: set[str] = set()
        seen: set[str] = set()
        for row in rows:
            if row.layer in self.slots and row.slot is not None:
                self.slots[row.layer] = max(self.slots[row.layer], row.slot + 1)
            if part.holds(row.urn):
                self._add(row)
                self.leads |= {row.layer} - seen
            seen.add(row.layer)

    def __len__(self) -> int:
        return len(self.table)

    def _add(self, row: AssetRow) -> None:
        table = self.kinds.get((row.layer, row.kind))
        if table is None:
            return  # Its layer's folder was taken away: the asset stays in the database and is not supervised.
        place = len(self.table)
        self.by_urn[row.urn] = self.by_id[row.id] = place
        self.table.append(table)
        self.asset_id.append(row.id)
        self.commune_id.append(row.commune_id)
        self.slot.append(-1 if row.slot is None else row.slot)
        self.first_cell.append(self.cells)
        self.cells += table.size
        for one in self._own_rules[row.layer, row.kind]:
            self.thresholds[place, one.number] = one.rule.threshold_for(row.thresholds)


def _table(layer: Layer, kind: Kind, property_ids: Mapping[tuple[str, str], int], rulebook: Rulebook) -> KindTable:
    active_property, active_from = kind.active or ("", None)
    measures = {}
    for position, key in enumerate(kind.properties):
        prop = layer.property_of(key)
        measures[prop.attribute] = Measure(
            position=position,
            property_id=property_ids[layer.key, key],
            prop=prop,
            watch=rulebook.watches.get((layer.key, kind.key, key)),
            is_heard=key == kind.staleness,
            active_from=active_from if key == active_property else None,
        )
    heard = next((m for m in measures.values() if m.is_heard), None)
    return KindTable(
        layer=layer,
        kind=kind,
        measures=measures,
        size=len(kind.properties),
        heard=heard,
        period_ms=heard.prop.period // MILLISECOND if heard else 0,
        active=next((m for m in measures.values() if m.active_from is not None), None),
    )
