"""What every action shares: a true click, and the person, the moment and the transaction of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from dash import ctx
from dash.exceptions import PreventUpdate

from hypervisor import bootstrap
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork

Selection = dict[str, int | None] | None
"""What the console's selection holds: `alarm`, `event`, and `version` so that a change of either is read again."""


@contextmanager
def acting(permission: str) -> Iterator[tuple[UnitOfWork, Principal, datetime]]:
    """One transaction of the person who clicked, at this moment."""
    by = require(permission)
    h = bootstrap.current()
    with h.database.unit_of_work(by.tenant) as uow:
        yield uow, by, h.clock.now()


def clicked() -> str:
    """The id of the button pressed. A redrawn page also fires its Inputs, without a click: then nothing happens at all."""
    fired = ctx.triggered[0] if ctx.triggered else None
    if not fired or not isinstance(fired["value"], int) or fired["value"] < 1:
        raise PreventUpdate
    return str(ctx.triggered_id)


def selected_alarm(selection: Selection) -> int:
    """The selected alarm. Raises InvalidRequest when none is."""
    return _chosen(selection, "alarm", _("Aucune alarme n’est choisie : choisissez-en une dans la file."))


def selected_event(selection: Selection) -> int:
    """The selected alarm's event. Raises InvalidRequest when it has none."""
    return _chosen(selection, "event", _("Cette alarme n’a pas encore d’événement : prenez-la d’abord en charge."))


def _chosen(selection: Selection, noun: str, otherwise: str) -> int:
    chosen = (selection or {}).get(noun)
    if chosen is None:
        raise InvalidRequest(otherwise)
    return int(chosen)
