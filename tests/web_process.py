"""The web process itself, as the launcher starts it, over a test's database: pages whose forms are Dash's, in a browser that signs in."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page

from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.launcher.processes import free_port
from tests.integration import desk

ROOT = Path(__file__).parents[1]
START_S = 90.0


@dataclass(frozen=True)
class Web:
    """Where it answers, and its process."""

    address: str
    pid: int


@contextmanager
def serving(urls: DatabaseUrls, redis_url: str, folder: Path, **more: str) -> Iterator["Web"]:
    """A web process that serves every screen; accounts are the demonstration's, with `desk.PASSWORD`. more: settings, by the names of their variables."""
    desk.build(urls, redis_url, folder).close()
    port = free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ} | {
        "HYPERVISOR_DATABASE_URL": urls.owner,
        "HYPERVISOR_DATABASE_WORKER_URL": urls.worker,
        "HYPERVISOR_DATABASE_APP_URL": urls.app,
        "HYPERVISOR_REDIS_URL": redis_url,
        "HYPERVISOR_DATA_DIR": str(folder),
        "HYPERVISOR_DEMO": "0",
        "HYPERVISOR_SIMULATE": "0",
        "HYPERVISOR_PORT": str(port),
        **more,
    }
    log = folder / "web.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app:server", "--port", str(port), "--ws-per-message-deflate", "false"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START_S
        while not _answers(address):
            assert process.poll() is None and time.monotonic() < end, f"the web process did not start: {log.read_text(errors='replace')[-3000:]}"
            time.sleep(0.05)
        yield Web(address, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def open_as(browser: Browser, address: str, username: str | None, path: str) -> Iterator[Page]:
    """That page, by somebody who has signed in; a stranger's when the name is None."""
    context = browser.new_context(viewport={"width": 1600, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris")
    if username:
        assert context.request.post(f"{address}/api/v1/session", data={"username": username, "password": desk.PASSWORD}).ok
    page = context.new_page()
    page.goto(f"{address}{path}")
    yield page
    context.close()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False
