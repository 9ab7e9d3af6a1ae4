"""A rule: a declared condition on a property, and the alarm that it raises."""

from dataclasses import dataclass
from datetime import timedelta

from hypervisor.domain.alarm import Priority


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Raises an alarm of cause `key` while `property` of a `kind` crosses `threshold`.

    comparison: "above" (value >= threshold) or "below" (value <= threshold) or "silent" (nothing received for `duration`; no threshold);
    hysteresis: distance, in the property's unit, by which the value must come back before the condition ends;
    duration: how long the condition must hold before the alarm is raised (zero: at once);
    consequence, action, decide_within: the rationalisation sheet shown to the operator (screens.md 1.6).
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

    def is_met(self, value: float, was_met: bool) -> bool:
        """Whether the condition holds for this value, given whether it held before (hysteresis)."""
        margin = self.hysteresis if was_met else 0.0
        if self.comparison == "above":
            return value >= self.threshold - margin
        if self.comparison == "below":
            return value <= self.threshold + margin
        return False
