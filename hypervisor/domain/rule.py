"""A rule: a declared condition on a property, and the alarm that it raises."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from hypervisor.domain.alarm import Priority, Stake, priority_of


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Raises an alarm of cause `key` while `property` of a `kind` crosses `threshold`.

    comparison: "above" (value >= threshold) or "below" (value <= threshold) or "silent" (nothing received for `duration`; no threshold);
    hysteresis: distance, in the property's unit, by which the value must come back before the condition ends;
    duration: how long the condition must hold before the alarm is raised (zero: at once);
    threshold_attribute: name of the asset's attribute that holds its own threshold, for assets of different sizes (a district meter's alarm flow);
    consequence, action, decide_within: the rationalisation sheet shown to the operator (screens.md 1.6);
    source: where the threshold comes from, a norm with its clause or "chosen by us";
    priority: the rule's own severity, which its alarms keep; they are ranked by `stake`, the consequence, and `decide_within` when it is given;
    explains: causes of other alarms, on the same asset or on those that depend on it, that this one explains: they are suppressed under it;
    latched: its alarms stay until a person resets them; highly_managed: they cannot be shelved, and only a chief may mask them.
    """

    key: str
    kind: str
    property: str
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
        """Whether the condition holds for this value, given whether it held before (hysteresis). threshold: the asset's own, None for the rule's."""
        margin = self.hysteresis if was_met else 0.0
        limit = self.threshold if threshold is None else threshold
        if self.comparison == "above":
            return value >= limit - margin
        if self.comparison == "below":
            return value <= limit + margin
        return False
