"""/metrics: Prometheus text of what the worker counts and PostgreSQL holds, tenant by tenant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hypervisor import hops
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.alarm import Priority
from hypervisor.errors import Unavailable
from hypervisor.feed.clients import SCREEN
from hypervisor.hot import counters, pulse
from hypervisor.ingest import latency
from hypervisor.queries import health
from hypervisor.store import health as store
from hypervisor.store import messages

REJECTED, MQTT = "rejected:", "mqtt:"


def text(h: Hypervisor, feed_clients: Callable[[], int] | None, only: int | None = None) -> bytes:
    """The exposition, read now; of one tenant alone when `only` names it. A dependency that is down is `vigie_up 0`, and what only it knows is left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Platform(h, feed_clients, only))
    return generate_latest(registry)


class _Platform(Collector):
    def __init__(self, h: Hypervisor, feed_clients: Callable[[], int] | None, only: int | None) -> None:
        self._h, self._feed_clients, self._only = h, feed_clients, only

    def collect(self) -> Iterator[Metric]:
        found = health.dependencies(self._h)
        up = GaugeMetricFamily("vigie_up", "1 when the dependency answers", labels=["dependency"])
        for name, state in found.items():
            up.add_metric([name], float(state == health.UP))
        yield up
        if self._feed_clients:
            yield GaugeMetricFamily("vigie_feed_clients", "screens connected to this process", self._feed_clients())
        if self._only is None:
            yield from SCREEN.collect()
        if found["database"] != health.UP:
            return  # It also knows which tenants there are.
        try:
            tenants = self._tenants()
            if found["redis"] == health.UP:
                yield from self._ingest(tenants)
            yield from self._alarms(tenants)
        except Unavailable:
            return  # It died between the question and now: the next reading says so.

    def _tenants(self) -> Sequence[tuple[int, str]]:
        with self._h.database.unit_of_work(None) as uow:
            return [(number, key) for number, key in store.tenants(uow) if self._only in (None, number)]

    def _ingest(self, tenants: Sequence[tuple[int, str]]) -> Iterator[Metric]:
        accepted = CounterMetricFamily("vigie_observations_accepted", "observations written in history", labels=["tenant"])
        rejected = CounterMetricFamily("vigie_observations_rejected", "observations refused after the door, by cause", labels=["tenant", "cause"])
        mqtt = CounterMetricFamily(
            "vigie_mqtt", "messages, observations in them and refused parts of each source heard by MQTT", labels=["tenant", "source", "what"]
        )
        seconds = HistogramMetricFamily(
            "vigie_end_to_end_latency_seconds", "from the door to the stream that screens read, each observation", labels=["tenant"]
        )
        passages = HistogramMetricFamily(hops.METRIC, hops.HELP, labels=["tenant", "hop"])
        said = [
            (GaugeMetricFamily(name, help_text, labels=["tenant", "shard"]), fact, factor)
            for name, help_text, fact, factor in (
                ("vigie_ingest_lag_batches", "accepted batches that wait for the worker", "lag", 1.0),
                ("vigie_ingest_latency_seconds", "door to commit, last batch", "latency_ms", 0.001),
                ("vigie_last_ingest_timestamp_seconds", "time of the newest observation committed", "last_ingest", 0.001),
            )
        ]
        for number, key in tenants:
            totals = counters.read(self._h.redis, number)
            accepted.add_metric([key], totals.get("accepted", 0))
            for name, count in sorted(totals.items()):
                if name.startswith(REJECTED):
                    rejected.add_metric([key, name.removeprefix(REJECTED)], count)
                elif name.startswith(MQTT):
                    source, _colon, what = name.removeprefix(MQTT).rpartition(":")
                    mqtt.add_metric([key, source, what], count)
            seconds.add_metric([key], _buckets(totals), totals.get(latency.SUM, 0) / 1000)
            for hop in hops.IN_REDIS:
                passages.add_metric([key, hop], *hops.buckets(totals, hop))
            for shard in range(self._h.settings.shards):
                facts = pulse.read(self._h.redis, number, f"worker:{shard}") or {}
                for family, fact, factor in said:
                    if isinstance(value := facts.get(fact), int | float):
                        family.add_metric([key, str(shard)], value * factor)
        yield from (accepted, rejected, mqtt, seconds, passages, *(family for family, _fact, _factor in said))

    def _alarms(self, tenants: Sequence[tuple[int, str]]) -> Iterator[Metric]:
        opened = GaugeMetricFamily("vigie_alarms_open", "open alarms", labels=["tenant", "priority"])
        unacknowledged = GaugeMetricFamily("vigie_alarms_unacknowledged", "open alarms that wait for acknowledgement", labels=["tenant", "priority"])
        waiting = GaugeMetricFamily("vigie_outbox_waiting", "facts written and not yet relayed", labels=["tenant"])
        kept = GaugeMetricFamily("vigie_messages", "messages to people and systems kept in the outbox, by state", labels=["tenant", "channel", "state"])
        doubts = GaugeMetricFamily(
            "vigie_messages_doubts", "attempts whose end was not seen: each may have left a copy, under the same id", labels=["tenant", "channel"]
        )
        for number, key in tenants:
            with self._h.database.unit_of_work(number) as uow:
                in_doubt: dict[str, int] = {}
                for channel, state, count, doubtful in messages.counts(uow):
                    kept.add_metric([key, channel, state], count)
                    in_doubt[channel] = in_doubt.get(channel, 0) + doubtful
                for channel, doubtful in in_doubt.items():
                    doubts.add_metric([key, channel], doubtful)
                found = store.open_alarms(uow)
                waiting.add_metric([key], store.waiting_facts(uow))
            for priority in Priority:
                of_all, of_waiting = found.get(priority, (0, 0))
                opened.add_metric([key, priority.word], of_all)
                unacknowledged.add_metric([key, priority.word], of_waiting)
        yield from (opened, unacknowledged, waiting, kept, doubts)


def _buckets(totals: Mapping[str, int]) -> list[tuple[str, float]]:
    """(upper bound in s, observations at most as late), as Prometheus wants them."""
    below = list(accumulate(totals.get(f"{latency.PREFIX}{bound}", 0) for bound in latency.BOUNDS_MS))
    return [
        *((str(bound / 1000), float(count)) for bound, count in zip(latency.BOUNDS_MS, below, strict=True)),
        ("+Inf", float(below[-1] + totals.get(latency.BEYOND, 0))),
    ]
