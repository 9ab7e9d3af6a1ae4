"""What the worker remembers of alarms."""

from hypervisor.domain.alarm import Priority
from hypervisor.ingest import present
from hypervisor.ingest.directory import AssetRow, Directory
from hypervisor.ingest.present import OpenAlarm, Present
from hypervisor.rules.compile import compile_rules
from tests.ingest_world import LAYERS, urn


def one_bin() -> Present:
    property_ids = {("essai", prop.key): number for number, prop in enumerate(LAYERS["essai"].properties, 1)}
    row = AssetRow(id=1, urn=urn(1), layer="essai", kind="bin", commune_id=1, slot=0, thresholds={})
    return Present(Directory(LAYERS, property_ids, compile_rules(LAYERS), [row]))


def alarm(number: int, version: int, *, active: bool) -> OpenAlarm:
    return OpenAlarm(id=number, asset_id=1, version=version, priority=Priority.MINOR, active=active, acknowledged=not active, masked=False)


def test_a_late_copy_of_an_alarm_that_ended_does_not_open_it_again():
    known = one_bin()
    assert known.know_alarm(alarm(1, 2, active=False)) == 0
    assert known.know_alarm(alarm(1, 1, active=True)) is None


def test_alarms_that_ended_long_ago_are_forgotten_and_those_that_are_open_never(monkeypatch):
    monkeypatch.setattr(present, "CLOSED_KEPT", 10)
    known = one_bin()
    known.know_alarm(alarm(1, 1, active=True))
    for number in range(2, 100):
        known.know_alarm(alarm(number, 1, active=True))
        known.know_alarm(alarm(number, 2, active=False))
    assert len(known._versions) <= 2 * 10 + 2
    assert known.know_alarm(alarm(1, 1, active=True)) is None
    assert known.know_alarm(alarm(99, 1, active=True)) is None
