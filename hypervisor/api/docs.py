"""/api/docs: the API's own documentation, from Swagger UI's files served here; FastAPI's page would load them from the network."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from hypervisor.bootstrap import Hypervisor

VENDOR = "/assets/vendor/swagger"
PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Vigie — API</title>
<link rel="stylesheet" href="{VENDOR}/swagger-ui.css"><link rel="icon" href="/assets/mark.svg"></head>
<body><div id="swagger-ui"></div><script src="{VENDOR}/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body></html>"""
# Apart, because the content security policy refuses scripts written in pages. A change tried from the page proves itself as our pages do.
START = """SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#swagger-ui", deepLinking: true, requestInterceptor: (request) => {
  const cookie = document.cookie.split("; ").find((c) => c.startsWith("_csrf_token="));
  if (cookie) request.headers["X-CSRFToken"] = cookie.slice("_csrf_token=".length);
  return request;
}});"""


def router(_h: Hypervisor) -> APIRouter:
    """Routes of the documentation."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/api/docs")
    def page() -> Response:
        return HTMLResponse(PAGE)

    @routes.get("/api/docs/start.js")
    def start() -> Response:
        return Response(START, media_type="text/javascript")

    return routes
