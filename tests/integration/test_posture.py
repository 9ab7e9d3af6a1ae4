"""The territory's posture: two people for a level, its history; an exercise marks messages and logbook, keeps the telephones quiet, and ends."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pypdf
import pytest
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain import logbook_chain
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.notifications import Draft, queue
from hypervisor.store import posture as store
from hypervisor.store.engine import Engine
from tests.integration import desk

SMS = Draft(channel="sms", recipient="0612345678", body="VIGIE essai", purpose="escalation")
MAIL = Draft(channel="email", recipient="service@valmont.example", subject="Essai", body="Bonjour", purpose="procedure")
DAY = {"since": (desk.NOW - timedelta(days=1)).isoformat(), "until": (desk.NOW + timedelta(days=9)).isoformat()}


@pytest.fixture(scope="module")
def people(h: Hypervisor) -> dict[str, TestClient]:
    server = desk.app(h)
    return {name: desk.signed_in(server, name) for name in ("chef", "cadre", "operateur", "elu")}


@pytest.fixture
def at(h: Hypervisor) -> Iterator[object]:
    """Sets the platform's hour, as minutes after the first; leaves the territory as it was."""
    now = h.clock.now()

    def move(minutes: float) -> None:
        h.clock.at = now + timedelta(minutes=minutes)  # type: ignore[attr-defined]

    yield move


def act(who: TestClient, path: str, body: dict | None = None, status: int = 201) -> dict:
    answer = who.post(f"/api/v1/posture/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def drill(who: TestClient, **more: object) -> dict:
    return act(who, "exercises", {"title": "Inondation du Lez", "reason": "exercice annuel du PCS"} | more)["exercise"]


def messages(h: Hypervisor, urls: DatabaseUrls) -> list[tuple[str, str, str, str]]:
    """(channel, state, subject, text) of an SMS and an e-mail queued now."""
    with h.database.unit_of_work(1) as uow:
        numbers = [queue(uow, draft, h.clock.now()) for draft in (SMS, MAIL)]
    return [tuple(row) for row in desk.rows(urls, "SELECT channel, state, subject, body FROM message WHERE id = ANY(:ids) ORDER BY id", ids=numbers)]


def test_a_level_is_proposed_by_one_and_decided_by_another_and_every_step_is_in_the_logbook(people, at) -> None:
    chief, officer = people["chef"], people["cadre"]
    assert chief.get("/api/v1/posture").json()["level"] == 0
    pending = act(chief, "proposals", {"level": 2, "reason": "vigilance orange crues"})["pending"]
    assert (pending["level"], pending["by_name"]) == (2, "M. Durand")
    assert chief.get("/api/v1/posture").json()["level"] == 0, "nothing is in force before the second person"
    assert act(officer, "proposals", {"level": 3, "reason": "autre avis"}, 409)["detail"].startswith("M. Durand a déjà proposé")
    act(chief, f"proposals/{pending['id']}/accept", status=403)
    act(people["operateur"], "proposals", {"level": 1, "reason": "x"}, 403)
    at(30)
    now = act(officer, f"proposals/{pending['id']}/accept", status=200)
    assert (now["level"], now["by"], now["reason"], now["pending"]) == (2, "Mme Da Silva", "vigilance orange crues", None)
    act(officer, f"proposals/{pending['id']}/accept", status=404)
    assert people["elu"].get("/api/v1/posture").json()["level"] == 2
    lines = {line["action"]: line["text"] for line in chief.get("/api/v1/logbook", params={"kind": "decision"}).json()["items"]}
    assert "personne d’astreinte de décision n’a pu être averti" in lines["posture-propose"]
    assert "« 2 · Alerte »" in lines["posture-propose"] and "vigilance orange crues" in lines["posture-propose"]
    assert "en vigueur, proposée par M. Durand" in lines["posture-accept"]


def test_who_is_on_call_to_decide_is_told_of_a_proposal_by_sms(people, h: Hypervisor, database_urls: DatabaseUrls, at) -> None:
    chief = people["chef"]
    person = chief.post("/api/v1/on-call/contacts", json={"name": "Mme Da Silva", "phone": "0639980045"}).json()["id"]
    roster = chief.post("/api/v1/on-call/rosters", json={"kind": "decision", "label": "Direction", "ranks": 1}).json()["id"]
    window = {"starts_at": (h.clock.now() - timedelta(hours=1)).isoformat(), "ends_at": (h.clock.now() + timedelta(hours=9)).isoformat()}
    assert chief.post("/api/v1/on-call/turns", json={"roster_id": roster, "contact_id": person, "rank": 1} | window).status_code == 201
    pending = act(chief, "proposals", {"level": 3, "reason": "digue rompue"})["pending"]
    sent = desk.rows(database_urls, "SELECT channel, recipient, state, body FROM message WHERE purpose = 'posture'")
    assert [tuple(row) for row in sent] == [
        ("sms", "0639980045", "waiting", "VIGIE M. Durand propose la posture « 3 · Crise » — digue rompue — Décidez dans Vigie, en tête de page."),
    ]
    assert "Mme Da Silva en est averti par SMS" in chief.get("/api/v1/logbook").json()["items"][0]["text"]
    act(chief, f"proposals/{pending['id']}/withdraw", status=200)


def test_who_proposed_does_not_decide_even_with_both_rights(people, at) -> None:
    officer = people["cadre"]
    pending = act(officer, "proposals", {"level": 3, "reason": "rupture de digue"})["pending"]
    assert "une autre personne" in act(officer, f"proposals/{pending['id']}/accept", status=403)["detail"]
    act(people["chef"], f"proposals/{pending['id']}/withdraw", status=403)
    assert act(officer, f"proposals/{pending['id']}/withdraw", status=200)["pending"] is None


def test_the_history_gives_each_level_its_hours_and_only_grows(people, at, h: Hypervisor) -> None:
    at(180)
    pending = act(people["chef"], "proposals", {"level": 0, "reason": "décrue"})["pending"]
    refused = act(people["cadre"], f"proposals/{pending['id']}/refuse", {"reason": "trop tôt"}, 200)
    assert refused["level"] == 2
    at(240)
    pending = act(people["chef"], "proposals", {"level": 0, "reason": "décrue"})["pending"]
    act(people["cadre"], f"proposals/{pending['id']}/accept", status=200)
    levels = people["chef"].get("/api/v1/posture/history", params=DAY).json()["levels"]
    assert [(one["level"], one["exercise_id"]) for one in levels] == [(2, None), (0, None)]
    # From 30 to 240 minutes at « Alerte »; « Veille » goes on.
    assert levels[0]["ended_at"] == levels[1]["started_at"] and levels[1]["ended_at"] is None
    with pytest.raises(ProgrammingError, match="permission denied"), h.database.unit_of_work(1) as uow:
        desk.run(uow, "UPDATE posture_change SET level = 0")
    with pytest.raises(ProgrammingError, match="permission denied"), h.database.unit_of_work(1) as uow:
        desk.run(uow, "DELETE FROM exercise")


def test_during_an_exercise_messages_say_so_and_telephones_stay_quiet(people, h: Hypervisor, database_urls: DatabaseUrls, at) -> None:
    assert [row[1:] for row in messages(h, database_urls)] == [("waiting", "", "VIGIE essai"), ("waiting", "Essai", "Bonjour")]
    exercise = drill(people["chef"])
    assert act(people["cadre"], "exercises", {"title": "Autre", "reason": "x"}, 409)["detail"].startswith("Un exercice est déjà en cours")
    assert messages(h, database_urls) == [
        ("sms", "held", "", "EXERCICE — VIGIE essai"),
        ("email", "waiting", "EXERCICE — Essai", "EXERCICE — Bonjour"),
    ]
    held = next(one for one in people["chef"].get("/api/v1/messages").json()["items"] if one["state"] == "held")
    assert people["chef"].post(f"/api/v1/messages/{held['id']}/send-again").status_code == 404, "what an exercise held back never leaves"
    act(people["operateur"], f"exercises/{exercise['id']}/end", {"reason": "fini"}, 403)
    act(people["chef"], f"exercises/{exercise['id']}/end", {"reason": " "}, 400)
    assert act(people["chef"], f"exercises/{exercise['id']}/end", {"reason": "objectifs atteints"}, 200)["exercise"] is None
    assert [row[1] for row in messages(h, database_urls)] == ["waiting", "waiting"]


def test_an_armed_exercise_rings_telephones_with_its_prefix(people, h: Hypervisor, database_urls: DatabaseUrls, at) -> None:
    exercise = drill(people["cadre"], sends=True)
    assert messages(h, database_urls)[0] == ("sms", "waiting", "", "EXERCICE — VIGIE essai")
    act(people["cadre"], f"exercises/{exercise['id']}/end", {"reason": "fini"}, 200)


def test_a_level_of_an_exercise_is_played_and_the_real_one_is_kept(people, at) -> None:
    chief, officer = people["chef"], people["cadre"]
    at(300)
    exercise = drill(chief)
    pending = act(chief, "proposals", {"level": 3, "reason": "scénario, phase 2"})["pending"]
    now = act(officer, f"proposals/{pending['id']}/accept", status=200)
    assert (now["level"], now["real_level"]) == (3, 0)
    act(chief, "proposals", {"level": 1, "reason": "scénario, phase 3"})
    at(360)
    after = act(chief, f"exercises/{exercise['id']}/end", {"reason": "fini"}, 200)
    assert (after["level"], after["pending"]) == (0, None), "what was played is over, what was asked in it too"
    history = chief.get("/api/v1/posture/history", params=DAY).json()
    played = [one for one in history["levels"] if one["exercise_id"]]
    assert [(one["level"], one["ended_at"]) for one in played] == [(3, history["exercises"][-1]["ended_at"])]
    assert [one["level"] for one in history["levels"] if not one["exercise_id"]] == [2, 0]


def test_a_forgotten_exercise_ends_by_itself_and_says_so(people, h: Hypervisor, database_urls: DatabaseUrls, at) -> None:
    drill(people["chef"], hours=2)
    engine = Engine(database_urls.worker, "essai")
    for minutes, is_over in ((119, False), (121, True)):
        at(minutes)
        with engine.transaction() as cursor:
            assert store.end_due(cursor, 1, h.clock.now()) is is_over
    engine.close()
    assert people["chef"].get("/api/v1/posture").json()["exercise"] is None
    line = people["chef"].get("/api/v1/logbook").json()["items"][0]
    assert (line["action"], line["actor_name"]) == ("exercise-end", "Horloge")
    act(people["chef"], "exercises", {"title": "Trop long", "reason": "x", "hours": 73}, 400)


def test_what_is_written_in_an_exercise_is_a_journal_of_its_own_on_screen_in_csv_and_in_pdf(people, at) -> None:
    chief = people["chef"]

    def note(text: str) -> int:
        return chief.post("/api/v1/logbook", json={"text": text}).json()["seq"]

    before = note("avant")
    exercise = drill(chief)
    during = note("pendant")
    act(chief, f"exercises/{exercise['id']}/end", {"reason": "fini"}, 200)
    after = note("après")
    items = {line["seq"]: line["exercise"] for line in chief.get("/api/v1/logbook", params={"limit": 20}).json()["items"]}
    assert [items[seq] for seq in (before, during - 1, during, during + 1, after)] == [False, True, True, True, False]
    only = [line["seq"] for line in chief.get("/api/v1/logbook", params={"exercise": "true", "limit": 3}).json()["items"]]
    assert only == [during + 1, during, during - 1]
    without = [line["seq"] for line in chief.get("/api/v1/logbook", params={"exercise": "false", "limit": 2}).json()["items"]]
    assert without == [after, before]
    rows = list(csv.DictReader(io.StringIO(chief.get("/api/v1/logbook/export.csv").content.decode("utf-8-sig")), delimiter=";"))
    assert {int(row["numéro"]): row["exercice"] for row in rows if int(row["numéro"]) >= before} == {
        before: "", during - 1: "oui", during: "oui", during + 1: "oui", after: "",
    }  # fmt: skip
    printed = chief.get("/api/v1/logbook/export.pdf", params={"exercise": "true"}).content
    words = " ".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed)).pages).split())
    assert "exercices seuls" in words and "EXERCICE — EXERCICE" in words and "pendant" in words and "avant" not in words
    assert logbook_chain.FIELDS.count("exercise") == 0, "what is hashed has not changed: the lines that enter and leave it are in the chain"
