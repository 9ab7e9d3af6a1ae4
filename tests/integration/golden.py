"""The golden data set: a few assets whose every indicator is worked by hand below. tests/integration/test_indicators.py, the exports and check 40 compare with it.

The day is Saturday 10 January 2026 in Paris, from 9 January 23:00 to 10 January 23:00 UTC. « Night » is from 16:00 to 07:00 UTC, 15 whole hours, so that the arithmetic
can be done by hand (the real night has a test of its own). Two communes: 1 holds everything but cabinet 2, which is in commune 2.
What the room did, and what is declared for longer than a day (tonnes, money), has its figures in golden_period.py.

LIGHTING, night 15 h                                       reference kWh    measured kWh    avoided
  cabinet 1  reference 10 kW; 6 kW each night hour          10×15 = 150      6×15 = 90          60
  cabinet 2  no reference, contract 20 kW; an index that grows by 5 each night hour, reset once: it shows 3 where 5 would have been drawn
                                                            20×15 = 300      14×5+3 = 73       227
  cabinet 3  reference 4 kW; heard for 10 night hours at 2 kW, silent otherwise
                                                             4×10 =  40      2×10 = 20          20
  cabinet 4  contract 6 kW; its index is sent in Wh and called kWh: it grows by 5,000, more than 2×6: nothing is counted, reference neither
                                                                     490             183        307
  share 307 ÷ 490 = 62.653 %; consumption 0.183 MWh; hours counted 24 + 24 + 10 + 0 of 96 = 60.4 %
  (cabinet 2 and cabinet 4 are read one hour before the day too, so that each hour of the day has a difference)
  cost 307 × 0.17 = 52.19 € = 0.052 k€; CO2 307 × 0.048 = 14.736 kg = 0.0147 t
  luminaires 11 and 12: the first always well, the second with a defect in half of its hours: (15 + 7.5) ÷ 30 = 75 %
  state of the luminaires; night hours of the day are 0 to 7 of the clock of Paris and 17 to 23, 15 of them
  11: dimmed from 0 to 5, off from 5 to 8, on from 17                 5 + 3 = 8 of 15
  12: on all night, in defect in the odd hours                       0 of the 7 hours without defect
  13, heritage: on at 0, off from 1                                  7 of 15; complies
  14, park: on at 0 and 1, on then dimmed at 2, off at 3 and 4, on    0.5 + 2 = 2.5 of 15; lit at 1: does not comply
  dimmed or off (8 + 0 + 7 + 2.5) ÷ (15 + 7 + 15 + 15) = 33.654 %; compliance 1 ÷ 2 = 50 %

PARKING
  car park 21, 100 places: 18 h at 50 %, 6 h at 96 %        occupied 900 + 576 = 1,476 of 2,400 place·h
  car park 22, 300 places: 12 h at 80 %, then closed 12 h   occupied 2,880 of 3,600 place·h
  occupancy 4,356 ÷ 6,000 = 72.6 %; saturation 6 ÷ (24 + 12) = 16.667 %
  bay 31 (240 min): free the day before; occupied 8:00–10:00 and 10:30–15:30; it says « occupied » again at 10:45: 2 sessions of 120 and 300 min
  bay 32 (120 min): occupied the day before at 20:00, free at 9:00: no session of the day, one of 780 min that ends in it
  bay 33: out of order all day. bay 34: silent
  rotation 2 ÷ 2 bays = 1; duration (120 + 300 + 780) ÷ 3 = 400 min; too long 2 ÷ 3 = 66.667 %; sensors 3 ÷ 4 = 75 %

WATER, declared for the 31 days of January: authorised 16,740 m³ (540 a day), counted 15,500 (500), sold 558 (18)
  meter 41: 21 h at 10 m³/h, and 4, 3, 5 at 2, 3 and 4 o'clock     222 m³, night minimum 3
  meter 42: 18 h of 24 heard, at 20 m³/h, from midnight            20 × 24 = 480 m³, night minimum 20
  meter 43: 17 h of 24 heard, at 7 m³/h: under three quarters, its volume is not counted; night minimum 7
  supplied 702 m³; hours heard 24 + 18 + 17 = 59 of 72 = 81.9 %; mains 2,340 + 4,680 m = 7.02 km
  P104.3 (540 + 18) ÷ (702 + 18) = 77.5 %; P106.3 (702 − 540) ÷ 7.02 = 23.077; P105.3 (702 − 500) ÷ 7.02 = 28.775
  ILC 558 ÷ 7.02 = 79.4872; decree: least of 85 and 65 + 0.2 × 79.4872 = 80.8974; gap −3.3974 points; night flow 3 + 20 + 7 = 30 m³/h
  leaks (30 − 3 districts × 2) × 24 = 576 m³ a day

WASTE, round T01 but container 65 (T02); reference calendar: 62 rounds in January, 2 a day
  container 61: 80 → 2. 62: 40 → 5. 63: 105 (said for three hours: 100, 105, 105) → 0, counted as 100. 64: 15 → 0, which is not seen. 65: 60 → 10
  fill (80 + 40 + 100 + 60) ÷ 4 = 70 %; useless 1 ÷ 4 = 25 %; overflow 3 bin·h; rounds done 1 (T02 has one pickup), avoided 1
  container 63 had said 100 thirty hours before the day: emptied later than a day after, 0 of 1
  km 46; CO2 46 × 60 ÷ 100 × 3.17 = 87.492 kg = 0.0875 t

SECURITY  camera 71: online 18 hours, offline 6: 75 %. switch 72: always online.

HEARD at least once that day, of what is expected to speak: lighting 4 cabinets and 4 luminaires of 8; parking 5 of 6 (bay 34 is silent), 83.333 %; water 3 meters of 3,
  mains are not expected to; waste 5 of 5; security 2 of 2.   of all domains 23 ÷ 24 = 95.8333 %;   CO2 of all 0.014736 + 0.087492 = 0.102228 t
"""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hypervisor.lake import indicators as engines
from hypervisor.lake.client import Client
from hypervisor.lake.indicators import Indicators
from hypervisor.lake.places import Place
from hypervisor.layers import all_layers
from hypervisor.store.engine import Engine
from tests.integration import desk
from tests.integration import history_world as world

DAY = date(2026, 1, 10)
PARIS = ZoneInfo("Europe/Paris")
JANUARY = {
    "water_authorised": 16_740.0,
    "water_counted": 15_500.0,
    "water_sold": 558.0,
    "rounds_reference": 62.0,
    "platform_cost": 1_240.0,
    "waste_collected": 310.0,
    "waste_recovered": 124.0,
}
SPENT = {"lighting": 46_500.0, "parking": 31_000.0, "water": 62_000.0, "waste": 68_200.0, "security": 9_300.0}
BUDGET = 730_000.0
EXPECTED = {
    "energy_avoided": 0.307, "energy_avoided_share": 62.653, "energy_consumed": 0.183, "cost_avoided": 0.05219, "co2_avoided": 0.014736, "luminaires_available": 75.0,
    "luminaires_dimmed": 33.654, "light_nuisance": 50.0, "water_leaks": 576.0, "emptied_in_a_day": 0.0,
    "parking_occupancy": 72.6, "parking_saturation": 16.667, "parking_rotation": 1.0, "parking_duration": 400.0, "parking_overstay": 66.667, "bay_sensors": 75.0,
    "water_efficiency": 77.5, "water_losses": 23.077, "water_uncounted": 28.775, "water_decree": -3.3974, "night_flow": 30.0, "water_supplied": 702.0,
    "fill_at_pickup": 70.0, "useless_pickups": 25.0, "overflow": 3.0, "rounds_avoided": 1.0, "km_avoided": 46.0, "waste_co2_avoided": 0.087492,
    "cameras_reachable": 75.0, "switches_reachable": 100.0,
    "lighting_reachable": 100.0, "parking_reachable": 83.333, "water_reachable": 100.0, "waste_reachable": 100.0, "security_reachable": 100.0,
}  # fmt: skip
ASSETS = (
    *((number, "lighting", "cabinet", {"power_kw": power} | ({"reference_kw": reference} if reference else {}), commune)
      for number, power, reference, commune in ((1, 12, 10, 1), (2, 20, None, 2), (3, 5, 4, 1), (4, 6, None, 1))),
    (11, "lighting", "luminaire", {}, 1), (12, "lighting", "luminaire", {}, 1),
    (13, "lighting", "luminaire", {"regulation": "heritage"}, 1), (14, "lighting", "luminaire", {"regulation": "park"}, 1),
    (21, "parking", "car_park", {"capacity": 100}, 1), (22, "parking", "car_park", {"capacity": 300}, 1),
    (31, "parking", "bay", {"limit_min": 240}, 1), (32, "parking", "bay", {"limit_min": 120}, 1), (33, "parking", "bay", {"limit_min": 120}, 1), (34, "parking", "bay", {"limit_min": 120}, 1),
    (41, "water", "district_meter", {}, 1), (42, "water", "district_meter", {}, 1), (43, "water", "district_meter", {}, 1),
    (51, "water", "main", {"length_m": 2340}, 1), (52, "water", "main", {"length_m": 4680}, 1),
    *((number, "waste", "container", {"round": "T02" if number == 65 else "T01"}, 1) for number in range(61, 66)),
    (71, "security", "camera", {}, 1), (72, "security", "switch", {}, 1),
)  # fmt: skip


def is_night(hour: int, *_place: float) -> float:
    """1 from 16:00 to 07:00 UTC, 0 otherwise; in the place of the real night."""
    return 1.0 if hour % 24 >= 16 or hour % 24 < 7 else 0.0


def local(hour: float, day: date = DAY) -> datetime:
    """An hour of the clock of Paris, in UTC."""
    return (datetime(day.year, day.month, day.day, tzinfo=PARIS) + timedelta(hours=hour)).astimezone(UTC)


def hours(day: date = DAY) -> list[datetime]:
    """The beginnings of a day's hours, UTC: 23, 24 or 25."""
    begin, end = local(0, day), local(0, day + timedelta(days=1))
    return [begin + timedelta(hours=number) for number in range(int((end - begin).total_seconds() // 3600))]


def furnish(urls) -> dict[tuple[str, str], int]:
    """Communes, assets and declarations; gives the numbers of properties."""
    with desk.as_owner(urls) as uow:
        for number, name in ((1, "Valmorin"), (2, "Orscelles")):
            desk.run(uow, "INSERT INTO commune (tenant, id, name, population) VALUES (1, :id, :name, 1000)", id=number, name=name)
        for number, layer, kind, attributes, commune in ASSETS:
            desk.run(
                uow,
                """INSERT INTO asset (tenant, id, urn, layer, kind, name, commune_id, attributes, geom, lon, lat)
                   VALUES (1, :id, 'urn:x:' || :id, :layer, :kind, 'E' || :id, :commune, cast(:attributes AS jsonb), ST_SetSRID(ST_MakePoint(5, 47), 4326), 5, 47)""",
                id=number, layer=layer, kind=kind, commune=commune, attributes=json.dumps(attributes),
            )  # fmt: skip
        january = JANUARY | {f"{layer}_spent": amount for layer, amount in SPENT.items()}
        year = {f"{layer}_budget": BUDGET for layer in SPENT}
        for until, declared in ((date(2026, 2, 1), january), (date(2027, 1, 1), year)):
            for key, amount in declared.items():
                desk.run(
                    uow,
                    "INSERT INTO indicator_declared (tenant, key, since, until, amount, unit, source) VALUES (1, :k, '2026-01-01', :until, :a, '', 'Rapport')",
                    k=key, until=until, a=amount,
                )  # fmt: skip
    return {(row.layer, row.key): row.id for row in desk.rows(urls, "SELECT layer, key, id FROM property")}


def readings(n: dict[tuple[str, str], int]) -> list[tuple[int, int, datetime, float]]:
    """(asset, property, when, value) of the golden day and of what is known before it."""
    found: list[tuple[int, int, datetime, float]] = []
    power, index, status = n["lighting", "active_power"], n["lighting", "energy_index"], n["lighting", "luminaire_status"]
    night = [at for at in hours() if is_night(int(at.timestamp()) // 3600)]
    found += [(1, power, at, 6.0 if at in night else 0.0) for at in hours()]
    found += [(3, power, at, 2.0) for at in night[:10]]
    before = local(-1)
    reading, wrong = 100.0, 50_000.0
    found += [(2, index, before, reading), (4, index, before, wrong)]
    for at in hours():
        if at in night:
            # The fourth night hour: the meter is replaced, and shows 3.
            reading = 3.0 if at == night[3] else reading + 5
        wrong += 5_000.0
        found += [(2, index, at, reading), (4, index, at, wrong)]
    found += [(11, status, at, 0.0) for at in hours()] + [(12, status, at, float(number % 2)) for number, at in enumerate(hours())]
    state = n["lighting", "power_state"]
    for number, at in enumerate(hours()):
        if at in night:
            found += [(11, state, at, 2.0 if number < 5 else 0.0 if number < 8 else 3.0), (12, state, at, 3.0)]
            found += [(13, state, at, 0.0 if 1 <= number < 8 else 3.0), (14, state, at, 0.0 if number in (3, 4) else 3.0)]
    found.append((14, state, local(2.5), 2.0))
    share, opened, bay = n["parking", "occupancy"], n["parking", "car_park_status"], n["parking", "bay_status"]
    found += [(21, share, at, 96.0 if number < 6 else 50.0) for number, at in enumerate(hours())]
    found += [(22, share, at, 80.0 if number < 12 else 0.0) for number, at in enumerate(hours())]
    found += [(22, opened, at, 1.0 if number < 12 else 0.0) for number, at in enumerate(hours())]
    for asset, hour, value in (
        (31, -2, 0),
        (31, 8, 1),
        (31, 10, 0),
        (31, 10.5, 1),
        (31, 10.75, 1),
        (31, 15.5, 0),
        (32, -5, 0),
        (32, -4, 1),
        (32, 9, 0),
        (33, 6, -1),
    ):
        found.append((asset, bay, local(hour), float(value)))
    flow = n["water", "flow"]
    found += [(41, flow, at, {2: 4.0, 3: 3.0, 4: 5.0}.get(number, 10.0)) for number, at in enumerate(hours())]
    found += [(42, flow, at, 20.0) for at in hours()[:18]] + [(43, flow, at, 7.0) for at in hours()[:17]]
    filling = n["waste", "filling"]
    for asset, levels in ((61, (70, 80, 2)), (62, (40, 5)), (63, (90, 100, 105, 105, 0)), (64, (15, 0)), (65, (60, 10))):
        found += [(asset, filling, local(6 + number), float(level)) for number, level in enumerate(levels)]
    found.append((63, filling, local(-30), 100.0))
    camera, switch = n["security", "camera_status"], n["security", "switch_status"]
    found += [(71, camera, at, 0.0 if number < 6 else 1.0) for number, at in enumerate(hours())] + [(72, switch, at, 1.0) for at in hours()]
    return found


def engine(urls, folder, clock, *layers: str) -> Indicators:
    """The engine over a lake in this folder; of these layers alone when some are named."""
    chosen = {key: layer for key, layer in all_layers().items() if not layers or key in layers}
    return Indicators(Engine(urls.worker, "test-indicators"), Client(str(folder), 256, 60), Place(str(folder)), clock, chosen)


def lay(urls, folder) -> None:
    """The golden day, closed, computed and alone: communes have outlines, and no other day has figures."""
    world.add(urls, readings(furnish(urls)))
    clock = world.clock_at(DAY + timedelta(days=1), 12)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "share_of", is_night)
        close(urls, folder, clock)
        computing = engine(urls, folder, clock)
        computing.run()
        computing.close()
    with desk.as_owner(urls) as uow:
        desk.run(uow, "UPDATE commune SET geom = ST_Multi(ST_MakeEnvelope(5 + id * 0.1, 47, 5.1 + id * 0.1, 47.1, 4326)) WHERE id > 0")
        desk.run(uow, "DELETE FROM indicator_day WHERE day <> :day", day=DAY)
        desk.run(uow, "DELETE FROM indicator_run WHERE day <> :day", day=DAY)


def close(urls, folder, clock) -> None:
    """Closes every day that is due."""
    world.closer(urls, folder, clock, kept=timedelta(days=9000), kept_in_lake=timedelta(days=9000)).close_due()
