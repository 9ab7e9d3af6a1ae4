"""The officials' page: its figures, read when it opens, when a choice changes the address, and when somebody asks again; facts that services write."""

from typing import Any

from dash import ALL, Input, Output, State, callback, ctx

from callbacks.acting import acting, clicked
from hypervisor import bootstrap
from hypervisor.i18n import _
from hypervisor.operations import highlights
from hypervisor.queries import officials_page
from hypervisor.queries.officials import Choice
from layouts import ids
from layouts.pages import elus
from layouts.parts import toasts

AGAIN = "again"


@callback(Output(ids.OFFICIALS_BODY, "children"), Input(ids.OFFICIALS_CHOICE, "data"), Input(ids.OFFICIALS_AGAIN, "n_clicks", allow_optional=True))
def read(asked: dict[str, Any], _clicks: int | None) -> Any:
    """The page of that choice."""
    asked = {name: value for name, value in asked.items() if name != AGAIN}
    return elus.body(officials_page.attempt(bootstrap.current(), Choice(**asked)))


@callback(
    Output(ids.TOASTS, "sendNotifications", allow_duplicate=True),
    Output(ids.OFFICIALS_CHOICE, "data"),
    Input(ids.HIGHLIGHT_WRITE, "n_clicks"),
    Input(ids.highlight_remove(ALL), "n_clicks"),
    State(ids.HIGHLIGHT_LAYER, "value"),
    State(ids.HIGHLIGHT_DAY, "value"),
    State(ids.HIGHLIGHT_TEXT, "value"),
    State(ids.OFFICIALS_CHOICE, "data"),
    prevent_initial_call=True,
)
def publish(_written: int | None, _removed: list[int | None], layer: str | None, day: str | None, text: str | None, asked: dict[str, Any]) -> Any:
    """Publishes the fact typed, or takes the one whose button was pressed away; the page is then read again."""
    clicked()
    pressed = ctx.triggered_id
    with acting("highlight:write") as (uow, by, at):
        if isinstance(pressed, dict):
            highlights.remove(uow, pressed["number"], by, at)
            said = toasts.done(_("Fait retiré."))
        else:
            highlights.write(uow, layer or "", day or "", text or "", by, at)
            said = toasts.done(_("Fait publié."))
    # The same choice with another mark: the page is read again.
    return said, asked | {AGAIN: at.isoformat()}
