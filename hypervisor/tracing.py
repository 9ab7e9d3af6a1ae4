"""OpenTelemetry traces, when HYPERVISOR_OTLP_ENDPOINT names where they go. Without it nothing of its SDK is imported, and a span is one shared empty block.

A request of the door is a trace; its entries carry it across the stream, so that what the worker does with a group is linked to each request of it. A request of the web
process is one too, with its transactions; so is each part of the outbox that the relay sends.
Sampling follows OpenTelemetry's own variables (OTEL_TRACES_SAMPLER).
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from hypervisor.outage import Outage

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

_NONE: AbstractContextManager[Any] = nullcontext()
_tracer: Any = None


def is_on() -> bool:
    """Whether traces are kept in this process."""
    return _tracer is not None


def span(name: str, links: Iterable[str] = ()) -> AbstractContextManager[Any]:
    """The span of a block. links: `carried()` of other processes' spans that led to it."""
    if _tracer is None:
        return _NONE
    return _open(name, links, None)


def request(name: str, headers: Mapping[bytes, bytes]) -> AbstractContextManager[Any]:
    """The span of a request, in its sender's trace when it sends one (W3C `traceparent`)."""
    if _tracer is None:
        return _NONE
    return _open(name, (), headers.get(b"traceparent", b"").decode("latin-1"))


class Traced:
    """ASGI: each HTTP request of a web process is a span, named by its method and the path that was declared, not by the one that was asked."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with request(f"web {scope['method']}", dict(scope["headers"])) as opened:
            await self._app(scope, receive, send)
            if opened is not None and (route := scope.get("route")) is not None:
                opened.update_name(f"web {scope['method']} {route.path}")


def carried() -> str:
    """The present span as W3C writes it (`traceparent`), "" when there is none."""
    if _tracer is None:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def start(endpoint: str | None, service: str) -> None:
    """Keeps the traces of this process from now on, and sends them to an OTLP/HTTP endpoint such as http://127.0.0.1:4318; none: keeps none."""
    global _tracer
    if not endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    address = f"{endpoint.rstrip('/')}/v1/traces"

    class Told(SpanExporter):
        """Says once that the collector is lost, and once that it is back; its library would say it each time."""

        def __init__(self) -> None:
            self._inner, self._outage = OTLPSpanExporter(endpoint=address, timeout=5), Outage("traces", logger)

        def export(self, spans: Any) -> SpanExportResult:
            """As SpanExporter says."""
            found: SpanExportResult = self._inner.export(spans)
            if found is SpanExportResult.SUCCESS:
                self._outage.back()
            else:
                self._outage.lost("the collector of HYPERVISOR_OTLP_ENDPOINT does not take them")
            return found

        def shutdown(self) -> None:
            """As SpanExporter says."""
            self._inner.shutdown()  # type: ignore[no-untyped-call]

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    provider = TracerProvider(resource=Resource.create({"service.name": f"vigie-{service}", "service.namespace": "vigie"}))
    provider.add_span_processor(BatchSpanProcessor(Told(), schedule_delay_millis=1000))
    _tracer = provider.get_tracer("hypervisor")


def _open(name: str, links: Iterable[str], parent: str | None) -> AbstractContextManager[Any]:
    from opentelemetry.trace import Link, get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    def context(traceparent: str) -> Any:
        return TraceContextTextMapPropagator().extract({"traceparent": traceparent})

    found = [Link(get_current_span(context(each)).get_span_context()) for each in links if each]
    opened: AbstractContextManager[Any] = _tracer.start_as_current_span(name, context=context(parent) if parent else None, links=found)
    return opened
