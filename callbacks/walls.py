"""Letting a wall in, and signing it out."""

from typing import Any

from dash import ALL, Input, Output, State, callback, ctx
from dash.development.base_component import Component

from callbacks.acting import acting, clicked
from hypervisor.i18n import _
from hypervisor.queries.people import governance
from hypervisor.security import pairing
from hypervisor.security.principals import machine_now
from layouts import ids
from layouts.parts import governance as parts
from layouts.parts import toasts


@callback(
    Output(ids.ADMIN_WALLS, "children"),
    Output(ids.TOASTS, "sendNotifications", allow_duplicate=True),
    Output(ids.PAIRING_CODE, "value"),
    Input(ids.PAIRING_APPROVE, "n_clicks"),
    Input(ids.wall_revoke(ALL), "n_clicks"),
    State(ids.PAIRING_CODE, "value"),
    State(ids.PAIRING_LABEL, "value"),
    prevent_initial_call=True,
)
def change(_approved: int | None, _revoked: list[int | None], code: str | None, label: str | None) -> tuple[Component, list[dict[str, Any]], str]:
    """Approves the code typed, or revokes the wall whose button was pressed; then the list as it is."""
    clicked()
    pressed = ctx.triggered_id
    # Sessions live by the machine's time, not by a demonstration's shifted clock.
    with acting("wall:approve") as (uow, by, _at):
        if isinstance(pressed, dict):
            pairing.revoke(uow, pressed["session"], by, machine_now())
            said = toasts.done(_("Mur révoqué : il redemandera un code."))
        else:
            pairing.approve(uow, code or "", label or "", by, machine_now())
            said = toasts.done(_("Mur approuvé : {label}.", label=(label or "").strip()))
        return parts.wall_list(governance(uow).walls or ()), said, ""
