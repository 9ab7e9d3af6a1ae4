"""What people do with a procedure on an event: open it, settle its steps, press their buttons, read what was left. One transaction each."""

from datetime import datetime
from typing import Any

from hypervisor.domain import procedure as law
from hypervisor.domain.event import LIVE
from hypervisor.domain.operator import Principal
from hypervisor.domain.procedure import Act, Standing, State, Step
from hypervisor.errors import Conflict, InvalidRequest, NotFound
from hypervisor.i18n import N_, _
from hypervisor.operations import events as event_operations
from hypervisor.operations import procedure_runs as runs
from hypervisor.operations.procedure_actions import ACTIONS, Pressed
from hypervisor.operations.wording import hour
from hypervisor.queries.procedures import beside
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, events, procedures
from hypervisor.store.events import Found
from hypervisor.store.procedures import Run

LONGEST_REASON = 500
STATE_WORDS = {
    State.WAITING: N_("en attente d’une réponse"), State.OPEN: N_("à faire"), State.DONE: N_("faite"), State.SKIPPED: N_("sans objet"),
    State.EXCLUDED: N_("hors de la branche suivie"),
}  # fmt: skip
SENTENCES = {"do": "Étape {n} faite", "answer": "Étape {n} répondue", "skip": "Étape {n} sans objet", "undo": "Étape {n} rouverte"}
"""verb → how the logbook says it."""


def start(uow: UnitOfWork, event_id: int, by: Principal, at: datetime, key: str = "") -> dict[str, Any]:
    """Opens the procedure of the event's type, or the one of `key`; the version in force is frozen on the event. Gives the run's shape.

    Raises NotFound when no procedure in force is for it, Conflict when another is already open.
    """
    event = _live(uow, event_id, by)
    earlier = procedures.run_of(uow, event_id)
    if earlier is not None and key and key != earlier.key:
        raise Conflict(_("{key} a été ouverte par {name} à {hour} : elle reste celle de l’événement.", key=earlier.key, name=earlier.started_name, hour=hour(earlier.started_at)))  # fmt: skip
    if earlier is None:
        _begin(uow, event, by, at, key)
    return _shape(uow, event_id)


def settle(uow: UnitOfWork, event_id: int, number: int, verb: str, by: Principal, at: datetime, answer: str = "", reason: str = "") -> dict[str, Any]:
    """Does, answers, skips or opens again a step; the procedure is opened by its first act. Gives the run's shape.

    answer: a code of the step's answers. reason: compulsory to skip a step or to open it again. Raises Conflict, with who and when, when the step is not there.
    """
    event = _live(uow, event_id, by)
    run = procedures.run_of(uow, event_id) or _begin(uow, event, by, at)
    standing, step = _step(uow, run, number)
    reason = reason.strip()
    if verb in ("skip", "undo") and not reason:
        raise InvalidRequest(_("Le motif est vide : dites pourquoi l’étape est sans objet ou rouverte."))
    if len(reason) > LONGEST_REASON:
        raise InvalidRequest(_("Le motif dépasse {count} caractères : raccourcissez-le.", count=LONGEST_REASON))
    if step.answers and verb == "do":
        raise InvalidRequest(_("Cette étape est une question : choisissez une réponse."), answers=list(step.answers))
    if verb == "answer" and answer not in step.answers:
        raise InvalidRequest(_("La réponse n’est pas de celles de l’étape : {answers}.", answers=", ".join(step.answers.values())), answers=list(step.answers))
    _after(verb, standing)
    answer = answer if verb == "answer" else ""
    procedures.add_act(uow, event_id, Act(step=step.key, verb=verb, answer=answer, reason=reason, by=by.name, at=at), by.display_name)
    said = " — ".join(part for part in (step.text, step.answers.get(answer, ""), reason) if part)
    _tell(uow, event, by, at, f"procedure-{verb}", SENTENCES[verb].format(n=number), said)
    return _shape(uow, event_id)


def press(uow: UnitOfWork, event_id: int, number: int, by: Principal, at: datetime, words: str = "") -> dict[str, Any]:
    """Presses the button of a step: a call is noted, a message goes, an intervention is asked for, alarms are suppressed. The step stays where it is.

    words: the prepared text as the operator changed it. Gives the run's shape. Raises InvalidRequest when the step has no button.
    """
    event = _live(uow, event_id, by)
    run = procedures.run_of(uow, event_id) or _begin(uow, event, by, at)
    standing, step = _step(uow, run, number)
    if step.action is None:
        raise InvalidRequest(_("L’étape {n} n’a pas de bouton.", n=number))
    _after("act", standing)
    words = words.strip() or law.filled(step.action.text, fields_of(event))
    done = ACTIONS[step.action.do](uow, Pressed(event=event, action=step.action, words=words), by, at)
    procedures.add_act(uow, event_id, Act(step=step.key, verb="act", reason=done.outcome, by=by.name, at=at), by.display_name)
    _tell(uow, event, by, at, "procedure-act", done.sentence, done.comment, done.kind)
    return _shape(uow, event_id)


def see_left(uow: UnitOfWork, event_id: int, by: Principal, at: datetime) -> dict[str, Any]:
    """A chief has read why an event was closed with mandatory steps open."""
    require("procedure:review", principal=by)
    event = event_operations.lock(uow, event_id, by, None)
    if not procedures.see(uow, event_id, by.display_name, at):
        raise Conflict(_("Il n’y a rien à lire de cet événement, ou un chef de salle l’a déjà lu."))
    _tell(uow, event, by, at, "procedure-seen", "Motif des étapes laissées ouvertes lu", "")
    return _shape(uow, event_id)


def fields_of(event: Found) -> dict[str, str]:
    """What prepared texts name."""
    return {"number": event.number, "title": event.title, "place": event.title.rpartition(" — ")[2] or event.title}


def _live(uow: UnitOfWork, event_id: int, by: Principal) -> Found:
    event = event_operations.lock(uow, event_id, by, None)
    if event.status not in LIVE:
        raise Conflict(_("L’événement est terminé : sa fiche ne change plus."), status_now=event.status)
    return event


def _begin(uow: UnitOfWork, event: Found, by: Principal, at: datetime, key: str = "") -> Run:
    run = runs.begun(uow, event, by, at, key)
    if run is None:
        raise NotFound(_("Aucune fiche réflexe en vigueur n’est prévue pour cet événement."))
    _tell(uow, event, by, at, "procedure-start", "Fiche réflexe ouverte", f"{run.key} v{run.version} « {run.procedure.title} »")
    return run


def _step(uow: UnitOfWork, run: Run, number: int) -> tuple[Standing, Step]:
    step = run.procedure.step(number)
    if step is None:
        raise NotFound(_("{key} n’a pas d’étape {n}.", key=run.key, n=number))
    return runs.standing(uow, run)[number - 1], step


def _after(verb: str, standing: Standing) -> None:
    try:
        law.after(verb, standing.state)
    except law.Impossible:
        said = _("L’étape {n} est {state} : cette action n’y est pas possible.", n=standing.number, state=_(STATE_WORDS[standing.state]))
        if standing.last is None:
            raise Conflict(said, state_now=standing.state) from None
        by_whom = _("Dernière action : {name} à {hour}.", name=standing.last.by, hour=hour(standing.last.at))
        raise Conflict(f"{said} {by_whom}", state_now=standing.state, by=standing.last.by, at=standing.last.at.isoformat()) from None


def _tell(uow: UnitOfWork, event: Found, by: Principal, at: datetime, action: str, sentence: str, comment: str, kind: str = "action") -> None:
    """The event's log, its fact and the logbook; its version rises, so that every console reads the procedure again."""
    events.change(uow, event.id)
    event_operations.record(uow, event, event.status, by, at, action, sentence, comment, kind=kind)


def _shape(uow: UnitOfWork, event_id: int) -> dict[str, Any]:
    event = events.shape_of(uow, event_id, None, None)
    assert event is not None, "the event was locked by this transaction"
    return beside(uow, event)
