"""An official's account reaches the dashboards and nothing else: every route, page and callback is tried with it, those added later included."""

import inspect
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from dash import _callback
from dash.exceptions import PreventUpdate
from fastapi import FastAPI

import callbacks
from hypervisor import api, bootstrap
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.feed import routes as feed_routes
from hypervisor.feed.hub import Hub
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security.context import current_principal
from hypervisor.security.middleware import SecurityMiddleware
from layouts import html_routes, pages, terrain_routes
from tests.integration import desk

OWN = {
    "/api/v1/indicators",
    "/api/v1/indicators/export/{name}",
    "/api/v1/me",
    "/api/v1/session",
    "/api/v1/session/lock",
    "/api/v1/session/unlock",
    "/api/v1/observations",
    "/api/v1/posture",
}
"""What the dashboards use, the posture that their frame says, one's own session; observations are asked below with what they need."""
EVERYBODY_S = re.compile(
    r"/$|/(healthz|readyz|favicon\.ico|_favicon\.ico|appairage|mot-de-passe|deconnexion|accessibilite)$|/(api/docs|api/openapi|hooks/|a/)|/api/v1/pairing|/live/\{name\}"
)
"""What is served to whoever asks, or proves itself otherwise: the page of sign-in, signatures, a wall's cookie, the script of the feed."""
VALUES = {"string": "x", "integer": 1, "number": 1.0, "boolean": True, "null": None}
FITTING = ("x", "06:00", "2026-02-11", "1", "xx-1", "#000000")
"""Texts of which one fits each pattern of the API; a new pattern that none fits fails the test by name."""
CALLBACKS = {"officials"}
"""Modules of callbacks that are the officials' own."""

callbacks.register("all")
for page in pages.PAGES:
    __import__(f"layouts.pages.{page.key}")


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Iterator[Hypervisor]:
    desk.add_asset(database_urls, 1)
    desk.add_alarm(database_urls, 1)
    before = bootstrap._current
    bootstrap.set_current(h)
    yield h
    bootstrap._current = before


@pytest.fixture(scope="module")
def server(h: Hypervisor) -> FastAPI:
    made = FastAPI(exception_handlers=api.HANDLERS, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    hub = Hub(h)
    for router in (*api.routers(h, hub.clients), feed_routes.router(h, hub), html_routes.router(h), terrain_routes.router(h)):
        made.include_router(router)
    made.add_api_route("/{path:path}", lambda path: {"dash": path}, include_in_schema=False)
    made.add_middleware(SecurityMiddleware, h=h, pages={page.path for page in pages.PAGES}, error_page=html_routes.error_page)
    return made


def sample(schema: dict[str, Any], all_of: dict[str, Any]) -> Any:
    """A value that fits a JSON schema: the request must be refused for who asks, not for what is asked."""
    if "$ref" in schema:
        return sample(all_of[schema["$ref"].rpartition("/")[2]], all_of)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return sample(schema[choice][0], all_of)
    if schema.get("type") == "object" or "properties" in schema:
        return {name: sample(schema["properties"][name], all_of) for name in schema.get("required", ())}
    if schema.get("type") == "array":
        return [sample(schema["items"], all_of)] * schema.get("minItems", 1)
    if "pattern" in schema:
        return next(text for text in FITTING if re.search(schema["pattern"], text))
    if schema.get("format") == "date-time":
        return "2026-02-11T17:00:00Z"
    if schema.get("format") == "date":
        return "2026-02-11"
    if schema.get("type") == "string":
        return (
            ("2026-02-11T17:00:00Z" if "pattern" not in schema else "x").ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 100)]
            if schema.get("minLength", 0) > 20
            else "x".ljust(schema.get("minLength", 1), "x")
        )
    return (
        max(VALUES.get(schema.get("type", "string"), "x"), schema.get("minimum", 1))
        if schema.get("type") in ("integer", "number")
        else VALUES.get(schema.get("type", "string"), "x")
    )


def asked(operation: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    """What a request to an operation needs: its query and its body."""
    query = {each["name"]: sample(each["schema"], named) for each in operation.get("parameters", ()) if each["in"] == "query" and each.get("required")}
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return {"params": query, "files": {"file": ("x", b"x")}}
    if content and "application/json" not in content:
        return {"params": query, "content": b"x", "headers": {"Content-Type": next(iter(content))}}
    body = content.get("application/json")
    return {"params": query} | ({"json": sample(body["schema"], named)} if body else {})


def filled(path: str, operation: dict[str, Any], named: dict[str, Any]) -> str:
    """The path with something fitting in each place."""
    places = {each["name"]: sample(each["schema"], named) for each in operation.get("parameters", ()) if each["in"] == "path"}
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(places[found[1]]), path)


HIDDEN = (
    "/tiles/source.json",
    "/tiles/places.json",
    "/tiles/12/2100/1400.mvt",
    "/tiles/assets/12/2100/1400.mvt",
    "/terrain",
)
"""Routes that the OpenAPI document leaves out."""


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_no_route_answers_an_official_but_its_own(server: FastAPI) -> None:
    client, document = desk.signed_in(server, "elu"), server.openapi()
    named = document["components"]["schemas"]
    tries = [
        (method.upper(), filled(path, operation, named), asked(operation, named))
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if path not in OWN and not EVERYBODY_S.match(path)
    ]
    tries += [("GET", path, {}) for path in HIDDEN]
    tries += [("GET", "/api/v1/observations", {"params": {"asset_id": 1}})]
    opened = []
    for method, path, request in tries:
        answer = client.request(method, path, **request)
        if answer.status_code != 403:
            opened.append(f"{method} {path} {request} → {answer.status_code} {answer.text[:160]}")
    assert len(tries) > 60
    assert not opened, "\n".join(opened)


def test_an_official_s_own_routes_answer(server: FastAPI) -> None:
    client = desk.signed_in(server, "elu")
    assert {path: client.get(path).status_code for path in ("/api/v1/indicators", "/api/v1/me", "/elus")} == dict.fromkeys(
        ("/api/v1/indicators", "/api/v1/me", "/elus"), 200
    )


@pytest.mark.parametrize("page", [page.key for page in pages.PAGES if page.key != "elus"])
def test_no_page_opens_to_an_official_but_its_own(h: Hypervisor, page: str) -> None:
    # Dash asks for a page by a callback: what guards it is the first line of its layout.
    token = current_principal.set(desk.principal(Role.OFFICIAL, "elu"))
    try:
        with pytest.raises(Forbidden):
            __import__(f"layouts.pages.{page}", fromlist=["layout"]).layout()
    finally:
        current_principal.reset(token)


def test_no_callback_answers_an_official_but_its_own(h: Hypervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is called as anybody may who makes a request by hand: with whatever arguments."""
    functions = {
        function
        for concern in callbacks.CONCERNS
        if concern not in CALLBACKS
        for _name, function in inspect.getmembers(__import__(f"callbacks.{concern}", fromlist=[concern]), inspect.isfunction)
        if function.__module__ == f"callbacks.{concern}" and not function.__name__.startswith("_")
    }
    assert len(functions) >= 5 and len(_callback.GLOBAL_CALLBACK_LIST) >= len(functions)
    for concern in callbacks.CONCERNS:
        module = __import__(f"callbacks.{concern}", fromlist=[concern])
        if hasattr(module, "clicked"):
            monkeypatch.setattr(module, "clicked", lambda: "x")
        if hasattr(module, "ctx"):
            monkeypatch.setattr(module, "ctx", SimpleNamespace(triggered_id="x", triggered=[]))
    wrong = []
    token = current_principal.set(desk.principal(Role.OFFICIAL, "elu"))
    for function in functions:
        # With nothing chosen a callback may say so; with something it must refuse, or fail before it has read anything.
        outcomes = [outcome(function, given) for given in (1, "x", {"alarm": 1, "event": None, "layer": "lighting", "key": "x"})]
        if any(said.startswith("answered") for said in outcomes):
            wrong.append(f"{function.__module__}.{function.__name__}: {outcomes}")
    current_principal.reset(token)
    assert not wrong, "\n".join(wrong)


def outcome(function: Any, given: object) -> str:
    """What a callback does of these arguments: refused, a fault (which shows nothing), or answered."""
    try:
        said = function(*[given] * len(inspect.signature(function).parameters))
    except (Forbidden, PreventUpdate):
        return "refused"
    except Exception as error:
        return f"fault: {type(error).__name__}"
    return f"answered: {str(said)[:80]}"


def test_an_official_s_socket_hears_nothing_of_the_map(h: Hypervisor) -> None:
    assert not desk.principal(Role.OFFICIAL).permissions & {"map:read", "alarm:read", "event:read", "asset:read", "observation:read", "logbook:read"}
