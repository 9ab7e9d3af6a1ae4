"""Public lighting: control cabinets and the luminaires that they feed.

Attribute names follow the Smart Data Models Streetlight and StreetlightControlCabinet; `doorOpen` is ours, since the model has none.
"""

from datetime import timedelta

from hypervisor.domain.layer import Headline, Kind, Layer, Property, Question
from hypervisor.i18n import N_
from hypervisor.layers.lighting.indicators import DECLARED, FACTORS, INDICATORS, MEASURES, OWNER
from hypervisor.layers.lighting.rules import RULES
from hypervisor.service import reach

CABINET = Kind(
    key="cabinet",
    label=N_("Armoire d'éclairage"),
    plural=N_("Armoires d'éclairage"),
    ngsi_type="StreetlightControlCabinet",
    icon="power_device",
    properties=("power_state", "cabinet_status", "active_power", "energy_index", "voltage", "door"),
    active=("power_state", 2),
    staleness="cabinet_status",
    details=(
        ("luminaires", N_("Points lumineux alimentés")),
        ("power_kw", N_("Puissance souscrite (kW)")),
        ("circuits", N_("Départs")),
        ("model", N_("Modèle")),
        ("year", N_("Année de pose")),
    ),
    hints=("armoire", "streetlightcontrolcabinet"),
)
LUMINAIRE = Kind(
    key="luminaire",
    label=N_("Point lumineux"),
    plural=N_("Points lumineux"),
    ngsi_type="Streetlight",
    icon="street_lamp_arm",
    properties=("power_state", "luminaire_status", "illuminance"),
    active=("power_state", 2),
    staleness="power_state",
    details=(
        ("cabinet", N_("Armoire")),
        ("lamp", N_("Source")),
        ("power_w", N_("Puissance (W)")),
        ("height_m", N_("Hauteur (m)")),
        ("support", N_("Support")),
        ("year", N_("Année de pose")),
    ),
    hints=("light", "luminaire", "lanterne", "typelante", "pointlumineux", "candelabre"),
)

# EN 50160 gives 230 V ± 10 %; the bound of 500 V is a phase-to-phase voltage with margin. Periods: chosen by us, see the demonstration's load.
PROPERTIES = (
    Property(
        key="power_state",
        label=N_("Alimentation"),
        ngsi="powerState",
        low=0,
        high=3,
        period=timedelta(minutes=10),
        words={"off": 0, "bootingUp": 1, "low": 2, "on": 3},
        word_labels={"off": N_("éteint"), "bootingUp": N_("allumage"), "low": N_("abaissé"), "on": N_("allumé")},
    ),
    Property(
        key="cabinet_status",
        label=N_("État de l'armoire"),
        ngsi="status",
        low=0,
        high=2,
        period=timedelta(minutes=1),
        words={"ok": 0, "degraded": 1, "tripped": 2},
        word_labels={"ok": N_("normal"), "degraded": N_("dégradé"), "tripped": N_("disjonctée")},
    ),
    Property(
        key="luminaire_status",
        label=N_("État du point lumineux"),
        ngsi="status",
        low=0,
        high=3,
        period=timedelta(minutes=30),
        words={"ok": 0, "defectiveLamp": 1, "brokenLantern": 2, "columnIssue": 3},
        word_labels={"ok": N_("normal"), "defectiveLamp": N_("source en panne"), "brokenLantern": N_("lanterne cassée"), "columnIssue": N_("mât endommagé")},
    ),
    Property(
        key="illuminance", label=N_("Niveau d'éclairement"), unit="%", low=0, high=100, ngsi="illuminanceLevel", wire_unit="C62", period=timedelta(minutes=30)
    ),
    Property(
        key="active_power", label=N_("Puissance active"), unit="kW", low=0, high=250, ngsi="totalActivePower", wire_unit="KWT", period=timedelta(minutes=1)
    ),
    # Smart Data Models, StreetlightControlCabinet: energyConsumed, since metering started. Ten million kWh is a century of the largest cabinet.
    Property(
        key="energy_index", label=N_("Index d'énergie"), unit="kWh", low=0, high=10_000_000, ngsi="energyConsumed", wire_unit="KWH", period=timedelta(hours=1)
    ),
    Property(key="voltage", label=N_("Tension"), unit="V", low=0, high=500, ngsi="voltageR", wire_unit="VLT", period=timedelta(minutes=1)),
    Property(
        key="door",
        label=N_("Porte"),
        ngsi="doorOpen",
        low=0,
        high=1,
        period=timedelta(minutes=10),
        words={"closed": 0, "open": 1},
        word_labels={"closed": N_("fermée"), "open": N_("ouverte")},
    ),
)

HEADLINES = (
    Headline(
        key="lit",
        label=N_("points lumineux allumés"),
        measure="share_active",
        kind="luminaire",
        property="power_state",
        reference=98.0,
        reference_label=N_("attendu en soirée"),
        formula=N_(
            "Points lumineux dont la dernière alimentation reçue est « allumé » ou « abaissé », divisés par les points lumineux dont la mesure est fraîche."
        ),
    ),
)

KINDS = (CABINET, LUMINAIRE)
LAYER = Layer(
    key="lighting",
    label=N_("Éclairage"),
    icon="street_lamp_arm",
    order=1,
    kinds=KINDS,
    properties=PROPERTIES,
    rules=RULES,
    headlines=HEADLINES,
    measures=(*MEASURES, reach.measure_of("lighting", KINDS)),
    indicators=(*INDICATORS, reach.indicator_of("lighting", OWNER)),
    volumes=DECLARED,
    factors=FACTORS,
    questions=(
        Question(
            text=N_("Quelle puissance moyenne une armoire d’éclairage appelle-t-elle, heure par heure ?"),
            asked="onglet=tableau&couche=lighting&grandeur=active_power&mesure=mean&genre=cabinet&par=hour",
            days=2,
        ),
    ),
    risks=(
        N_("électricité"),
        N_("travail en hauteur"),
        N_("circulation"),
    ),
    protection=(
        N_("gants isolants"),
        N_("casque"),
        N_("gilet"),
        N_("chaussures de sécurité"),
    ),
)
