"""Alerta 9, the peer of benchmarks/alerta.py: in a virtual environment of its own, on a database of the same PostgreSQL.

`python -m benchmarks._alarm_peer PORT` is the other side: the product's API of alarms, as the web process serves it, without pages.
"""

import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import uvicorn
from fastapi import FastAPI

from benchmarks._alarm_platform import Ground
from hypervisor import bootstrap
from hypervisor import settings as settings_module
from hypervisor.launcher import processes
from tests.integration import desk

ROOT = Path(__file__).parents[1]
HOME = ROOT / "var" / "bench" / "alerta"
PINNED = ("alerta-server==9.1.0", "psycopg2-binary==2.9.13", "gunicorn==27.0.1", "setuptools<81")
"""setuptools: Alerta finds its plugins through pkg_resources."""
WORKERS = 2
PATIENCE_S = 300
"""To start: on a busy machine the imports alone take a minute."""


def environment() -> Path:
    """The folder of Alerta's programs, made when it is not there."""
    programs = HOME / "bin"
    if not (programs / "gunicorn").exists():
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([programs / "pip", "install", "-q", *PINNED], check=True)
    return programs


@contextmanager
def alerta(place: Ground, port: int) -> Iterator[None]:
    """Alerta as its own image runs it, gunicorn with two workers, without accounts: its default plugins, nothing else."""
    with psycopg.connect(place.owner_url, autocommit=True) as owner:
        owner.execute("CREATE DATABASE alerta")
    url = place.owner_url.rpartition("/")[0] + "/alerta"
    command = [str(environment() / "gunicorn"), "--preload", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", "--log-level", "error", "alerta:create_app()"]
    own = {"DATABASE_URL": url, "AUTH_REQUIRED": "False", "SECRET_KEY": "bench", "LOG_HANDLERS": "console", "DEBUG": "0"}
    with _running(command, own, f"http://127.0.0.1:{port}/"):
        yield


@contextmanager
def vigie(place: Ground, port: int, redis_url: str, folder: Path) -> Iterator[None]:
    """Our API, with as many processes."""
    own = {
        "HYPERVISOR_DATABASE_URL": place.urls.owner, "HYPERVISOR_DATABASE_WORKER_URL": place.urls.worker, "HYPERVISOR_DATABASE_APP_URL": place.urls.app,
        "HYPERVISOR_REDIS_URL": redis_url, "HYPERVISOR_DATA_DIR": str(folder), "HYPERVISOR_DEMO": "0", "HYPERVISOR_SIMULATE": "0",
    }  # fmt: skip
    with _running([sys.executable, "-m", "benchmarks._alarm_peer", str(port)], own, f"http://127.0.0.1:{port}/"):
        yield


@contextmanager
def _running(command: list[str], own: dict[str, str], answers_at: str) -> Iterator[None]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    process = subprocess.Popen(command, cwd=ROOT, env=kept | own, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        assert processes.until(lambda: _answers(answers_at), PATIENCE_S), f"{command[0]} does not answer"
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code < 500
    except httpx.HTTPError:
        return False


def application() -> FastAPI:
    """One process of ours."""
    return desk.app(bootstrap.build(settings_module.load()))


if __name__ == "__main__":
    uvicorn.run(
        "benchmarks._alarm_peer:application", factory=True, host="127.0.0.1", port=int(sys.argv[1]), workers=WORKERS, log_level="error", access_log=False
    )
