"""What the buttons of a procedure's steps do. One function per button; `ACTIONS` is the list of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypervisor.domain.operator import Principal
from hypervisor.domain.procedure import Action
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.notifications import Draft, queue
from hypervisor.operations import alarms as alarm_operations
from hypervisor.operations import interventions
from hypervisor.operations.interventions import Order
from hypervisor.store import UnitOfWork, alarms, events
from hypervisor.store.events import Found


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """A button pressed: on which event, and with which words in the place of the prepared ones."""

    event: Found
    action: Action
    words: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """What is written of it: in the logbook (sentence, comment, kind of line), and beside the step (outcome)."""

    sentence: str
    comment: str
    outcome: str
    kind: str = "action"


def call(_uow: UnitOfWork, pressed: Pressed, _by: Principal, _at: datetime) -> Done:
    """Notes that somebody is being called: the telephone is the workstation's own, by its `tel:` address."""
    who = " ".join(part for part in (pressed.action.who, pressed.action.tel) if part)
    return Done(sentence=f"Appel émis vers {who}", comment=pressed.words, outcome=who, kind="call_out")


def message(uow: UnitOfWork, pressed: Pressed, by: Principal, at: datetime) -> Done:
    """Queues the message in this transaction, by e-mail when the step names an address; without one it is noted, word for word, for who sends it otherwise."""
    action, event = pressed.action, pressed.event
    if not action.to:
        return Done(sentence=f"Message pour {action.who}", comment=pressed.words, outcome=action.who, kind="call_out")
    draft = Draft(
        channel="email", recipient=action.to, recipient_name=action.who, subject=f"{event.number} {event.title}", body=pressed.words, purpose="procedure",
        layer=event.layer, event_id=event.id, by=by.name,
    )  # fmt: skip
    queue(uow, draft, at)
    return Done(sentence=f"Message envoyé à {action.who}", comment=pressed.words, outcome=action.who, kind="call_out")


def intervention(uow: UnitOfWork, pressed: Pressed, by: Principal, at: datetime) -> Done:
    """Asks the step's team to go, for this event. Raises as `interventions.request` does."""
    order = Order(contractor=pressed.action.who, event_id=pressed.event.id, instructions=pressed.words)
    asked = interventions.request(uow, order, by, at)
    return Done(sentence=f"Intervention {asked['number']} demandée à {pressed.action.who}", comment="", outcome=f"{pressed.action.who} ({asked['number']})")


def suppress(uow: UnitOfWork, pressed: Pressed, by: Principal, at: datetime) -> Done:
    """Suppresses the event's open alarms for the minutes that the step says. Raises InvalidRequest when none is left to suppress."""
    until = at + timedelta(minutes=pressed.action.minutes)
    done = 0
    for alarm_id in events.alarms_of(uow, pressed.event.id):
        shape = alarms.shape_of(uow, alarm_id, None, None)
        if shape is not None and "suppressed" not in shape["masks"] and (shape["condition"] == "active" or not shape["acknowledged"]):
            alarm_operations.suppress(uow, alarm_id, by, at, pressed.words, until)
            done += 1
    if not done:
        raise InvalidRequest(_("Cet événement n’a aucune alarme à inhiber : elles sont closes ou le sont déjà."))
    return Done(sentence=f"Alarmes de l’événement inhibées pour {pressed.action.minutes} min", comment=pressed.words, outcome=str(done))


Button = Callable[[UnitOfWork, Pressed, Principal, datetime], Done]
ACTIONS: dict[str, Button] = {"call": call, "message": message, "intervention": intervention, "suppress": suppress}
