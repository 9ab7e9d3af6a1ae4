"""Masks and facts of an alarm between its row and its law."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hypervisor.domain.alarm import REMIND_AFTER, Facts, Mask, Priority


def facts(
    active: bool, acknowledged: bool, priority: int, latched: bool, announced_at: datetime | None, repeats: int, masking: Sequence[Mapping[str, Any]]
) -> Facts:
    """The facts of a row. What is open without a mask, the room has been asked about."""
    return Facts(
        active=active,
        acknowledged=acknowledged,
        priority=Priority(priority),
        latched=latched,
        announced=announced_at is not None or not masking,
        repeats=repeats,
        masks=frozenset(_mask(one) for one in masking),
    )


def entries(masks: Iterable[Mask]) -> list[dict[str, Any]]:
    """Masks as the row keeps them and screens read them, oldest first."""
    ordered = sorted(masks, key=lambda mask: (mask.at, mask.kind, mask.source))
    return [
        {
            "mask": mask.kind, "source": mask.source, "at": _iso(mask.at), "until": _iso(mask.until), "once": mask.once,
            "by": mask.by, "name": mask.name, "reason": mask.reason, "comment": mask.comment,
        }
        for mask in ordered
    ]  # fmt: skip


def wake_at(after: Facts, acknowledged_at: datetime | None) -> datetime | None:
    """When the clock must look at an alarm next: its first mask that ends, or its acknowledgement that grows old."""
    times = [mask.until for mask in after.masks if mask.until is not None]
    patience = REMIND_AFTER.get(after.priority)
    if patience is not None and after.active and after.acknowledged and acknowledged_at is not None:
        times.append(acknowledged_at + patience)
    return min(times, default=None)


def _mask(entry: Mapping[str, Any]) -> Mask:
    until = entry["until"]
    return Mask(
        kind=entry["mask"], source=entry["source"], at=datetime.fromisoformat(entry["at"]), until=datetime.fromisoformat(until) if until else None,
        once=entry["once"], by=entry["by"], name=entry["name"], reason=entry["reason"], comment=entry["comment"],
    )  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
