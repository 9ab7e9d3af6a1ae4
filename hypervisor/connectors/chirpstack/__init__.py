"""ChirpStack v4, by its HTTP or MQTT integration with JSON encoding."""

from hypervisor.connectors import Connector
from hypervisor.connectors.chirpstack.convert import convert

CONNECTOR = Connector(key="chirpstack", label="ChirpStack v4", convert=convert)
