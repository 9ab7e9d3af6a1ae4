"""A message of The Things Stack v3 → observations. Source: The Things Stack documentation, data formats, uplink messages."""

from collections.abc import Mapping

from hypervisor.connectors import Heard, uplink


def convert(body: bytes, _query: Mapping[str, str]) -> Heard:
    """Observations of an uplink that a payload formatter decoded (`decoded_payload`); none for joins, acknowledgements and location messages."""
    message = uplink.read(body)
    if "uplink_message" not in message:
        return Heard()
    device, sent = uplink.part(message, "end_device_ids"), uplink.part(message, "uplink_message")
    # The uplink's own time is when the network first heard it; the outer one, when the application server passed it on.
    at = sent.get("received_at") or message.get("received_at")
    return uplink.observations(device.get("dev_eui"), uplink.part(sent, "attributes").get("urn"), uplink.part(sent, "decoded_payload"), at)
