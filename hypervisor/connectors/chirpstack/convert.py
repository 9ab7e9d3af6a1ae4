"""A ChirpStack v4 integration event, by HTTP or MQTT → observations. Source: ChirpStack documentation, Integrations, event types, `UplinkEvent`."""

from collections.abc import Mapping

from hypervisor.connectors import Heard, uplink


def convert(body: bytes, query: Mapping[str, str]) -> Heard:
    """Observations of an uplink whose device profile has a codec (`object`); none for joins, acknowledgements and the other events."""
    # By HTTP the event is in the address, by MQTT at the end of the topic (application/…/device/…/event/up).
    if (query.get("event") or query.get("topic", "up").rpartition("/")[2]) != "up":
        return Heard()
    message = uplink.read(body)
    device = uplink.part(message, "deviceInfo")
    return uplink.observations(device.get("devEui"), uplink.part(device, "tags").get("urn"), uplink.part(message, "object"), message.get("time"))
