"""The logbook: what people write in it, and its proof."""

from datetime import datetime
from typing import Any

from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import Database, UnitOfWork, alarms, assets, events, logbook

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
    about = _about(uow, by, alarm_id, event_id, asset_id, corrects)
    if layer is None and about:
        # What is written of something is seen by those who see it, and by nobody else.
        layer = about[0]["layer"]
    commune_id = about[0]["commune_id"] if about else None
    seq = logbook.append_one(
        uow,
        logbook.Line(
            at=at, actor=by.name, actor_name=by.display_name, kind=kind, text=text, layer=layer, commune_id=commune_id, alarm_id=alarm_id, event_id=event_id, asset_id=asset_id,
            action="note", corrects=corrects,
        ),
    )  # fmt: skip
    shape = logbook.shape_of(uow, seq)
    assert shape is not None, "the line was appended by this transaction"
    return shape


def _about(uow: UnitOfWork, by: Principal, alarm_id: int | None, event_id: int | None, asset_id: int | None, corrects: int | None) -> list[dict[str, Any]]:
    """What the line names. Raises NotFound for what does not exist, and outside the perimeter, in the same words."""
    found = []
    for noun, number, read, missing in (
        ("alarm", alarm_id, alarms.shape_of, N_("L’alarme {id} n’existe pas, ou n’est pas dans votre périmètre.")),
        ("event", event_id, events.shape_of, N_("L’événement {id} n’existe pas, ou n’est pas dans votre périmètre.")),
        ("asset", asset_id, assets.one, N_("L’équipement {id} n’existe pas, ou n’est pas dans votre périmètre.")),
    ):
        if number is not None:
            found.append(read(uow, number, by.layers, by.communes))
            if found[-1] is None:
                raise reach.unseen(by, "logbook:write", f"{noun}:{number}", _(missing, id=number))
    if corrects is not None:
        line = logbook.shape_of(uow, corrects)
        if line is None or not by.may("logbook:write", line["layer"], line["commune_id"]):
            raise reach.unseen(by, "logbook:write", f"logbook:{corrects}", _("La ligne {seq} n’existe pas.", seq=corrects))
        found.append(line)
    return [each for each in found if each is not None]


def check(database: Database, tenant: int = 1) -> int | None:
    """Number of the first line whose number, link or hash does not hold; None when the whole chain does. Run by the command line."""
    with database.unit_of_work(tenant) as uow:
        return logbook.first_broken(uow)
