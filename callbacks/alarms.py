"""Acknowledging and commenting the selected alarm. Only a toast comes back: the list changes by the feed, on every screen at once."""

from typing import Any

from dash import Input, Output, State, callback

from callbacks.acting import Selection, acting, clicked, selected_alarm
from hypervisor.i18n import _
from hypervisor.operations import alarms
from layouts import ids
from layouts.parts import toasts


@callback(
    Output(ids.TOASTS, "sendNotifications", allow_duplicate=True),
    Input(ids.BTN_ACKNOWLEDGE, "n_clicks"),
    State(ids.SELECTION, "data"),
    prevent_initial_call=True,
)
def acknowledge(_clicks: int | None, selection: Selection) -> list[dict[str, Any]]:
    """« Je l’ai vu »."""
    clicked()
    with acting("alarm:act") as (uow, by, at):
        alarm = alarms.acknowledge(uow, selected_alarm(selection), by, at)
    return toasts.done(_("Acquittée : {title}, {asset}.", title=alarm["title"], asset=alarm["asset_name"]))


@callback(
    Output(ids.TOASTS, "sendNotifications", allow_duplicate=True),
    Output(ids.COMMENT_TEXT, "value"),
    Input(ids.SUBMIT_COMMENT, "n_clicks"),
    State(ids.SELECTION, "data"),
    State(ids.COMMENT_TEXT, "value"),
    prevent_initial_call=True,
)
def comment(_clicks: int | None, selection: Selection, text: str | None) -> tuple[list[dict[str, Any]], str]:
    """A remark on the alarm, kept in its log and in the logbook."""
    clicked()
    with acting("alarm:act") as (uow, by, at):
        alarms.comment(uow, selected_alarm(selection), by, at, text or "")
    return toasts.done(_("Commentaire enregistré.")), ""
