"""Gathers the parcels of concurrent requests for a few milliseconds and sends them to Redis in one round trip; each waits for its own receipt."""

import asyncio
from collections.abc import Sequence

from hypervisor.hot.stream import Intake, Parcel, Receipt

GATHER_S = 0.003
MOST = 500


class Coalescer:
    """See the module. Large parcels should go straight to the intake: they gain nothing by waiting."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._waiting: list[tuple[Parcel, asyncio.Future[Receipt]]] = []
        self._sending: set[asyncio.Task[None]] = set()

    async def add(self, parcels: Sequence[Parcel]) -> list[Receipt]:
        """The receipts of these parcels, once they are on the stream. Raises Unavailable."""
        loop = asyncio.get_running_loop()
        receipts = []
        for parcel in parcels:
            if not self._waiting:
                loop.call_later(GATHER_S, self._send)
            receipt: asyncio.Future[Receipt] = loop.create_future()
            self._waiting.append((parcel, receipt))
            receipts.append(receipt)
            if len(self._waiting) >= MOST:
                self._send()
        return list(await asyncio.gather(*receipts))

    def _send(self) -> None:
        gathered, self._waiting = self._waiting, []
        if gathered:
            task = asyncio.get_running_loop().create_task(self._deliver(gathered))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _deliver(self, gathered: Sequence[tuple[Parcel, asyncio.Future[Receipt]]]) -> None:
        try:
            answers: Sequence[Receipt | BaseException] = await self._intake.add([parcel for parcel, _receipt in gathered])
        except BaseException as error:
            answers = [error] * len(gathered)
        for (_parcel, receipt), answer in zip(gathered, answers, strict=True):
            if receipt.done():
                continue  # Its client went away.
            if isinstance(answer, BaseException):
                receipt.set_exception(answer)
            else:
                receipt.set_result(answer)
