"""Reading the platform's health again: the button, its key, and each change of the link."""

from typing import Any

from dash import Input, Output, callback

from layouts import ids
from layouts.pages import sante


@callback(Output(ids.HEALTH_BODY, "children"), Input(ids.HEALTH_REFRESH, "n_clicks"), Input(ids.HEALTH_WAKE, "data"), prevent_initial_call=True)
def refresh(_clicks: int | None, _wake: int | None) -> Any:
    """The panels, read now."""
    return sante.read()
