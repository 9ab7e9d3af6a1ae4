"""Default rules of parking. A full car park is information: the message signs already divert drivers, nobody has to act."""

from datetime import timedelta

from hypervisor.domain.alarm import Priority, Stake
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_

RULES = (
    Rule(
        key="car_park_saturated",
        kind="car_park",
        property="occupancy",
        title=N_("Parc de stationnement saturé"),
        priority=Priority.INFO,
        stake=Stake.NONE,
        threshold=97.0,
        hysteresis=3.0,
        duration=timedelta(minutes=2),
        consequence=N_("File d'attente possible à l'entrée."),
        action=N_("Aucune action : vérifier que les panneaux de jalonnement renvoient ailleurs."),
        source="chosen by us: no free place is found in practice above 97 %",
    ),
    Rule(
        key="car_park_closed",
        kind="car_park",
        property="car_park_status",
        title=N_("Fermeture anormale d'un parc"),
        priority=Priority.MAJOR,
        stake=Stake.SERVICE,
        comparison="below",
        threshold=-1,
        decide_within=timedelta(minutes=30),
        consequence=N_("Les véhicules ne peuvent plus entrer, ou plus sortir."),
        action=N_("Appeler l'exploitant ; afficher « fermé » sur le jalonnement."),
        source="chosen by us: OffStreetParking status closedAbnormal; who is shut in does not wait for working hours",
    ),
    Rule(
        key="car_park_silent",
        kind="car_park",
        property="available_spots",
        title=N_("Parc de stationnement muet"),
        priority=Priority.INFO,
        stake=Stake.NONE,
        comparison="silent",
        duration=timedelta(minutes=15),
        consequence=N_("Les panneaux affichent un nombre de places périmé."),
        action=N_("Aucune action immédiate : prévenir l'exploitant."),
        source="chosen by us: fifteen missed reports",
    ),
    Rule(
        key="meter_out_of_order",
        kind="meter",
        property="meter_status",
        title=N_("Horodateur hors service"),
        priority=Priority.MINOR,
        stake=Stake.REPAIR,
        comparison="below",
        threshold=0,
        duration=timedelta(minutes=10),
        decide_within=timedelta(hours=8),
        consequence=N_("Les usagers ne peuvent pas payer à cet horodateur."),
        action=N_("Inscrire le dépannage à la tournée du jour."),
        source="chosen by us",
    ),
)
