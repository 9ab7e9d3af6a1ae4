"""Default rules of waste. Only fire is critical; a full container waits for working hours."""

from datetime import timedelta

from hypervisor.domain.alarm import Priority, Stake
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_

RULES = (
    Rule(
        key="container_full",
        kind="container",
        property="filling",
        title=N_("Conteneur plein"),
        priority=Priority.MINOR,
        stake=Stake.REPAIR,
        threshold=95.0,
        hysteresis=10.0,
        decide_within=timedelta(hours=8),
        consequence=N_("Dépôts au sol dans la journée."),
        action=N_("Ajouter le conteneur à la prochaine tournée."),
        source="chosen by us: filling sensors are accurate to about 5 %",
    ),
    Rule(
        key="container_fire",
        kind="container",
        property="container_temperature",
        title=N_("Feu de conteneur"),
        priority=Priority.CRITICAL,
        stake=Stake.VITAL,
        threshold=70.0,
        hysteresis=20.0,
        decide_within=timedelta(minutes=3),
        consequence=N_("Danger pour les passants et les façades voisines."),
        action=N_("Appeler le 18 ; envoyer la police municipale ; regarder la caméra la plus proche."),
        source="chosen by us: metal in full summer sun stays under 65 °C",
    ),
    Rule(
        key="container_silent",
        kind="container",
        property="filling",
        title=N_("Capteur de remplissage muet"),
        priority=Priority.INFO,
        stake=Stake.NONE,
        comparison="silent",
        duration=timedelta(hours=6),
        consequence=N_("Le remplissage n'est plus connu."),
        action=N_("Aucune action immédiate : vérifier la pile à la prochaine collecte."),
        source="chosen by us: twenty-four missed reports",
    ),
)
