"""Parking: car parks, on-street bays with a sensor, pay stations.

Attribute names follow the Smart Data Models OffStreetParking and ParkingSpot. Pay stations have no model: `ParkingMeter` and its `status` are ours.
"""

from datetime import timedelta

from hypervisor.domain.layer import Headline, Kind, Layer, Property, Question
from hypervisor.i18n import N_
from hypervisor.layers.parking.indicators import DECLARED, INDICATORS, MEASURES, OWNER
from hypervisor.layers.parking.rules import RULES
from hypervisor.service import reach

CAR_PARK = Kind(
    key="car_park",
    label=N_("Parc de stationnement"),
    plural=N_("Parcs de stationnement"),
    ngsi_type="OffStreetParking",
    icon="parking-garage",
    properties=("occupancy", "available_spots", "occupied_spots", "total_spots", "car_park_status"),
    active=("car_park_status", 1),
    staleness="available_spots",
    details=(("capacity", N_("Places")), ("structure", N_("Type d'ouvrage")), ("operator", N_("Exploitant")), ("max_height_m", N_("Hauteur maximale (m)"))),
    hints=("offstreetparking", "parking", "parcrelais", "ouvrage", "typark"),
)
BAY = Kind(
    key="bay",
    label=N_("Place sur voirie"),
    plural=N_("Places sur voirie"),
    ngsi_type="ParkingSpot",
    icon="parking_space",
    properties=("bay_status",),
    active=("bay_status", 1),
    staleness="bay_status",
    details=(("street", N_("Rue")), ("usage", N_("Usage")), ("zone", N_("Zone tarifaire")), ("limit_min", N_("Durée autorisée (min)"))),
    hints=("parkingspot", "parkingplace", "placestationnement", "emplacement"),
)
METER = Kind(
    key="meter",
    label=N_("Horodateur"),
    plural=N_("Horodateurs"),
    ngsi_type="ParkingMeter",
    icon="parking-paid",
    properties=("meter_status",),
    active=("meter_status", 1),
    details=(("address", N_("Adresse")), ("capacity", N_("Places desservies")), ("zone", N_("Zone tarifaire"))),
    hints=("parkingmeter", "horodateur", "paystation"),
)

# The largest car parks of the real feed of Montpellier hold about 1,600 places; 10,000 is a bound against nonsense.
PROPERTIES = (
    Property(key="occupancy", label=N_("Taux d'occupation"), unit="%", low=0, high=100, ngsi="occupancy", wire_unit="C62", period=timedelta(minutes=1)),
    Property(key="available_spots", label=N_("Places libres"), low=0, high=10_000, ngsi="availableSpotNumber", period=timedelta(minutes=1)),
    Property(key="occupied_spots", label=N_("Places occupées"), low=0, high=10_000, ngsi="occupiedSpotNumber", period=timedelta(minutes=1)),
    Property(key="total_spots", label=N_("Places en service"), low=0, high=10_000, ngsi="totalSpotNumber", period=timedelta(hours=1)),
    Property(
        key="car_park_status",
        label=N_("Ouverture"),
        ngsi="status",
        low=-1,
        high=4,
        period=timedelta(minutes=10),
        words={"closedAbnormal": -1, "closed": 0, "open": 1, "spacesAvailable": 2, "almostFull": 3, "full": 4},
        word_labels={
            "closedAbnormal": N_("fermeture anormale"),
            "closed": N_("fermé"),
            "open": N_("ouvert"),
            "spacesAvailable": N_("places libres"),
            "almostFull": N_("presque complet"),
            "full": N_("complet"),
        },
    ),
    Property(
        key="bay_status",
        label=N_("Occupation"),
        ngsi="status",
        low=-2,
        high=1,
        period=timedelta(minutes=5),
        words={"unknown": -2, "closed": -1, "free": 0, "occupied": 1},
        word_labels={"unknown": N_("inconnue"), "closed": N_("neutralisée"), "free": N_("libre"), "occupied": N_("occupée")},
    ),
    Property(
        key="meter_status",
        label=N_("État de l'horodateur"),
        ngsi="status",
        low=0,
        high=1,
        period=timedelta(minutes=30),
        words={"outOfOrder": 0, "ok": 1},
        word_labels={"outOfOrder": N_("hors service"), "ok": N_("en service")},
    ),
)

HEADLINES = (
    Headline(
        key="parking_occupancy",
        label=N_("occupation des parcs"),
        measure="mean",
        kind="car_park",
        property="occupancy",
        reference=85.0,
        reference_label=N_("au-delà, on cherche une place"),
        formula=N_("Moyenne des taux d'occupation des parcs de stationnement dont la mesure est fraîche."),
    ),
)

KINDS = (CAR_PARK, BAY, METER)
LAYER = Layer(
    key="parking",
    label=N_("Stationnement"),
    icon="parking",
    order=2,
    kinds=KINDS,
    properties=PROPERTIES,
    rules=RULES,
    headlines=HEADLINES,
    measures=(*MEASURES, reach.measure_of("parking", KINDS)),
    indicators=(*INDICATORS, reach.indicator_of("parking", OWNER)),
    volumes=DECLARED,
    questions=(
        Question(
            text=N_("Dans quelles communes le stationnement est-il le plus occupé ?"),
            asked="onglet=carte&couche=parking&grandeur=occupancy&mesure=mean&genre=car_park",
        ),
    ),
    risks=(N_("circulation"),),
    protection=(
        N_("gilet"),
        N_("chaussures de sécurité"),
    ),
)
