"""A small territory for tests of screens: two communes, a few assets tied together, alarms in several states, people."""

import json
from datetime import UTC, datetime, timedelta

import psycopg

AT = datetime(2026, 2, 11, 17, 4, 38, tzinfo=UTC)
"""The instant at which tests look: 18:04:38 in Paris."""

ASSETS = (
    # id, layer, kind, name, code, address, commune, lon, lat, attributes
    (
        1,
        "water",
        "main",
        "Conduite DN 200",
        "C-0117",
        "avenue du Pont Juvénal",
        1,
        3.8870,
        43.6080,
        {"diameter_mm": 200, "material": "fonte grise", "year": 1962, "district": "Antigone"},
    ),
    (2, "water", "district_meter", "Débitmètre Antigone", "DM-07", "avenue du Pont Juvénal, 186", 1, 3.8872, 43.6082, {"district": "Antigone"}),
    (3, "water", "valve", "Vanne V12", "V12", "rue Poseidon", 1, 3.8885, 43.6090, {"diameter_mm": 200}),
    (4, "water", "valve", "Vanne V17", "V17", "place de Thèbes", 1, 3.8858, 43.6071, {"diameter_mm": 200}),
    (5, "lighting", "cabinet", "Armoire EP-114", "EP-114", "avenue de Palavas", 1, 3.8790, 43.5980, {}),
    (6, "lighting", "luminaire", "Luminaire 114-01", "L-114-01", "avenue de Palavas", 1, 3.8791, 43.5981, {}),
    (7, "waste", "container", "Point d’apport PAV-208", "PAV-208", "rue Lunaret", 2, 3.8700, 43.6200, {}),
    (8, "parking", "car_park", "Parking Comédie", "PK-01", "place de la Comédie", 2, 3.8795, 43.6085, {}),
    (9, "security", "camera", "Caméra C59.04", "C59.04", "Lapeyronie", 2, 3.8520, 43.6310, {}),
)
EDGES = ((2, 1, "meters"), (3, 1, "isolates"), (4, 1, "isolates"), (5, 6, "feeds"))

# id, asset, rule or cause, title, priority, active, acknowledged, value, unit, threshold, age, decide_within_s
ALARMS = (
    (1, 2, "main_burst", "Rupture de canalisation", 1, True, False, 412.0, "m³/h", 250.0, timedelta(seconds=42), 720),
    (2, 5, "cabinet_tripped", "Armoire d’éclairage hors tension", 2, True, False, 2.0, "", 2.0, timedelta(seconds=110), 1800),
    (3, 9, "camera_offline", "Caméra injoignable", 3, True, False, 0.0, "", None, timedelta(minutes=15), None),
    (4, 7, "container_full", "Conteneur plein à 96 %", 3, True, True, 96.0, "%", 80.0, timedelta(minutes=59), 82800),
    (5, 8, "car_park_saturated", "Parking saturé", 2, False, False, 97.0, "%", 95.0, timedelta(hours=3), None),
)
PEOPLE = (
    ("operateur", "M. Durand", "operator", None),
    ("petit", "Mme Petit", "operator", None),
    ("chef", "Mme Roche", "chief", None),
    ("eclairage", "M. Lux", "operator", ["lighting"]),
    ("agent", "Agent 14", "agent", None),
    ("elu", "Mme Bonnet", "official", None),
    ("admin", "Mme Data", "admin", None),
)


def build(owner_url: str, at: datetime = AT) -> None:
    """Writes it all, as the owner, dated from `at`."""
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as database:
        view = {"lon": 3.8780, "lat": 43.6085, "zoom": 13, "bounds": [3.80, 43.56, 3.95, 43.66]}
        database.execute(
            "INSERT INTO tenant (id, key, label, view) VALUES (1, 'essai', 'Valmorin', %s) ON CONFLICT (id) DO UPDATE SET label = excluded.label, view = excluded.view",
            [json.dumps(view)],
        )
        for commune, name in ((0, "Hors territoire"), (1, "Valmorin"), (2, "Saint-Aubin")):
            database.execute(
                "INSERT INTO commune (tenant, id, name) VALUES (1, %s, %s) ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name", [commune, name]
            )
        for asset in ASSETS:
            number, layer, kind, name, code, address, commune, lon, lat, attributes = asset
            database.execute(
                "INSERT INTO asset (tenant, id, urn, layer, kind, name, code, address, commune_id, attributes, geom, lon, lat)"
                " VALUES (1, %s, %s, %s, %s, %s, %s, %s, %s, %s, ST_SetSRID(ST_Point(%s, %s), 4326), %s, %s)",
                [number, f"urn:ngsi-ld:Test:{number}", layer, kind, name, code, address, commune, json.dumps(attributes), lon, lat, lon, lat],
            )
        for parent, child, relation in EDGES:
            database.execute("INSERT INTO asset_edge (tenant, parent_id, child_id, relation) VALUES (1, %s, %s, %s)", [parent, child, relation])
        for username, name, role, layers in PEOPLE:
            database.execute("INSERT INTO account (tenant, username, display_name, role, layers) VALUES (1, %s, %s, %s, %s)", [username, name, role, layers])
        for alarm in ALARMS:
            _alarm(database, alarm, at)


def _alarm(database: psycopg.Connection, alarm: tuple, at: datetime) -> None:
    number, asset_id, rule, title, priority, active, acknowledged, value, unit, threshold, age, decide_s = alarm
    raised = at - age
    layer, kind, commune = next((a[1], a[2], a[6]) for a in ASSETS if a[0] == asset_id)
    seen = (raised, "petit", "Mme Petit") if acknowledged else (None, None, None)
    database.execute(
        "INSERT INTO alarm (tenant, id, asset_id, layer, commune_id, kind, source, cause, rule, title, priority, active, acknowledged, value, unit, threshold, raised_at,"
        " observed_at, cleared_at, acknowledged_at, acknowledged_by, acknowledged_name, decide_before)"
        " OVERRIDING SYSTEM VALUE VALUES (1, %s, %s, %s, %s, %s, 'rule', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [number, asset_id, layer, commune, kind, rule, rule, title, priority, active, acknowledged, value, unit, threshold, raised, raised, None if active else at, *seen,
         raised + timedelta(seconds=decide_s) if decide_s else None],
    )  # fmt: skip
