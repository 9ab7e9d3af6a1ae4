"""Posts as screens read them: the page of a post, what the frame says, the handovers signed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.queries import handover, on_call
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, shifts

FIRST_PERIOD = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Post:
    """What `/poste` shows. own: the reader's open shift; chosen: the post; signed: the outgoing's handover that waits for the reader; dossier: frozen, or of now.

    duties: who answers now, with their numbers; last: the handover before.
    """

    stations: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    own: dict[str, Any] | None
    chosen: dict[str, Any] | None
    signed: dict[str, Any] | None
    dossier: dict[str, Any] | None
    duties: list[dict[str, Any]]
    last: dict[str, Any] | None


def post(uow: UnitOfWork, at: datetime, station_id: int | None = None) -> Post:
    """The page of a post: the reader's own, else the one asked, else the first."""
    who = require("screen:poste")
    stations = shifts.stations(uow)
    own = shifts.of_operator(uow, who.name)
    wanted = own["station_id"] if own else station_id
    chosen = next((station for station in stations if station["id"] == wanted), stations[0] if stations else None)
    if chosen is None:
        return Post(stations=[], teams=shifts.teams(uow), own=own, chosen=None, signed=None, dossier=None, duties=[], last=None)
    signed = shifts.pending(uow, chosen["id"])
    since = chosen["started_at"] or at - FIRST_PERIOD
    dossier = signed["dossier"] if signed else handover.dossier(uow, chosen["layers"], since, at)
    return Post(
        stations=stations, teams=shifts.teams(uow), own=own, chosen=chosen, signed=signed, dossier=dossier, duties=on_call.now(uow, at), last=shifts.last_handover(uow, chosen["id"]),
    )  # fmt: skip


def state(uow: UnitOfWork, at: datetime) -> dict[str, Any]:
    """{"mine", "stations", "late", "refused"}: what the frame of every screen says of posts."""
    who = require("alarm:read")
    own = shifts.of_operator(uow, who.name)
    stations = shifts.stations(uow)
    mine = None if own is None else {
        "station": own["station_name"], "team": own["team_name"], "hours": f"{own['team_from']}–{own['team_to']}", "role": own["role"], "is_double": own["is_double"],
        "due_at": own["due_at"].isoformat(),
    }  # fmt: skip
    held = [
        {"id": one["id"], "name": one["name"], "holder": one["operator_name"], "due_at": one["due_at"].isoformat() if one["due_at"] else None}
        for one in stations
    ]
    late = [{"station": one["name"], "name": one["operator_name"], "due_at": one["due_at"].isoformat()} for one in stations if one["late_at"]]
    refused = [
        {"station": one["station_name"], "number": one["number"], "by": one["incoming_name"], "reason": one["reason"], "at": one["at"].isoformat()}
        for one in shifts.refused(uow)
        if one["outcome"] == "refused"
    ]
    return {"mine": mine, "stations": held, "late": late, "refused": refused}


def listed(uow: UnitOfWork, limit: int) -> list[dict[str, Any]]:
    """Handovers, newest first."""
    require("shift:read")
    return [_dated(one) for one in shifts.listed(uow, limit)]


def one(uow: UnitOfWork, handover_id: int) -> dict[str, Any]:
    """A handover whole, as it was signed."""
    require("shift:read")
    found = shifts.handover(uow, handover_id)
    if found is None:
        raise NotFound(_("Cette relève n’existe pas."))
    return _dated({name: value for name, value in found.items() if name != "tenant"})


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
