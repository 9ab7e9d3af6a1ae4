"""GeoReport v2 service requests → alarms. Source: GeoReport v2 (open311.org), POST Service Request and GET Service Requests.

Two bodies are read: the form that an application posts (`requests.json`), answered with the request's number, and the array of requests that a town's service
passes on. A report is an alarm on the place where it was made, of the layer that its service code is of; closed, the alarm is over. The person's name, mail,
telephone and device are not kept.

    {"services": {"001": {"layer": "lighting", "title": "Point lumineux en panne", "severity": "minor"}}}
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from hypervisor.connectors import Convert, Heard
from hypervisor.domain.alarm import SEVERITIES
from hypervisor.domain.supervised import Message
from hypervisor.errors import InvalidRequest

LONGEST_TITLE = 200
NUMBER_LENGTH = 12


class Service(msgspec.Struct, forbid_unknown_fields=True):
    """What a service code is here: whose layer treats it, and how bad it is (a word of domain.alarm.SEVERITIES)."""

    layer: str
    title: str = ""
    severity: str = "minor"


class Template(msgspec.Struct, forbid_unknown_fields=True):
    """See the module."""

    services: dict[str, Service]


class Request(msgspec.Struct, rename={"longitude": "long"}):
    """A service request; what it says of the person is left unread."""

    service_code: str | int
    lat: float | str | None = None
    longitude: float | str | None = None
    service_request_id: str | int | None = None
    service_name: str | None = None
    description: str | None = None
    address: str | None = None
    status: str | None = None
    requested_datetime: str | None = None
    updated_datetime: str | None = None


def convert(_body: bytes, _query: Mapping[str, str]) -> Heard:
    """A source without a template cannot be read."""
    raise InvalidRequest("this source declares no services, so that nobody knows who treats its reports: nothing was accepted; declare them in its template")


def prepare(template: Mapping[str, Any]) -> Convert:
    """The convert of one source. Raises InvalidRequest when its services cannot be followed."""
    try:
        read = msgspec.convert(template, Template)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"the template cannot be followed: {error}; it holds `services`: service_code → layer, title, severity") from None
    for code, service in read.services.items():
        if service.severity not in SEVERITIES:
            raise InvalidRequest(f"the template cannot be followed: severity {service.severity!r} of service {code} is none of {', '.join(SEVERITIES)}")
    return lambda body, _query: _convert(read, body)


def _convert(template: Template, body: bytes) -> Heard:
    if body.lstrip()[:1] in (b"[", b"{", b""):
        return _passed_on(template, body)
    fields = dict(parse_qsl(body.decode("utf-8", "replace")))
    # The same form again is the same report: its number is made of it, without what opens the door.
    said = "\0".join(f"{name}={value}" for name, value in sorted(fields.items()) if name != "api_key")
    number = hashlib.sha256(said.encode()).hexdigest()[:NUMBER_LENGTH]
    if "service_code" not in fields:
        raise InvalidRequest("service_code was not provided: nothing was accepted")
    request = Request(
        service_code=fields["service_code"], lat=fields.get("lat"), longitude=fields.get("long"), service_request_id=number, description=fields.get("description"),
        address=fields.get("address_string"),
    )  # fmt: skip
    answer = msgspec.json.encode([{"service_request_id": number, "service_notice": None, "account_id": None}])
    try:
        return Heard(alarms=[_alarm(template, request)], answer=answer)
    except InvalidRequest as wrong:
        raise InvalidRequest(f"{wrong.sentence}: nothing was accepted") from None


def _passed_on(template: Template, body: bytes) -> Heard:
    try:
        found = msgspec.json.decode(body, type=Request | list[Request], strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body holds no GeoReport service requests ({error}): nothing was accepted") from None
    requests = found if isinstance(found, list) else [found]
    alarms, refused = [], []
    for request in requests:
        try:
            alarms.append(_alarm(template, request))
        except InvalidRequest as wrong:
            refused.append((str(request.service_request_id), wrong.sentence))
    if not alarms:
        raise InvalidRequest(f"{refused[0][1] if refused else 'the body holds no request'}: nothing was accepted")
    return Heard(alarms=alarms, refused=refused)


def _alarm(template: Template, request: Request) -> Message:
    code = str(request.service_code)
    service = template.services.get(code)
    if service is None:
        raise InvalidRequest(f"service_code {code[:40]!r} was not found among {', '.join(template.services)}")
    if request.service_request_id in (None, ""):
        raise InvalidRequest("the request has no service_request_id")
    try:
        lat, lon = float(request.lat or "nan"), float(request.longitude or "nan")
    except ValueError:
        lat = lon = float("nan")
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise InvalidRequest("the request has no lat and long in degrees: an address alone is not placed")
    said = service.title or request.service_name or code
    return Message(
        holds=(request.status or "open").lower() != "closed", asset=f"urn:vigie:report:{request.service_request_id}", cause=f"report:{code}"[:100],
        title=(f"{said} : {' '.join(request.description.split())}" if request.description else said)[:LONGEST_TITLE].replace("\0", ""), severity=service.severity,
        observed_at=_time(request.updated_datetime or request.requested_datetime), layer=service.layer, name=(request.address or said)[:LONGEST_TITLE], lon=lon, lat=lat,
    )  # fmt: skip


def _time(said: str | None) -> datetime | None:
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidRequest(f"the time {said[:40]!r} is not a W3C date with its zone")
    return at
