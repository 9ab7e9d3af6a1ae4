"""What the door counts, as Prometheus text."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from hypervisor import hops

ACCEPTED = Counter("vigie_ingest_observations_accepted_total", "Observations added to the stream")
REFUSED_ENTITIES = Counter("vigie_ingest_entities_refused_total", "Entities refused for their syntax")
REPLAYS = Counter("vigie_ingest_replays_total", "Requests that had been accepted before")
PROBLEMS = Counter("vigie_ingest_problems_total", "Requests refused whole, by status", ["status"])
SECONDS = Histogram(
    "vigie_ingest_request_seconds", "From the first byte to the answer", buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
)
HOP = Histogram(
    hops.METRIC,
    hops.HELP,
    ["hop"],
    buckets=hops.BOUNDS_S,
)
DECODE, XADD = (HOP.labels(hop) for hop in ("decode", "xadd"))
ENTRIES_WAITING = Gauge(
    "vigie_ingest_stream_entries", "Entries that the slowest reader of a shard has not acknowledged, as the door saw them last", ["tenant", "shard"]
)
BYTES_WAITING = Gauge("vigie_ingest_stream_bytes", "Memory that they take", ["tenant", "shard"])


async def page(_request: Request) -> Response:
    """Prometheus text."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
