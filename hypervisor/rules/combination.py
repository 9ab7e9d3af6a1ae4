"""Conditions across assets: how many assets of a group are in alarm by a rule. Follows alarms, not values, so that it also sees those of other shards."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hypervisor.rules.compile import CompiledRule
from hypervisor.rules.conditions import Changes, Conditions


@dataclass(frozen=True, kw_only=True)
class Group:
    """The assets that one rule counts together. anchor: the asset that carries the alarm, numbered as in Conditions; members: asset ids."""

    rule: int
    anchor: int
    members: frozenset[int]


class Combinations:
    """Counts of groups, moved by each alarm that begins or ends. Costs what is touched, however many groups there are."""

    def __init__(self, rules: tuple[CompiledRule, ...], groups: Iterable[Group]) -> None:
        self._counting = [one.number for one in rules if one.rule.comparison == "count"]
        self._groups = list(groups)
        self._count = [0] * len(self._groups)
        self._of_member: dict[tuple[int, str], list[int]] = {}
        for place, group in enumerate(self._groups):
            for member in group.members:
                self._of_member.setdefault((member, rules[group.rule].rule.members), []).append(place)
        self._known: dict[tuple[int, str], tuple[int, int, bool]] = {}
        # At first each group is judged: what is counted, or the groups themselves, may have changed while nobody looked.
        self._touched = set(range(len(self._groups)))
        self._is_first = True
        self._place = {(group.anchor, group.rule): place for place, group in enumerate(self._groups)}

    def know(self, asset_id: int, cause: str, alarm_id: int, version: int, *, active: bool) -> None:
        """Takes an alarm's newest state; an older one changes nothing."""
        groups = self._of_member.get((asset_id, cause))
        if groups is None:
            return
        seen_id, seen_version, was_active = self._known.get((asset_id, cause), (0, 0, False))
        if (alarm_id, version) <= (seen_id, seen_version):
            return
        self._known[asset_id, cause] = alarm_id, version, active
        if active != was_active:
            for place in groups:
                self._count[place] += 1 if active else -1
            self._touched.update(groups)

    def foresee(self, decided: Iterable[tuple[int, str, bool]], conditions: Conditions, at_ms: int, changes: Changes) -> None:
        """Judges groups as alarms that are decided, but not written yet, will leave them; what that decides comes first in `changes`.

        So the alarm that counts is written before those that it explains, and they are born under it. decided: (asset id, cause, holds), in order.
        """
        last = {(asset_id, cause): holds for asset_id, cause, holds in decided if (asset_id, cause) in self._of_member}
        moved: Counter[int] = Counter()
        for member, holds in last.items():
            if holds != self._known.get(member, (0, 0, False))[2]:
                for place in self._of_member[member]:
                    moved[place] += 1 if holds else -1
        found = Changes()
        for place in sorted(moved):
            group = self._groups[place]
            conditions.count(group.anchor, group.rule, self._count[place] + moved[place], at_ms, found)
        changes.verdicts[:0] = found.verdicts
        changes.pending.update(found.pending)

    def judge(self, conditions: Conditions, at_ms: int, changes: Changes) -> None:
        """Judges the groups whose count has changed since the last time."""
        if self._is_first:
            self._is_first = False
            for rule in self._counting:
                for anchor in conditions.met(rule):
                    if (anchor, rule) not in self._place:
                        conditions.count(anchor, rule, 0, at_ms, changes)
        for place in sorted(self._touched):
            group = self._groups[place]
            conditions.count(group.anchor, group.rule, self._count[place], at_ms, changes)
        self._touched.clear()

    def count(self, anchor: int, rule: int) -> int:
        """How many assets of a group are in alarm now."""
        return self._count[self._place[anchor, rule]]
