"""What the engine reads of an alarm's fact."""

import msgspec
import pytest

from hypervisor.domain.alarm import Priority
from hypervisor.ingest.keeper import UNREADABLE
from hypervisor.ingest.loading import alarm_of_fact

FACT = {
    "id": 7, "asset_id": 3, "cause": "off_at_night", "source": "rule", "version": 4, "priority": "major", "condition": "active", "acknowledged": True, "masks": ["shelved"], "latched": False,
    "title": "Éteint la nuit", "children": {"whatever": ["comes", "later"]},
}  # fmt: skip


def test_an_alarm_of_a_rule_is_known_by_its_rule():
    alarm = alarm_of_fact(msgspec.json.encode(FACT))
    assert (alarm.id, alarm.asset_id, alarm.cause, alarm.version, alarm.priority) == (7, 3, "off_at_night", 4, Priority.MAJOR)
    assert (alarm.active, alarm.acknowledged, alarm.masked, alarm.latched) == (True, True, True, False)


def test_an_alarm_of_a_supervisor_answers_to_no_rule():
    alarm = alarm_of_fact(msgspec.json.encode(FACT | {"source": "citysoft", "condition": "normal", "masks": []}))
    assert (alarm.cause, alarm.active, alarm.masked) == ("", False, False)


@pytest.mark.parametrize("wrong", [b"{}", b"not json", msgspec.json.encode(FACT | {"priority": "urgent"}), msgspec.json.encode(FACT | {"acknowledged": None})])
def test_what_is_not_an_alarm_is_an_error_that_the_keeper_leaves_out(wrong: bytes):
    with pytest.raises(UNREADABLE):
        alarm_of_fact(wrong)
