"""The Things Stack v3, Community or Industries, by its webhooks with JSON format, or its MQTT server."""

from hypervisor.connectors import Connector
from hypervisor.connectors.the_things_stack.convert import convert

CONNECTOR = Connector(key="the_things_stack", label="The Things Stack v3", convert=convert)
