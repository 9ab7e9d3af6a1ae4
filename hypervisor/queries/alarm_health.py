"""Is the room asked too much? Figures for the chief, beside the marks of the trade, which are guidance and never a verdict on a person (screens.md B.4)."""

from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.alarm import Priority
from hypervisor.domain.alarm_load import MARKS, STEP, load
from hypervisor.domain.operator import PERMISSIONS
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork
from hypervisor.store.alarm_health import Period

STANDING = timedelta(hours=24)
CHATTERING_TIMES, CHATTERING_WITHIN = 3, timedelta(minutes=1)
"""ANSI/ISA-18.2-2016, chattering: three times or more in a minute."""
LONGEST = timedelta(days=31)
SHOWN = 10


def health(uow: UnitOfWork, since: datetime, until: datetime, operators: float | None = None) -> dict[str, Any]:
    """Figures of [since, until). operators: how many share the alarms; those signed in at `until` when it is not given, one at least."""
    who = require("alarm:read")
    require("health:read")
    if not timedelta(0) < until - since <= LONGEST:
        raise InvalidRequest(_("La période est vide ou dépasse {count} jours.", count=LONGEST.days))
    period = Period(uow, who.layers, who.communes, since, until)
    people = operators or max(1, period.operators(_acting_roles()))
    steps = period.asked_by_step(STEP)
    by_priority = period.asked_by_priority()
    found = load(steps, by_priority, people)
    standing, oldest = period.standing(STANDING, SHOWN)
    worst = period.worst(SHOWN)
    return {
        "since": since.isoformat(), "until": until.isoformat(), "operators": people, "asked": found.asked, "marks": MARKS, "step_s": int(STEP.total_seconds()),
        "per_operator_per_step": found.per_operator_per_step, "busiest_step": found.busiest_step, "steps": steps, "share_in_flood": found.share_in_flood,
        "standing": standing, "standing_oldest": oldest,
        "chattering": period.chattering(CHATTERING_TIMES, CHATTERING_WITHIN, SHOWN),
        "worst": [one | {"share": one["count"] / found.asked} for one in worst],
        "worst_share": sum(one["count"] for one in worst) / found.asked if found.asked else 0.0,
        "distribution": {word: {"count": by_priority.get(Priority.of(word), 0), "share": share} for word, share in found.shares.items()},
        "masked": period.masked(),
        "seconds_to_acknowledge": period.seconds_to_acknowledge(),
    }  # fmt: skip


def _acting_roles() -> list[str]:
    return [role.value for role, permissions in PERMISSIONS.items() if "alarm:mask" in permissions]
