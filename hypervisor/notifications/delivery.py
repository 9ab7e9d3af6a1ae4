"""The deliveries: a thread of the jobs that takes due messages to their channel, several at once, and writes how each ended.

One process delivers at a time, by an advisory lock that dies with its connection. A message is marked `sending` and committed before anything goes out,
and `sent` as soon as the server has answered: killed anywhere, it is sent again. A copy too many can only come from between that answer and that commit;
each attempt whose end was not seen is counted in the message's `doubts`.
"""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from random import Random
from typing import Any

from hypervisor.clock import Clock
from hypervisor.errors import Unavailable
from hypervisor.i18n import N_, _
from hypervisor.notifications.backoff import next_attempt
from hypervisor.notifications.message import PATIENCE, Attachment, Channel, Doubtful, Message, NotDelivered, Refused
from hypervisor.store import messages, verdicts
from hypervisor.store.engine import DELIVERY_LOCK, Cursor, Engine, LockTaken

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""Messages of one channel on their way together: a slow server holds its own channel alone, and takes more than one at a time."""
LOOK_EVERY_S = 0.2
WAIT_S = 1.0
LOST = {"refused": N_("Message refusé par son destinataire"), "given_up": N_("Message non remis, abandonné")}
CHANNELS = {"email": N_("courriel"), "sms": N_("SMS"), "call": N_("appel"), "webhook": N_("webhook")}


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an attempt ended: error None when it was delivered."""

    message: Message
    error: Exception | None


class Deliveries(threading.Thread):
    """See the module. channels: those that have an address; the messages of the others are kept. `stop` ends it, letting attempts under way end."""

    def __init__(self, engine_url: str, channels: Mapping[str, Channel], clock: Clock, chance: Random | None = None) -> None:
        super().__init__(name="deliveries", daemon=True)
        self._engine = Engine(engine_url, "vigie-deliveries", lock=DELIVERY_LOCK)
        self._channels = channels
        self._clock = clock
        self._chance = chance or Random()
        self._ending = threading.Event()
        self._endings: SimpleQueue[Ending] = SimpleQueue()
        self._unwritten: list[Ending] = []
        self._under_way: dict[tuple[int, int], str] = {}
        self._pools = {name: ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"deliver-{name}") for name in channels}

    def stop(self) -> None:
        """Asks the thread to end and waits for it a little: what is still on its way will be a doubt."""
        self._ending.set()
        self.join(timeout=5)

    def run(self) -> None:
        """Delivers until asked to stop, whatever happens to PostgreSQL or to the servers."""
        is_lost = False
        while not self._ending.is_set():
            try:
                self.turn()
                if is_lost:
                    logger.info("deliveries back")
                    is_lost = False
            except LockTaken:
                self._ending.wait(WAIT_S)
            except Unavailable as error:
                if not is_lost:
                    logger.warning("deliveries wait: %s", error.__cause__ or error)
                    is_lost = True
                self._ending.wait(WAIT_S)
            except Exception:  # Messages are never lost: a thread that ended here would keep the lock, and nobody could take its place.
                logger.exception("the deliveries broke and start again")
                self._engine.close()
                self._ending.wait(WAIT_S)
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        self._engine.close()

    def turn(self) -> None:
        """Writes what has ended, then sends what is due. Raises Unavailable."""
        if not self._engine.is_open:
            self._recover()
        self._write(self._ended())
        now = self._clock.now()
        for channel in PATIENCE:
            room = AT_ONCE - sum(name == channel for name in self._under_way.values())
            if room > 0:
                self._begin(channel, room if channel in self._channels else 500, now)

    def _recover(self) -> None:
        with self._engine.transaction() as cursor:
            doubtful = messages.recover(cursor, [*self._under_way, *((e.message.tenant, e.message.id) for e in self._unwritten)], self._clock.now())
        if doubtful:
            logger.warning("%d messages were on their way when the deliveries stopped: sent again, under the same id", doubtful)

    def _begin(self, channel: str, most: int, now: Any) -> None:
        with self._engine.transaction() as cursor:
            taken = messages.begin(cursor, channel, most, now)
            if channel not in self._channels:
                for row in taken:
                    messages.end(cursor, row["tenant"], row["id"], "kept", now)
                return
        for row in taken:
            message = Message(**{**row, "attachments": tuple(Attachment(**file) for file in row["attachments"])})
            self._under_way[message.tenant, message.id] = channel
            self._pools[channel].submit(self._attempt, message)

    def _attempt(self, message: Message) -> None:
        error: Exception | None = None
        try:
            self._channels[message.channel].send(message)
        except (NotDelivered, Doubtful, Refused) as said:
            error = said
        except Exception as broken:  # A message that breaks its channel must not take the thread of the others.
            logger.exception("a message could not be sent by %s", message.channel)
            error = Doubtful(type(broken).__name__)
        self._endings.put(Ending(message=message, error=error))

    def _ended(self) -> list[Ending]:
        """What has ended, waiting a moment for the first so that it is written at once."""
        found = self._unwritten
        try:
            found.append(self._endings.get(timeout=0 if found else LOOK_EVERY_S))
            while True:
                found.append(self._endings.get_nowait())
        except Empty:
            return found

    def _write(self, endings: list[Ending]) -> None:
        for ending in list(endings):
            with self._engine.transaction() as cursor:
                self._end(cursor, ending)
            self._under_way.pop((ending.message.tenant, ending.message.id), None)
            endings.remove(ending)

    def _end(self, cursor: Cursor, ending: Ending) -> None:
        message, error, now = ending.message, ending.error, self._clock.now()
        if error is None:
            messages.end(cursor, message.tenant, message.id, "sent", now)
            return
        again = None if isinstance(error, Refused) else next_attempt(message.channel, message.attempts, message.queued_at, now, self._chance)
        state = "refused" if isinstance(error, Refused) else "given_up" if again is None else "waiting"
        messages.end(cursor, message.tenant, message.id, state, now, error=str(error), doubt=isinstance(error, Doubtful), next_at=again)
        if state in LOST:
            verdicts.append_lines(cursor, message.tenant, [_line(cursor, message, state, now.isoformat())])


def _line(cursor: Cursor, message: Message, state: str, at: str) -> dict[str, object]:
    """What the logbook says of a message that will not arrive: who, by what, never where."""
    name, _purpose, layer, alarm_id, event_id = messages.about(cursor, message.tenant, message.id)
    text = _(
        "{sentence} : {channel} à {name}, « {subject} ». Il reste dans les messages de l’administration.",
        sentence=_(LOST[state]),
        channel=_(CHANNELS[message.channel]),
        name=name or "–",
        subject=message.subject or message.purpose,
    )
    return {
        "at": at, "actor": "system:messages", "actor_name": _("Messagerie"), "kind": "system", "text": text, "layer": layer, "alarm_id": alarm_id,
        "event_id": event_id, "action": f"message-{state.replace('_', '-')}",
    }  # fmt: skip
