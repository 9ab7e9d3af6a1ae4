"""A desk for tests: the REST API behind its middleware, signed-in clients, and alarms to act on."""

from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from hypervisor import api, bootstrap
from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import FixedClock
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import demo_accounts
from hypervisor.security.middleware import SecurityMiddleware
from hypervisor.settings import Settings
from hypervisor.store import Database, UnitOfWork

NOW = datetime(2026, 2, 11, 17, 5, 2, tzinfo=UTC)  # 18:05:02 in Paris
PASSWORD = "tramway-azur-87"
PAGES = {"/mur", "/console", "/sante"}


def build(urls: DatabaseUrls, redis_url: str, folder: Path, *, people: bool = True, **changes: object) -> Hypervisor:
    """A platform on this database, whose clock stands still, with the demonstration's accounts unless people is False (hashing them takes a second)."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        _env_file=None,
        **({"data_dir": folder, "demo": False, "simulate": False, "database_url": urls.owner, "database_worker_url": urls.worker, "database_app_url": urls.app,
            "redis_url": redis_url} | changes),
    )  # fmt: skip
    built = bootstrap.build(settings)
    object.__setattr__(built, "clock", FixedClock(NOW))
    if people:
        with as_owner(urls) as uow:
            demo_accounts.give_password(uow, PASSWORD)
    return built


def as_owner(urls: DatabaseUrls):
    """A transaction of the owner, who is above policies."""
    return Database(urls.owner, pool_size=1).unit_of_work(1)


def as_owner_of(h: Hypervisor):
    """A transaction of the owner of a platform's database."""
    return Database(h.addresses.database.owner, pool_size=1).unit_of_work(1)


def run(uow: UnitOfWork, statement: str, **values: object) -> None:
    """Runs a statement that gives nothing."""
    uow.connection.execute(text(statement), values)


def add_second_agent(urls: DatabaseUrls) -> None:
    """`agent2`, « Agent 22 », beside the demonstration's agent."""
    with as_owner(urls) as uow:
        run(
            uow,
            "INSERT INTO account (tenant, username, display_name, role, password_hash) SELECT 1, 'agent2', 'Agent 22', 'agent', password_hash FROM account WHERE username = 'agent'",
        )


def app(h: Hypervisor) -> FastAPI:
    """The web process without Dash: its catch-all answers 200 to every path, as Dash's does."""
    server = FastAPI(exception_handlers=api.HANDLERS, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    for router in api.routers(h):
        server.include_router(router)
    server.add_api_route("/{path:path}", lambda path: {"dash": path}, include_in_schema=False)
    server.add_middleware(SecurityMiddleware, h=h, pages=PAGES)
    return server


def stranger(server: FastAPI, address: str = "127.0.0.1") -> TestClient:
    """A client that is not signed in; what breaks is answered, as to a browser."""
    return TestClient(server, raise_server_exceptions=False, follow_redirects=False, client=(address, 50000))


def signed_in(server: FastAPI, username: str) -> TestClient:
    """A client with a session, which proves its requests as our pages do."""
    client = stranger(server)
    answer = client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRFToken"] = answer.json()["csrf"]
    return client


def principal(role: Role, name: str = "", **changes: object) -> Principal:
    """Someone of that role, in tenant 1."""
    name = name or role.value
    return Principal(
        **({"tenant": 1, "account_id": None, "name": name, "display_name": f"Mme {name.title()}", "role": role, "permissions": PERMISSIONS[role]} | changes)
    )


def add_asset(
    urls: DatabaseUrls, asset_id: int, layer: str = "lighting", kind: str = "cabinet", lon: float = 5.0, lat: float = 47.0, tenant: int = 1, name: str = ""
) -> None:
    """An asset at a place."""
    with as_owner(urls) as uow:
        uow.connection.execute(
            text("""INSERT INTO asset (tenant, id, urn, layer, kind, name, code, geom, lon, lat)
                    VALUES (:t, :id, :urn, :layer, :kind, :name, :code, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :lon, :lat)"""),
            {"t": tenant, "id": asset_id, "urn": f"urn:ngsi-ld:{kind}:{tenant}-{asset_id}", "layer": layer, "kind": kind, "name": name or f"Armoire EP-{asset_id}",
             "code": f"EP-{asset_id}", "lon": lon, "lat": lat},
        )  # fmt: skip


def add_alarm(
    urls: DatabaseUrls, asset_id: int, cause: str = "off", priority: int = 2, layer: str = "lighting", *, active: bool = True, acknowledged: bool = False
) -> int:
    """An alarm raised a minute before NOW; gives its id."""
    with as_owner(urls) as uow:
        return uow.connection.execute(
            text("""INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at)
                    VALUES (1, :asset, :layer, 'cabinet', 'rule', :cause, 'Armoire hors tension', :priority, :active, :acknowledged, :at) RETURNING id"""),
            {
                "asset": asset_id,
                "layer": layer,
                "cause": cause,
                "priority": priority,
                "active": active,
                "acknowledged": acknowledged,
                "at": NOW.replace(minute=4),
            },
        ).scalar_one()


def rows(urls: DatabaseUrls, statement: str, **values: object) -> list:
    """What a statement of the owner gives."""
    with as_owner(urls) as uow:
        return list(uow.connection.execute(text(statement), values))
