"""The field's pages and the REST API on a real port, over a real database: a service worker needs an origin that answers."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.staticfiles import StaticFiles

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.processes import free_port
from hypervisor.security.middleware import SecurityMiddleware
from layouts import html_routes, terrain_routes
from tests.integration import desk
from tests.screens.harness import ROOT


@contextmanager
def serving(h: Hypervisor) -> Iterator[str]:
    """The address at which the field is served."""
    server = desk.app(h)
    server.user_middleware.clear()
    catch_all = server.router.routes.pop()
    for router in (html_routes.router(h), terrain_routes.router(h)):
        server.include_router(router)
    server.mount("/assets", StaticFiles(directory=ROOT / "assets"))
    server.router.routes.append(catch_all)
    server.add_middleware(SecurityMiddleware, h=h, pages=desk.PAGES, error_page=html_routes.error_page)
    port = free_port()
    runner = uvicorn.Server(uvicorn.Config(server, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=runner.run)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            httpx.get(f"{address}/healthz", timeout=1)
            break
        except httpx.HTTPError:
            time.sleep(0.05)
    yield address
    runner.should_exit = True
    thread.join()
