"""The ingest door: NGSI-LD batches in, one atomic addition to the stream, then the answer. Bare routes: nothing here costs more than decoding.

It judges syntax only. What the worker refuses later (unknown asset, out of bounds, too old …) is counted by cause and kept for inspection.
"""

import hashlib
import time
from collections.abc import Collection

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hypervisor.clock import Clock
from hypervisor.connectors import all_connectors
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound, TooManyAttempts, Unavailable, VigieError
from hypervisor.hot.stream import Intake, Parcel
from hypervisor.ingest import answers, body, metrics, parcels, tokens
from hypervisor.ingest.coalesce import Coalescer
from hypervisor.ingest.decode import decode
from hypervisor.ingest.room import Room
from hypervisor.store.door import TokenHolder

PATH = "/ngsi-ld/v1/entityOperations/"
MEDIA = ("application/json", "application/ld+json")
SMALL = 16
"""Observations up to which a request is coalesced with its neighbours: a sensor that sends alone."""
MOST_BYTES_WAITING = 256 * 2**20
MEASURED_EVERY_S = 0.25
RETRY_AFTER_S = "2"
LATE = "the platform is too far behind: nothing was accepted; send the same request again in 2 s"
DELETE = "assets are retired by import, not by the door: nothing was changed; run `python -m hypervisor import`"


class Door:
    """The handlers. measured: attribute names that layers declare; shards: how many streams a tenant has; room: the guard of the disk."""

    def __init__(
        self, intake: Intake, admission: tokens.Tokens, clock: Clock, measured: Collection[str], body_limit: int, shards: int = 1, room: Room | None = None
    ) -> None:
        self._intake = intake
        self._coalescer = Coalescer(intake)
        self._admission = admission
        self._clock = clock
        self._measured = frozenset(measured)
        self._body_limit = body_limit
        self._shards = shards
        self._room = room
        self._connectors = all_connectors()
        self._bytes_waiting: dict[tuple[int, int], tuple[float, int]] = {}

    def application(self) -> Starlette:
        """The ASGI application."""
        batches = [Route(PATH + verb, self.accept, methods=["POST"]) for verb in ("upsert", "update", "create")]
        others = [Route(PATH + "delete", self.refuse_delete, methods=["POST"]), Route("/healthz", self.health), Route("/metrics", metrics.page)]
        hooks = [Route("/hooks/{connector}/{source}", self.hook, methods=["POST"])]
        return Starlette(routes=[*batches, *hooks, *others], exception_handlers={VigieError: _problem, 404: _not_found, 405: _not_found})

    async def accept(self, request: Request) -> Response:
        """One batch: upsert, update or create, which are one for observations."""
        began = time.perf_counter()
        holder = await self._holder(request)
        if self._room is not None:
            self._room.check()
        media = request.headers.get("content-type", MEDIA[0]).partition(";")[0].strip().lower()
        if media not in MEDIA:
            raise body.UnsupportedMedia(f"content type {media[:60]!r} is not read here: nothing was accepted; send application/json or application/ld+json")
        content = await body.read(request, self._body_limit)
        found = decode(content, self._measured)
        status, answer = answers.result_body(found.accepted, found.refused)
        if found.observations:
            key = request.headers.get("idempotency-key")
            seen = parcels.seen_digest(holder, key, content, found.is_fully_dated)
            # The body's digest also tells a key used twice for two different requests.
            digest = hashlib.sha256(content).hexdigest() if key is not None else ""
            packed = parcels.pack(holder, found.observations, self._clock.epoch_ms(), self._shards, seen, answers.memo(status, answer, digest) if seen else b"")
            status, answer = await self._add(packed, len(found.observations), status, answer, digest)
        metrics.REFUSED_ENTITIES.inc(len(found.refused))
        metrics.SECONDS.observe(time.perf_counter() - began)
        return answers.result(status, answer)

    async def hook(self, request: Request) -> Response:
        """A message that another system sends by itself; a source's secret is the token of its name. The same body again is the same message."""
        holder = await self._holder(request)
        connector, source = self._connectors.get(request.path_params["connector"]), request.path_params["source"]
        if connector is None:
            raise NotFound(f"there is no connector of that name: nothing was accepted; use one of {', '.join(self._connectors)}")
        if source != holder.name:
            raise Forbidden(f"the token is not that of source {source[:80]!r}: nothing was accepted; make one with `python -m hypervisor token add`")
        if self._room is not None:
            self._room.check()
        content = await body.read(request, self._body_limit)
        found = connector.convert(content, request.query_params)
        if found:
            seen = parcels.seen_digest(holder, None, content, is_fully_dated=True)
            packed = parcels.pack(holder, found, self._clock.epoch_ms(), self._shards, seen, answers.memo(204, b"", ""))
            await self._add(packed, len(found), 204, b"", "")
        return Response(status_code=204)

    async def refuse_delete(self, request: Request) -> Response:
        """Assets are not deleted by their senders."""
        await self._holder(request)
        raise InvalidRequest(DELETE)

    async def health(self, _request: Request) -> Response:
        """200 while the process lives."""
        return PlainTextResponse("ok")

    async def _holder(self, request: Request) -> TokenHolder:
        digest = tokens.digest_of(request.headers.get("authorization"))
        is_known, holder = self._admission.known(digest)
        if not is_known:
            holder = await self._admission.find(digest)
        return self._admission.admitted(holder, request.headers.get("ngsild-tenant"))

    async def _add(self, packed: list[Parcel], count: int, status: int, answer: bytes, digest: str) -> tuple[int, bytes]:
        """Status and body, those of the first time when the request is a replay."""
        for parcel in packed:
            await self._check_room(parcel)
        receipts = await (self._coalescer if count <= SMALL else self._intake).add(packed)
        if any(receipt.outcome == "full" for receipt in receipts):
            raise TooManyAttempts(LATE)
        known = [receipt.answer for receipt in receipts if receipt.outcome == "known"]
        if len(known) < len(receipts):
            metrics.ACCEPTED.inc(count)
            return status, answer
        metrics.REPLAYS.inc()
        status, answer, first_digest = answers.recall(known[0])
        if first_digest != digest:
            raise Conflict("this Idempotency-Key was used within 24 h for another body: nothing was accepted; use a new key for a new request")
        return status, answer

    async def _check_room(self, parcel: Parcel) -> None:
        """Raises TooManyAttempts when the shard's stream takes too much memory; asked of Redis four times a second at most."""
        key = (parcel.tenant, parcel.shard)
        at, waiting = self._bytes_waiting.get(key, (-MEASURED_EVERY_S, 0))
        if time.monotonic() - at >= MEASURED_EVERY_S:
            self._bytes_waiting[key] = (time.monotonic(), waiting)
            waiting = await self._intake.bytes_waiting(*key)
            self._bytes_waiting[key] = (time.monotonic(), waiting)
        if waiting > MOST_BYTES_WAITING:
            raise TooManyAttempts(LATE)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, VigieError)
    metrics.PROBLEMS.labels(str(error.status)).inc()
    waits = {"Retry-After": RETRY_AFTER_S} if isinstance(error, TooManyAttempts | Unavailable) else {}
    if error.status == 401:
        waits["WWW-Authenticate"] = "Bearer"
    return answers.problem(error, **waits)


async def _not_found(request: Request, _error: Exception) -> Response:
    return answers.problem(NotFound(f"nothing answers {request.method} {request.url.path}: batches go by POST to {PATH}upsert"))
