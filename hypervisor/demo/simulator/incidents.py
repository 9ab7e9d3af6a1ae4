"""What can go wrong, as a table: which assets, what becomes of their values, for how long."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hypervisor import layers
from hypervisor.demo.simulator import chance
from hypervisor.demo.simulator.world import Effect, Incident, World
from hypervisor.errors import InvalidRequest

FLOOD_SIZE = 300


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """kind: of the asset that it strikes; pool: how many such assets take turns in a day, because an asset that fails again repeats its alarm instead of adding
    one, and the queue stays readable; weight: how often, among others; lasts_s: shortest and longest.
    """

    kind: str
    build: Callable[[World, int], dict[str, tuple[list[int], dict[str, Effect]]]]
    sentence: str
    pool: int = 2
    weight: float = 1.0
    lasts_s: tuple[float, float] = (150.0, 360.0)


def _only(kind: str, **effects: Effect) -> Callable[[World, int], dict[str, tuple[list[int], dict[str, Effect]]]]:
    return lambda _world, row: {kind: ([row], dict(effects))}


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return value


def _always(value: object) -> Effect:
    return lambda _value, _elapsed_s, _row: value


def _burst(world: World, row: int) -> dict[str, tuple[list[int], dict[str, Effect]]]:
    item = world.lanes["district_meter"].fleet.items[row]
    rule = next(rule for rule in layers.all_layers()["water"].rules if rule.key == "main_burst")
    extra = 0.6 * rule.threshold_for(item.attributes)

    def flow(value: object, elapsed_s: float, _row: int) -> object:
        torn = 1 + 0.15 * min(1.0, elapsed_s / 120)  # The breach widens for two minutes.
        return round(min(2_400.0, max(_number(value) + extra * torn, rule.threshold_for(item.attributes) * 1.1 * torn)), 2)

    return {"district_meter": ([row], {"flow": flow, "pressure": lambda value, _e, _r: round(_number(value) * 0.4, 2)})}


def _trip(world: World, row: int) -> dict[str, tuple[list[int], dict[str, Effect]]]:
    struck: dict[str, tuple[list[int], dict[str, Effect]]] = {
        "cabinet": ([row], {"cabinet_status": _always("tripped"), "power_state": _always("off"), "active_power": _always(0.0)})
    }
    if "luminaire" in world.lanes:
        cabinet = world.lanes["cabinet"].fleet.items[row].urn
        fed = [i for i, item in enumerate(world.lanes["luminaire"].fleet.items) if item.parent == cabinet]
        struck["luminaire"] = (fed, {"power_state": _always("off"), "illuminance": _always(0.0)})
    return struck


def _flood(world: World, row: int) -> dict[str, tuple[list[int], dict[str, Effect]]]:
    items = world.lanes["luminaire"].fleet.items
    centre = items[row]
    east_per_north = np.cos(np.radians(centre.lat))
    distance = [((item.lon - centre.lon) * east_per_north) ** 2 + (item.lat - centre.lat) ** 2 for item in items]
    nearest = np.argsort(distance)[:FLOOD_SIZE].tolist()
    return {"luminaire": (nearest, {"luminaire_status": _always("defectiveLamp"), "power_state": _always("off"), "illuminance": _always(0.0)})}


def _freeze(world: World, row: int) -> dict[str, tuple[list[int], dict[str, Effect]]]:
    kept: dict[str, object] = {}

    def frozen(key: str) -> Effect:
        return lambda value, _elapsed_s, _row: kept.setdefault(key, value)

    return {"district_meter": ([row], {key: frozen(key) for key in ("flow", "pressure")})}


SCENARIOS: dict[str, Scenario] = {
    "burst": Scenario(kind="district_meter", build=_burst, sentence="a main bursts: flow up, pressure down", weight=2),
    "cabinet_trip": Scenario(kind="cabinet", build=_trip, sentence="a lighting cabinet trips: its luminaires go dark", pool=3, weight=3),
    "overflow": Scenario(kind="container", build=_only("container", filling=_always(0.99)), sentence="a container overflows", pool=4, weight=4),
    "fire": Scenario(
        kind="container",
        pool=1,
        weight=0.5,
        sentence="a container burns",
        build=_only("container", container_temperature=lambda _v, elapsed_s, _r: round(90 + min(120.0, elapsed_s), 1), container_status=_always("burning")),
    ),
    "lamp": Scenario(
        kind="luminaire",
        build=_only("luminaire", luminaire_status=_always("defectiveLamp"), power_state=_always("off")),
        sentence="a luminaire fails",
        pool=4,
        weight=3,
    ),
    "door_forced": Scenario(kind="access_door", build=_only("access_door", door_state=_always("forced")), sentence="a door is forced", pool=2, weight=1.5),
    "camera_offline": Scenario(
        kind="camera", build=_only("camera", camera_status=_always("offline")), sentence="a camera no longer answers", pool=2, weight=1.5, lasts_s=(240, 480)
    ),
    "pump_trip": Scenario(
        kind="pump",
        pool=1,
        weight=1,
        sentence="a pump trips",
        build=_only("pump", pump_status=_always("TRIPPED"), pump_flow=_always(0.0), pump_power=_always(0.0)),
    ),
    "car_park_closed": Scenario(
        kind="car_park", build=_only("car_park", car_park_status=_always("closedAbnormal")), sentence="a car park closes unexpectedly", pool=1, weight=1
    ),
    "freeze": Scenario(kind="district_meter", build=_freeze, sentence="a meter freezes: the same value again and again", weight=0.5),
    "drift": Scenario(
        kind="district_meter",
        weight=0.5,
        sentence="a pressure sensor drifts down by a bar a minute",
        lasts_s=(300, 420),
        build=_only("district_meter", pressure=lambda value, elapsed_s, _r: round(max(0.5, _number(value) - elapsed_s / 60), 2)),
    ),
    "nonsense": Scenario(
        kind="district_meter",
        weight=0.5,
        sentence="a meter sends nonsense, outside physical bounds",
        build=_only("district_meter", flow=lambda _v, elapsed_s, _r: -999.0 if int(elapsed_s / 15) % 2 else 99_999.0, pressure=_always(-1.0)),
    ),
    "silence": Scenario(kind="", build=lambda _world, _row: {}, sentence="a supervisor goes silent", weight=0.3, lasts_s=(120, 200)),
    "flood": Scenario(kind="luminaire", build=_flood, sentence="300 luminaires of a district fail together", weight=0, lasts_s=(180, 240)),
}
"""name → scenario. A weight of zero is played on demand only."""


def start(world: World, name: str, epoch_s: float, dice: random.Random, asset: str | None = None, is_asked: bool = False) -> Incident | None:
    """A new incident of that scenario, None when the territory has nothing free to strike. is_asked: any asset may be struck, not only the day's pool.

    asset: URN to strike (for silence, the key of a layer). Raises InvalidRequest for a scenario or an asset that does not exist.
    """
    if name not in SCENARIOS:
        raise InvalidRequest(f"no scenario is called {name!r}: choose among {', '.join(SCENARIOS)}")
    scenario = SCENARIOS[name]
    ends_s = epoch_s + dice.uniform(*scenario.lasts_s)
    if not scenario.kind:
        return _silence(world, asset, epoch_s, ends_s, dice)
    row = _choose(world, scenario, epoch_s, dice, asset, is_asked)
    if row is None:
        return None
    struck = scenario.build(world, row)
    return Incident(
        scenario=name,
        started_s=epoch_s,
        ends_s=ends_s,
        targets={kind: rows for kind, (rows, _) in struck.items()},
        effects={kind: effects for kind, (_, effects) in struck.items()},
        asset=world.lanes[scenario.kind].fleet.items[row].urn,
    )


def _silence(world: World, layer: str | None, epoch_s: float, ends_s: float, dice: random.Random) -> Incident | None:
    speaking = sorted({lane.fleet.layer.key for lane in world.lanes.values()} - {incident.silenced for incident in world.incidents} - {"lighting"})
    if layer is not None and layer not in speaking and layer != "lighting":
        raise InvalidRequest(f"layer {layer!r} is not played or already silent: nothing was done")
    chosen = layer or (dice.choice(speaking) if speaking else None)
    return Incident(scenario="silence", started_s=epoch_s, ends_s=ends_s, silenced=chosen, asset=chosen) if chosen else None


def _choose(world: World, scenario: Scenario, epoch_s: float, dice: random.Random, asset: str | None, is_asked: bool) -> int | None:
    lane = world.lanes.get(scenario.kind)
    if asset is not None:
        if lane is None or asset not in lane.fleet.row_of:
            raise InvalidRequest(f"{asset} is not a {scenario.kind} that the simulator plays: nothing was done")
        return lane.fleet.row_of[asset]
    if lane is None:
        return None
    order = np.argsort(chance.uniform(lane.fleet.seeds, int(epoch_s // 86_400)))
    candidates = order[scenario.pool :] if is_asked and len(order) > scenario.pool else order[: scenario.pool]
    free = [row for row in candidates.tolist() if not world.is_in_trouble(scenario.kind, row)]
    return dice.choice(free) if free else None
