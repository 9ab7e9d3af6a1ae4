"""A rule: a declared condition on a property, and the alarm that it raises."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import msgspec

from hypervisor.domain.alarm import Priority, Stake, priority_of

VALUE = frozenset({"above", "below"})
RATE = frozenset({"rising", "falling"})
COMPARISONS = (*sorted(VALUE), *sorted(RATE), "silent", "count")
GROUPS = ("parent", "commune", "area")
"""How the assets that a rule counts are gathered: under one asset of the graph, in one commune, in the rule's own area."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Raises an alarm of cause `key` while `property` of a `kind` crosses `threshold`.

    comparison: "above" (value >= threshold), "below" (value <= threshold), "rising" or "falling" (the change between two values, per hour, >= threshold),
    "silent" (nothing received for `duration`; no threshold), "count" (as many assets of a group as `threshold` are in alarm by the rule `members`);
    hysteresis: distance, in the threshold's unit, by which the value must come back before the condition ends;
    duration: how long the condition must hold before the alarm is raised (zero: at once);
    threshold_attribute: name of the asset's attribute that holds its own threshold, for assets of different sizes (a district meter's alarm flow);
    when: a CEL expression that must also be true when the condition begins, "" for none (`rules/guard.py` says what it may use);
    communes and area (GeoJSON polygon in WGS84, "" for none): where the rule applies, everywhere when neither is given;
    members, group: for "count", the key of the counted rule, in the same layer, and one of GROUPS; `kind` is then that of the asset that carries the alarm:
    the parent, else the asset of the group with the lowest number;
    consequence, action, decide_within: the rationalisation sheet shown to the operator (screens.md 1.6);
    source: where the threshold comes from, a norm with its clause or "chosen by us";
    priority: the rule's own severity, which its alarms keep; they are ranked by `stake`, the consequence, and `decide_within` when it is given;
    explains: causes of other alarms, on the same asset or on those that depend on it, that this one explains: they are suppressed under it;
    latched: its alarms stay until a person resets them; highly_managed: they cannot be shelved, and only a chief may mask them.
    """

    key: str
    kind: str
    property: str = ""
    title: str
    priority: Priority
    comparison: str = "above"
    threshold: float = 0.0
    hysteresis: float = 0.0
    duration: timedelta = timedelta(0)
    consequence: str = ""
    action: str = ""
    decide_within: timedelta | None = None
    threshold_attribute: str | None = None
    when: str = ""
    communes: tuple[int, ...] = ()
    area: str = ""
    members: str = ""
    group: str = ""
    source: str = "chosen by us"
    stake: Stake | None = None
    explains: tuple[str, ...] = ()
    latched: bool = False
    highly_managed: bool = False

    def alarm_priority(self) -> Priority:
        """Priority of its alarms: consequence by time to respond, its own severity when the consequence is not stated."""
        return self.priority if self.stake is None else priority_of(self.stake, self.decide_within)

    def threshold_for(self, attributes: Mapping[str, object]) -> float:
        """The threshold of an asset with these attributes: its own when it declares a number, else the rule's."""
        own = attributes.get(self.threshold_attribute) if self.threshold_attribute else None
        return float(own) if isinstance(own, int | float) and not isinstance(own, bool) else self.threshold

    def is_met(self, value: float, was_met: bool, threshold: float | None = None) -> bool:
        """Whether the condition holds for this value (rate per hour, count), given whether it held before (hysteresis).

        threshold: the asset's own, None for the rule's.
        """
        margin = self.hysteresis if was_met else 0.0
        limit = self.threshold if threshold is None else threshold
        match self.comparison:
            case "above" | "rising" | "count":
                return value >= limit - margin
            case "below":
                return value <= limit + margin
            case "falling":
                return value <= margin - limit
        return False

    def as_row(self) -> dict[str, Any]:
        """The rule as JSON can hold it; `of_row` reads it back."""
        row: dict[str, Any] = msgspec.to_builtins({field.name: getattr(self, field.name) for field in fields(self)})
        return row


def of_row(row: Mapping[str, Any]) -> Rule:
    """The rule that `as_row` wrote. Raises msgspec.ValidationError."""
    return msgspec.convert(row, Rule)
