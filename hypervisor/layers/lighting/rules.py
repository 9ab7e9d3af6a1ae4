"""Default rules of public lighting.

A luminaire that goes dark with its cabinet raises nothing of its own: the cabinet's alarm says it once.
"""

from datetime import timedelta

from hypervisor.domain.alarm import Priority, Stake
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_

RULES = (
    Rule(
        key="cabinet_tripped",
        kind="cabinet",
        property="cabinet_status",
        title=N_("Armoire hors tension"),
        priority=Priority.MAJOR,
        stake=Stake.SERVICE,
        explains=("luminaire_defect",),
        threshold=2,
        decide_within=timedelta(minutes=20),
        consequence=N_("Toutes les rues de l'armoire sont sans éclairage."),
        action=N_("Appeler l'astreinte éclairage ; signaler les rues éteintes à la police municipale ; ne pas réarmer à distance deux fois de suite."),
        source="chosen by us: state given by the cabinet's controller",
    ),
    Rule(
        key="cabinet_undervoltage",
        kind="cabinet",
        property="voltage",
        title=N_("Tension basse à l'armoire"),
        priority=Priority.MINOR,
        stake=Stake.REPAIR,
        comparison="below",
        threshold=207.0,
        hysteresis=3.0,
        duration=timedelta(minutes=5),
        decide_within=timedelta(hours=4),
        consequence=N_("Les alimentations électroniques des luminaires s'usent et peuvent décrocher."),
        action=N_("Vérifier le départ et prévenir le distributeur d'électricité si la tension reste basse."),
        source="EN 50160:2010, clause 4.2.2: 230 V less 10 %; five minutes chosen by us",
    ),
    Rule(
        key="cabinet_door_open",
        kind="cabinet",
        property="door",
        title=N_("Porte d'armoire ouverte"),
        priority=Priority.MINOR,
        stake=Stake.REPAIR,
        threshold=1,
        duration=timedelta(minutes=5),
        decide_within=timedelta(hours=1),
        consequence=N_("Des pièces sous tension peuvent être accessibles au public."),
        action=N_("Vérifier qu'une intervention est en cours ; sinon envoyer un agent fermer l'armoire."),
        source="chosen by us: longer than opening to read a meter",
    ),
    Rule(
        key="cabinet_silent",
        kind="cabinet",
        property="cabinet_status",
        title=N_("Armoire muette"),
        priority=Priority.INFO,
        stake=Stake.NONE,
        comparison="silent",
        duration=timedelta(minutes=30),
        consequence=N_("L'état des points lumineux de l'armoire n'est plus connu."),
        action=N_("Aucune action immédiate : vérifier la liaison de l'armoire en heures ouvrées."),
        source="chosen by us: thirty missed reports",
    ),
    Rule(
        key="luminaire_defect",
        kind="luminaire",
        property="luminaire_status",
        title=N_("Point lumineux en panne"),
        priority=Priority.MINOR,
        stake=Stake.REPAIR,
        threshold=1,
        decide_within=timedelta(hours=8),
        consequence=N_("Une portion de rue est mal éclairée."),
        action=N_("Inscrire le remplacement à la prochaine tournée de maintenance."),
        source="chosen by us: Streetlight status other than ok",
    ),
    Rule(
        key="luminaire_column",
        kind="luminaire",
        property="luminaire_status",
        title=N_("Mât d'éclairage endommagé"),
        priority=Priority.MAJOR,
        stake=Stake.VITAL,
        threshold=3,
        decide_within=timedelta(minutes=20),
        consequence=N_("Le mât peut tomber ; des conducteurs sous tension peuvent être accessibles."),
        action=N_("Faire baliser sur place, couper le départ, appeler l'astreinte éclairage."),
        source="chosen by us: Streetlight status columnIssue",
    ),
)
