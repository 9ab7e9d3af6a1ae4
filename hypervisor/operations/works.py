"""Works as people declare them: a work order, a planned cut, an arrêté or an event puts its assets out of service from its start to its end, end excluded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, Forbidden, InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.operations.wording import day_and_hour, with_comment
from hypervisor.security import audit, reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook, outbox, works
from hypervisor.store import works_masks as masks

KINDS = {"work_order": N_("ordre de travail"), "planned_cut": N_("coupure programmée"), "decree": N_("arrêté"), "event": N_("événement")}
LONGEST = timedelta(days=366)
MOST_ASSETS = 10_000
LONGEST_TITLE = 200


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is declared. area: GeoJSON geometry in WGS84; layers: those of the area that are concerned, None for all of the perimeter.

    commune_id: the whole commune instead of an area; with_dependents: what hangs on the assets in the graph too.
    """

    kind: str
    title: str
    starts_at: datetime
    ends_at: datetime
    asset_ids: Sequence[int] = ()
    area: dict[str, Any] | None = None
    layers: Sequence[str] | None = None
    commune_id: int | None = None
    with_dependents: bool = False
    reference: str = ""
    comment: str = ""
    contractor: str = ""


@dataclass(frozen=True, kw_only=True)
class Announced:
    """Works that a file announces, told apart by their reference. place: line or rank in the file."""

    place: int
    plan: Plan


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What became of announced works: how many of each, and (place, title, sentence) of those refused. left: cancelled here, and so they stay."""

    added: int
    updated: int
    unchanged: int
    left: int
    refused: list[tuple[int, str, str]]


def declare(uow: UnitOfWork, plan: Plan, by: Principal, at: datetime) -> dict[str, Any]:
    """Adds works; their assets go out of service when the window begins. Raises Forbidden for an asset or a layer outside the perimeter."""
    require("works:write", principal=by)
    _check(plan.kind, plan.title, plan.starts_at, plan.ends_at, at)
    area = plan.area
    if plan.commune_id is not None:
        require("works:write", commune=plan.commune_id, principal=by)
        area = works.area_of(uow, plan.commune_id)
        if area is None:
            raise InvalidRequest(_("Cette commune n’a pas de contour : dessinez la zone sur la carte."))
    if not plan.asset_ids and area is None:
        raise InvalidRequest(_("Les travaux ne nomment ni équipement ni zone : donnez l’un ou l’autre."))
    if len(plan.asset_ids) > MOST_ASSETS:
        raise InvalidRequest(_("Plus de {count} équipements : donnez une zone.", count=MOST_ASSETS))
    layers = by.layers if plan.layers is None else frozenset(plan.layers)
    for layer in layers or ():
        require("works:write", layer, principal=by)
    if works.outside(uow, plan.asset_ids, by.layers, by.communes):
        audit.refused(by, "works:write", about="asset:" + ",".join(map(str, plan.asset_ids[:8])))
        raise Forbidden(_("Un équipement nommé n’existe pas, ou n’est pas dans votre périmètre : rien n’a été enregistré."))
    concerned = works.hanging_on(uow, plan.asset_ids, layers, by.communes, MOST_ASSETS) if plan.with_dependents and plan.asset_ids else plan.asset_ids
    values = {
        "kind": plan.kind, "title": plan.title.strip(), "reference": plan.reference.strip() or None, "starts_at": plan.starts_at, "ends_at": plan.ends_at,
        "asset_ids": sorted(set(concerned)), "comment": plan.comment.strip(), "contractor": plan.contractor.strip(), "by": by.name, "name": by.display_name, "at": at,
    }  # fmt: skip
    work_id = works.add(uow, values, area, layers, by.communes)
    period = _("du {start} au {end}", start=day_and_hour(plan.starts_at), end=day_and_hour(plan.ends_at))
    return _record(uow, work_id, by, at, "works-declare", f"Travaux déclarés ({_(KINDS[plan.kind])}) {period} : {plan.title.strip()}", plan.comment)


def bring(uow: UnitOfWork, file: str, announced: Sequence[Announced], layers: Sequence[str] | None, by: Principal, at: datetime) -> Brought:
    """Adds and updates the works of a file, one by one: what is refused does not refuse the others. layers: those concerned, all of the perimeter when None.

    The same file again changes nothing; a new window, place or title under the same reference updates the same works. Works cancelled here stay so.
    Raises Forbidden for a layer outside the perimeter.
    """
    require("works:write", principal=by)
    wanted = by.layers if layers is None else frozenset(layers)
    for layer in wanted or ():
        require("works:write", layer, principal=by)
    works.hold_imports(uow)
    outcomes: list[str] = []
    refused: list[tuple[int, str, str]] = []
    for one in announced:
        try:
            outcomes.append(_bring_one(uow, one.plan, wanted, by, at))
        except InvalidRequest as error:
            refused.append((one.place, one.plan.title, error.sentence))
    brought = Brought(**{name: outcomes.count(name) for name in ("added", "updated", "unchanged", "left")}, refused=refused)
    if brought.added or brought.updated:
        sentence = f"Travaux importés de {file} : {brought.added} ajoutés, {brought.updated} modifiés"
        line = logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="action", text=sentence, action="works-import")
        logbook.append(uow, line)
    return brought


def _bring_one(uow: UnitOfWork, plan: Plan, layers: frozenset[str] | None, by: Principal, at: datetime) -> str:
    if plan.ends_at <= at:
        raise InvalidRequest(_("Terminés le {end} : ils ne changeraient plus rien.", end=day_and_hour(plan.ends_at)))
    _check(plan.kind, plan.title, plan.starts_at, plan.ends_at, at)
    assert plan.area is not None, "a reader places what it announces"
    if not works.is_in_territory(uow, plan.area, by.communes):
        raise InvalidRequest(_("Hors du territoire."))
    values = {
        "kind": plan.kind, "title": plan.title.strip(), "starts_at": plan.starts_at, "ends_at": plan.ends_at, "comment": plan.comment.strip(),
        "contractor": plan.contractor.strip(),
    }  # fmt: skip
    known = works.announced(uow, plan.reference, values, plan.area, layers)
    if known is None:
        works.announce(uow, plan.reference, values | {"by": by.name, "name": by.display_name, "at": at}, plan.area, layers, by.communes)
        return "added"
    if known["state"] == "cancelled":
        return "left"
    if works.shape_of(uow, known["id"], by.layers, by.communes) is None:
        raise InvalidRequest(_("La référence {reference} est celle de travaux hors de votre périmètre.", reference=plan.reference))
    if known["is_same"]:
        return "unchanged"
    works.announce_again(uow, known["id"], values, plan.area, layers)
    masks.take_off(uow, known["id"], at)
    return "updated"


def move(uow: UnitOfWork, work_id: int, by: Principal, at: datetime, starts_at: datetime, ends_at: datetime, comment: str = "") -> dict[str, Any]:
    """Changes the window of works that are not over. A window that began later or ends at once gives its alarms back."""
    found = _lock(uow, work_id, by)
    _check("event", found["title"], starts_at, ends_at, at)
    works.change(uow, work_id, starts_at=starts_at, ends_at=ends_at, state="planned")
    masks.take_off(uow, work_id, at)
    period = _("du {start} au {end}", start=day_and_hour(starts_at), end=day_and_hour(ends_at))
    return _record(uow, work_id, by, at, "works-move", f"Travaux déplacés {period} : {found['title']}", comment)


def cancel(uow: UnitOfWork, work_id: int, by: Principal, at: datetime, comment: str = "") -> dict[str, Any]:
    """Ends works before their time: current values are judged at once."""
    found = _lock(uow, work_id, by)
    works.change(uow, work_id, state="cancelled")
    masks.take_off(uow, work_id, at)
    return _record(uow, work_id, by, at, "works-cancel", f"Travaux annulés : {found['title']}", comment)


def _lock(uow: UnitOfWork, work_id: int, by: Principal) -> dict[str, Any]:
    require("works:write", principal=by)
    found = works.lock(uow, work_id)
    if found is None or works.shape_of(uow, work_id, by.layers, by.communes) is None:
        raise reach.unseen(by, "works:write", f"works:{work_id}", _("Les travaux {id} n’existent pas, ou ne sont pas dans votre périmètre.", id=work_id))
    if found["state"] not in ("planned", "running"):
        raise Conflict(_("Ces travaux sont terminés ou annulés : déclarez-en d’autres."), state=found["state"])
    return found


def _check(kind: str, title: str, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if kind not in KINDS:
        raise InvalidRequest(_("La nature {kind} n’existe pas : choisissez parmi {kinds}.", kind=kind, kinds=", ".join(KINDS)))
    if not 0 < len(title.strip()) <= LONGEST_TITLE:
        raise InvalidRequest(_("Le titre est vide ou dépasse {count} caractères.", count=LONGEST_TITLE))
    if not max(starts_at, at) < ends_at <= starts_at + LONGEST:
        raise InvalidRequest(_("La fin doit être à venir, après le début et dans l’année."))


def _record(uow: UnitOfWork, work_id: int, by: Principal, at: datetime, action: str, sentence: str, comment: str) -> dict[str, Any]:
    logbook.append(
        uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="action", text=with_comment(sentence, comment.strip()), action=action)
    )
    outbox.works_changed(uow, work_id, at)
    shape = works.shape_of(uow, work_id)
    assert shape is not None, "the works were written by this transaction"
    return shape
