"""The web process: settings, bootstrap, FastAPI and Dash, pages. `uvicorn app:server` serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dash import html, page_container
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

import callbacks
from hypervisor import __version__, api, bootstrap, settings, tracing
from hypervisor.feed import routes as feed_routes
from hypervisor.feed.hub import Hub
from hypervisor.security.middleware import SecurityMiddleware
from layouts import html_routes, index, pages, terrain_routes

h = bootstrap.build(settings.load())
bootstrap.set_current(h)
hub = Hub(h)


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    # Dash runs its set-up hooks at the first /_dash-* request only: a wall that opens /mur first would get no script and no style.
    for set_up in dash.backend._before_request_funcs:
        result = set_up()
        if asyncio.iscoroutine(result):
            await result
    await hub.start()
    yield
    await hub.stop()
    h.close()


server = FastAPI(
    title="Vigie", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=_lifespan, exception_handlers=api.HANDLERS
)
for router in (*api.routers(h, hub.clients), feed_routes.router(h, hub), html_routes.router(h), terrain_routes.router(h)):
    server.include_router(router)

dash = index.Page(
    "vigie",
    server=server,
    use_pages=True,
    pages_folder="",
    title="Vigie",
    update_title="",
    suppress_callback_exceptions=True,
    assets_ignore=index.ASSETS_IGNORE,
    assets_path_ignore=index.ASSETS_PATH_IGNORE,
    index_string=index.index_string(),
    on_error=callbacks.on_error,
)
paths = pages.register(h.settings.screens)
dash.layout = html.Div(page_container, id="racine")
callbacks.register(h.settings.screens)

server.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
server.add_middleware(SecurityMiddleware, h=h, pages=paths, csp_hashes=dash.csp_hashes, error_page=html_routes.error_page)
if h.settings.otlp_endpoint:
    tracing.start(h.settings.otlp_endpoint, "web")
    server.add_middleware(tracing.Traced)
