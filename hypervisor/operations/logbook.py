"""The logbook: what people write in it, and its proof."""

from datetime import datetime
from typing import Any

from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.security.require import require
from hypervisor.store import Database, UnitOfWork, logbook

# What a person may write. `system` is the machine's.
KINDS = ("observation", "call_in", "call_out", "decision", "action", "instruction", "handover", "correction")
LONGEST_TEXT = 4000


def write(
    uow: UnitOfWork,
    kind: str,
    text: str,
    by: Principal,
    at: datetime,
    *,
    layer: str | None = None,
    alarm_id: int | None = None,
    event_id: int | None = None,
    asset_id: int | None = None,
    corrects: int | None = None,
) -> dict[str, Any]:
    """Appends a line and gives its shape. A correction names the line it corrects, which stays as it is."""
    require("logbook:write", layer, principal=by)
    if kind not in KINDS:
        raise InvalidRequest(_("La nature {kind} n’existe pas : choisissez parmi {kinds}.", kind=kind, kinds=", ".join(KINDS)))
    text = text.strip()
    if not 0 < len(text) <= LONGEST_TEXT:
        raise InvalidRequest(_("Le texte est vide ou dépasse {count} caractères.", count=LONGEST_TEXT))
    if (kind == "correction") != (corrects is not None):
        raise InvalidRequest(_("Une correction nomme la ligne qu’elle corrige, et elle seule."))
    if corrects is not None and logbook.shape_of(uow, corrects) is None:
        raise NotFound(_("La ligne {seq} n’existe pas.", seq=corrects))
    seq = logbook.append(
        uow,
        logbook.Line(
            at=at, actor=by.name, actor_name=by.display_name, kind=kind, text=text, layer=layer, alarm_id=alarm_id, event_id=event_id, asset_id=asset_id,
            action="note", corrects=corrects,
        ),
    )  # fmt: skip
    shape = logbook.shape_of(uow, seq)
    assert shape is not None, "the line was appended by this transaction"
    return shape


def check(database: Database, tenant: int = 1) -> int | None:
    """Number of the first line whose number, link or hash does not hold; None when the whole chain does. Run by the command line."""
    with database.unit_of_work(tenant) as uow:
        return logbook.first_broken(uow)
