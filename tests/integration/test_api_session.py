"""Signing in, and what a request must prove."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security import throttle
from tests.integration import desk


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    desk.add_asset(database_urls, 1)
    return h


def test_a_session_is_an_http_only_cookie_named_after_the_port(server: FastAPI) -> None:
    answer = desk.stranger(server).post("/api/v1/session", json={"username": "operateur", "password": desk.PASSWORD})
    session, csrf = answer.headers.get_list("set-cookie")
    assert session.startswith("vigie_8050_session=")
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Secure" not in session
    assert csrf.startswith(f"_csrf_token={answer.json()['csrf']}")
    assert "HttpOnly" not in csrf


def test_the_database_keeps_no_cookie(server: FastAPI, database_urls: DatabaseUrls) -> None:
    client = desk.signed_in(server, "operateur")
    cookie = client.cookies["vigie_8050_session"]
    kept = desk.rows(database_urls, "SELECT session::text AS line FROM session")
    assert kept
    assert not any(cookie in row.line for row in kept)


@pytest.mark.parametrize("username", ["operateur", "personne"])
def test_a_wrong_password_and_an_unknown_name_are_told_the_same_way(server: FastAPI, username: str) -> None:
    answer = desk.stranger(server).post("/api/v1/session", json={"username": username, "password": "faux"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "L’identifiant ou le mot de passe est faux."


def test_after_five_failures_even_the_right_password_waits(server: FastAPI) -> None:
    client = desk.stranger(server)
    for _ in range(5):
        assert client.post("/api/v1/session", json={"username": "metier", "password": "faux"}).status_code == 401
    answer = client.post("/api/v1/session", json={"username": "metier", "password": desk.PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 6
    assert client.post("/api/v1/session", json={"username": "elu", "password": desk.PASSWORD}).status_code == 200


def test_an_address_that_tries_many_names_waits_and_others_do_not(server: FastAPI) -> None:
    guesser = desk.stranger(server, address="198.51.100.9")
    answers = [
        guesser.post("/api/v1/session", json={"username": f"essai-{n}", "password": "faux"}).status_code for n in range(throttle.FREE_FAILURES_OF_AN_ADDRESS)
    ]
    assert set(answers) == {401}
    answer = guesser.post("/api/v1/session", json={"username": "agent", "password": desk.PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 6
    assert desk.stranger(server).post("/api/v1/session", json={"username": "agent", "password": desk.PASSWORD}).status_code == 200


def test_a_session_that_ended_opens_nothing(server: FastAPI) -> None:
    client = desk.signed_in(server, "operateur")
    cookie = client.cookies["vigie_8050_session"]
    assert client.get("/api/v1/me").json()["role"] == "operator"
    assert client.delete("/api/v1/session").status_code == 204
    thief = desk.stranger(server)
    thief.cookies.set("vigie_8050_session", cookie)
    assert thief.get("/api/v1/me").status_code == 401


def test_a_change_without_the_csrf_value_is_refused(server: FastAPI, database_urls: DatabaseUrls) -> None:
    alarm_id = desk.add_alarm(database_urls, 1, "csrf")
    client = desk.signed_in(server, "operateur")
    proof = client.headers.pop("X-CSRFToken")
    assert client.post(f"/api/v1/alarms/{alarm_id}/acknowledge").status_code == 403
    assert client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", headers={"X-CSRFToken": "autre"}).status_code == 403
    assert client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", headers={"X-CSRFToken": proof}).status_code == 200


def test_a_change_from_another_site_is_refused(server: FastAPI, database_urls: DatabaseUrls) -> None:
    alarm_id = desk.add_alarm(database_urls, 1, "origin")
    client = desk.signed_in(server, "operateur")
    for origin in ("https://mechant.example", "null", "http://testserver:9999", "http://["):
        assert client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", headers={"Origin": origin}).status_code == 403, origin
    assert client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", headers={"Origin": "http://testserver"}).status_code == 200


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(server: FastAPI) -> None:
    answer = desk.stranger(server).get("/console?onglet=eau")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?next=%2Fconsole%3Fonglet%3Deau"


def test_a_stranger_gets_a_problem_document_from_the_api(server: FastAPI) -> None:
    answer = desk.stranger(server).get("/api/v1/alarms")
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:vigie:problem:not_signed_in"


@pytest.mark.parametrize("path", ["/n-existe-pas", "/console/x", "/api/v1/nothing", "/api/nothing"])
def test_an_unknown_path_is_a_real_404(server: FastAPI, path: str) -> None:
    assert desk.stranger(server).get(path).status_code == 404
    assert desk.signed_in(server, "operateur").get(path).status_code == 404


def test_every_answer_says_what_a_page_may_load(server: FastAPI) -> None:
    client = desk.signed_in(server, "operateur")
    for path in ("/console", "/api/v1/me", "/n-existe-pas"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'self' 'unsafe-inline'" not in policy


def test_a_refusal_is_audited(server: FastAPI, database_urls: DatabaseUrls) -> None:
    from hypervisor.security import audit

    assert desk.signed_in(server, "elu").get("/api/v1/alarms").status_code == 403
    audit.wait()
    refused = desk.rows(database_urls, "SELECT actor, action, outcome FROM audit WHERE actor = 'elu' AND outcome = 'refused'")
    assert [tuple(row) for row in refused] == [("elu", "operator:alarm:read", "refused")]


def test_a_body_larger_than_any_note_is_refused_before_it_is_read_whole(server: FastAPI) -> None:
    def endless():
        for _turn in range(64):
            yield b"x" * 65_536

    client = TestClient(server)
    announced = client.post("/api/v1/session", content=b"x" * (2 * 1024 * 1024))
    streamed = client.post("/api/v1/session", content=endless())
    assert announced.status_code == 413
    assert streamed.status_code == 400  # FastAPI turns whatever breaks the reading of a body into its own 400.
    assert announced.json()["detail"].startswith("La demande dépasse 1")


def test_a_locked_session_answers_nothing_but_its_unlocking(server: FastAPI, database_urls: DatabaseUrls) -> None:
    client = desk.signed_in(server, "operateur")
    alarm = desk.add_alarm(database_urls, 1, cause="verrou")
    assert client.post("/api/v1/session/lock").status_code == 204
    asked = [client.get(path) for path in ("/api/v1/me", "/api/v1/alarms", f"/api/v1/alarms/{alarm}", "/api/v1/logbook", "/api/v1/works")]
    done = [client.post(path, json={}) for path in (f"/api/v1/alarms/{alarm}/acknowledge", "/api/v1/logbook", "/api/v1/shifts/take", "/_dash-update-component")]
    for answer in (*asked, *done):
        assert answer.status_code == 423, (answer.request.url, answer.text)
        assert answer.json()["detail"].startswith("Le poste est verrouillé") and "mot de passe" in answer.json()["detail"]
    assert desk.rows(database_urls, "SELECT acknowledged FROM alarm WHERE id = :id", id=alarm)[0].acknowledged is False
    assert client.post("/api/v1/session/unlock", json={"password": "autre chose"}).status_code == 401
    assert client.get("/api/v1/alarms").status_code == 423
    assert client.post("/api/v1/session/unlock", json={"password": desk.PASSWORD}).status_code == 204
    assert client.get("/api/v1/alarms").status_code == 200
    lines = desk.rows(database_urls, "SELECT action, outcome FROM audit WHERE action LIKE 'operator:session:%lock' ORDER BY id")
    assert [tuple(line) for line in lines] == [("operator:session:lock", "done"), ("operator:session:unlock", "refused"), ("operator:session:unlock", "done")]


def test_a_lock_holds_one_session_and_is_left_by_signing_out(server: FastAPI) -> None:
    locked, other = desk.signed_in(server, "operateur"), desk.signed_in(server, "operateur")
    locked.post("/api/v1/session/lock")
    assert other.get("/api/v1/alarms").status_code == 200
    assert locked.delete("/api/v1/session").status_code == 204
    assert locked.get("/api/v1/alarms").status_code == 401


def test_a_wall_has_no_password_and_is_not_locked(server: FastAPI, h: Hypervisor) -> None:
    from datetime import timedelta

    from hypervisor.security import sessions
    from hypervisor.security.principals import machine_now
    from hypervisor.store import accounts

    with desk.as_owner_of(h) as uow:
        opened = sessions.open_session(uow, accounts.by_username(uow, "mur").id, machine_now(), timedelta(hours=1), kind=sessions.WALL)
    wall = desk.stranger(server)
    wall.cookies.set("vigie_8050_wall", opened.cookie)
    wall.headers["X-CSRFToken"] = opened.csrf
    assert wall.post("/api/v1/session/lock").status_code == 400
    assert wall.get("/api/v1/alarms").status_code == 200
