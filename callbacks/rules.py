"""The studio of rules: the page read again after a change, and a rule tried on its past."""

from typing import Any

from dash import Input, Output, callback
from dash.development.base_component import Component

from layouts import ids
from layouts.pages import regles


@callback(Output(ids.RULES_BODY, "children"), Input(ids.RULES_WAKE, "data"), prevent_initial_call=True)
def refresh(wake: dict[str, Any]) -> list[Component]:
    """Every panel, read now."""
    return regles.read(str(wake.get("regle", "")), str(wake.get("nouvelle", "")))


@callback(Output(ids.RULE_TRIAL, "children"), Input(ids.RULE_ASKED, "data"), prevent_initial_call=True)
def try_out(asked: dict[str, Any]) -> Component:
    """What the rule as it is written would have raised."""
    return regles.tried(str(asked["couche"]), str(asked["cle"]), asked["champs"])
