"""The selected alarm: what to do, facts and timeline, read again when the selection or its version changes."""

from typing import Any

from dash import ClientsideFunction, Input, Output, callback, clientside_callback

from callbacks.acting import Selection, acting
from hypervisor import bootstrap
from hypervisor.queries.sheet import event_sheet, sheet
from layouts import ids
from layouts.parts import conduct, detail
from layouts.still import ATTRIBUTE, markup


@callback(
    Output(ids.CONDUCT, ATTRIBUTE),
    Output(ids.SAYINGS, ATTRIBUTE),
    Output(ids.FACTS, ATTRIBUTE),
    Output(ids.MEASURED, "data"),
    Input(ids.SELECTION, "data"),
    prevent_initial_call=True,
)
def show(selection: Selection) -> tuple[str, str, str, dict[str, Any]]:
    """The sheet of the selected alarm, or of an event that has none: three parts as markup, and of what it is, with what is measured."""
    chosen = selection or {}
    if chosen.get("alarm") is not None:
        with acting("alarm:read") as (uow, _by, at):
            read = sheet(uow, bootstrap.current().layers, int(chosen["alarm"] or 0), at)
        return *_still(conduct.content(read), conduct.sayings(read), detail.facts(read)), detail.measured(read)
    if chosen.get("event") is not None:
        with acting("event:read") as (uow, _by, _at):
            opened = event_sheet(uow, int(chosen["event"] or 0))
        return *_still(conduct.of_event(opened), conduct.sayings_of_event(opened), None), {"event": opened.event["id"]}
    return *_still(conduct.empty(), None, None), {}


def _still(*parts: Any) -> tuple[str, ...]:
    return tuple(str(markup(part)) for part in parts)


# The curve is drawn in the browser, from the API: the page learns here what is measured.
clientside_callback(ClientsideFunction("vigie_detail", "measured"), Input(ids.MEASURED, "data"), prevent_initial_call=True)
