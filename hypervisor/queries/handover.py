"""The handover dossier, computed from the database: six sections, each with its count and what it is made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hypervisor.i18n import N_
from hypervisor.queries import on_call
from hypervisor.store import UnitOfWork, shifts

SECTIONS = {
    1: N_("Événements ouverts"),
    2: N_("Alarmes différées et inhibées"),
    3: N_("Liaisons et équipements dégradés"),
    4: N_("Consignes temporaires et permanentes"),
    5: N_("Astreintes en vigueur"),
    6: N_("Rappels à faire, appels en attente"),
}
"""screens.md 1.0."""
MOST_SHOWN = 100
"""Of each list; counts are whole."""


def dossier(uow: UnitOfWork, layers: Sequence[str] | None, since: datetime, at: datetime) -> dict[str, Any]:
    """{"since", "at", "sections": {"1": {"counts": [n, …], …lists}}, "load", "waiting"} of a post's domains (None: all), over [since, at). JSON through and through."""
    mine = None if layers is None else frozenset(layers)
    events, event_list = shifts.open_events(uow, mine, MOST_SHOWN)
    shelved, shelved_list = shifts.masked_alarms(uow, mine, "shelved", MOST_SHOWN)
    suppressed, suppressed_list = shifts.masked_alarms(uow, mine, "suppressed", MOST_SHOWN)
    out, out_list = shifts.masked_alarms(uow, mine, "out_of_service", MOST_SHOWN)
    silent = shifts.silent_supervisors(uow)
    left = [_instruction(one) for one in shifts.instructions(uow, mine, at)]
    temporary, permanent, callbacks = ([one for one in left if one["kind"] == kind] for kind in ("temporary", "permanent", "callback"))
    duties = _duties(uow, at, mine)
    sections = {
        "1": {"counts": [events], "events": event_list},
        "2": {"counts": [shelved, suppressed], "shelved": shelved_list, "suppressed": suppressed_list},
        "3": {"counts": [len(silent) + out], "silent": silent, "out_of_service": out_list},
        "4": {"counts": [len(temporary), len(permanent)], "temporary": temporary, "permanent": permanent},
        "5": {"counts": [len(duties)], "duties": duties},
        "6": {"counts": [len(callbacks)], "callbacks": callbacks},
    }
    load = shifts.load_since(uow, mine, since, at)
    waiting = shifts.waiting_alarms(uow, mine)
    return {
        "since": since.isoformat(), "at": at.isoformat(), "sections": sections,
        "load": {name: None if value is None else float(value) for name, value in load.items()}, "waiting": {str(priority): count for priority, count in waiting.items()},
    }  # fmt: skip


def _instruction(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "until": one["until"].isoformat() if one["until"] else None, "created_at": one["created_at"].isoformat()}


def _duties(uow: UnitOfWork, at: datetime, layers: frozenset[str] | None) -> list[dict[str, Any]]:
    """Rosters that concern those domains, with who holds them; without numbers, since a dossier is kept."""
    return [
        {"label": roster["label"], "kind": roster["kind"], "names": [person["name"] for person in roster["answers"]], "is_gap": roster["is_gap"]}
        for roster in on_call.now(uow, at)
        if layers is None or roster["layer"] is None or roster["layer"] in layers
    ]
