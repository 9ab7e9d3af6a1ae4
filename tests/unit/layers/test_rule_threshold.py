"""A rule's threshold: its own, or the asset's."""

from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule

BURST = Rule(
    key="burst", kind="meter", property="flow", title="Rupture", priority=Priority.CRITICAL, threshold=250, hysteresis=5, threshold_attribute="alarm_flow_m3_h"
)


def test_an_asset_that_declares_its_threshold_is_judged_by_it() -> None:
    own = BURST.threshold_for({"alarm_flow_m3_h": 80})
    assert own == 80
    assert BURST.is_met(81, was_met=False, threshold=own)
    assert not BURST.is_met(81, was_met=False)


def test_an_asset_that_declares_none_or_nonsense_is_judged_by_the_rule() -> None:
    assert BURST.threshold_for({}) == 250
    assert BURST.threshold_for({"alarm_flow_m3_h": "beaucoup"}) == 250
    assert BURST.threshold_for({"alarm_flow_m3_h": True}) == 250


def test_hysteresis_is_counted_from_the_asset_threshold() -> None:
    assert BURST.is_met(76, was_met=True, threshold=80)
    assert not BURST.is_met(74, was_met=True, threshold=80)
