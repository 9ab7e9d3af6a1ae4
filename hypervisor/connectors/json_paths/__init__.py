"""Any JSON: each source declares where its assets, times and values are. For supervisors with a form of their own."""

from hypervisor.connectors import Connector
from hypervisor.connectors.json_paths.convert import convert, prepare

CONNECTOR = Connector(key="json_paths", label="JSON, by a template of paths", convert=convert, prepare=prepare, needs_template=True)
