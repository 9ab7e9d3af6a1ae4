"""What closing an event asks of its procedure: its run, frozen when it starts, and no mandatory step left open without a motive."""

from collections.abc import Sequence
from datetime import datetime

from hypervisor.domain.operator import Principal
from hypervisor.domain.procedure import Standing, left_open, standings
from hypervisor.errors import Conflict
from hypervisor.i18n import ngettext
from hypervisor.store import UnitOfWork, procedures
from hypervisor.store.events import Found
from hypervisor.store.procedures import Run

MOST_NAMED = 5


def begun(uow: UnitOfWork, event: Found, by: Principal, at: datetime, key: str = "") -> Run | None:
    """The event's run, begun now when it has none: with the version in force of `key`, or else of the event's type. None when no procedure is for it."""
    run = procedures.run_of(uow, event.id)
    if run is not None:
        return run
    in_force = next((one for one in procedures.in_state(uow, "in_force", {event.layer}) if one.key == key), None) if key else None
    version = in_force if key else procedures.for_cause(uow, event.layer, event.type)
    if version is None:
        return None
    procedures.freeze(uow, event.id, version, by.name, by.display_name, at)
    return procedures.run_of(uow, event.id)


def standing(uow: UnitOfWork, run: Run) -> list[Standing]:
    """Every step of a run as it stands."""
    return standings(run.procedure, run.started_at, procedures.acts_of(uow, run.event_id))


def require_finished(uow: UnitOfWork, event: Found, by: Principal, at: datetime, motive: str) -> str:
    """Lets an event be closed: nothing mandatory is open, or a motive says why, which a chief will read. Gives the words for the log, empty when all is done.

    A procedure that nobody opened is a procedure whose steps are all open. Raises Conflict with `open_steps` when a motive is wanted.
    """
    run = begun(uow, event, by, at)
    missing = left_open(standing(uow, run)) if run is not None else []
    if run is None or not missing:
        return ""
    if not motive.strip():
        raise Conflict(
            ngettext(
                "{key} a encore {count} étape obligatoire ouverte ({steps}) : faites-la, classez-la sans objet, ou donnez le motif, que le chef de salle lira.",
                "{key} a encore {count} étapes obligatoires ouvertes ({steps}) : faites-les, classez-les sans objet, ou donnez le motif, que le chef de salle lira.",
                len(missing), key=run.key, steps=_named(missing),
            ),
            open_steps=[one.number for one in missing],
        )  # fmt: skip
    procedures.leave(uow, event.id, motive.strip(), [one.number for one in missing], by.name, by.display_name, at)
    # The logbook is in the platform's language, whoever reads it.
    return f"étapes obligatoires laissées ouvertes ({_named(missing)}), motif : {motive.strip()}"


def _named(missing: Sequence[Standing]) -> str:
    numbers = [str(one.number) for one in missing[:MOST_NAMED]]
    return ", ".join([*numbers, "…"] if len(missing) > MOST_NAMED else numbers)
