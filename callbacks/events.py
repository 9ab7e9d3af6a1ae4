"""Taking, assigning, resolving and closing the selected alarm's event. Only a toast comes back: lists change by the feed."""

from datetime import datetime
from typing import Any

from dash import Input, Output, State, callback

from callbacks.acting import Selection, acting, clicked, selected_alarm, selected_event
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.operations import events
from hypervisor.store import UnitOfWork
from layouts import ids
from layouts.parts import detail, toasts

Toasts = list[dict[str, Any]]
TOAST = Output(ids.TOASTS, "sendNotifications", allow_duplicate=True)
SELECTION = State(ids.SELECTION, "data")


@callback(TOAST, Input(ids.BTN_TAKE, "n_clicks"), SELECTION, prevent_initial_call=True)
def take(_clicks: int | None, selection: Selection) -> Toasts:
    """« Je m’en occupe » : the event is opened when the alarm has none."""
    clicked()
    with acting("event:act") as (uow, by, at):
        event = _taken(uow, selection, by, at, "")
    return toasts.done(_("{number} pris en charge.", number=event["number"]))


@callback(TOAST, Output(ids.TAKE_REASON, "value"), Input(ids.SUBMIT_TAKE, "n_clicks"), SELECTION, State(ids.TAKE_REASON, "value"), prevent_initial_call=True)
def take_over(_clicks: int | None, selection: Selection, reason: str | None) -> tuple[Toasts, str]:
    """The same from another owner, with the reason."""
    clicked()
    with acting("event:act") as (uow, by, at):
        event = _taken(uow, selection, by, at, reason or "")
    return toasts.done(_("{number} repris.", number=event["number"])), ""


@callback(TOAST, Input(ids.SUBMIT_ASSIGN, "n_clicks"), SELECTION, State(ids.ASSIGN_TO, "value"), prevent_initial_call=True)
def assign(_clicks: int | None, selection: Selection, to: str | None) -> Toasts:
    """Gives the event to someone else; opened first when the alarm has none."""
    clicked()
    with acting("event:assign") as (uow, by, at):
        event_id = (selection or {}).get("event") or _taken(uow, selection, by, at, "")["id"]
        event = events.assign(uow, int(event_id), by, at, to or "")
    return toasts.done(_("{number} affecté à {name}.", number=event["number"], name=event["owner_name"]))


@callback(TOAST, Input(ids.BTN_RESOLVE, "n_clicks"), SELECTION, prevent_initial_call=True)
def resolve(_clicks: int | None, selection: Selection) -> Toasts:
    """The trouble is over."""
    clicked()
    with acting("event:act") as (uow, by, at):
        event = events.resolve(uow, selected_event(selection), by, at)
    return toasts.done(_("{number} résolu. Le compte rendu reste à écrire.", number=event["number"]))


@callback(
    TOAST,
    Output(ids.CLOSE_OUTCOME, "value"),
    Output(ids.CLOSE_REPORT, "value"),
    Input(ids.SUBMIT_CLOSE, "n_clicks"),
    SELECTION,
    State(ids.CLOSE_OUTCOME, "value"),
    State(ids.CLOSE_REPORT, "value"),
    prevent_initial_call=True,
)
def close(_clicks: int | None, selection: Selection, outcome: str | None, report: str | None) -> tuple[Toasts, None, str]:
    """Ends the event with its outcome."""
    clicked()
    with acting("event:act") as (uow, by, at):
        event = events.close(uow, selected_event(selection), by, at, detail.outcome_text(outcome, report))
    return toasts.done(_("{number} clos.", number=event["number"])), None, ""


def _taken(uow: UnitOfWork, selection: Selection, by: Principal, at: datetime, reason: str) -> dict[str, Any]:
    event_id = (selection or {}).get("event")
    if event_id is not None:
        return events.take(uow, int(event_id), by, at, reason)
    return events.create_from_alarm(uow, selected_alarm(selection), by, at, reason)
