"""Open311 GeoReport v2: citizens' reports, from the town's own service or its application. One becomes an alarm, as a rule's or a supervisor's does."""

from hypervisor.connectors import Connector
from hypervisor.connectors.open311.convert import convert, prepare

CONNECTOR = Connector(key="open311", label="Open311 GeoReport v2", convert=convert, prepare=prepare, needs_template=True, key_field="api_key", status=201)
