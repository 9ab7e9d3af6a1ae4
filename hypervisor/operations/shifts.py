"""Posts: who takes them, what is handed over, who signs. A handover is a document: its dossier is frozen by the signature, and nothing changes it after."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from hypervisor.domain.operator import Principal, Role
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.operations.wording import PLACE, day_and_hour, hour, with_comment
from hypervisor.queries import handover as queries
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook, shifts

ACT = "shift:act"
SECTIONS = frozenset(queries.SECTIONS)
FIRST_PERIOD = timedelta(hours=24)
"""What the dossier covers when nobody was there before (screens.md 1.0)."""
ABSENT_AFTER = timedelta(minutes=15)
LONGEST_NOTE, LONGEST_TITLE, LONGEST_TEXT = 2000, 200, 2000
ROLES = {"operator": frozenset({Role.OPERATOR, Role.CHIEF}), "chief": frozenset({Role.CHIEF})}


def take(
    uow: UnitOfWork, station_id: int, team_id: int, role: Literal["operator", "chief"], read: Sequence[int], checks: Mapping[str, Any], by: Principal, at: datetime, *, double: bool = False
) -> dict[str, Any]:  # fmt: skip
    """Takes a post, every section read. The outgoing's signed dossier is accepted by it; with nobody there, or an outgoing absent for 15 min, the dossier is made now.

    double joins somebody who holds the post. Raises Conflict when another holds it and has not signed.
    """
    require(ACT, principal=by)
    if by.role not in ROLES[role]:
        raise Forbidden(_("Votre compte ne permet pas de prendre le poste de chef de salle."))
    station, team = _station(uow, station_id), _team(uow, team_id)
    own = shifts.of_operator(uow, by.name)
    if own is not None:
        raise Conflict(_("Vous tenez déjà {station} : signez d’abord sa relève.", station=own["station_name"]), station_id=own["station_id"])
    _check_tests(checks)
    holder = shifts.holder(uow, station_id)
    if double:
        if holder is None:
            raise Conflict(_("Personne ne tient ce poste : prenez-le."))
        return _open(uow, station, team, role, checks, by, at, f"{by.display_name} rejoint {holder['operator_name']} en double commande", double=True)
    if SECTIONS - set(read):
        raise InvalidRequest(_("Lisez d’abord les rubriques {sections} : on signe ce qu’on a lu.", sections=", ".join(map(str, sorted(SECTIONS - set(read))))))
    signed = shifts.pending(uow, station_id)
    if signed is not None:
        handover_id, number, outgoing = signed["id"], signed["number"], signed["outgoing_name"]
    elif holder is not None and not _is_absent(holder, at):
        sentence = _(
            "{name} tient ce poste depuis {hour} et n’a pas signé : demandez-lui sa signature, ou rejoignez-le en double commande.",
            name=holder["operator_name"],
            hour=hour(holder["started_at"]),
        )
        raise Conflict(sentence, by=holder["operator_name"], at=holder["started_at"].isoformat())
    else:
        handover_id, number = _freeze(uow, station, holder, {}, at)
        outgoing = None
    if holder is not None:
        shifts.end(uow, holder["id"], "handed_over" if outgoing else "absent", at)
    shifts.answer(uow, handover_id, "accepted", (by.name, by.display_name), at, read=read)
    said = f"sortant {outgoing}" if outgoing else f"sortant absent, {holder['operator_name']}" if holder else "première prise de poste"
    return _open(uow, station, team, role, checks, by, at, f"Relève {number} signée par l’entrant {by.display_name} ({said})") | {"handover": number}


def sign(uow: UnitOfWork, notes: Mapping[str, str], by: Principal, at: datetime) -> dict[str, Any]:
    """The outgoing's signature: the dossier of this moment, with a free text for each section, frozen. The post stays theirs until the incoming signs."""
    own = _own(uow, by)
    if own["is_double"]:
        raise Conflict(_("Vous êtes en double commande : c’est {station} qui signe, par la personne qui le tient.", station=own["station_name"]))
    station = _station(uow, own["station_id"])
    if shifts.pending(uow, station["id"]) is not None:
        raise Conflict(_("Vous avez déjà signé : le dossier attend la signature de l’entrant."))
    written = {section: text.strip() for section, text in notes.items() if text.strip()}
    if set(written) - {str(section) for section in SECTIONS} or any(len(text) > LONGEST_NOTE for text in written.values()):
        raise InvalidRequest(_("Une note dépasse {count} caractères, ou sa rubrique n’existe pas.", count=LONGEST_NOTE))
    handover_id, number = _freeze(uow, station, own, written, at, by)
    shifts.tell(uow, at)
    _log(uow, by, at, "handover-sign", f"Relève {number} signée par le sortant {by.display_name}, {station['name']}", written=written)
    return {"id": handover_id, "number": number, "signed_at": at.isoformat()}


def refuse(uow: UnitOfWork, handover_id: int, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """The incoming refuses, with a reason that the chief is shown. The outgoing keeps the post, and signs a new dossier."""
    require(ACT, principal=by)
    found = shifts.handover(uow, handover_id)
    if found is None:
        raise NotFound(_("Cette relève n’existe pas."))
    _station(uow, found["station_id"])
    if found["outcome"] is not None:
        raise Conflict(_("Cette relève a déjà sa réponse, de {name} à {hour}.", name=found["incoming_name"], hour=hour(found["ended_at"])))
    if found["outgoing"] == by.name:
        raise Conflict(_("C’est votre signature : un autre la refuse ou l’accepte."))
    reason = _text(reason, LONGEST_NOTE, _("Le motif est vide : dites pourquoi vous refusez la relève."))
    shifts.answer(uow, handover_id, "refused", (by.name, by.display_name), at, reason=reason)
    shifts.tell(uow, at)
    _log(uow, by, at, "handover-refuse", with_comment(f"Relève {found['number']} refusée par {by.display_name}, chef de salle prévenu", reason))
    return {"id": handover_id, "number": found["number"], "outcome": "refused"}


def close(uow: UnitOfWork, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Closes the post: nobody comes after, and « Poste non tenu » does not sound. Someone in double command leaves."""
    own = _own(uow, by)
    reason = _text(reason, LONGEST_TITLE, _("Le motif est vide : dites pourquoi le poste ferme."))
    shifts.end(uow, own["id"], "left" if own["is_double"] else "closed", at)
    shifts.tell(uow, at)
    _log(
        uow,
        by,
        at,
        "shift-close",
        with_comment(
            f"{by.display_name} quitte la double commande, {own['station_name']}" if own["is_double"] else f"Poste fermé : {own['station_name']}", reason
        ),
    )
    return {"station_id": own["station_id"], "ended_at": at.isoformat()}


def seen(uow: UnitOfWork, by: Principal, at: datetime) -> dict[str, Any]:
    """A screen of this person lives."""
    require(ACT, principal=by)
    return {"held": shifts.seen(uow, by.name, at)}


def instruct(uow: UnitOfWork, kind: str, title: str, body: str, layer: str | None, until: datetime | None, by: Principal, at: datetime) -> dict[str, Any]:
    """Leaves an instruction to those who follow (temporary or permanent), or a callback to make."""
    require(ACT, layer, principal=by)
    if kind == "permanent" and by.role is not Role.CHIEF:
        raise Forbidden(_("Une consigne permanente est écrite par le chef de salle."))
    if until is not None and until <= at:
        raise InvalidRequest(_("L’échéance est passée : donnez-en une à venir."))
    title = _text(title, LONGEST_TITLE, _("Le titre est vide : écrivez-le."))
    if len(body.strip()) > LONGEST_TEXT:
        raise InvalidRequest(_("Le texte est vide ou dépasse {count} caractères.", count=LONGEST_TEXT))
    values = {"kind": kind, "title": title, "body": body.strip(), "layer": layer, "until": until, "by": by.name, "name": by.display_name, "at": at}
    number = shifts.add_instruction(uow, values)
    word = {"temporary": "Consigne temporaire", "permanent": "Consigne permanente", "callback": "Rappel à faire"}[kind]
    end = f", jusqu’au {day_and_hour(until)}" if until else ""
    logbook.append(
        uow,
        logbook.Line(
            at=at,
            actor=by.name,
            actor_name=by.display_name,
            kind="instruction",
            text=with_comment(f"{word}{end} : {title}", body.strip()),
            layer=layer,
            action="instruct",
        ),
    )
    return {"id": number, "kind": kind, "title": title}


def end_instruction(uow: UnitOfWork, instruction_id: int, by: Principal, at: datetime) -> dict[str, Any]:
    """Lifts an instruction, or says that the call was made."""
    require(ACT, principal=by)
    title = shifts.end_instruction(uow, instruction_id, by.display_name, at)
    if title is None:
        raise NotFound(_("Cette consigne n’existe pas ou n’est plus en vigueur."))
    _log(uow, by, at, "instruction-end", f"Consigne levée ou rappel fait : {title}", kind="instruction")
    return {"id": instruction_id, "ended_at": at.isoformat()}


def add_station(uow: UnitOfWork, name: str, layers: Sequence[str] | None, by: Principal, at: datetime) -> dict[str, Any]:
    """Adds a post."""
    require("shift:manage", principal=by)
    name = _text(name, 80, _("Le nom est vide : écrivez-le."))
    number = shifts.add_station(uow, name, sorted(set(layers)) if layers else None)
    _log(uow, by, at, "station-add", f"Poste ajouté : {name}")
    return {"id": number, "name": name}


def add_team(uow: UnitOfWork, name: str, starts_at: str, ends_at: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Adds a team. Hours as HH:MM, in the territory's time."""
    require("shift:manage", principal=by)
    name = _text(name, 40, _("Le nom est vide : écrivez-le."))
    number = shifts.add_team(uow, name, starts_at, ends_at)
    _log(uow, by, at, "team-add", f"Équipe ajoutée : {name}, {starts_at} à {ends_at}")
    return {"id": number, "name": name}


def due_at(ends_at: str, at: datetime, place: ZoneInfo = PLACE) -> datetime:
    """The next time that clocks of the place show HH:MM, after `at`."""
    hours, minutes = map(int, ends_at.split(":"))
    local = at.astimezone(place)
    found = local.replace(hour=hours, minute=minutes, second=0, microsecond=0)
    return found if found > local else (local + timedelta(days=1)).replace(hour=hours, minute=minutes, second=0, microsecond=0)


def _is_absent(holder: Mapping[str, Any], at: datetime) -> bool:
    """Fifteen minutes after the hour of the relief, or of silence of all their screens."""
    return bool(holder["due_at"] + ABSENT_AFTER <= at or holder["seen_at"] + ABSENT_AFTER <= at)


def _freeze(
    uow: UnitOfWork, station: Mapping[str, Any], shift: Mapping[str, Any] | None, notes: Mapping[str, str], at: datetime, by: Principal | None = None
) -> tuple[int, str]:
    since = shift["started_at"] if shift else at - FIRST_PERIOD
    dossier = queries.dossier(uow, station["layers"], since, at)
    values = {
        "station_id": station["id"], "shift_id": shift["id"] if shift else None, "since": since, "year": at.astimezone(PLACE).year,
        "outgoing": by.name if by else None, "outgoing_name": by.display_name if by else None,
    }  # fmt: skip
    return shifts.sign(uow, values, dossier, notes, at)


def _open(
    uow: UnitOfWork, station: Mapping[str, Any], team: Mapping[str, Any], role: str, checks: Mapping[str, Any], by: Principal, at: datetime, sentence: str, *, double: bool = False
) -> dict[str, Any]:  # fmt: skip
    due = due_at(team["ends_at"], at)
    values = {
        "station_id": station["id"],
        "team_id": team["id"],
        "role": role,
        "by": by.name,
        "name": by.display_name,
        "is_double": double,
        "at": at,
        "due_at": due,
    }
    number = shifts.add(uow, values, dict(checks))
    shifts.tell(uow, at)
    defect = str(checks.get("defect") or "").strip()
    tests = "son entendu, écran vérifié" if not defect else f"défaut signalé aux contrôles : {defect}"
    _log(uow, by, at, "shift-join" if double else "handover-accept", f"{sentence}, {station['name']}, équipe {team['name']}. Contrôles : {tests}")
    return {
        "id": number,
        "station_id": station["id"],
        "station_name": station["name"],
        "team_name": team["name"],
        "role": role,
        "due_at": due.isoformat(),
        "is_double": double,
    }


def _check_tests(checks: Mapping[str, Any]) -> None:
    defect = str(checks.get("defect") or "").strip()
    if not (checks.get("sound") and checks.get("screen")) and not defect:
        raise InvalidRequest(_("Faites l’essai du son et le contrôle de l’écran, ou écrivez ce qui ne va pas."))
    if len(defect) > LONGEST_NOTE:
        raise InvalidRequest(_("Le texte est vide ou dépasse {count} caractères.", count=LONGEST_NOTE))


def _station(uow: UnitOfWork, station_id: int) -> dict[str, Any]:
    found = shifts.lock_station(uow, station_id)
    if found is None:
        raise NotFound(_("Ce poste n’existe pas ou n’est plus en service."))
    return found


def _team(uow: UnitOfWork, team_id: int) -> dict[str, Any]:
    found = next((team for team in shifts.teams(uow) if team["id"] == team_id), None)
    if found is None:
        raise NotFound(_("Cette équipe n’existe pas ou n’est plus en service."))
    return found


def _own(uow: UnitOfWork, by: Principal) -> dict[str, Any]:
    require(ACT, principal=by)
    own = shifts.of_operator(uow, by.name)
    if own is None:
        raise Conflict(_("Vous ne tenez aucun poste."))
    return own


def _text(text: str, longest: int, empty: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidRequest(empty)
    if len(text) > longest:
        raise InvalidRequest(_("Le texte est vide ou dépasse {count} caractères.", count=longest))
    return text


def _log(uow: UnitOfWork, by: Principal, at: datetime, action: str, text: str, *, kind: str = "handover", written: Mapping[str, str] | None = None) -> None:
    notes = " ; ".join(f"rubrique {section} : {note}" for section, note in sorted((written or {}).items()))
    logbook.append(uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind=kind, text=with_comment(text, notes), action=action))
