"""Default rules of security."""

from datetime import timedelta

from hypervisor.domain.alarm import Priority
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_

RULES = (
    Rule(
        key="door_forced",
        kind="access_door",
        property="door_state",
        title=N_("Porte forcée"),
        priority=Priority.MAJOR,
        threshold=2,
        decide_within=timedelta(minutes=5),
        consequence=N_("Intrusion possible dans un bâtiment public."),
        action=N_("Regarder la caméra la plus proche ; envoyer la police municipale ; prévenir le responsable du bâtiment."),
        source="chosen by us: state given by the door's controller",
    ),
    Rule(
        key="camera_offline",
        kind="camera",
        property="camera_status",
        title=N_("Caméra injoignable"),
        priority=Priority.MINOR,
        comparison="below",
        threshold=0,
        duration=timedelta(seconds=60),
        decide_within=timedelta(hours=4),
        consequence=N_("Le lieu n'est plus vu du centre de supervision."),
        action=N_("Vérifier son commutateur ; ouvrir un ticket au mainteneur."),
        source="chosen by us: longer than a camera's restart",
    ),
    Rule(
        key="switch_offline",
        kind="switch",
        property="switch_status",
        title=N_("Commutateur injoignable"),
        priority=Priority.MAJOR,
        comparison="below",
        threshold=0,
        duration=timedelta(seconds=60),
        decide_within=timedelta(minutes=20),
        consequence=N_("Toutes les caméras et portes du commutateur sont perdues."),
        action=N_("Appeler l'astreinte réseau ; prévoir une présence sur les lieux qui ne sont plus vus."),
        source="chosen by us: longer than a switch's restart",
    ),
    Rule(
        key="switch_hot",
        kind="switch",
        property="switch_temperature",
        title=N_("Surchauffe d'un commutateur"),
        priority=Priority.MINOR,
        threshold=70.0,
        hysteresis=5.0,
        duration=timedelta(minutes=10),
        decide_within=timedelta(hours=4),
        consequence=N_("Arrêt prochain du commutateur et de ses caméras."),
        action=N_("Vérifier la ventilation du coffret."),
        source="chosen by us: usual limit of industrial switches less 5 °C (suppliers' sheets give 75 °C)",
    ),
    Rule(
        key="camera_silent",
        kind="camera",
        property="camera_status",
        title=N_("Caméra muette"),
        priority=Priority.INFO,
        comparison="silent",
        duration=timedelta(minutes=20),
        consequence=N_("L'état de la caméra n'est plus connu."),
        action=N_("Aucune action immédiate : vérifier la supervision vidéo."),
        source="chosen by us: twenty missed reports",
    ),
)
