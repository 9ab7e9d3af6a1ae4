"""Security: cameras, access doors, and the network switches that feed them. No picture passes through here, only whether the equipment works.

`Camera` is a Smart Data Model (its `status` is ours), doors are `Device` with its `deviceState`; `Switch` has no model and is ours.
"""

from datetime import timedelta

from hypervisor.domain.layer import Headline, Kind, Layer, Property
from hypervisor.i18n import N_
from hypervisor.layers.security.indicators import DECLARED, INDICATORS, MEASURES, OWNER
from hypervisor.layers.security.rules import RULES
from hypervisor.service import reach

CAMERA = Kind(
    key="camera",
    label=N_("Caméra"),
    plural=N_("Caméras"),
    ngsi_type="Camera",
    icon="security_camera",
    properties=("camera_status",),
    active=("camera_status", 1),
    staleness="camera_status",
    details=(
        ("model", N_("Modèle")),
        ("mounting", N_("Support")),
        ("switch", N_("Commutateur")),
        ("authorised_until", N_("Autorisation jusqu'au")),
        ("year", N_("Année de pose")),
    ),
    hints=("camera", "cctv", "video"),
)
ACCESS_DOOR = Kind(
    key="access_door",
    label=N_("Porte sous contrôle d'accès"),
    plural=N_("Portes sous contrôle d'accès"),
    ngsi_type="Device",
    icon="entrance",
    properties=("door_state",),
    active=("door_state", 1),
    staleness="door_state",
    details=(("building", N_("Bâtiment")), ("model", N_("Modèle")), ("switch", N_("Commutateur"))),
    hints=("porte", "acces", "door"),
)
SWITCH = Kind(
    key="switch",
    label=N_("Commutateur réseau"),
    plural=N_("Commutateurs réseau"),
    ngsi_type="Switch",
    icon="tower_communication",
    properties=("switch_status", "switch_temperature"),
    active=("switch_status", 1),
    staleness="switch_status",
    details=(("model", N_("Modèle")), ("ports", N_("Ports")), ("uplink", N_("Raccordement")), ("year", N_("Année de pose"))),
    hints=("switch", "commutateur"),
)

REACHABLE = {"offline": 0, "online": 1}
REACHABLE_LABELS = {"offline": N_("injoignable"), "online": N_("en ligne")}

PROPERTIES = (
    Property(
        key="camera_status",
        label=N_("État de la caméra"),
        ngsi="status",
        low=0,
        high=1,
        period=timedelta(minutes=1),
        words=REACHABLE,
        word_labels=REACHABLE_LABELS,
    ),
    Property(
        key="door_state",
        label=N_("État de la porte"),
        ngsi="deviceState",
        low=0,
        high=2,
        period=timedelta(minutes=5),
        words={"closed": 0, "open": 1, "forced": 2},
        word_labels={"closed": N_("fermée"), "open": N_("ouverte"), "forced": N_("forcée")},
    ),
    Property(
        key="switch_status",
        label=N_("État du commutateur"),
        ngsi="status",
        low=0,
        high=1,
        period=timedelta(minutes=1),
        words=REACHABLE,
        word_labels=REACHABLE_LABELS,
    ),
    Property(key="switch_temperature", label=N_("Température"), unit="°C", low=-40, high=120, ngsi="temperature", wire_unit="CEL", period=timedelta(minutes=5)),
)

HEADLINES = (
    Headline(
        key="cameras_reachable",
        label=N_("caméras joignables"),
        measure="share_active",
        kind="camera",
        property="camera_status",
        reference=98.0,
        reference_label=N_("objectif de disponibilité"),
        formula=N_("Caméras dont le dernier état reçu est « en ligne », divisées par les caméras dont l'état est frais."),
    ),
)

KINDS = (CAMERA, ACCESS_DOOR, SWITCH)
LAYER = Layer(
    key="security",
    label=N_("Sécurité"),
    icon="security_camera",
    order=5,
    kinds=KINDS,
    properties=PROPERTIES,
    rules=RULES,
    headlines=HEADLINES,
    measures=(*MEASURES, reach.measure_of("security", KINDS)),
    indicators=(*INDICATORS, reach.indicator_of("security", OWNER)),
    volumes=DECLARED,
    risks=(
        N_("travail en hauteur"),
        N_("électricité"),
        N_("agression"),
    ),
    protection=(
        N_("casque"),
        N_("gilet"),
        N_("chaussures de sécurité"),
    ),
)
