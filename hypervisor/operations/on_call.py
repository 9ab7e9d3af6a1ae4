"""The on-call roster as its chief keeps it, and the answer of a person who is on call."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypervisor import public_holidays
from hypervisor.domain.alarm import Priority
from hypervisor.domain.on_call import LADDER, LONGEST_DELAY, Kind
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound
from hypervisor.i18n import N_, _, ngettext
from hypervisor.notifications.message import address
from hypervisor.operations import alarms
from hypervisor.operations.wording import PLACE, day_and_hour, with_comment
from hypervisor.security import answer_codes, reach, throttle
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, accounts, logbook, on_call

WRITE = "oncall:write"
LONGEST_TURN = timedelta(days=31)
LONGEST_REPETITION = timedelta(days=366)
LONGEST_NAME, LONGEST_LABEL = 80, 120
KINDS = {Kind.OPERATION: N_("exploitation"), Kind.SAFETY: N_("sécurité"), Kind.DECISION: N_("décision")}
ORIGINS = {"sms": N_("par SMS"), "call": N_("par téléphone"), "link": N_("par lien")}
ANSWERS = frozenset({"alarm:read", "alarm:act"})
"""What the code of one alarm lets its bearer do, on that alarm."""
UNKNOWN = N_("Ce code n’ouvre rien : il est faux, il a déjà servi ou il a expiré. Appelez le poste.")


@dataclass(frozen=True, kw_only=True)
class Person:
    """A contact as it is written. account: the username of someone who signs in, empty for none."""

    name: str
    phone: str = ""
    email: str = ""
    account: str = ""


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """A turn again every so many weeks, or on each public holiday (every_weeks 0), until a time. area: where holidays differ, as in the settings."""

    every_weeks: int
    until: datetime
    area: str = ""

    def spans(self, starts_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Each turn, whose hours are those of the territory whatever the season. Until is excluded; the first window gives the hours."""
        start, end = starts_at.astimezone(PLACE), ends_at.astimezone(PLACE)
        if self.every_weeks:
            shifts: Iterable[timedelta] = (timedelta(weeks=self.every_weeks * turn) for turn in count())
        else:
            days = public_holidays.between(start.date(), self.until.astimezone(PLACE).date(), self.area)
            shifts = (day - start.date() for day in days)
        for shift in shifts:
            if start + shift >= self.until.astimezone(PLACE):
                return
            yield (start + shift).astimezone(UTC), (end + shift).astimezone(UTC)


def write_contact(uow: UnitOfWork, contact_id: int | None, person: Person, by: Principal, at: datetime) -> dict[str, Any]:
    """Adds a contact, or corrects it. The logbook says who, never the number."""
    require(WRITE, principal=by)
    name = _short(person.name, LONGEST_NAME)
    values = {
        "name": name,
        "phone": address("sms", person.phone) if person.phone.strip() else None,
        "email": address("email", person.email.strip()) if person.email.strip() else None,
        "account": person.account.strip() or None,
    }
    if values["phone"] is None and values["email"] is None:
        raise InvalidRequest(_("Donnez un numéro ou une adresse électronique : sans eux, personne ne peut être prévenu."))
    number = on_call.write_contact(uow, contact_id, values)
    if number is None:
        raise NotFound(_("Ce contact n’existe pas ou n’est plus en service."))
    _log(uow, by, at, "on-call-contact", f"Contact d’astreinte {'corrigé' if contact_id else 'ajouté'} : {name}")
    return on_call.contacts(uow, [number])[0]


def add_roster(
    uow: UnitOfWork, kind: str, label: str, layer: str | None, communes: Sequence[int] | None, ranks: int, by: Principal, at: datetime
) -> dict[str, Any]:
    """Adds a duty to hold: a kind, for a domain and an area, with so many ranks."""
    require(WRITE, layer, principal=by)
    if kind not in set(Kind):
        raise InvalidRequest(_("L’astreinte est d’exploitation, de sécurité ou de décision."))
    values = {"kind": kind, "label": _short(label, LONGEST_LABEL), "layer": layer, "communes": sorted(set(communes)) if communes else None, "ranks": ranks}
    number = on_call.add_roster(uow, values)
    _log(uow, by, at, "on-call-roster", f"Tableau d’astreinte ajouté ({_(KINDS[Kind(kind)])}) : {values['label']}", layer)
    return {"id": number, **values}


def add_turn(
    uow: UnitOfWork, roster_id: int, rank: int, contact_id: int, starts_at: datetime, ends_at: datetime, by: Principal, at: datetime
) -> dict[str, Any]:
    """Puts someone on call. Raises Conflict when that rank is already held in that time."""
    roster = _roster(uow, roster_id, by)
    person = _contact(uow, contact_id)
    _check_time(starts_at, ends_at, at)
    if not 1 <= rank <= roster["ranks"]:
        raise InvalidRequest(ngettext("Ce tableau a {count} rang.", "Ce tableau a {count} rangs.", roster["ranks"]))
    if on_call.overlaps(uow, roster_id, rank, starts_at, ends_at):
        raise Conflict(_("Ce rang est déjà tenu pendant cette période : remplacez la personne, ou changez la période."))
    return _add(uow, roster, rank, person, starts_at, ends_at, None, "", by, at)


def add_turns(
    uow: UnitOfWork, repetition: Repetition, roster_id: int, rank: int, contact_id: int, starts_at: datetime, ends_at: datetime, by: Principal, at: datetime
) -> dict[str, Any]:
    """Puts someone on call again and again, at the same hours of the territory, all or none. Gives the first turn, and in `turns` how many there are.

    Raises Conflict, naming the first day that is already held, InvalidRequest for no day at all or too many.
    """
    roster = _roster(uow, roster_id, by)
    person = _contact(uow, contact_id)
    _check_time(starts_at, ends_at, at)
    if not 1 <= rank <= roster["ranks"]:
        raise InvalidRequest(ngettext("Ce tableau a {count} rang.", "Ce tableau a {count} rangs.", roster["ranks"]))
    if repetition.until > starts_at + LONGEST_REPETITION:
        raise InvalidRequest(_("Une répétition ne dépasse pas un an."))
    spans = list(repetition.spans(starts_at, ends_at))
    if not spans:
        raise InvalidRequest(_("Aucun jour férié dans cette période : aucun tour ne serait ajouté."))
    added = []
    for start, end in spans:
        if on_call.overlaps(uow, roster_id, rank, start, end):
            raise Conflict(
                _("Ce rang est déjà tenu le {day} : rien n’a été enregistré. Changez la période, ou remplacez la personne ce jour-là.", day=day_and_hour(start))
            )
        added.append(on_call.add_turn(uow, _values(roster, rank, person, start, end, None, "", by, at)))
    text = f"Astreinte : {person['name']}, {roster['label']}, rang {rank}, {len(spans)} tours du {day_and_hour(spans[0][0])} au {day_and_hour(spans[-1][1])}"
    _log(uow, by, at, "on-call-turn", text, roster["layer"])
    return {
        "id": added[0], "contact_name": person["name"], "roster_id": roster_id, "rank": rank, "contact_id": contact_id, "starts_at": spans[0][0].isoformat(),
        "ends_at": spans[0][1].isoformat(), "replaces": None, "reason": "", "turns": len(spans),
    }  # fmt: skip


def replace(uow: UnitOfWork, turn_id: int, contact_id: int, starts_at: datetime, ends_at: datetime, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Puts someone in another's place, for a part of the turn or all of it."""
    turn = _turn(uow, turn_id, by)
    person = _contact(uow, contact_id)
    _check_time(starts_at, ends_at, at)
    if starts_at < turn["starts_at"] or ends_at > turn["ends_at"]:
        raise InvalidRequest(_("Un remplacement tient dans le tour qu’il remplace."))
    if contact_id == turn["contact_id"]:
        raise InvalidRequest(_("C’est la même personne."))
    roster = {"id": turn["roster_id"], "label": turn["label"], "layer": turn["layer"]}
    return _add(uow, roster, turn["rank"], person, starts_at, ends_at, turn_id, _short(reason, 200), by, at, f"à la place de {turn['contact_name']}")


def cancel(uow: UnitOfWork, turn_id: int, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Takes someone off; the calendar shows the hole."""
    turn = _turn(uow, turn_id, by)
    on_call.cancel_turn(uow, turn_id, at)
    _log(uow, by, at, "on-call-cancel", with_comment(f"Astreinte retirée : {turn['contact_name']}, {turn['label']}", _short(reason, 200)), turn["layer"])
    return {"id": turn_id, "cancelled_at": at.isoformat()}


def set_ladder(uow: UnitOfWork, delays: Mapping[str, Mapping[str, int | None]], services: Mapping[str, str], by: Principal, at: datetime) -> dict[str, Any]:
    """Replaces the tenant's delays and the services' addresses. Rungs that are not named keep their delay; null leaves one out."""
    require(WRITE, principal=by)
    for priority, rungs in delays.items():
        known = {rung.key for rung in LADDER.get(Priority.of(priority), ())} if priority.upper() in Priority.__members__ else set()
        if set(rungs) - known:
            raise InvalidRequest(_("L’échelle n’a pas ce barreau : {names}.", names=", ".join(sorted(set(rungs) - known))))
        if any(delay is not None and not 0 < delay <= LONGEST_DELAY.total_seconds() for delay in rungs.values()):
            raise InvalidRequest(_("Un délai va d’une seconde à sept jours."))
    written = {layer: address("email", to) for layer, to in services.items()}
    on_call.write_settings(uow, delays, written)
    _log(
        uow,
        by,
        at,
        "on-call-ladder",
        "Échelle d’escalade changée : "
        + (", ".join(f"{p} {r} {d} s" if d is not None else f"{p} {r} jamais" for p, rungs in delays.items() for r, d in rungs.items()) or "délais d’origine"),
    )
    return {"delays": delays, "services": written}


def answer_by_reply(uow: UnitOfWork, key: bytes, phone: str, said: str, at: datetime) -> str:
    """The answer of a phone: its six digits acknowledge their alarm, once. Gives the sentence to reply with. Raises InvalidRequest or TooManyAttempts."""
    number = address("sms", phone)
    throttled = f"on-call:{number}"
    throttle.check(uow, throttled, "", at)
    given = answer_codes.digest(key, uow.tenant, (re.findall(r"(?<!\d)\d{6}(?!\d)", said) or [""])[0])
    found = None
    # Every code of this phone is compared, so that time tells nothing of which.
    for code in on_call.live_codes(uow, at, phone=number):
        if answer_codes.same(code["code_hash"], given):
            found = code
    return _answer(uow, found, throttled, "sms", at)


def answer_by_call(uow: UnitOfWork, ref: str, digits: str, at: datetime) -> str:
    """« Répondez 1 » : the voice gateway names its message, whose call acknowledges its alarm, once."""
    codes = on_call.live_codes(uow, at, ref=ref)
    return _answer(uow, codes[0] if codes and digits.strip() == "1" else None, f"on-call:{ref}", "call", at)


def answer_by_link(uow: UnitOfWork, key: bytes, word: str, client: str, at: datetime) -> str:
    """The button of the page behind an address."""
    throttled = f"on-call-link:{client}"
    throttle.check(uow, throttled, client, at)
    return _answer(uow, _of_link(uow, key, word, at), throttled, "link", at)


def shown_by_link(uow: UnitOfWork, key: bytes, word: str, client: str, at: datetime) -> dict[str, Any]:
    """The alarm of an address, to be read before it is acknowledged: opening an address acknowledges nothing, since telephones open them by themselves."""
    throttled = f"on-call-link:{client}"
    throttle.check(uow, throttled, client, at)
    found = _of_link(uow, key, word, at)
    if found is None:
        raise _refusal(uow, throttled, at)
    return alarms.lock(uow, found["alarm_id"], _bearer(uow, found, "link")).__dict__ | {"contact": found["name"]}


def _of_link(uow: UnitOfWork, key: bytes, word: str, at: datetime) -> dict[str, Any] | None:
    found = on_call.live_codes(uow, at, link_hash=answer_codes.digest(key, uow.tenant, word))
    return found[0] if found else None


def _answer(uow: UnitOfWork, found: dict[str, Any] | None, throttled: str, origin: str, at: datetime) -> str:
    if found is None:
        raise _refusal(uow, throttled, at)
    accounts.succeeded(uow, throttled)
    on_call.use_code(uow, found["alarm_id"], found["contact_id"], origin, at)
    by = _bearer(uow, found, origin)
    try:
        shape = alarms.acknowledge(uow, found["alarm_id"], by, at, _(ORIGINS[origin]), origin)
    except Conflict as first:
        _log(uow, by, at, "on-call-answer", f"L’astreinte a répondu, l’alarme n’était plus à acquitter : {first.sentence}", alarm_id=found["alarm_id"])
        return first.sentence
    return _("Acquittée : {title}, {asset}. Le poste le voit.", title=_(shape["title"]), asset=shape["asset_name"])


def _refusal(uow: UnitOfWork, throttled: str, at: datetime) -> Forbidden:
    # Written by a function of its own rights; kept although the request is refused, because the caller commits it.
    accounts.failed(uow, throttled, "", at)
    return Forbidden(_(UNKNOWN))


def _bearer(uow: UnitOfWork, found: Mapping[str, Any], origin: str) -> Principal:
    name = f"{found['name']} (astreinte, {_(ORIGINS[origin])})"
    return Principal(tenant=uow.tenant, account_id=None, name=f"on-call:{found['contact_id']}", display_name=name, role=None, permissions=ANSWERS)


def _add(
    uow: UnitOfWork, roster: Mapping[str, Any], rank: int, person: Mapping[str, Any], starts_at: datetime, ends_at: datetime, replaces: int | None, reason: str,
    by: Principal, at: datetime, instead: str = "",
) -> dict[str, Any]:  # fmt: skip
    values = _values(roster, rank, person, starts_at, ends_at, replaces, reason, by, at)
    number = on_call.add_turn(uow, values)
    period = f"du {day_and_hour(starts_at)} au {day_and_hour(ends_at)}"
    text = " ".join(part for part in (f"Astreinte : {person['name']}, {roster['label']}, rang {rank},", period, instead) if part)
    _log(uow, by, at, "on-call-turn", with_comment(text, reason), roster["layer"])
    return {"id": number, "contact_name": person["name"], **{name: value for name, value in values.items() if name not in ("by", "name", "at")}} | {
        "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(),
    }  # fmt: skip


def _values(
    roster: Mapping[str, Any],
    rank: int,
    person: Mapping[str, Any],
    starts_at: datetime,
    ends_at: datetime,
    replaces: int | None,
    reason: str,
    by: Principal,
    at: datetime,
) -> dict[str, Any]:
    return {
        "roster_id": roster["id"], "rank": rank, "contact_id": person["id"], "starts_at": starts_at, "ends_at": ends_at, "replaces": replaces, "reason": reason,
        "by": by.name, "name": by.display_name, "at": at,
    }  # fmt: skip


def _roster(uow: UnitOfWork, roster_id: int, by: Principal) -> dict[str, Any]:
    require(WRITE, principal=by)
    found = next((roster for roster in on_call.rosters(uow, by.layers) if roster["id"] == roster_id), None)
    if found is None:
        raise reach.unseen(by, WRITE, f"roster:{roster_id}", _("Ce tableau d’astreinte n’existe pas, ou n’est pas dans votre périmètre."))
    return found


def _turn(uow: UnitOfWork, turn_id: int, by: Principal) -> dict[str, Any]:
    require(WRITE, principal=by)
    found = on_call.turn(uow, turn_id)
    if found is None or (found["layer"] is not None and not by.may(WRITE, found["layer"])):
        raise reach.unseen(by, WRITE, f"on-call:{turn_id}", _("Ce tour d’astreinte n’existe pas, ou n’est pas dans votre périmètre."))
    return found


def _contact(uow: UnitOfWork, contact_id: int) -> dict[str, Any]:
    found = [person for person in on_call.contacts(uow) if person["id"] == contact_id]
    if not found:
        raise NotFound(_("Ce contact n’existe pas ou n’est plus en service."))
    return found[0]


def _check_time(starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if not max(starts_at, at) < ends_at <= starts_at + LONGEST_TURN:
        raise InvalidRequest(_("La fin doit être à venir, après le début et dans le mois."))


def _short(text: str, longest: int) -> str:
    text = " ".join(text.split())
    if not 0 < len(text) <= longest:
        raise InvalidRequest(_("Le texte est vide ou dépasse {count} caractères.", count=longest))
    return text


def _log(uow: UnitOfWork, by: Principal, at: datetime, action: str, text: str, layer: str | None = None, alarm_id: int | None = None) -> None:
    logbook.append(uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="action", text=text, layer=layer, alarm_id=alarm_id, action=action))
