"""Pages without Dash, as a browser without JavaScript uses them."""

import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hypervisor import api
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import Unavailable
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import accounts, sessions
from hypervisor.security.middleware import SecurityMiddleware
from layouts import html_routes
from tests.integration import desk


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    with desk.as_owner(database_urls) as uow:
        accounts.add_user(uow, "nouveau", "donné-par-admin-1", "operator", "Mme Neuve")
    return h


@pytest.fixture(scope="module")
def server(h: Hypervisor) -> FastAPI:
    made = FastAPI(exception_handlers=api.HANDLERS, docs_url=None, redoc_url=None, openapi_url=None)
    for router in (*api.routers(h), html_routes.router(h)):
        made.include_router(router)
    made.add_api_route("/casse", lambda: 1 / 0)
    made.add_api_route("/{path:path}", lambda path: {"dash": path})
    made.add_middleware(SecurityMiddleware, h=h, pages=desk.PAGES, error_page=html_routes.error_page)
    return made


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def sign_in(client: TestClient, username: str, password: str = desk.PASSWORD, **changes: str):
    return client.post("/", data=fields(client.get("/").text) | {"username": username, "password": password} | changes)


@pytest.mark.parametrize(("username", "home"), [("operateur", "/console"), ("agent", "/terrain"), ("elu", "/elus"), ("admin", "/admin"), ("mur", "/mur")])
def test_each_role_comes_home_after_signing_in(server: FastAPI, username: str, home: str) -> None:
    client = desk.stranger(server)
    assert sign_in(client, username).headers["location"] == "/"
    assert client.get("/").headers["location"] == home


def test_signing_in_leads_back_to_the_page_that_was_asked(server: FastAPI) -> None:
    client = desk.stranger(server)
    page = client.get(client.get("/console?vue=2").headers["location"]).text
    assert client.post("/", data=fields(page) | {"username": "operateur", "password": desk.PASSWORD}).headers["location"] == "/console?vue=2"


@pytest.mark.parametrize("outside", ["https://mechant.example", "//mechant.example", "/\\mechant.example", "javascript:alert(1)", "/\n/mechant"])
def test_signing_in_never_leads_to_another_site(server: FastAPI, outside: str) -> None:
    assert sign_in(desk.stranger(server), "operateur", next=outside).headers["location"] == "/"


def test_a_sign_in_form_made_by_another_site_is_refused(server: FastAPI) -> None:
    client = desk.stranger(server)
    assert sign_in(client, "operateur", _csrf_token="deviné").status_code == 403
    assert "vigie_8050_session" not in client.cookies


def test_a_wrong_password_says_so_and_keeps_the_username(server: FastAPI) -> None:
    answer = sign_in(desk.stranger(server), "dpo", "faux")
    assert answer.status_code == 401
    assert "L’identifiant ou le mot de passe est faux." in answer.text
    assert 'value="dpo"' in answer.text


def test_what_is_typed_is_never_run(server: FastAPI) -> None:
    answer = sign_in(desk.stranger(server), '"><script>alert(1)</script>', "faux")
    assert "<script>alert" not in answer.text


def test_a_given_password_must_be_changed_before_anything_else(server: FastAPI) -> None:
    client = desk.stranger(server)
    sign_in(client, "nouveau", "donné-par-admin-1")
    assert client.get("/console").headers["location"] == "/mot-de-passe"
    assert client.get("/api/v1/alarms").status_code == 403
    form = fields(client.get("/mot-de-passe").text)
    for new, again, reason in (
        ("court", "court", "caractères"),
        ("une phrase à moi", "une autre phrase", "diffèrent"),
        ("donné-par-admin-1", "donné-par-admin-1", "ancien"),
    ):
        answer = client.post("/mot-de-passe", data=form | {"old": "donné-par-admin-1", "new": new, "again": again})
        assert answer.status_code == 400
        assert reason in answer.text
    assert client.post("/mot-de-passe", data={"old": "donné-par-admin-1", "new": "une phrase à moi", "again": "une phrase à moi"}).status_code == 403
    assert client.post("/mot-de-passe", data=form | {"old": "donné-par-admin-1", "new": "une phrase à moi", "again": "une phrase à moi"}).status_code == 303
    assert client.get("/console").status_code == 200
    assert sign_in(desk.stranger(server), "nouveau", "donné-par-admin-1").status_code == 401


def test_signing_out_needs_our_page_and_ends_the_session(server: FastAPI) -> None:
    client = desk.stranger(server)
    sign_in(client, "operateur")
    proof = client.cookies["_csrf_token"]
    assert client.post("/deconnexion", data={}).status_code == 403
    assert client.post("/deconnexion", data={"_csrf_token": proof}).headers["location"] == "/"
    assert client.get("/console").status_code == 303


def test_a_wall_shows_a_code_and_becomes_a_wall_once_approved(server: FastAPI, database_urls: DatabaseUrls) -> None:
    wall, chief = desk.stranger(server), desk.signed_in(server, "chef")
    page = wall.get("/mur").text
    code = re.search(r'data-testid="code-appairage"[^>]*>(\w{6})<', page).group(1)
    assert wall.get("/mur").text.count(code) == 1, "a reload keeps the code"
    assert wall.get("/api/v1/pairing").json()["state"] == "waiting"
    approved = chief.post("/api/v1/walls", json={"code": code.lower(), "label": "Salle A"})
    assert approved.status_code == 201, approved.text
    assert wall.get("/api/v1/pairing").json() == {"state": "approved"}
    assert wall.cookies["vigie_8050_wall"]
    assert wall.get("/mur").json() == {"dash": "mur"}
    assert wall.get("/api/v1/me").json()["display_name"] == "Salle A"
    assert wall.get("/console").status_code == 403
    # Revoked in administration: the same screen shows a code again, and the other processes are told.
    (listed,) = chief.get("/api/v1/walls").json()["items"]
    assert chief.delete(f"/api/v1/walls/{listed['id']}").status_code == 204
    assert "code-appairage" in wall.get("/mur").text
    assert desk.rows(database_urls, "SELECT body FROM outbox WHERE kind = 'session'")[-1].body == {"session_id": listed["id"]}


def test_only_who_may_approve_lets_a_wall_in(server: FastAPI) -> None:
    wall = desk.stranger(server)
    code = re.search(r">(\w{6})</p>", wall.get("/mur").text).group(1)
    assert desk.signed_in(server, "operateur").post("/api/v1/walls", json={"code": code, "label": "x"}).status_code == 403
    assert desk.signed_in(server, "admin").post("/api/v1/walls", json={"code": "ZZZZZZ", "label": "x"}).status_code == 404
    assert wall.get("/api/v1/pairing").json()["state"] == "waiting"


def test_a_method_that_an_address_does_not_know_is_refused_in_french(server: FastAPI) -> None:
    client = desk.signed_in(server, "admin")
    page = client.put("/appairage")
    assert page.status_code == 405
    assert "Demande impossible à cette adresse" in page.text and "Cette adresse ne répond pas à PUT" in page.text and "Not Allowed" not in page.text
    document = client.put("/api/v1/me")
    assert (document.status_code, document.headers["content-type"]) == (405, "application/problem+json")
    assert document.json()["detail"].startswith("Cette adresse ne répond pas à PUT")


@pytest.mark.parametrize(
    ("path", "status", "title"), [("/n-existe-pas", 404, "Page introuvable"), ("/sante", 403, "Accès refusé"), ("/casse", 500, "Erreur de Vigie")]
)
def test_refusals_are_pages_in_french_that_leak_nothing(server: FastAPI, path: str, status: int, title: str) -> None:
    client = desk.signed_in(server, "elu")
    answer = client.get(path)
    assert answer.status_code == status
    assert f'<h1 data-testid="erreur">{title}</h1>' in answer.text
    assert "Traceback" not in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert '<html lang="fr"' in answer.text


def test_a_wall_that_opens_while_the_database_is_down_asks_again_by_itself(h: Hypervisor, server: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_tenant: int | None) -> None:
        raise Unavailable("PostgreSQL does not answer")

    kept = desk.signed_in(server, "operateur")
    assert kept.get("/console").status_code == 200
    monkeypatch.setattr(h.database, "unit_of_work", down)
    answer = desk.stranger(server).get("/mur")
    assert answer.status_code == 503
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    monkeypatch.setattr(sessions, "REMEMBERED_S", 0.0)
    assert kept.get("/console").status_code == 200, "who was signed in keeps the screen that says what is down"


def test_a_session_of_one_process_opens_the_other(server: FastAPI, h: Hypervisor) -> None:
    walls_alone = h.settings.model_copy(update={"screens": "mur"})
    assert sessions.cookie_name(walls_alone) == "vigie_8052_session"
    assert sessions.cookie_names(walls_alone) == ("vigie_8052_session", "vigie_8052_wall", "vigie_8050_session")


def test_the_browser_s_language_is_used_before_signing_in(server: FastAPI) -> None:
    assert '<html lang="en"' in desk.stranger(server).get("/", headers={"Accept-Language": "de, en-GB;q=0.8, fr;q=0.5"}).text
    client = desk.stranger(server)
    client.get("/?langue=en")
    assert '<html lang="en"' in client.get("/").text


def test_a_page_of_a_locked_session_asks_for_the_password_and_leads_back(server: FastAPI) -> None:
    client = desk.signed_in(server, "operateur")
    client.post("/api/v1/session/lock")
    page = client.get("/console?alarme=4")
    assert page.status_code == 423 and "Mot de passe de Mme Petit" in page.text and "dash" not in page.text
    assert fields(page.text)["next"] == "/console?alarme=4"
    wrong = client.post("/verrou", data=fields(page.text) | {"password": "autre chose"})
    assert wrong.status_code == 401 and "reste verrouillé" in wrong.text
    right = client.post("/verrou", data=fields(wrong.text) | {"password": desk.PASSWORD})
    assert (right.status_code, right.headers["location"]) == (303, "/console?alarme=4")
    assert client.get("/console?alarme=4").json() == {"dash": "console"}
