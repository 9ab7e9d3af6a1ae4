"""The floor of a lone value: the door's own server answering 204 to whatever it has read, with nothing behind it. `uvicorn benchmarks._bare_door:application`."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from starlette.types import Receive, Scope, Send

from hypervisor.launcher import processes

ROOT = Path(__file__).parents[1]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads a request's body, as the door must, and answers."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def bare_door() -> Iterator[tuple[int, psutil.Process]]:
    """Its port and its process."""
    port = processes.free_port()
    options = ["--port", str(port), "--log-level", "warning", "--no-access-log", "--no-server-header", "--lifespan", "off"]
    process = subprocess.Popen([sys.executable, "-m", "uvicorn", "benchmarks._bare_door:application", *options], cwd=ROOT)
    try:
        assert processes.until(lambda: _listens(port), 30), "the bare door does not open"
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
