"""One connection to Redis for the door: commands of concurrent requests share it, and leave without the costs of a general client.

redis-py spends some 200 µs on a pipeline of three commands; a request of one observation has 200 µs for its whole way.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import hiredis
import redis
from redis.asyncio.connection import SSLConnection, parse_url

from hypervisor.hot.client import ANSWER_S, CONNECT_S

Command = tuple[Any, ...]


class Wire:
    """See the module. Answers come in the order of commands; an error that Redis answers is an answer (redis.ResponseError), not raised."""

    def __init__(self, url: str) -> None:
        self._address: dict[str, Any] = dict(parse_url(url))
        self._link: _Link | None = None
        self._opening: asyncio.Lock | None = None

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The answers to these commands. Raises redis.ConnectionError or redis.TimeoutError: what was done is then unknown."""
        link = self._link
        if link is None or link.is_lost:
            link = await self._open()
        return await link.ask(commands)

    async def ask_one(self, *command: Any) -> Any:
        """The answer to one command. Raises what Redis answers when it is an error."""
        [answer] = await self.ask([command])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Ends the connection; the next question opens another."""
        if self._link is not None:
            self._link.close()

    async def _open(self) -> "_Link":
        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            if self._link is None or self._link.is_lost:
                self._link = await self._connect()
        return self._link

    async def _connect(self) -> "_Link":
        loop, where = asyncio.get_running_loop(), self._address
        context = ssl.create_default_context() if where.get("connection_class") is SSLConnection else None
        try:
            async with asyncio.timeout(CONNECT_S):
                if "path" in where:
                    _, link = await loop.create_unix_connection(_Link, where["path"])
                else:
                    _, link = await loop.create_connection(_Link, where.get("host", "localhost"), where.get("port", 6379), ssl=context)
        except (OSError, TimeoutError) as error:
            raise redis.ConnectionError(f"Redis cannot be reached: {error}") from error
        greetings: list[Command] = []
        if where.get("password"):
            greetings.append(("AUTH", *([where["username"]] if where.get("username") else []), where["password"]))
        if where.get("db"):
            greetings.append(("SELECT", str(where["db"])))
        for answer in await link.ask(greetings) if greetings else []:
            if isinstance(answer, Exception):
                link.close()
                raise redis.ConnectionError(f"Redis refuses us: {answer}")
        return link


class _Link(asyncio.Protocol):
    """One connection, from its opening to its loss."""

    def __init__(self) -> None:
        self.is_lost = False
        self._reader = hiredis.Reader(replyError=redis.ResponseError)
        self._waiting: deque[tuple[int, list[Any], asyncio.Future[list[Any]]]] = deque()

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        if self.is_lost:
            raise redis.ConnectionError("the connection was lost")
        answers: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((len(commands), [], answers))
        self._transport.write(b"".join(hiredis.pack_command(command) for command in commands))
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answers
        except TimeoutError:
            # What comes later would be taken for the answer to something else.
            self.close()
            raise redis.TimeoutError(f"no answer within {ANSWER_S:.0f} s") from None

    def close(self) -> None:
        self._transport.abort()
        self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while self._waiting and (answer := self._reader.gets()) is not False:
            count, answers, future = self._waiting[0]
            answers.append(answer)
            if len(answers) == count:
                self._waiting.popleft()
                if not future.done():
                    future.set_result(answers)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        while self._waiting:
            _count, _answers, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(redis.ConnectionError(f"the connection was lost: {error or 'it was closed'}"))
