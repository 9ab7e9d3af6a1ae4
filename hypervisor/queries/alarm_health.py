"""Is the room asked too much? Figures for the chief, beside the marks of the trade, which are guidance and never a verdict on a person (screens.md B.4)."""

from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.alarm import Priority
from hypervisor.domain.operator import PERMISSIONS
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork
from hypervisor.store.alarm_health import Period

STEP = timedelta(minutes=10)
FLOOD = 10
"""Alarms per operator in a step beyond which it is a flood (screens.md B.4 and B.5; EEMUA 191)."""
STANDING = timedelta(hours=24)
CHATTERING_TIMES, CHATTERING_WITHIN = 3, timedelta(minutes=1)
"""ANSI/ISA-18.2-2016, chattering: three times or more in a minute."""
MARKS = {"per_operator_per_step": 1.0, "share_in_flood": 0.01, "critical": 0.05, "major": 0.15, "minor": 0.80}
LONGEST = timedelta(days=31)
SHOWN = 10


def health(uow: UnitOfWork, since: datetime, until: datetime, operators: int | None = None) -> dict[str, Any]:
    """Figures of [since, until). operators: how many share the alarms; those signed in at `until` when it is not given, one at least."""
    who = require("alarm:read")
    require("health:read")
    if not timedelta(0) < until - since <= LONGEST:
        raise InvalidRequest(_("La période est vide ou dépasse {count} jours.", count=LONGEST.days))
    period = Period(uow, who.layers, who.communes, since, until)
    people = operators or max(1, period.operators(_acting_roles()))
    steps = period.asked_by_step(STEP)
    by_priority = period.asked_by_priority()
    asked = sum(by_priority.values())
    standing, oldest = period.standing(STANDING, SHOWN)
    worst = period.worst(SHOWN)
    return {
        "since": since.isoformat(), "until": until.isoformat(), "operators": people, "asked": asked, "marks": MARKS, "step_s": int(STEP.total_seconds()),
        "per_operator_per_step": asked / people / len(steps), "busiest_step": max(steps) / people, "steps": steps,
        "share_in_flood": sum(count / people > FLOOD for count in steps) / len(steps),
        "standing": standing, "standing_oldest": oldest,
        "chattering": period.chattering(CHATTERING_TIMES, CHATTERING_WITHIN, SHOWN),
        "worst": [one | {"share": one["count"] / asked} for one in worst],
        "worst_share": sum(one["count"] for one in worst) / asked if asked else 0.0,
        "distribution": {
            priority.word: {"count": by_priority.get(priority, 0), "share": by_priority.get(priority, 0) / asked if asked else 0.0}
            for priority in (Priority.CRITICAL, Priority.MAJOR, Priority.MINOR)
        },
        "masked": period.masked(),
        "seconds_to_acknowledge": period.seconds_to_acknowledge(),
    }  # fmt: skip


def _acting_roles() -> list[str]:
    return [role.value for role, permissions in PERMISSIONS.items() if "alarm:mask" in permissions]
