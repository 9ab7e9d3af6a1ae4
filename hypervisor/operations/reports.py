"""Dashboards sent to officials: ask for them, let one go after a second look, refuse one, stop them. Each act is a line of the audit and of the logbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypervisor import fmt
from hypervisor.domain import reporting
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.i18n import _, ngettext
from hypervisor.layers import all_layers
from hypervisor.notifications.message import Attachment, Draft, address
from hypervisor.notifications.queueing import queue
from hypervisor.operations.report_notices import tell
from hypervisor.queries import officials
from hypervisor.queries.reports import title
from hypervisor.security import audit, reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook, reports
from hypervisor.store.reports import Prepared

LONGEST = 600
MOST_RECIPIENTS = 50
PURPOSE = "official_report"
FARTHEST = timedelta(days=731)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be sent. domain: a layer, service, or "" for the first page; recipients: one « Name <address> » each."""

    domain: str
    commune: int
    rhythm: reporting.Rhythm
    recipients: Sequence[str]


def plan(uow: UnitOfWork, wanted: Wanted, by: Principal, at: datetime) -> int:
    """Asks for a document each period, the last one that is over first; gives the plan's number.

    Raises InvalidRequest for a domain or an address that cannot be, Conflict for what is sent already, Forbidden for figures outside the writer's perimeter.
    """
    require("report:plan", wanted.domain or None, wanted.commune or None, principal=by)
    if wanted.domain and wanted.domain != officials.SERVICE and wanted.domain not in all_layers():
        raise InvalidRequest(_("Le domaine « {domaine} » n’existe pas.", domaine=wanted.domain[:40]))
    if (not wanted.domain and by.layers is not None) or (not wanted.commune and by.communes is not None):
        audit.refused(by, "report:plan", wanted.domain or None, wanted.commune or None)
        raise Forbidden(_("Ces chiffres dépassent votre périmètre : choisissez un domaine et une commune qui sont les vôtres."), permission="report:plan")
    people = _people(wanted.recipients)
    for known in reports.plans(uow):
        if (known["domain"], known["commune_id"], known["rhythm"]) == (wanted.domain, wanted.commune, wanted.rhythm):
            raise Conflict(_("Cet envoi est déjà programmé par {nom} : arrêtez-le d’abord pour en changer les destinataires.", nom=known["created_name"]))
    today = at.astimezone(fmt.ZONE).date()
    first = today if wanted.rhythm == "council" else reporting.last_over(wanted.rhythm, today)
    number = reports.add_plan(uow, wanted.domain, wanted.commune, wanted.rhythm, people, first, (by.name, by.display_name), at)
    audit.done(
        uow,
        by,
        "official:report:plan",
        at,
        about=f"report_plan:{number}",
        domain=wanted.domain,
        commune=wanted.commune,
        rhythm=wanted.rhythm,
        recipients=len(people),
    )
    return number


def stop(uow: UnitOfWork, number: int, by: Principal, at: datetime) -> dict[str, Any]:
    """Ends a plan; what it prepared stays, addresses are erased. Raises NotFound."""
    require("report:plan", principal=by)
    said = _("Cet envoi programmé n’existe plus, ou il est hors de votre périmètre : rien n’a changé.")
    if not reports.has_plan(uow, number, by.layers, by.communes):
        raise reach.unseen(by, "report:plan", f"report_plan:{number}", said)
    if not reports.end_plan(uow, number, at, by.layers, by.communes):
        raise NotFound(said)
    audit.done(uow, by, "official:report:stop", at, about=f"report_plan:{number}")
    return {"id": number, "ended_at": at.isoformat()}


def declare_council(uow: UnitOfWork, day: date, by: Principal, at: datetime) -> int:
    """Says when a council sits: dashboards of that rhythm are prepared on its eve. Raises InvalidRequest for a day that is past, Conflict for one declared already."""
    require("report:plan", principal=by)
    today = at.astimezone(fmt.ZONE).date()
    if not today < day <= today + FARTHEST:
        raise InvalidRequest(_("Un conseil se déclare de demain à deux ans d’ici : le {jour} n’en est pas.", jour=day.strftime("%d/%m/%Y")))
    number = reports.add_council(uow, day, (by.name, by.display_name), at)
    if number is None:
        raise Conflict(_("Un conseil est déjà déclaré le {jour} : rien n’a changé.", jour=day.strftime("%d/%m/%Y")))
    audit.done(uow, by, "official:council:declare", at, about=f"council:{number}", day=day.isoformat())
    return number


def withdraw_council(uow: UnitOfWork, number: int, by: Principal, at: datetime) -> dict[str, Any]:
    """A council that does not sit; what was prepared for it stays. Raises NotFound."""
    require("report:plan", principal=by)
    if not reports.withdraw_council(uow, number, at):
        raise NotFound(_("Ce conseil n’est plus déclaré : rien n’a changé."))
    audit.done(uow, by, "official:council:withdraw", at, about=f"council:{number}")
    return {"id": number, "withdrawn_at": at.isoformat()}


def wording(text: str) -> str:
    """A highlight as it is kept. Raises InvalidRequest when it is too long."""
    said = " ".join(text.split())
    if len(said) > LONGEST:
        raise InvalidRequest(_("Le texte tient en {n} caractères : celui-ci en a {m}.", n=LONGEST, m=len(said)))
    return said


def correct(uow: UnitOfWork, number: int, version: int, made: Prepared, by: Principal, at: datetime, public_url: str | None = None) -> dict[str, Any]:
    """Puts the corrected document in place of the one read; who corrects answers for it, and the others, who may validate it, are told. Raises NotFound, Conflict."""
    require("report:validate", principal=by)
    found = one(uow, number, by)
    if not reports.correct(uow, number, version, made, at):
        raise _changed(found)
    tell(uow, found, by.name, at, public_url, by.name)
    audit.done(uow, by, "official:report:correct", at, about=f"report:{number}", before=found["highlight"], after=made.highlight, digest=made.digest)
    return {"id": number, "state": "to_validate", "version": version + 1, "digest": made.digest}


def validate(uow: UnitOfWork, number: int, version: int, by: Principal, at: datetime, public_url: str | None = None) -> dict[str, Any]:
    """Sends the document as it was read, to everyone of its plan. Raises NotFound, Conflict, Forbidden for the one who wrote it."""
    require("report:validate", principal=by)
    found = one(uow, number, by)
    if found["written_by"] == by.name:
        raise Forbidden(_("Vous avez demandé ou corrigé cet envoi : une autre personne le valide."), permission="report:validate")
    if found["ended_at"] is not None:
        raise Conflict(_("Cet envoi programmé a été arrêté : il n’a plus de destinataire. Refusez le document, ou programmez un nouvel envoi."))
    if found["state"] != "to_validate" or found["version"] != version:
        raise _changed(found)
    document = reports.document(uow, number)
    sent = [queue(uow, _draft(found, person, document, by, public_url), at) for person in found["recipients"]]
    if not reports.decide(uow, number, version, "sent", (by.name, by.display_name), at, messages=sent):
        raise _changed(found)
    said = ngettext(
        "Tableau de bord validé et envoyé : {titre}, à {count} destinataire",
        "Tableau de bord validé et envoyé : {titre}, à {count} destinataires",
        len(sent),
        titre=title(found),
    )
    audit.done(uow, by, "official:report:send", at, about=f"report:{number}", digest=found["digest"], messages=sent)
    logbook.append(uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="action", text=said, layer=_layer(found), action="report-sent"))
    return {"id": number, "state": "sent", "version": version + 1, "messages": sent}


def refuse(uow: UnitOfWork, number: int, version: int, motive: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Keeps a document from leaving, and says why. Raises NotFound, Conflict, InvalidRequest without a motive."""
    require("report:validate", principal=by)
    found, why = one(uow, number, by), " ".join(motive.split())
    if not why or len(why) > LONGEST:
        raise InvalidRequest(_("Dites pourquoi, en {n} caractères au plus : qui a préparé l’envoi le lira.", n=LONGEST))
    if not reports.decide(uow, number, version, "refused", (by.name, by.display_name), at, motive=why):
        raise _changed(found)
    audit.done(uow, by, "official:report:refuse", at, about=f"report:{number}", motive=why)
    said = _("Tableau de bord refusé : {titre}. Motif : {motif}", titre=title(found), motif=why)
    logbook.append(uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="action", text=said, layer=_layer(found), action="report-refused"))
    return {"id": number, "state": "refused", "version": version + 1}


def prepared(
    uow: UnitOfWork, plan_row: Mapping[str, Any], period: str, made: Prepared, at: datetime, actor: tuple[str, str], public_url: str | None = None
) -> int | None:
    """Keeps what the schedule prepared, tells those who may validate it, and says in the logbook that it waits; None when it was prepared already.

    For the jobs: nobody is signed in.
    """
    number = reports.add(uow, plan_row["id"], period, made, at)
    if number is not None:
        found = {**plan_row, "period": period}
        told = tell(uow, found, made.written_by, at, public_url, actor[0])
        said = _("Tableau de bord préparé, à valider : {titre}", titre=title(found))
        if not told:
            said += _(" ; personne n’a pu en être prévenu, faute d’adresse électronique dans les contacts")
        logbook.append(
            uow, logbook.Line(at=at, actor=actor[0], actor_name=actor[1], kind="system", text=said, layer=_layer(plan_row), action="report-prepared")
        )
    return number


def one(uow: UnitOfWork, number: int, by: Principal) -> dict[str, Any]:
    """A document of the reader's perimeter. Raises NotFound."""
    found = reports.listed(uow, by.layers, by.communes, 1, number)
    if not found:
        raise reach.unseen(by, "report:validate", f"report:{number}", _("Ce document n’existe pas, ou il est hors de votre périmètre."))
    return found[0]


def _people(lines: Sequence[str]) -> list[dict[str, str]]:
    people: dict[str, dict[str, str]] = {}
    for line in lines:
        if line.strip():
            found = reporting.recipient(line)
            if found is None:
                raise InvalidRequest(_("« {ligne} » n’est pas une adresse : écrivez Nom <adresse>, une par ligne.", ligne=line.strip()[:60]))
            people[found[1].lower()] = {"name": found[0][:80], "email": address("email", found[1])}
    if not 0 < len(people) <= MOST_RECIPIENTS:
        raise InvalidRequest(_("Donnez de 1 à {n} destinataires, un par ligne.", n=MOST_RECIPIENTS))
    return list(people.values())


def _draft(found: Mapping[str, Any], person: Mapping[str, str], document: bytes, by: Principal, public_url: str | None) -> Draft:
    name = title(found)
    link = f"{public_url.rstrip('/')}/elus?" + "&".join(
        f"{key}={value}" for key, value in (("periode", found["period"]), ("domaine", found["domain"]), ("territoire", found["commune_id"])) if value
    ) if public_url else ""  # fmt: skip
    parts = (
        _("Bonjour,"),
        found["sentence"],
        found["highlight"],
        _("Le document joint (PDF accessible) donne les chiffres, leurs réserves et la façon dont ils sont calculés."),
        _("La page en ligne : {lien}", lien=link) if link else "",
        _("Validé par {nom}.", nom=by.display_name),
    )
    file = Attachment.of(f"tableau-de-bord-{found['period']}.pdf", "application/pdf", document)
    return Draft(
        channel="email", recipient=person["email"], recipient_name=person["name"], subject=name, body="\n\n".join(part for part in parts if part), purpose=PURPOSE,
        attachments=(file,), layer=_layer(found), by=by.name,
    )  # fmt: skip


def _layer(found: Mapping[str, Any]) -> str | None:
    return found["domain"] if found["domain"] in all_layers() else None


def _changed(found: Mapping[str, Any]) -> Conflict:
    if found["state"] == "sent":
        return Conflict(_("Ce document est déjà parti, validé par {nom} : rien n’a changé.", nom=found["decided_name"]))
    return Conflict(_("Ce document a changé depuis que vous l’avez lu : relisez-le avant de décider."))
