"""Takes the masks of works off, in the application's transaction."""

import json
from datetime import datetime

from hypervisor.domain.alarm import unmasked
from hypervisor.store import alarm_changes
from hypervisor.store.alarm_changes import Change
from hypervisor.store.unit_of_work import UnitOfWork


def take_off(uow: UnitOfWork, work_id: int, at: datetime) -> int:
    """Puts back in service what these works had put out; gives how many alarms."""
    source = f"work:{work_id}"
    with uow.cursor() as cursor:
        where = "a.tenant = %s AND a.is_open AND a.is_masked AND a.masking @> %s::jsonb"
        held = alarm_changes.held(cursor, where, (uow.tenant, json.dumps([{"source": source}])), most=100_000, waits=True)
        changes = [Change(alarm, unmasked(alarm.facts, "out_of_service", source), "in-service") for alarm in held]
        alarm_changes.save(cursor, uow.tenant, changes, at)
    return len(held)
