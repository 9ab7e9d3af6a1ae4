"""The on-call duty as people read it: who answers now, the calendar with its holes, the ladder."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypervisor import public_holidays
from hypervisor.domain.on_call import LADDER, Kind, Span, answering, gaps, kind_for
from hypervisor.operations.wording import PLACE
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, on_call

READ, PHONE = "oncall:read", "oncall:phone"
AHEAD = timedelta(weeks=8)


def now(uow: UnitOfWork, at: datetime, layer: str | None = None, commune: int | None = None) -> list[dict[str, Any]]:
    """« Qui répond maintenant » : for each roster of the perimeter, who holds its ranks, or nobody; for a place when layer and commune are given.

    Numbers and addresses are there for those alone who may phone.
    """
    who = require(READ, layer)
    duties = on_call.duties_of(uow, at)
    people = {person["id"]: person for person in on_call.contacts(uow, [duty.contact_id for duty in duties])}
    found = []
    for roster in on_call.rosters(uow, who.layers):
        if layer is not None and roster["layer"] not in (None, layer):
            continue
        if commune is not None and roster["communes"] is not None and commune not in roster["communes"]:
            continue
        held = sorted((duty.rank, duty.contact_id) for duty in duties if duty.roster_id == roster["id"])
        answers = [_person(people[contact_id], rank, may_phone=who.may(PHONE)) for rank, contact_id in held]
        found.append({**roster, "answers": answers, "is_gap": not any(rank == 1 for rank, _contact in held)})
    return found


def for_alarm(uow: UnitOfWork, at: datetime, layer: str, commune: int) -> list[dict[str, Any]]:
    """Who is phoned for an alarm of that place, in order: its own kind, then those who decide."""
    who = require(READ, layer)
    duties = on_call.duties_of(uow, at)
    found = answering(duties, kind_for(layer), layer, commune) + answering(duties, Kind.DECISION, layer, commune)
    people = {person["id"]: person for person in on_call.contacts(uow, [duty.contact_id for duty in found])}
    return [{**_person(people[duty.contact_id], duty.rank, may_phone=who.may(PHONE)), "kind": duty.kind.value} for duty in found]


def calendar(uow: UnitOfWork, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Rosters with their turns in [since, until), and the times of each rank that nobody holds."""
    who = require(READ)
    turns = on_call.turns(uow, since, until)
    found = []
    for roster in on_call.rosters(uow, who.layers):
        own = [turn for turn in turns if turn["roster_id"] == roster["id"]]
        holes = [
            {"rank": rank, "starts_at": start.isoformat(), "ends_at": end.isoformat()}
            for rank in range(1, roster["ranks"] + 1)
            for start, end in gaps(_spans(turn for turn in own if turn["rank"] == rank), since, until)
        ]
        shown = [{**turn, "starts_at": turn["starts_at"].isoformat(), "ends_at": turn["ends_at"].isoformat()} for turn in own]
        found.append({**roster, "turns": shown, "gaps": holes})
    return found


def holidays(since: datetime, until: datetime, area: str) -> list[dict[str, str]]:
    """Public holidays that touch [since, until): their date and name."""
    require(READ)
    last = (until - timedelta(microseconds=1)).astimezone(PLACE).date()
    return [{"date": day.isoformat(), "name": name} for day, name in public_holidays.between(since.astimezone(PLACE).date(), last, area).items()]


def mine(uow: UnitOfWork, at: datetime) -> dict[str, Any]:
    """« Mon astreinte » : this person's turns under way and to come for eight weeks, and who else answers now, with the number to call.

    Who is on call reads the numbers of those on call with them; others read their own turns alone, of which there are none.
    """
    who = require("intervention:act")
    turns = on_call.turns_of(uow, who.name, at, at + AHEAD)
    rosters = {turn["roster_id"] for turn in turns if turn["starts_at"] <= at}
    duties = [duty for duty in on_call.duties_of(uow, at) if rosters and (duty.roster_id in rosters or duty.kind is Kind.DECISION)]
    people = {person["id"]: person for person in on_call.contacts(uow, [duty.contact_id for duty in duties])}
    others = [
        {"name": people[duty.contact_id]["name"], "phone": people[duty.contact_id]["phone"] or "", "kind": duty.kind.value, "rank": duty.rank}
        for duty in sorted(duties, key=lambda duty: (duty.kind is Kind.DECISION, duty.rank))
        if people[duty.contact_id]["account"] != who.name
    ]
    shown = [{**turn, "starts_at": turn["starts_at"].isoformat(), "ends_at": turn["ends_at"].isoformat()} for turn in turns]
    return {"turns": shown, "others": others}


def contacts(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The directory, for those who keep the rosters."""
    require("oncall:write")
    return on_call.contacts(uow)


def ladder(uow: UnitOfWork) -> dict[str, Any]:
    """The delays in force, in seconds, with the tenant's own; and the services' addresses for those who keep them."""
    who = require(READ)
    with uow.cursor() as cursor:
        delays, services = on_call.settings(cursor, uow.tenant)
    in_force = {
        priority.word: {rung.key: delays.get(priority.word, {}).get(rung.key, int(rung.after.total_seconds())) for rung in rungs}
        for priority, rungs in LADDER.items()
    }
    return {"delays": in_force, "services": services if who.may("oncall:write") else {}}


def _spans(turns: Iterable[dict[str, Any]]) -> list[Span]:
    return [(turn["starts_at"], turn["ends_at"]) for turn in turns]


def _person(person: dict[str, Any], rank: int, *, may_phone: bool) -> dict[str, Any]:
    reach = {"phone": person["phone"], "email": person["email"]} if may_phone else {}
    return {"contact_id": person["id"], "name": person["name"], "rank": rank, **reach}
