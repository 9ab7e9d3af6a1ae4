"""A small territory to play, for the simulator's tests."""

from datetime import UTC, datetime

from hypervisor.demo.simulator.inventory import Inventory, Item
from hypervisor.demo.simulator.world import Entity, World

LON, LAT = 5.04, 47.32
NIGHT = datetime(2026, 1, 15, 20, 0, tzinfo=UTC)  # 21:00 in Paris: the sun set four hours ago.
NOON = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)


def items(luminaires: int = 300) -> list[Item]:
    """Three cabinets that share the luminaires, and a few of each other kind."""
    cabinets = [f"urn:ngsi-ld:StreetlightControlCabinet:t:EP-{i}" for i in range(3)]
    made = [Item(urn, "lighting", "cabinet", LON + i / 100, LAT, None, {"power_kw": 6}) for i, urn in enumerate(cabinets)]
    made += [Item(f"urn:ngsi-ld:Streetlight:t:PL-{i}", "lighting", "luminaire", LON + i / 10_000, LAT, cabinets[i % 3]) for i in range(luminaires)]
    made += [Item(f"urn:ngsi-ld:OffStreetParking:t:PK-{i}", "parking", "car_park", LON, LAT, None, {"capacity": 100 + i}) for i in range(5)]
    made += [Item(f"urn:ngsi-ld:ParkingSpot:t:ST-{i}", "parking", "bay", LON, LAT) for i in range(40)]
    made += [
        Item(f"urn:ngsi-ld:WaterMeter:t:CS-{i}", "water", "district_meter", LON, LAT, None, {"nominal_flow_m3_h": 80, "alarm_flow_m3_h": 180}) for i in range(6)
    ]
    made += [Item(f"urn:ngsi-ld:Pump:t:PO-{i}", "water", "pump", LON, LAT) for i in range(2)]
    made += [Item(f"urn:ngsi-ld:Tank:t:RE-{i}", "water", "reservoir", LON, LAT, None, {"low_level_m": 1.4, "max_level_m": 5.0}) for i in range(2)]
    made += [Item(f"urn:ngsi-ld:Valve:t:VA-{i}", "water", "valve", LON, LAT) for i in range(10)]
    made += [Item(f"urn:ngsi-ld:Pipe:t:CE-{i}", "water", "main", LON, LAT) for i in range(4)]
    made += [Item(f"urn:ngsi-ld:WasteContainer:t:PAV-{i}", "waste", "container", LON, LAT) for i in range(30)]
    made += [Item(f"urn:ngsi-ld:Camera:t:VP-{i}", "security", "camera", LON, LAT) for i in range(10)]
    made += [Item(f"urn:ngsi-ld:Device:t:AC-{i}", "security", "access_door", LON, LAT) for i in range(4)]
    made += [Item(f"urn:ngsi-ld:Switch:t:SW-{i}", "security", "switch", LON, LAT) for i in range(2)]
    return made


def small_world(luminaires: int = 300) -> World:
    """The small territory, nothing said yet."""
    return World(Inventory(LON, LAT, items(luminaires)))


def ms(at: datetime) -> int:
    """Epoch milliseconds."""
    return int(at.timestamp() * 1000)


def play(world: World, at: datetime, seconds: float, step_s: float = 0.5) -> list[Entity]:
    """Everything said from an instant, for that long, the clock and the machine going at the same pace."""
    said: list[Entity] = []
    for step in range(int(seconds / step_s)):
        for part in world.tick(world.moment(ms(at) + int(step * step_s * 1000)), step_s):
            said.extend(part)
    return said


def settle(world: World, at: datetime) -> None:
    """Lets everybody speak once, until the given instant."""
    for step in range(70, 0, -1):
        world.tick(world.moment(ms(at) - step * 1000), 1.0)


def value(entity: Entity, attribute: str) -> object:
    """The value of an attribute."""
    return entity[attribute]["value"]  # type: ignore[index]
