"""The demonstration's posts, teams and on-call duty: fictional people on numbers kept for fiction, and one hole to be seen."""

from datetime import datetime, timedelta

from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.operations import on_call as operations
from hypervisor.operations import shifts as posts
from hypervisor.operations.wording import PLACE
from hypervisor.store import UnitOfWork, on_call

# Numbers that Arcep keeps for works of fiction: 06 39 98 00 00 to 06 39 98 99 99 (decision 2018-0881, national numbering plan).
PEOPLE = (
    ("M. Ferrand", "0639980014"), ("Mme Vasseur", "0639980007"), ("M. Benali", "0639980022"), ("Mme Caron", "0639980003"), ("M. Leroux", "0639980031"),
    ("Mme Da Silva", "0639980045"), ("M. Garnier", "0639980052"),
)  # fmt: skip
ACCOUNTS = {"M. Garnier": "agent", "Mme Da Silva": "cadre"}
"""Who reads their own turns on the phone."""
ROSTERS = (
    ("operation", "Eau", "water", 2, (0, 1)),
    ("operation", "Éclairage", "lighting", 1, (6,)),
    ("operation", "Stationnement", "parking", 1, (2,)),
    ("operation", "Déchets", "waste", 1, (3,)),
    ("safety", "Sécurité, voie publique", "security", 1, (4,)),
    ("decision", "Direction", None, 1, (5,)),
)
"""(kind, label, layer, ranks, people of each rank)."""
STATIONS = (
    ("Poste 1, chef de salle", None),
    ("Poste 2, CSU et éclairage", ("security", "lighting", "parking")),
    ("Poste 3, eau et déchets", ("water", "waste")),
)
TEAMS = (("A", "06:00", "14:00"), ("B", "14:00", "22:00"), ("N", "22:00", "06:00"))
DAYS, HANDOVER_HOUR = 28, 8
HOLE = ("Déchets", 3)
"""The roster, and the day from the first, that nobody holds."""


def load(uow: UnitOfWork, at: datetime) -> None:
    """Writes contacts, rosters and four weeks of turns, by the operations of the chief; nothing when there are rosters already."""
    if on_call.rosters(uow, None):
        return
    by = Principal(tenant=uow.tenant, account_id=None, name="demonstration", display_name="Démonstration", role=Role.CHIEF, permissions=PERMISSIONS[Role.CHIEF])
    for station, layers in STATIONS:
        posts.add_station(uow, station, layers, by, at)
    for team, starts_at, ends_at in TEAMS:
        posts.add_team(uow, team, starts_at, ends_at, by, at)
    people = [
        operations.write_contact(uow, None, operations.Person(name=name, phone=phone, account=ACCOUNTS.get(name, "")), by, at)["id"] for name, phone in PEOPLE
    ]
    first = at.astimezone(PLACE).replace(hour=HANDOVER_HOUR, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for kind, label, layer, ranks, held in ROSTERS:
        roster = operations.add_roster(uow, kind, label, layer, None, ranks, by, at)["id"]
        hole = first + timedelta(days=HOLE[1]) if label == HOLE[0] else None
        for rank, person in enumerate(held, 1):
            start, end = first, first + timedelta(days=DAYS)
            for since, until in [(start, hole), (hole + timedelta(days=1), end)] if hole else [(start, end)]:
                operations.add_turn(uow, roster, rank, people[person], since, until, by, at)
