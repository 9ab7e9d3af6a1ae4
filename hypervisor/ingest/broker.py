"""The wire to the MQTT broker: one session that outlives us, QoS 1, and nothing acknowledged before it is asked for.

paho's own thread reads the socket; all else happens in asyncio's.
"""

import asyncio
import logging
import ssl
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from hypervisor.errors import BadConfiguration
from hypervisor.outage import Outage

logger = logging.getLogger(__name__)

KEEPALIVE_S = 20
MOST_IN_FLIGHT = 1000
"""Messages that we hold without having acknowledged them; the broker keeps the others. Many brokers allow fewer by themselves (mosquitto: 20)."""
SESSION_S = 7 * 86_400
"""How long the broker keeps what we missed (MQTT 5); chosen by us: a long week-end's outage."""
MOST_UNSURE = 10_000
"""Messages of QoS 0 held at most: nobody keeps them for us."""
PORTS = {"mqtt": 1883, "mqtts": 8883}
VERSIONS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


@dataclass(frozen=True, kw_only=True)
class Address:
    """What HYPERVISOR_MQTT_URL says: mqtt[s]://USER:PASSWORD@HOST:PORT/?version=5&client_id=NAME."""

    host: str
    port: int
    user: str | None
    password: str | None
    is_secure: bool
    version: MQTTProtocolVersion
    client_id: str | None


def address(url: str) -> Address:
    """The address in a URL. Raises BadConfiguration, which never repeats the URL: it may hold a password."""
    try:
        parts, options = urlsplit(url), {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
        port = parts.port
    except ValueError:
        raise BadConfiguration("HYPERVISOR_MQTT_URL is wrong: it is not a URL; write it as mqtt://USER:PASSWORD@HOST:1883") from None
    version = options.get("version", "5")
    if parts.scheme not in PORTS or not parts.hostname or version not in VERSIONS:
        raise BadConfiguration(
            "HYPERVISOR_MQTT_URL is wrong: write it as mqtt://USER:PASSWORD@HOST:1883 or mqtts://…, with ?version=3.1.1 for a broker without MQTT 5"
        )
    return Address(
        host=parts.hostname, port=port or PORTS[parts.scheme], user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None, is_secure=parts.scheme == "mqtts", version=VERSIONS[version],
        client_id=options.get("client_id"),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """A message. mid, life: its number, in which connection; is_again: the broker sent it before; is_retained: it is a topic's last word, of whatever age."""

    topic: str
    body: bytes
    qos: int
    mid: int
    life: int
    is_again: bool
    is_retained: bool


class Broker:
    """See the module. client_id: the session's name, the same at each start. Made inside the loop that takes its messages."""

    def __init__(self, where: Address, client_id: str) -> None:
        self.outage = Outage("mqtt", logger)
        self.refused: set[str] = set()
        self._is_5 = where.version == MQTTProtocolVersion.MQTTv5
        self._loop = asyncio.get_running_loop()
        self._filters: frozenset[str] = frozenset()
        self._asked: dict[int, list[str]] = {}
        self._life = 0
        self._is_connected = False
        self._arrived: deque[Arrived] = deque()
        self._any = asyncio.Event()
        self._where = where
        self._client = client = paho.Client(
            CallbackAPIVersion.VERSION2, where.client_id or client_id, clean_session=None if self._is_5 else False, protocol=where.version, manual_ack=True
        )
        if where.user is not None:
            client.username_pw_set(where.user, where.password)
        if where.is_secure:
            client.tls_set_context(ssl.create_default_context())
        client.reconnect_delay_set(1, 5)
        client.on_connect, client.on_disconnect, client.on_connect_fail = self._on_connect, self._on_disconnect, self._on_connect_fail
        client.on_message, client.on_subscribe = self._on_message, self._on_subscribe

    @property
    def is_connected(self) -> bool:
        """Whether the broker lets us in now."""
        return self._is_connected

    @property
    def held(self) -> int:
        """Messages that wait for us to take them."""
        return len(self._arrived)

    def open(self, filters: Iterable[str]) -> None:
        """Connects, and connects again for as long as it takes. The topics must be known before: what the broker kept for us comes at once."""
        self._filters = frozenset(filters)
        properties = None
        if self._is_5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval, properties.ReceiveMaximum = SESSION_S, MOST_IN_FLIGHT
        start: dict[str, Any] = {"clean_start": False, "properties": properties} if self._is_5 else {}
        self._client.connect_async(self._where.host, self._where.port, KEEPALIVE_S, **start)
        self._client.loop_start()

    def want(self, filters: Iterable[str]) -> None:
        """Subscribes to what is new, and to nothing else any more."""
        before, self._filters = self._filters, frozenset(filters)
        if self._is_connected:
            self._subscribe(sorted(self._filters - before))
            if gone := sorted(before - self._filters):
                self._client.unsubscribe(gone)
        self.refused &= self._filters

    async def take(self, most: int) -> list[Arrived]:
        """What arrived, in order; waits for one."""
        await self._any.wait()
        taken = [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]
        if not self._arrived:
            self._any.clear()
        return taken

    def acknowledge(self, messages: Iterable[Arrived]) -> None:
        """Tells the broker that it may forget them. Those of a connection that was lost come again, and are acknowledged then."""
        for message in messages:
            if message.qos and message.life == self._life and self._is_connected:
                self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Leaves; the broker keeps what comes meanwhile."""
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, filters: Sequence[str]) -> None:
        if not filters:
            return
        # What a topic retains comes when its subscription is new, and not at each of our starts.
        option: Any = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB) if self._is_5 else 1
        _error, mid = self._client.subscribe([(one, option) for one in filters])
        if mid is not None:
            self._asked[mid] = list(filters)

    # What paho's thread calls, each handed to the loop.

    def _on_connect(self, _client: paho.Client, _data: Any, flags: paho.ConnectFlags, reason: ReasonCode, _properties: Any) -> None:
        self._loop.call_soon_threadsafe(self._connected, str(reason) if reason.is_failure else "")

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        self._loop.call_soon_threadsafe(self._lost, str(reason))

    def _on_connect_fail(self, _client: paho.Client, _data: Any) -> None:
        # paho calls this while it handles the error, and gives it in no other way (2.2).
        error = sys.exc_info()[1]
        said = error.strerror if isinstance(error, OSError) else None
        self._loop.call_soon_threadsafe(self._lost, (said or str(error or "it cannot be reached")).lower())

    def _on_subscribe(self, _client: paho.Client, _data: Any, mid: int, reasons: list[ReasonCode], _properties: Any) -> None:
        self._loop.call_soon_threadsafe(self._subscribed, mid, [reason.is_failure for reason in reasons])

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        self._loop.call_soon_threadsafe(self._add, topic, bytes(message.payload), message.qos, message.mid, message.dup, message.retain)

    # What happens in the loop.

    def _connected(self, refusal: str) -> None:
        if refusal:
            self._lost(refusal)
            return
        self._life += 1
        self._is_connected = True
        self.outage.back()
        self._asked.clear()
        self._subscribe(sorted(self._filters))

    def _lost(self, reason: str) -> None:
        self._is_connected = False
        self.outage.lost(reason)

    def _subscribed(self, mid: int, failures: list[bool]) -> None:
        for one, is_refused in zip(self._asked.pop(mid, []), failures, strict=False):
            if is_refused and one not in self.refused:
                logger.error("the broker refuses the subscription to %s: nothing of that topic is heard; see its access list", one)
            (self.refused.add if is_refused else self.refused.discard)(one)

    def _add(self, topic: str, body: bytes, qos: int, mid: int, is_again: bool, is_retained: bool) -> None:
        if qos == 0 and len(self._arrived) >= MOST_UNSURE:
            return  # Its sender asked for no guarantee.
        self._arrived.append(Arrived(topic=topic, body=body, qos=qos, mid=mid, life=self._life, is_again=is_again, is_retained=is_retained))
        self._any.set()
