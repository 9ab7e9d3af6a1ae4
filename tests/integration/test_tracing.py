"""Traces reach a collector when one is named; without one neither OpenTelemetry's SDK nor its traces are even imported."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from hypervisor.launcher import processes
from tests import web_process
from tests.integration import desk
from tests.integration.fault_world import TOKEN, UPSERT, Installation, iso, urn
from tests.services import own_folder

ROOT = Path(__file__).parents[2]


class Collector(ThreadingHTTPServer):
    """What an OpenTelemetry collector does with OTLP over HTTP: takes it. spans: name → (trace id, span id, parent id, trace ids of links)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: dict[str, list[tuple[bytes, bytes, bytes, list[bytes]]]] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
        for of_resource in sent.resource_spans:
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    self.server.spans.setdefault(span.name, []).append(
                        (span.trace_id, span.span_id, span.parent_span_id, [link.trace_id for link in span.links])
                    )
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.shutdown()
    made.server_close()


def test_a_request_is_followed_from_its_sender_to_the_worker_s_transaction(collector):
    with own_folder() as folder:
        place = Installation(folder, {"HYPERVISOR_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"})
        try:
            place.start()
            trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            body = [{"id": urn(1), "type": "WasteContainer", "temperature": {"type": "Property", "value": 20.0, "observedAt": iso(time.time() - 5)}}]
            headers = {"Authorization": f"Bearer {TOKEN}", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
            assert httpx.post(f"http://127.0.0.1:{place.door_port}{UPSERT}", json=body, headers=headers, timeout=20).status_code == 204
            place.drain()
            place.until(
                lambda: {"door.batch", "decode", "xadd", "worker.group", "judge", "postgresql", "lua"} <= collector.spans.keys(), "spans are missing", 30
            )
        finally:
            place.stop()
    [(trace_id, door, parent, _links)] = collector.spans["door.batch"]
    assert (trace_id.hex(), parent.hex()) == (trace, "00f067aa0ba902b7")
    assert collector.spans["xadd"][0][:3:2] == (trace_id, door)
    group = next(span for span in collector.spans["worker.group"] if span[3])
    assert group[3] == [trace_id]
    assert any(span[2] == group[1] for span in collector.spans["postgresql"])


def test_a_request_of_a_screen_is_a_trace_with_its_transactions(collector, database_urls, redis_url, tmp_path):
    asked = {"username": "operateur", "password": desk.PASSWORD}
    with web_process.serving(database_urls, redis_url, tmp_path, HYPERVISOR_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}") as web:
        assert httpx.post(f"{web.address}/api/v1/session", json=asked, timeout=20).status_code == 200
        assert processes.until(lambda: "web POST /api/v1/session" in collector.spans and "transaction" in collector.spans, 30), collector.spans.keys()
        [(trace_id, request, _parent, _links)] = collector.spans["web POST /api/v1/session"]
    assert any(span[0] == trace_id and span[2] == request for span in collector.spans["transaction"])


def test_without_a_collector_no_sdk_is_imported_and_a_span_costs_next_to_nothing():
    program = """
import json, sys, timeit
import hypervisor.worker, hypervisor.ingest.server, hypervisor.ingest.subscriber
from hypervisor import tracing
tracing.start(None, "x")
def spans():
    with tracing.request("door.batch", {}):
        with tracing.span("decode"): pass
        with tracing.span("xadd"): pass
        tracing.carried()
each = min(timeit.repeat(spans, number=20000, repeat=5)) / 20000
print(json.dumps([each, [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.trace", "opentelemetry.exporter"))]]))
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    each_s, imported = json.loads(ran.stdout)
    assert imported == []
    # A lone observation costs the door some 365 µs (docs/limits.md): a hundredth of that.
    assert each_s < 3.65e-6, f"{each_s * 1e6:.2f} µs a request"
