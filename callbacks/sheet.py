"""The selected alarm: what to do, facts and timeline, read again when the selection or its version changes."""

from typing import Any

from dash import ClientsideFunction, Input, Output, callback, clientside_callback
from dash.exceptions import PreventUpdate

from callbacks.acting import Selection, acting
from hypervisor import bootstrap
from hypervisor.queries.people import assignable
from hypervisor.queries.sheet import event_sheet, sheet
from layouts import ids
from layouts.parts import conduct, detail


@callback(
    Output(ids.CONDUCT, "children"),
    Output(ids.SAYINGS, "children"),
    Output(ids.FACTS, "children"),
    Output(ids.MEASURED, "data"),
    Input(ids.SELECTION, "data"),
    prevent_initial_call=True,
)
def show(selection: Selection) -> tuple[Any, Any, Any, dict[str, Any]]:
    """The sheet of the selected alarm, or of an event that has none."""
    chosen = selection or {}
    if chosen.get("alarm") is not None:
        with acting("alarm:read") as (uow, _by, at):
            read = sheet(uow, bootstrap.current().layers, int(chosen["alarm"] or 0), at)
        return conduct.content(read), conduct.sayings(read), detail.facts(read), detail.measured(read)
    if chosen.get("event") is not None:
        with acting("event:read") as (uow, _by, _at):
            opened = event_sheet(uow, int(chosen["event"] or 0))
        return conduct.of_event(opened), conduct.sayings_of_event(opened), None, {}
    return conduct.empty(), None, None, {}


@callback(Output(ids.ASSIGN_TO, "options"), Input(ids.BTN_ASSIGN, "n_clicks"), prevent_initial_call=True)
def offer(clicks: int | None) -> list[dict[str, str]]:
    """Who may receive the event, when the form opens."""
    if not clicks:
        raise PreventUpdate
    with acting("event:act") as (uow, _by, _at):
        return [{"value": account["username"], "label": account["display_name"]} for account in assignable(uow)]


# The curve is drawn in the browser, from the API: the page learns here what is measured.
clientside_callback(ClientsideFunction("vigie_detail", "measured"), Input(ids.MEASURED, "data"), prevent_initial_call=True)
