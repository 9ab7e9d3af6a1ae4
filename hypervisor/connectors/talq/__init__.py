"""TALQ Smart City Protocol 2: the log reports that a gateway posts to its central management software (`/hooks/talq/{source}/log-reports`)."""

from hypervisor.connectors import Connector
from hypervisor.connectors.talq.convert import convert, prepare

CONNECTOR = Connector(key="talq", label="TALQ 2.7 gateway", convert=convert, prepare=prepare, status=201)
