"""Waste: drop-off containers with a filling sensor. Attribute names follow the Smart Data Model WasteContainer."""

from datetime import timedelta

from hypervisor.domain.layer import Headline, Kind, Layer, Property, Question
from hypervisor.i18n import N_
from hypervisor.layers.waste.indicators import DECLARED, FACTORS, INDICATORS, MEASURES, OWNER
from hypervisor.layers.waste.rules import RULES
from hypervisor.service import reach

CONTAINER = Kind(
    key="container",
    label=N_("Conteneur"),
    plural=N_("Conteneurs"),
    ngsi_type="WasteContainer",
    icon="recycling",
    properties=("filling", "container_temperature", "container_status"),
    staleness="filling",
    details=(("stream", N_("Flux")), ("volume_m3", N_("Volume (m³)")), ("mounting", N_("Pose")), ("round", N_("Tournée")), ("year", N_("Année de pose"))),
)

PROPERTIES = (
    Property(key="filling", label=N_("Remplissage"), unit="%", low=0, high=110, ngsi="fillingLevel", wire_unit="C62", period=timedelta(minutes=15)),
    Property(
        key="container_temperature", label=N_("Température"), unit="°C", low=-40, high=300, ngsi="temperature", wire_unit="CEL", period=timedelta(minutes=15)
    ),
    Property(
        key="container_status",
        label=N_("État du conteneur"),
        ngsi="status",
        low=-1,
        high=5,
        period=timedelta(hours=6),
        words={"unknown": -1, "ok": 0, "lidOpen": 1, "moved": 2, "dropped": 3, "vandalized": 4, "burning": 5},
        word_labels={
            "unknown": N_("inconnu"),
            "ok": N_("normal"),
            "lidOpen": N_("ouvert"),
            "moved": N_("déplacé"),
            "dropped": N_("renversé"),
            "vandalized": N_("dégradé"),
            "burning": N_("en feu"),
        },
    ),
)

HEADLINES = (
    Headline(
        key="full_containers",
        label=N_("conteneurs à 80 % ou plus"),
        measure="count_above",
        kind="container",
        property="filling",
        at_least=80.0,
        unit="",
        reference=120.0,
        reference_label=N_("capacité d'une journée de tournées"),
        formula=N_("Nombre de conteneurs dont la dernière mesure fraîche de remplissage est d'au moins 80 %."),
    ),
)

KINDS = (CONTAINER,)
LAYER = Layer(
    key="waste",
    label=N_("Déchets"),
    icon="waste-basket",
    order=4,
    kinds=KINDS,
    properties=PROPERTIES,
    rules=RULES,
    headlines=HEADLINES,
    measures=(*MEASURES, reach.measure_of("waste", KINDS)),
    indicators=(*INDICATORS, reach.indicator_of("waste", OWNER)),
    factors=FACTORS,
    volumes=DECLARED,
    questions=(
        Question(
            text=N_("Jusqu’où chaque conteneur se remplit-il ?"),
            asked="onglet=tableau&couche=waste&grandeur=filling&mesure=high&par=asset",
        ),
    ),
    risks=(
        N_("coupure et piqûre"),
        N_("manutention"),
        N_("circulation"),
    ),
    protection=(
        N_("gants anticoupure"),
        N_("gilet"),
        N_("chaussures de sécurité"),
    ),
)
