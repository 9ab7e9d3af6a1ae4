"""The worker's rules in memory: the real directory, present, pipeline, silences and conditions, with what the database would keep in two variables."""

from collections.abc import Mapping
from dataclasses import replace

from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.domain.observation import Batch, Observation
from hypervisor.domain.rule import Rule
from hypervisor.hot.state import HotValue
from hypervisor.ingest.directory import AssetRow, Directory
from hypervisor.ingest.pipeline import Outcome, accept
from hypervisor.ingest.present import Present
from hypervisor.ingest.rulebooks import surroundings_of
from hypervisor.ingest.silences import Silences
from hypervisor.ingest.sources import Sources
from hypervisor.rules.combination import Combinations, Group
from hypervisor.rules.compile import compile_rules
from hypervisor.rules.conditions import Changes, Conditions

LAYER = Layer(
    key="water",
    label="",
    icon="",
    order=1,
    kinds=(
        Kind(key="tank", label="", plural="", ngsi_type="Tank", icon="", properties=("level", "flow")),
        Kind(key="site", label="", plural="", ngsi_type="Site", icon="", properties=()),
    ),
    properties=(Property(key="level", label=""), Property(key="flow", label="")),
)
PROPERTY_IDS = {("water", "level"): 1, ("water", "flow"): 2}
KINDS = {1: "tank", 2: "tank", 3: "tank", 4: "site"}
COMMUNES = {1: 10, 2: 10, 3: 20, 4: 10}
Transition = tuple[str, int, bool]


class Machine:
    """See the module. groups: key of a counting rule → [(anchor, members)], asset ids."""

    def __init__(self, rules: list[Rule], groups: Mapping[str, list[tuple[int, set[int]]]], now: int) -> None:
        self._groups = groups
        self.raised: set[tuple[int, str]] = set()
        self.pending: dict[tuple[int, str], int] = {}
        self._values: list[HotValue] = []
        self._versions = 0
        self.load(rules, now)

    def load(self, rules: list[Rule], now: int) -> None:
        """As at a start, or after a rule was saved: from what the database and Redis keep."""
        layers = {"water": replace(LAYER, rules=tuple(rules))}
        book = compile_rules(layers)
        rows = (
            AssetRow(id=n, urn=f"urn:ngsi-ld:Tank:{n}", layer="water", kind=kind, commune_id=COMMUNES[n], slot=None, thresholds={}) for n, kind in KINDS.items()
        )
        directory = Directory(layers, PROPERTY_IDS, book, rows)
        self.present = Present(directory)
        self.present.restore(self._values)
        numbers = {one.rule.key: one.number for one in book.rules}
        place = directory.by_id
        scopes = {
            one.number: frozenset(place[n] for n in KINDS if COMMUNES[n] in one.rule.communes)
            for one in book.rules
            if one.rule.communes and one.rule.comparison != "count"
        }
        self.raised = {(asset, key) for asset, key in self.raised if key in numbers}
        self.pending = {(asset, key): since for (asset, key), since in self.pending.items() if key in numbers}
        self.conditions = Conditions(book.rules, {}, scopes, surroundings_of(self.present))
        self.conditions.restore(
            [(place[asset], numbers[key]) for asset, key in self.raised], {(place[asset], numbers[key]): since for (asset, key), since in self.pending.items()}
        )
        self.combinations = Combinations(
            book.rules,
            [
                Group(rule=number, anchor=place[anchor], members=frozenset(members))
                for key, number in numbers.items()
                for anchor, members in (self._groups.get(key, []) if key.startswith("count") else [])
            ],
        )
        for asset, key in self.raised:
            self._know(asset, key, active=True)
        self.silences = Silences(self.present, self.conditions, book, Sources(self.present, frozenset(), now))
        self.book, self.directory = book, directory

    def value(self, asset: int, prop: str, value: float, at: int, now: int) -> list[Transition]:
        outcome = Outcome()
        observation = Observation(entity=f"urn:ngsi-ld:Tank:{asset}", type="Tank", property=prop, value=value, observed_at_ms=at)
        accept([Batch(source="test", received_at_ms=now, observations=[observation])], self.present, self.conditions, outcome, 0, now)
        self._values += [HotValue(asset, int(self.present.property_of[cell]), at, value, 0) for cells in outcome.touched for cell in cells]
        return self._take(outcome.changes)

    def silent(self, now: int) -> list[Transition]:
        changes = Changes()
        self.silences.tick(now, now, changes)
        return self._take(changes)

    def durations(self, now: int) -> list[Transition]:
        found = []
        for place, number in self.conditions.due(now):
            asset, key = self.directory.asset_id[place], self.book.rules[number].rule.key
            del self.pending[asset, key]
            found.append(self._write(asset, key, holds=True))
        return found

    def counts(self, now: int) -> list[Transition]:
        changes = Changes()
        self.combinations.judge(self.conditions, now, changes)
        return self._take(changes)

    def _take(self, changes: Changes) -> list[Transition]:
        for (place, number), waits in changes.pending.items():
            key = self.directory.asset_id[place], self.book.rules[number].rule.key
            if waits is None:
                self.pending.pop(key, None)
            else:
                self.pending[key] = waits[0]
        return [self._write(self.directory.asset_id[v.asset], self.book.rules[v.rule].rule.key, holds=v.holds) for v in changes.verdicts]

    def _write(self, asset: int, key: str, *, holds: bool) -> Transition:
        assert ((asset, key) in self.raised) != holds, "an alarm begins when it is not, and ends when it is"
        (self.raised.add if holds else self.raised.remove)((asset, key))
        self._know(asset, key, active=holds)
        return key, asset, holds

    def _know(self, asset: int, key: str, *, active: bool) -> None:
        self._versions += 1
        self.combinations.know(asset, key, 1, self._versions, active=active)
