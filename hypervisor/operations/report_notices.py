"""Who may validate a dashboard learns by e-mail that one waits: a row of the outbox each, in the transaction that makes it wait."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypervisor.domain.operator import PERMISSIONS, Role
from hypervisor.i18n import _
from hypervisor.layers import all_layers
from hypervisor.notifications.message import Draft
from hypervisor.notifications.queueing import queue
from hypervisor.queries.reports import title
from hypervisor.store import UnitOfWork, accounts, on_call

PURPOSE = "report_to_validate"


def tell(uow: UnitOfWork, found: Mapping[str, Any], written_by: str, at: datetime, public_url: str | None, by: str) -> list[int]:
    """Queues an e-mail to each person who may validate this document; gives the numbers of the messages. Nobody with an address: none.

    found: domain, commune_id, commune and period of the document. written_by: account that answers for its text, which does not validate it. Addresses are those of the contacts.
    """
    validating = _validating(uow, found["domain"], found["commune_id"]) - {written_by}
    people = {one["email"].lower(): one for one in on_call.contacts(uow) if one["email"] and one["account"] in validating}
    return [queue(uow, _draft(found, one, public_url, by), at) for one in people.values()]


def _validating(uow: UnitOfWork, domain: str, commune: int) -> set[str]:
    """Accounts that may validate: a first page and the whole territory are for those who have no perimeter, as in the list of `/preparation`."""
    return {
        str(one["username"])
        for one in accounts.listed(uow)
        if not one["disabled_at"]
        and "report:validate" in PERMISSIONS[Role(one["role"])]
        and (one["layers"] is None or domain in one["layers"])
        and (one["communes"] is None or commune in one["communes"])
    }


def _draft(found: Mapping[str, Any], person: Mapping[str, Any], public_url: str | None, by: str) -> Draft:
    name = title(found)
    parts = (
        _("Bonjour,"),
        _("Un tableau de bord attend d’être validé : {titre}. Il ne partira aux élus qu’une fois relu.", titre=name),
        _("Pour le lire, le valider ou le refuser : {lien}", lien=f"{public_url.rstrip('/')}/preparation")
        if public_url
        else _("Pour le lire, le valider ou le refuser : page Préparation des tableaux de bord."),
    )
    return Draft(
        channel="email", recipient=person["email"], recipient_name=person["name"], subject=_("À valider : {titre}", titre=name), body="\n\n".join(parts),
        purpose=PURPOSE, layer=found["domain"] if found["domain"] in all_layers() else None, by=by,
    )  # fmt: skip
