"""Letting a wall in, and signing it out."""

from typing import Any

from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash._callback import NoUpdate
from dash.development.base_component import Component

from callbacks.acting import acting, clicked
from hypervisor.i18n import _
from hypervisor.queries.people import Governance, governance
from hypervisor.security import pairing
from hypervisor.security.principals import machine_now
from layouts import ids
from layouts.pages import admin
from layouts.parts import governance as parts
from layouts.parts import toasts


@callback(
    Output(ids.ADMIN_WALLS, "children"),
    Output(ids.ADMIN_WALLS_COUNT, "children"),
    Output(ids.TOASTS, "sendNotifications", allow_duplicate=True),
    Output(ids.PAIRING_CODE, "value"),
    Input(ids.PAIRING_APPROVE, "n_clicks"),
    Input(ids.wall_revoke(ALL), "n_clicks"),
    Input(ids.ADMIN_WALLS_WAKE, "data"),
    State(ids.PAIRING_CODE, "value"),
    State(ids.PAIRING_LABEL, "value"),
    prevent_initial_call=True,
)
def change(
    _approved: int | None, _revoked: list[int | None], _wake: int | None, code: str | None, label: str | None
) -> tuple[Component, str, list[dict[str, Any]] | NoUpdate, str | NoUpdate]:
    """Approves the code typed, or revokes the wall whose button was pressed; then the list as it is. Woken while an approved screen has not opened: the list alone."""
    pressed = ctx.triggered_id
    if pressed == ids.ADMIN_WALLS_WAKE:
        return *_shown(admin.read()), no_update, no_update
    clicked()
    # Sessions live by the machine's time, not by a demonstration's shifted clock.
    with acting("wall:approve") as (uow, by, _at):
        if isinstance(pressed, dict):
            pairing.revoke(uow, pressed["session"], by, machine_now())
            said = toasts.done(_("Mur révoqué : il redemandera un code."))
        else:
            pairing.approve(uow, code or "", label or "", by, machine_now())
            said = toasts.done(_("Mur approuvé : {label}.", label=(label or "").strip()))
        return *_shown(governance(uow)), said, ""


def _shown(read: Governance) -> tuple[Component, str]:
    paired = read.walls or ()
    return parts.wall_list(paired, read.awaited), parts.wall_count(paired)
