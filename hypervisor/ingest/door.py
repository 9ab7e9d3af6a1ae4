"""The ingest door: NGSI-LD batches in, one atomic addition to the stream, then the answer. Bare routes: nothing here costs more than decoding.

It judges syntax only. What the worker refuses later (unknown asset, out of bounds, too old …) is counted by cause and kept for inspection.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from hypervisor import tracing
from hypervisor.clock import Clock
from hypervisor.connectors import Convert
from hypervisor.domain.supervised import Message
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound, TooManyAttempts, Unavailable, VigieError
from hypervisor.hot.stream import Intake, Parcel, Receipt
from hypervisor.ingest import answers, body, metrics, parcels, tokens
from hypervisor.ingest.backlog import MOST_WAITING, Backlog
from hypervisor.ingest.coalesce import Coalescer
from hypervisor.ingest.decode import decode
from hypervisor.ingest.doubts import Doubts
from hypervisor.ingest.hooks import SPEAKS_OF_ALARMS, Hooks, Means, Taken
from hypervisor.ingest.room import Room
from hypervisor.ingest.supervision import Supervision
from hypervisor.store.door import TokenHolder

PATH = "/ngsi-ld/v1/entityOperations/"
BATCHES = frozenset(PATH + verb for verb in ("upsert", "update", "create"))
MEDIA = (b"application/json", b"application/ld+json")
SMALL = 16
"""Observations up to which a request is coalesced with its neighbours: a sensor that sends alone."""
RETRY_AFTER_S = "2"
DELETE = "assets are retired by import, not by the door: nothing was changed; run `python -m hypervisor import`"


class Door:
    """The handlers. measured: attribute names that layers declare; shards: how many streams a tenant has; most_waiting: entries of a shard beyond which we refuse;
    room: the guard of the disk; key: gives the platform's key, from which webhooks' secrets are derived; supervision: writes the alarms that come by hooks.
    """

    def __init__(
        self,
        intake: Intake,
        admission: tokens.Tokens,
        clock: Clock,
        measured: Collection[str],
        body_limit: int,
        shards: int = 1,
        most_waiting: int = MOST_WAITING,
        room: Room | None = None,
        key: Callable[[], bytes] | None = None,
        supervision: Supervision | None = None,
    ) -> None:
        self._intake = intake
        self._coalescer = Coalescer(intake)
        self._doubts = Doubts(intake)
        self._admission = admission
        self._clock = clock
        self._measured = frozenset(measured)
        self._body_limit = body_limit
        self._shards = shards
        self._room = room
        self._hooks = Hooks(
            Means(
                admitted=self._holder,
                named=self._named,
                add=self._take,
                deliver=supervision.deliver if supervision else _no_alarms,
                key=key or _no_key,
                room=room,
                body_limit=body_limit,
            )
        )
        self._backlog = Backlog(intake, most_waiting)

    def application(self, lifespan: Lifespan[Starlette] | None = None) -> ASGIApp:
        """The ASGI application. Batches pass before the framework, whose routing and request objects would cost half of a lone sensor's request."""
        others = [
            *(Route(path, self.refuse_method) for path in BATCHES),
            *self._hooks.routes,
            Route(PATH + "delete", self.refuse_delete, methods=["POST"]),
            Route("/healthz", self.health),
            Route("/metrics", metrics.page),
        ]
        rest = Starlette(routes=others, exception_handlers={VigieError: _problem, 404: _not_found, 405: _not_found}, lifespan=lifespan)

        async def front(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in BATCHES:
                await rest(scope, receive, send)
                return
            try:
                headers = dict(scope["headers"])
                with tracing.request("door.batch", headers):
                    status, answer = await self.accept(headers, receive)
            except VigieError as error:
                await _problem(None, error)(scope, receive, send)
                return
            said = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())] if answer else []
            await send({"type": "http.response.start", "status": status, "headers": said})
            await send({"type": "http.response.body", "body": answer})

        return front

    async def accept(self, headers: Mapping[bytes, bytes], receive: Receive) -> tuple[int, bytes]:
        """One batch: upsert, update or create, which are one for observations. Status and body of the answer."""
        began = time.perf_counter()
        holder = await self._holder(headers)
        if self._room is not None:
            self._room.check()
        media = headers.get(b"content-type", MEDIA[0]).partition(b";")[0].strip().lower()
        if media not in MEDIA:
            raise body.UnsupportedMedia(
                f"content type {media[:60].decode('latin-1')!r} is not read here: nothing was accepted; send application/json or application/ld+json"
            )
        content = await body.read(receive, headers.get(b"content-encoding", b"identity").decode("latin-1"), self._body_limit)
        decoding = time.perf_counter()
        with tracing.span("decode"):
            found = decode(content, self._measured)
        metrics.DECODE.observe(time.perf_counter() - decoding)
        status, answer = answers.result_body(found.accepted, found.refused)
        if found.observations:
            key = headers[b"idempotency-key"].decode("latin-1") if b"idempotency-key" in headers else None
            seen = parcels.seen(holder, key, content, found.is_fully_dated)
            # The body's digest also tells a key used twice for two different requests.
            digest = hashlib.sha256(content).hexdigest() if key is not None else ""
            packed = parcels.pack(holder, found.observations, self._clock.epoch_ms(), self._shards, seen, answers.memo(status, answer, digest))
            status, answer = await self._add(packed, len(found.observations), status, answer, digest)
        metrics.REFUSED_ENTITIES.inc(len(found.refused))
        metrics.SECONDS.observe(time.perf_counter() - began)
        return status, answer

    async def _take(self, holder: TokenHolder, convert: Convert, content: bytes, query: Mapping[str, str]) -> Taken:
        """What a hook's message says, once its observations are on the stream. The same body again is the same message."""
        heard = convert(content, query)
        if heard.alarms and holder.scope != SPEAKS_OF_ALARMS:
            raise Forbidden(f"token {holder.name} has scope {holder.scope}, and its alarms ask for connect: nothing was accepted; make a token of that scope")
        metrics.REFUSED_ENTITIES.inc(len(heard.refused))
        if heard.observations:
            seen = parcels.seen(holder, None, content, heard.is_fully_dated)
            packed = parcels.pack(holder, heard.observations, self._clock.epoch_ms(), self._shards, seen, answers.memo(204, b"", ""))
            await self._add(packed, len(heard.observations), 204, b"", "")
        return Taken(alarms=heard.alarms, answer=heard.answer, refused=heard.refused)

    async def _named(self, tenant: int, name: str) -> TokenHolder | None:
        """The live holder of that name that may send measures, with what it declared of its form."""
        is_known, holder = self._admission.known((tenant, name))
        if not is_known:
            holder = await self._admission.find((tenant, name))
        return self._admission.admitted(holder, None) if holder is not None else None

    async def refuse_delete(self, request: Request) -> Response:
        """Assets are not deleted by their senders."""
        await self._holder(dict(request.scope["headers"]))
        raise InvalidRequest(DELETE)

    async def refuse_method(self, request: Request) -> Response:
        """A batch's path asked in another way than POST."""
        return await _not_found(request, NotFound(""))

    async def health(self, _request: Request) -> Response:
        """200 while the process lives."""
        return PlainTextResponse("ok")

    async def _holder(self, headers: Mapping[bytes, bytes]) -> TokenHolder:
        digest = tokens.digest_of(headers.get(b"authorization", b"").decode("latin-1"))
        is_known, holder = self._admission.known(digest)
        if not is_known:
            holder = await self._admission.find(digest)
        tenant = headers.get(b"ngsild-tenant")
        return self._admission.admitted(holder, None if tenant is None else tenant.decode("latin-1"))

    async def _add(self, packed: list[Parcel], count: int, status: int, answer: bytes, digest: str) -> tuple[int, bytes]:
        """Status and body, those of the first time when the request is a replay."""
        for parcel in packed:
            await self._backlog.check(parcel)
        adding = time.perf_counter()
        with self._doubts.about(packed) as doubt, tracing.span("xadd"):
            receipts = await (self._coalescer.add(packed) if count <= SMALL else self._add_alone(packed))
            doubt.end(receipts)
        metrics.XADD.observe(time.perf_counter() - adding)
        known = [receipt.answer for receipt in receipts if receipt.is_known]
        if len(known) < len(receipts):
            metrics.ACCEPTED.inc(count)
            return status, answer
        metrics.REPLAYS.inc()
        status, answer, first_digest = answers.recall(known[0])
        if first_digest != digest:
            raise Conflict("this Idempotency-Key was used within 24 h for another body: nothing was accepted; use a new key for a new request")
        return status, answer

    async def _add_alone(self, packed: list[Parcel]) -> list[Receipt]:
        [receipts] = await self._intake.add([packed])
        return receipts


async def _no_alarms(_holder: TokenHolder, _messages: Sequence[Message], _body: bytes) -> None:
    raise Unavailable("this door has no way to PostgreSQL for alarms: nothing was accepted; use the door of the installation")


def _no_key() -> bytes:
    raise Unavailable("this door was given no key: signatures cannot be checked; send the bearer token")


def _problem(_request: Request | None, error: Exception) -> Response:
    assert isinstance(error, VigieError)
    metrics.PROBLEMS.labels(str(error.status)).inc()
    waits = {"Retry-After": RETRY_AFTER_S} if isinstance(error, TooManyAttempts | Unavailable) else {}
    if error.status == 401:
        waits["WWW-Authenticate"] = "Bearer"
    return answers.problem(error, **waits)


async def _not_found(request: Request, _error: Exception) -> Response:
    return answers.problem(NotFound(f"nothing answers {request.method} {request.url.path}: batches go by POST to {PATH}upsert"))
