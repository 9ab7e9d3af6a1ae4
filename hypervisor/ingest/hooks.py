"""Messages that other systems send by themselves: who may, in what form, and what becomes of them.

A source proves itself by the bearer token of its name, or by the secret of its webhook: a signature of the body, or the secret itself where the sender cannot sign.
Its measures go on the stream, its alarms to PostgreSQL; each is known again when it comes again, so that a message answered 503 half-way is sent again without harm.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hypervisor import tracing
from hypervisor.connectors import Connector, Convert, all_connectors
from hypervisor.domain.supervised import Message
from hypervisor.errors import Forbidden, NotFound, NotSignedIn
from hypervisor.ingest import answers, body
from hypervisor.ingest.room import Room
from hypervisor.security import webhooks
from hypervisor.store.door import TokenHolder

SPEAKS_OF_ALARMS = "connect"
UNPROVED = "the signature or the secret is not that of this source: nothing was accepted; see `python -m hypervisor source secret`"


@dataclass(frozen=True, kw_only=True)
class Means:
    """What the hooks need of the door. admitted: headers → the holder of their bearer token; named: (tenant, source) → the same by name, None when it has ended;
    add: puts observations on the stream; deliver: writes alarms, once per digest.
    """

    admitted: Callable[[Mapping[bytes, bytes]], Awaitable[TokenHolder]]
    named: Callable[[int, str], Awaitable[TokenHolder | None]]
    add: Callable[[TokenHolder, "Convert", bytes, Mapping[str, str]], Awaitable["Taken"]]
    deliver: Callable[[TokenHolder, Sequence[Message], bytes], Awaitable[None]]
    key: Callable[[], bytes]
    room: Room | None
    body_limit: int


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a message said, once its observations are on the stream. refused: (entity, sentence) of its parts that could not be read."""

    alarms: Sequence[Message]
    answer: bytes
    refused: Sequence[tuple[str, str]] = ()


class Hooks:
    """The handlers."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._connectors = all_connectors()

    @property
    def routes(self) -> list[Route]:
        """Of every connector. Further parts of a path are a sender's own: `log-reports` of TALQ, `requests.json` of Open311."""
        return [Route(f"/hooks/{{connector}}/{{source}}{rest}", self.hear, methods=["POST"]) for rest in ("", "/{rest:path}")]

    async def hear(self, request: Request) -> Response:
        """One message."""
        with tracing.request("door.hook", dict(request.scope["headers"])):
            return await self._hear(request)

    async def _hear(self, request: Request) -> Response:
        means, connector = self._means, self._connectors.get(request.path_params["connector"])
        holder = None
        if "authorization" in request.headers:
            holder = await means.admitted(dict(request.scope["headers"]))
        if connector is None:
            raise NotFound(f"there is no connector of that name: nothing was accepted; use one of {', '.join(self._connectors)}")
        source = request.path_params["source"]
        if holder is not None and source not in (holder.name, f"{holder.tenant}.{holder.name}"):
            raise Forbidden(f"the token is not that of source {source[:80]!r}: nothing was accepted; make one with `python -m hypervisor token add`")
        if means.room is not None:
            means.room.check()
        content = await body.read(request.receive, request.headers.get("content-encoding", "identity"), means.body_limit)
        if holder is None:
            holder = await self._proved(connector, source, content, request)
        taken = await means.add(holder, await self._form(connector, holder), content, request.query_params)
        if taken.alarms:
            await means.deliver(holder, taken.alarms, content)
        if taken.refused and not taken.answer:
            status, answer = answers.result_body([], taken.refused)
            return Response(answer, status_code=status, media_type="application/json")
        return Response(taken.answer, status_code=connector.status, media_type="application/json" if taken.answer else None)

    async def _proved(self, connector: Connector, source: str, content: bytes, request: Request) -> TokenHolder:
        tenant, _dot, name = source.partition(".")
        signature, given = request.headers.get(connector.signature_header, ""), _given(connector, content, request)
        if not signature and not given:
            raise NotSignedIn(
                "the request carries no bearer token, signature or secret: nothing was accepted; send `Authorization: Bearer …`, or sign the body"
            )
        if not (tenant.isdecimal() and len(tenant) < 6 and name):
            raise NotSignedIn(UNPROVED)
        secret = webhooks.secret_of(self._means.key(), int(tenant), name)
        if not webhooks.is_proved(secret, content, signature, given, connector.signature_prefix):
            raise NotSignedIn(UNPROVED)
        holder = await self._means.named(int(tenant), name)
        if holder is None:
            raise NotSignedIn(f"the token of source {name[:80]} is revoked, expired or not for measures: nothing was accepted")
        return holder

    async def _form(self, connector: Connector, holder: TokenHolder) -> Convert:
        """How the source writes: what it declared, when it declared this connector."""
        if connector.prepare is None:
            return connector.convert
        declared = await self._means.named(holder.tenant, holder.name)
        is_of_it = declared is not None and declared.connector == connector.key
        return connector.of_source(declared.template if declared is not None and is_of_it else None)


def _given(connector: Connector, content: bytes, request: Request) -> str:
    if given := request.headers.get("x-vigie-secret", ""):
        return given
    if not connector.key_field:
        return ""
    if given := request.query_params.get(connector.key_field, ""):
        return given
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(content.decode("utf-8", "replace")).get(connector.key_field, [""])[0]
    return ""
