"""The sender: batches to the public ingest door, kept while it is down, slowed when it asks."""

import logging
import random
import threading
import time
import uuid
from collections import deque
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec

from hypervisor.demo.simulator.world import Entity
from hypervisor.settings import Settings

logger = logging.getLogger(__name__)

UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
BATCH = 400
KEEP_S = 600.0
"""A batch that could not be sent for this long is given up: its values would be stale on arrival."""
RETRY_S = (0.25, 10.0)
GIVEN = frozenset({200, 201, 204, 207})
REFUSED = frozenset({400, 403, 413, 415, 422})


class Batch(NamedTuple):
    """One request that waits. key: its Idempotency-Key, kept from one try to the next, so that a retry is not a second observation."""

    queued_at: float
    key: str
    body: bytes
    size: int


class Door:
    """Sends on a thread of its own, so that time goes on while the door is down. `close` waits for what is being sent."""

    def __init__(self, settings: Settings, token_file: Path) -> None:
        self._token_file = token_file
        self._client = httpx.Client(base_url=f"http://{settings.host}:{settings.ingest_port}", timeout=20.0)
        self._waiting: deque[Batch] = deque()
        self._changed = threading.Condition()
        self._is_closing = False
        self._is_down = False
        self.sent = 0
        self._thread = threading.Thread(target=self._send_all, name="door", daemon=True)
        self._thread.start()

    def send(self, entities: list[Entity], first: bool = False) -> None:
        """Queues entities in batches; `first` puts them before those that wait."""
        parts = [entities[i : i + BATCH] for i in range(0, len(entities), BATCH)]
        batches = [Batch(time.monotonic(), uuid.uuid4().hex, msgspec.json.encode(part), len(part)) for part in parts]
        with self._changed:
            if first:
                self._waiting.extendleft(reversed(batches))
            else:
                self._waiting.extend(batches)
            self._changed.notify()

    def drain(self, within_s: float) -> bool:
        """Waits until nothing is left to send; False when that takes longer."""
        end = time.monotonic() + within_s
        with self._changed:
            while self._waiting and (left := end - time.monotonic()) > 0:
                self._changed.wait(min(left, 0.05))
            return not self._waiting

    def close(self) -> None:
        """Ends the thread after the batch in hand."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(timeout=5)
        self._client.close()

    def _send_all(self) -> None:
        delay_s = RETRY_S[0]
        while batch := self._next():
            pause_s = self._deliver(batch)
            with self._changed:
                if pause_s is None:
                    self._waiting.remove(batch)
                    delay_s = RETRY_S[0]
                    self._changed.notify_all()
                else:
                    self._changed.wait(pause_s or delay_s * random.uniform(0.7, 1.3))
                    delay_s = min(RETRY_S[1], delay_s * 2)

    def _next(self) -> Batch | None:
        with self._changed:
            while not self._is_closing:
                self._give_up_old()
                if self._waiting:
                    return self._waiting[0]
                self._changed.wait()
            return None

    def _give_up_old(self) -> None:
        oldest = time.monotonic() - KEEP_S
        kept = deque(batch for batch in self._waiting if batch.queued_at >= oldest)
        if lost := sum(batch.size for batch in self._waiting) - sum(batch.size for batch in kept):
            logger.error("%d entities lost: the ingest door has been down for %d s", lost, KEEP_S)
            self._waiting = kept

    def _deliver(self, batch: Batch) -> float | None:
        """None when the batch is done with; else how long to wait before trying again, 0 for the ordinary delay."""
        try:
            headers = {"Content-Type": "application/json", "Idempotency-Key": batch.key, "Authorization": f"Bearer {self._token()}"}
            answer = self._client.post(UPSERT, content=batch.body, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            self._say_down(str(error) or type(error).__name__)
            return 0.0
        if answer.status_code in GIVEN:
            self._say_up()
            self.sent += batch.size
            if answer.status_code == 207:
                logger.warning("the ingest door refused some entities: %s", answer.text[:300])
            return None
        if answer.status_code in REFUSED:
            logger.error("%d entities lost, the ingest door refuses them with %d: %s", batch.size, answer.status_code, answer.text[:300])
            return None
        if answer.status_code == 429:
            return _seconds(answer.headers.get("Retry-After"))
        self._say_down(f"status {answer.status_code}")
        return 0.0

    def _token(self) -> str:
        return self._token_file.read_text().strip()

    def _say_down(self, cause: str) -> None:
        if not self._is_down:
            logger.warning("ingest door lost: %s", cause)
        self._is_down = True

    def _say_up(self) -> None:
        if self._is_down:
            logger.info("ingest door back")
        self._is_down = False


def _seconds(header: str | None) -> float:
    try:
        return max(0.1, float(header or 1))
    except ValueError:
        return 1.0
