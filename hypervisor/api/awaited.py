"""Routes whose work stops when the browser gives the request up: its end is listened for while the answer is computed in its thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.lake.waiting import awaited


class Awaited(APIRoute):
    """A route of plain functions that read history; those that carry a body are served as usual, since the connection brings it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See the class."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.method != "GET":
                return await handler(request)
            left = threading.Event()
            watcher = asyncio.create_task(_watch(request, left))
            try:
                with awaited(left):
                    return await handler(request)
            finally:
                watcher.cancel()

        return handle


async def _watch(request: Request, left: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    left.set()
