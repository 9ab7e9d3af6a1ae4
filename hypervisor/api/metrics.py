"""/metrics: Prometheus text of what the worker counts and PostgreSQL holds."""

from collections.abc import Callable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority
from hypervisor.errors import Unavailable
from hypervisor.hot import counters, pulse
from hypervisor.ingest import latency
from hypervisor.queries import health
from hypervisor.store import health as store

REJECTED = "rejected:"


def text(h: Hypervisor, feed_clients: Callable[[], int] | None) -> bytes:
    """The exposition, read now. A dependency that is down is `vigie_up 0`, and what only it knows is left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Platform(h, feed_clients))
    return generate_latest(registry)


class _Platform(Collector):
    def __init__(self, h: Hypervisor, feed_clients: Callable[[], int] | None) -> None:
        self._h, self._feed_clients = h, feed_clients

    def collect(self) -> Iterator[Metric]:
        found = health.dependencies(self._h)
        up = GaugeMetricFamily("vigie_up", "1 when the dependency answers", labels=["dependency"])
        for name, state in found.items():
            up.add_metric([name], float(state == health.UP))
        yield up
        if self._feed_clients:
            yield GaugeMetricFamily("vigie_feed_clients", "screens connected to this process", self._feed_clients())
        for part, needs in ((self._ingest, "redis"), (self._alarms, "database")):
            if found[needs] == health.UP:
                try:
                    yield from part()
                except Unavailable:
                    continue  # It died between the question and now: the next reading says so.

    def _ingest(self) -> Iterator[Metric]:
        totals = counters.read(self._h.redis, health.FIRST_TENANT)
        yield CounterMetricFamily("vigie_observations_accepted", "observations written in history", totals.get("accepted", 0))
        rejected = CounterMetricFamily("vigie_observations_rejected", "observations refused after the door, by cause", labels=["cause"])
        for name, count in sorted(totals.items()):
            if name.startswith(REJECTED):
                rejected.add_metric([name.removeprefix(REJECTED)], count)
        yield rejected
        buckets = list(accumulate(totals.get(f"{latency.PREFIX}{bound}", 0) for bound in latency.BOUNDS_MS))
        below = [
            *((str(bound / 1000), float(count)) for bound, count in zip(latency.BOUNDS_MS, buckets, strict=True)),
            ("+Inf", float(buckets[-1] + totals.get(latency.BEYOND, 0))),
        ]
        yield HistogramMetricFamily(
            "vigie_end_to_end_latency_seconds", "from the door to the stream that screens read, each observation", below, totals.get(latency.SUM, 0) / 1000
        )
        said = pulse.read(self._h.redis, health.FIRST_TENANT, "worker:0")
        if said:
            yield _by_shard("vigie_ingest_lag_batches", "accepted batches that wait for the worker", said.get("lag"))
            yield _by_shard("vigie_ingest_latency_seconds", "door to commit, last batch", said.get("latency_ms"), 0.001)
            yield _by_shard("vigie_last_ingest_timestamp_seconds", "time of the newest observation committed", said.get("last_ingest"), 0.001)

    def _alarms(self) -> Iterator[Metric]:
        with self._h.database.unit_of_work(health.FIRST_TENANT) as uow:
            found, waiting = store.open_alarms(uow), store.waiting_facts(uow)
        for name, help_text, which in (
            ("vigie_alarms_open", "open alarms", 0),
            ("vigie_alarms_unacknowledged", "open alarms that wait for acknowledgement", 1),
        ):
            family = GaugeMetricFamily(name, help_text, labels=["priority"])
            for priority in Priority:
                family.add_metric([priority.word], found.get(priority, (0, 0))[which])
            yield family
        yield GaugeMetricFamily("vigie_outbox_waiting", "facts written and not yet relayed", waiting)


def _by_shard(name: str, help_text: str, value: object, factor: float = 1.0) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=["shard"])
    if isinstance(value, int | float):
        family.add_metric(["0"], value * factor)
    return family
