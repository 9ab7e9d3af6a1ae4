"""A ChirpStack v4 integration event → observations. Source: ChirpStack documentation, Integrations, event types, `UplinkEvent`."""

from collections.abc import Mapping

from hypervisor.connectors import uplink
from hypervisor.domain.observation import Observation


def convert(body: bytes, query: Mapping[str, str]) -> list[Observation]:
    """Observations of an uplink whose device profile has a codec (`object`); none for joins, acknowledgements and the other events."""
    if query.get("event", "up") != "up":
        return []
    message = uplink.read(body)
    device = uplink.part(message, "deviceInfo")
    return uplink.observations(device.get("devEui"), uplink.part(device, "tags").get("urn"), uplink.part(message, "object"), message.get("time"))
