"""One module per layer: what its sensors measure. A kind that has no fleet here is played by `SteadyFleet`, so that a layer dropped in lives too."""

from hypervisor.demo.simulator.fleets import lighting, parking, security, waste, water
from hypervisor.demo.simulator.fleets.fleet import Fleet, SteadyFleet

__all__ = ["FLEETS", "Fleet", "SteadyFleet"]

FLEETS: dict[str, type[Fleet]] = {
    fleet.kind_key: fleet
    for fleet in (
        lighting.Cabinets,
        lighting.Luminaires,
        parking.CarParks,
        parking.Bays,
        water.DistrictMeters,
        water.Pumps,
        water.Reservoirs,
        water.Valves,
        waste.Containers,
        security.Cameras,
        security.Doors,
        security.Switches,
    )
}
"""kind → its fleet."""
