"""Drinking water: mains, valves, pumps, reservoirs, district meters and fire hydrants.

Attribute names follow the Smart Data Models Pump, Valve and Tank (EPANET's words, in capitals; TRIPPED is ours). District meters have no model: `WaterMeter` is ours.
"""

from datetime import timedelta

from hypervisor.domain.layer import Headline, Kind, Layer, Property, Question
from hypervisor.i18n import N_
from hypervisor.layers.water.indicators import DECLARED, FACTORS, INDICATORS, MEASURES, OWNER
from hypervisor.layers.water.rules import RULES
from hypervisor.service import reach

MAIN = Kind(
    key="main",
    label=N_("Conduite"),
    plural=N_("Conduites"),
    ngsi_type="Pipe",
    icon="pipe",
    shape="line",
    details=(
        ("diameter_mm", N_("Diamètre (mm)")),
        ("material", N_("Matériau")),
        ("year", N_("Année de pose")),
        ("length_m", N_("Longueur (m)")),
        ("district", N_("Secteur")),
    ),
    hints=("canalisation", "conduite", "pipe", "troncon"),
)
VALVE = Kind(
    key="valve",
    label=N_("Vanne"),
    plural=N_("Vannes"),
    ngsi_type="Valve",
    icon="water_shutoff",
    properties=("valve_status",),
    active=("valve_status", 1),
    staleness="valve_status",
    details=(("diameter_mm", N_("Diamètre (mm)")), ("district", N_("Secteur")), ("remote", N_("Télécommandée")), ("year", N_("Année de pose"))),
    hints=("vanne", "valve", "robinet"),
)
PUMP = Kind(
    key="pump",
    label=N_("Pompe"),
    plural=N_("Pompes"),
    ngsi_type="Pump",
    icon="powered_pump",
    properties=("pump_status", "pump_flow", "pump_power"),
    active=("pump_status", 1),
    staleness="pump_status",
    details=(
        ("rated_flow_m3_h", N_("Débit nominal (m³/h)")),
        ("power_kw", N_("Puissance (kW)")),
        ("reservoir", N_("Réservoir alimenté")),
        ("year", N_("Année de pose")),
    ),
    hints=("pompe", "pump", "surpresseur"),
)
RESERVOIR = Kind(
    key="reservoir",
    label=N_("Réservoir"),
    plural=N_("Réservoirs"),
    ngsi_type="Tank",
    icon="water_tower",
    properties=("level",),
    staleness="level",
    details=(
        ("volume_m3", N_("Volume (m³)")),
        ("max_level_m", N_("Niveau de trop-plein (m)")),
        ("low_level_m", N_("Niveau bas (m)")),
        ("year", N_("Année de construction")),
    ),
    hints=("reservoir", "tank", "chateaudeau"),
)
DISTRICT_METER = Kind(
    key="district_meter",
    label=N_("Compteur de secteur"),
    plural=N_("Compteurs de secteur"),
    ngsi_type="WaterMeter",
    icon="water_meter",
    properties=("flow", "pressure"),
    staleness="flow",
    details=(
        ("district", N_("Secteur")),
        ("population", N_("Habitants desservis")),
        ("nominal_flow_m3_h", N_("Débit moyen (m³/h)")),
        ("alarm_flow_m3_h", N_("Débit d'alarme (m³/h)")),
        ("diameter_mm", N_("Diamètre (mm)")),
    ),
    hints=("compteur", "watermeter", "debitmetre"),
)
HYDRANT = Kind(
    key="hydrant",
    label=N_("Poteau d'incendie"),
    plural=N_("Poteaux d'incendie"),
    ngsi_type="FireHydrant",
    icon="fire_hydrant",
    details=(("diameter_mm", N_("Diamètre (mm)")), ("flow_m3_h", N_("Débit à 1 bar (m³/h)")), ("checked", N_("Dernier contrôle"))),
    hints=("hydrant", "incendie", "poteau", "bouche", "numpompier"),
)

# Mains are built for 16 bar (PN 16, EN 805); 2,500 m³/h is what a main of 600 mm carries at about 2.5 m/s.
PROPERTIES = (
    Property(key="flow", label=N_("Débit"), unit="m³/h", low=0, high=2_500, ngsi="flow", wire_unit="MQH", period=timedelta(seconds=15)),
    Property(key="pressure", label=N_("Pression"), unit="bar", low=0, high=16, ngsi="pressure", wire_unit="BAR", period=timedelta(seconds=15)),
    Property(
        key="valve_status",
        label=N_("Position"),
        ngsi="status",
        low=0,
        high=1,
        period=timedelta(minutes=15),
        words={"CLOSED": 0, "OPEN": 1},
        word_labels={"CLOSED": N_("fermée"), "OPEN": N_("ouverte")},
    ),
    Property(
        key="pump_status",
        label=N_("Marche"),
        ngsi="status",
        low=-1,
        high=1,
        period=timedelta(seconds=30),
        words={"TRIPPED": -1, "CLOSED": 0, "OPEN": 1},
        word_labels={"TRIPPED": N_("en défaut"), "CLOSED": N_("à l'arrêt"), "OPEN": N_("en marche")},
    ),
    Property(key="pump_flow", label=N_("Débit refoulé"), unit="m³/h", low=0, high=2_500, ngsi="flow", wire_unit="MQH", period=timedelta(seconds=30)),
    Property(key="pump_power", label=N_("Puissance"), unit="kW", low=0, high=1_000, ngsi="power", wire_unit="KWT", period=timedelta(seconds=30)),
    Property(key="level", label=N_("Niveau"), unit="m", low=0, high=20, ngsi="level", wire_unit="MTR", period=timedelta(seconds=60)),
)

HEADLINES = (
    Headline(
        key="network_flow",
        label=N_("débit mis en distribution"),
        measure="sum",
        kind="district_meter",
        property="flow",
        unit="m³/h",
        reference=1_930.0,
        reference_label=N_("moyenne d'un jour ordinaire"),
        formula=N_(
            "Somme des derniers débits frais des compteurs de secteur. Repère : 250 000 habitants à 148 litres par jour (SISPEA 2021), rendement de 80 %."
        ),
    ),
)

KINDS = (MAIN, VALVE, PUMP, RESERVOIR, DISTRICT_METER, HYDRANT)
LAYER = Layer(
    key="water",
    label=N_("Eau"),
    icon="water",
    order=3,
    kinds=KINDS,
    properties=PROPERTIES,
    rules=RULES,
    headlines=HEADLINES,
    measures=(*MEASURES, reach.measure_of("water", KINDS)),
    indicators=(*INDICATORS, reach.indicator_of("water", OWNER)),
    factors=FACTORS,
    volumes=DECLARED,
    questions=(
        Question(
            text=N_("Le débit et la pression de l’eau varient-ils ensemble ?"),
            asked="onglet=correlation&s=layer:water:flow&s=layer:water:pressure",
        ),
    ),
    risks=(
        N_("eau sous pression"),
        N_("électricité"),
        N_("espace confiné"),
        N_("circulation"),
    ),
    protection=(
        N_("gilet"),
        N_("gants"),
        N_("bottes"),
        N_("détecteur de gaz en regard"),
    ),
)
