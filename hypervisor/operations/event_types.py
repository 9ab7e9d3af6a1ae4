"""What an operator may open by hand: the types offered by the form, each with the priority and the time to decide that it proposes.

Chosen by us with the rationalisation of screens.md B.4: danger to people is critical, a service degraded within hours is major, working hours are minor.
"""

from dataclasses import dataclass
from datetime import timedelta

from hypervisor.domain.alarm import Priority
from hypervisor.i18n import N_


@dataclass(frozen=True, kw_only=True)
class EventType:
    """A type: its French label, the layer whose people treat it, and what is proposed for it."""

    key: str
    label: str
    layer: str
    priority: Priority
    decide_within: timedelta


TYPES = (
    EventType(key="reported_leak", label=N_("Fuite d’eau signalée"), layer="water", priority=Priority.MAJOR, decide_within=timedelta(minutes=15)),
    EventType(key="reported_flood", label=N_("Chaussée inondée"), layer="water", priority=Priority.CRITICAL, decide_within=timedelta(minutes=5)),
    EventType(key="reported_no_water", label=N_("Coupure d’eau signalée"), layer="water", priority=Priority.MAJOR, decide_within=timedelta(minutes=30)),
    EventType(key="reported_hydrant", label=N_("Poteau d’incendie ouvert"), layer="water", priority=Priority.MAJOR, decide_within=timedelta(minutes=10)),
    EventType(key="reported_dark_street", label=N_("Rue sans éclairage"), layer="lighting", priority=Priority.MAJOR, decide_within=timedelta(hours=1)),
    EventType(key="reported_lamp", label=N_("Point lumineux en défaut"), layer="lighting", priority=Priority.MINOR, decide_within=timedelta(hours=24)),
    EventType(key="reported_pole_down", label=N_("Candélabre accidenté"), layer="lighting", priority=Priority.CRITICAL, decide_within=timedelta(minutes=10)),
    EventType(key="reported_parking", label=N_("Stationnement gênant ou saturé"), layer="parking", priority=Priority.MINOR, decide_within=timedelta(hours=1)),
    EventType(
        key="reported_overflow", label=N_("Dépôt sauvage ou conteneur débordant"), layer="waste", priority=Priority.MINOR, decide_within=timedelta(hours=24)
    ),
    EventType(key="reported_fire", label=N_("Feu de conteneur"), layer="waste", priority=Priority.CRITICAL, decide_within=timedelta(minutes=2)),
    EventType(key="reported_intrusion", label=N_("Intrusion signalée"), layer="security", priority=Priority.CRITICAL, decide_within=timedelta(minutes=2)),
    EventType(
        key="reported_disorder", label=N_("Trouble sur la voie publique"), layer="security", priority=Priority.MAJOR, decide_within=timedelta(minutes=10)
    ),
)
"""Every type, in the order of the form."""

BY_KEY = {each.key: each for each in TYPES}
