"""The on-call duty as people read it: who answers now, the calendar with its holes, the ladder."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hypervisor.domain.on_call import LADDER, Kind, Span, answering, gaps, kind_for
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, on_call

READ, PHONE = "oncall:read", "oncall:phone"


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
