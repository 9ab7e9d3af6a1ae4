"""What people leave on the past: bookmarks and lessons (RETEX). They are added to, never changed."""

from datetime import datetime
from typing import Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.exports import dossier
from hypervisor.i18n import _
from hypervisor.queries import replay as queries
from hypervisor.security import audit, reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, events, replay

KINDS = ("bookmark", "lesson")
LONGEST_TEXT = 2000


def note(uow: UnitOfWork, moment: datetime, kind: str, text: str, by: Principal, at: datetime, event_id: int | None = None) -> dict[str, Any]:
    """Leaves a note on a moment of the past and gives it. A lesson says something; a bookmark may be bare. Raises NotFound for an event outside the perimeter."""
    require("replay:annotate", principal=by)
    text = text.strip()
    if kind not in KINDS:
        raise InvalidRequest(_("La nature {kind} n’existe pas : choisissez parmi {kinds}.", kind=kind, kinds=", ".join(KINDS)))
    if len(text) > LONGEST_TEXT or (kind == "lesson" and not text):
        raise InvalidRequest(_("Le texte est vide ou dépasse {count} caractères.", count=LONGEST_TEXT))
    if moment > at:
        raise InvalidRequest(_("Cette période n’est pas encore passée : choisissez un début plus ancien."))
    if event_id is not None and events.shape_of(uow, event_id, by.layers, by.communes) is None:
        raise reach.unseen(by, "replay:annotate", f"event:{event_id}", _("L’événement {id} n’existe pas, ou n’est pas dans votre périmètre.", id=event_id))
    return replay.add_note(uow, moment, kind, text, event_id, by.name, by.display_name, at)


def export(h: Hypervisor, since: datetime, until: datetime, by: Principal, at: datetime) -> bytes:
    """The incident file of a period, names replaced, as an archive; the export is in the audit. The complete one is operations/disclosures.py's."""
    require("replay:annotate", principal=by)
    with h.database.unit_of_work(by.tenant) as uow:
        told = queries.story(h, uow, since, until, at)
        audit.done(uow, by, "operator:replay:export", at, about=f"{since.isoformat()}/{until.isoformat()}", complete=False)
    # Laid out afterwards: the PDF may wait for its turn longer than PostgreSQL lets a transaction idle.
    return dossier.archive(told, at, by.display_name)
