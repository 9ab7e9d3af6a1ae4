"""NGSI-LD entities, as the door's batches take them, from a system that publishes them by MQTT or posts them by itself."""

from hypervisor.connectors import Connector
from hypervisor.connectors.ngsi_ld.convert import convert

CONNECTOR = Connector(key="ngsi_ld", label="NGSI-LD, normalized or key-values", convert=convert)
