"""Procedures on events, through the API that the console uses: frozen, proven step by step, and no closing over an open mandatory step without a motive."""

import io
from itertools import count

import pypdf
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hypervisor import layers
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, OutOfReach
from hypervisor.imports import procedures as files
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import events, procedure_versions, procedures
from hypervisor.store import Database
from tests.integration import desk
from tests.integration.desk import NOW, principal

PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")
DURAND = principal(Role.OPERATOR, "durand", display_name="M. Durand")
CHIEF = principal(Role.CHIEF, "chef", display_name="M. Chef")
ADMIN = principal(Role.ADMIN, "admin", display_name="Mme Admin")
numbers = count(1)


@pytest.fixture(scope="module")
def h(h: Hypervisor) -> Hypervisor:
    with h.database.unit_of_work(1) as uow:
        for layer in layers.all_layers():
            procedure_versions.bring(uow, layer, files.ready(layer), NOW, in_force=True)
    return h


@pytest.fixture
def event_id(h: Hypervisor, database_urls: DatabaseUrls) -> int:
    """A burst main that Mme Petit has taken: FR-EAU-01."""
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, layer="water", kind="district_meter", name="Compteur Devosge")
    return do(h, events.create_from_alarm, desk.add_alarm(database_urls, asset_id, "main_burst", 1, "water"), PETIT, NOW)["id"]


def do(h: Hypervisor, operation, *values, **named):
    with h.database.unit_of_work(1) as uow:
        return operation(uow, *values, **named)


def step(run: dict, number: int) -> dict:
    return run["steps"][number - 1]


def test_the_first_act_opens_the_procedure_of_the_event_and_freezes_its_version(h: Hypervisor, event_id: int) -> None:
    run = do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="rupture")
    assert (run["key"], run["version"], run["started_by"]) == ("FR-EAU-01", 1, "Mme Petit")
    assert (step(run, 1)["state"], step(run, 1)["answer"], step(run, 1)["by"]) == ("done", "rupture", "Mme Petit")
    assert (step(run, 2)["state"], step(run, 3)["state"]) == ("excluded", "open")
    newer = files.ready("water")[0]
    do(h, procedure_versions.bring, "water", [type(newer)(key=newer.key, title="Autre", causes=newer.causes, steps=newer.steps[:1])], NOW, in_force=True)
    again = do(h, procedures.settle, event_id, 3, "do", DURAND, NOW)
    assert (again["version"], again["title"], len(again["steps"])) == (1, run["title"], 9)
    assert step(again, 3)["by"] == "M. Durand"
    do(h, procedure_versions.bring, "water", [newer], NOW, in_force=True)


def test_each_act_is_in_the_logbook_and_raises_the_event_s_version(h: Hypervisor, database_urls: DatabaseUrls, event_id: int) -> None:
    before = desk.rows(database_urls, "SELECT version FROM event WHERE id = :id", id=event_id)[0].version
    do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="capteur")
    lines = desk.rows(database_urls, "SELECT kind, actor_name, action, text FROM logbook WHERE event_id = :id ORDER BY seq DESC LIMIT 2", id=event_id)
    assert [line.action for line in lines] == ["procedure-answer", "procedure-start"]
    assert "Étape 1 répondue" in lines[0].text
    assert "Capteur en défaut" in lines[0].text
    assert desk.rows(database_urls, "SELECT version, procedure FROM event WHERE id = :id", id=event_id)[0] > (before, "")
    facts = desk.rows(database_urls, "SELECT body FROM outbox WHERE kind = 'event' ORDER BY id DESC LIMIT 1")
    assert facts[0].body["procedure"].startswith("FR-EAU-01 v")


def test_a_step_done_twice_says_who_was_first(h: Hypervisor, event_id: int) -> None:
    do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="rupture")
    with pytest.raises(Conflict, match=r"Dernière action.: Mme Petit à 18:05:02"):
        do(h, procedures.settle, event_id, 1, "answer", DURAND, NOW, answer="capteur")


def test_without_object_needs_a_reason_and_a_question_needs_an_answer(h: Hypervisor, event_id: int) -> None:
    with pytest.raises(InvalidRequest, match="motif est vide"):
        do(h, procedures.settle, event_id, 1, "skip", PETIT, NOW)
    with pytest.raises(InvalidRequest, match="choisissez une réponse"):
        do(h, procedures.settle, event_id, 1, "do", PETIT, NOW)
    with pytest.raises(InvalidRequest, match="pas de celles"):
        do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="peut-être")
    run = do(h, procedures.settle, event_id, 1, "skip", PETIT, NOW, reason="vu à la caméra")
    assert (step(run, 1)["state"], step(run, 1)["reason"]) == ("skipped", "vu à la caméra")


def test_a_call_is_a_line_of_its_kind_and_a_prepared_message_keeps_the_words_of_the_operator(h: Hypervisor, database_urls: DatabaseUrls, event_id: int) -> None:
    do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="rupture")
    run = do(h, procedures.press, event_id, 3, PETIT, NOW)
    assert (step(run, 3)["state"], step(run, 3)["acted"][0]["by"]) == ("open", "Mme Petit")
    assert step(run, 7)["action"]["text"].startswith("EV-2026-"), "the event's own number is in the prepared words"
    do(h, procedures.press, event_id, 7, PETIT, NOW, words="Merci de venir rue Devosge")
    lines = desk.rows(database_urls, "SELECT kind, text FROM logbook WHERE event_id = :id ORDER BY seq DESC LIMIT 2", id=event_id)
    assert [line.kind for line in lines] == ["call_out", "call_out"]
    assert "Merci de venir rue Devosge" in lines[0].text
    assert "Astreinte eau" in lines[1].text
    sent = desk.rows(database_urls, "SELECT recipient, body, purpose FROM message WHERE event_id = :id", id=event_id)
    assert [tuple(one) for one in sent] == [("police-municipale@valmorin.example", "Merci de venir rue Devosge", "procedure")]


def test_the_intervention_button_asks_the_step_s_team_for_this_event(h: Hypervisor, database_urls: DatabaseUrls, event_id: int) -> None:
    do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="rupture")
    run = do(h, procedures.press, event_id, 6, PETIT, NOW)
    asked = desk.rows(database_urls, "SELECT number, contractor, instructions, requested_name FROM intervention WHERE event_id = :id", id=event_id)
    assert [(one.contractor, one.requested_name) for one in asked] == [("Équipe réseau", "Mme Petit")]
    assert "Isoler le tronçon" in asked[0].instructions
    assert asked[0].number in step(run, 6)["acted"][0]["outcome"]


def test_the_suppression_button_hides_the_event_s_alarms_for_its_time(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, layer="water", kind="pump")
    alarm_id = desk.add_alarm(database_urls, asset_id, "pump_tripped", 2, "water")
    event_id = do(h, events.create_from_alarm, alarm_id, PETIT, NOW)["id"]
    number = next(n for n, each in enumerate(files.ready("water")[1].steps, 1) if each.action and each.action.do == "suppress")
    do(h, procedures.press, event_id, number, PETIT, NOW)
    assert desk.rows(database_urls, "SELECT masks FROM alarm WHERE id = :id", id=alarm_id)[0].masks == ["suppressed"]
    with pytest.raises(InvalidRequest, match="aucune alarme à inhiber"):
        do(h, procedures.press, event_id, number, PETIT, NOW)


def test_closing_over_open_mandatory_steps_needs_a_motive_that_the_chief_reads(h: Hypervisor, server, event_id: int) -> None:
    do(h, events.resolve, event_id, PETIT, NOW)
    with pytest.raises(Conflict) as refused:
        do(h, events.close, event_id, PETIT, NOW, "Réparé")
    assert refused.value.facts["open_steps"] == [1], "nobody opened the procedure: its steps are open all the same"
    closed = do(h, events.close, event_id, PETIT, NOW, "Réparé", motive="Équipe déjà sur place")
    assert closed["status"] == "closed"
    assert closed["procedure"].startswith("FR-EAU-01")
    chief = desk.signed_in(server, "chef")
    waiting = [one for one in chief.get("/api/v1/procedures/left-open").json()["items"] if one["event_id"] == event_id]
    assert [(one["reason"], one["steps"], one["by"]) for one in waiting] == [("Équipe déjà sur place", [1], "Mme Petit")]
    assert chief.post(f"/api/v1/events/{event_id}/procedure/seen").status_code == 200
    assert event_id not in [one["event_id"] for one in chief.get("/api/v1/procedures/left-open").json()["items"]]
    assert chief.get("/api/v1/procedures/left-open", params={"seen": True}).json()["items"][0]["seen_by"]
    assert desk.signed_in(server, "operateur").get("/api/v1/procedures/left-open").status_code == 403


def test_a_finished_procedure_lets_its_event_be_closed(h: Hypervisor, event_id: int) -> None:
    do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="capteur")
    do(h, procedures.settle, event_id, 2, "do", PETIT, NOW)
    do(h, events.resolve, event_id, PETIT, NOW)
    assert do(h, events.close, event_id, PETIT, NOW, "Capteur changé")["status"] == "closed"
    with pytest.raises(Conflict, match="terminé"):
        do(h, procedures.settle, event_id, 2, "undo", PETIT, NOW, reason="erreur")


def test_an_event_that_no_procedure_is_for_closes_as_before(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id)
    event_id = do(h, events.create_from_alarm, desk.add_alarm(database_urls, asset_id, "unheard_of"), PETIT, NOW)["id"]
    do(h, events.resolve, event_id, PETIT, NOW)
    assert do(h, events.close, event_id, PETIT, NOW, "Rien")["status"] == "closed"


def test_who_writes_a_version_does_not_publish_it(h: Hypervisor) -> None:
    written = "key: FR-EAU-50\ntitle: Essai\nsteps: [{key: a, text: Regarder}]\n"
    draft = do(h, procedure_versions.draft, h.layers, "water", written, ADMIN, NOW)
    assert (draft["version"], draft["state"], draft["author"]) == (1, "draft", "Mme Admin")
    with pytest.raises(Forbidden, match="une autre personne"):
        do(h, procedure_versions.publish, "FR-EAU-50", 1, ADMIN, NOW)
    assert do(h, procedure_versions.publish, "FR-EAU-50", 1, CHIEF, NOW)["published_by"] == "M. Chef"
    second = do(h, procedure_versions.draft, h.layers, "water", written.replace("Essai", "Essai 2"), ADMIN, NOW)
    assert second["version"] == 2
    do(h, procedure_versions.publish, "FR-EAU-50", 2, CHIEF, NOW)
    with h.database.unit_of_work(1) as uow:
        states = dict(uow.connection.execute(text("SELECT version, state FROM procedure_version WHERE key = 'FR-EAU-50'")).all())
    assert states == {1: "retired", 2: "in_force"}
    with pytest.raises(Forbidden):
        do(h, procedure_versions.draft, h.layers, "water", written, PETIT, NOW)


def test_a_draft_of_another_domain_is_not_told_apart_from_none(h: Hypervisor) -> None:
    do(h, procedure_versions.draft, h.layers, "water", "key: FR-EAU-51\ntitle: Essai\nsteps: [{key: a, text: Regarder}]\n", ADMIN, NOW)
    lighting = principal(Role.CHIEF, "lux", layers=frozenset({"lighting"}))
    said = []
    for key in ("FR-EAU-51", "FR-EAU-99"):
        for operation, values in ((procedure_versions.publish, (1,)), (procedure_versions.retire, ())):
            with pytest.raises(OutOfReach) as refused:
                do(h, operation, key, *values, lighting, NOW, *(("motif",) if operation is procedure_versions.retire else ()))
            said.append(refused.value.sentence.replace(key, ""))
    assert said[:2] == said[2:]


def test_a_published_version_and_the_acts_cannot_be_rewritten(h: Hypervisor, database_urls: DatabaseUrls, event_id: int) -> None:
    do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="rupture")
    for url in (database_urls.app, database_urls.worker):
        for statement in (
            "UPDATE procedure_version SET body = '{}' WHERE state = 'in_force'",
            "UPDATE procedure_run SET body = '{}'",
            "UPDATE procedure_act SET actor = 'x'",
            "DELETE FROM procedure_act",
        ):
            with pytest.raises((DBAPIError, PermissionError)), Database(url, pool_size=1).unit_of_work(1) as uow:
                uow.connection.execute(text(statement))


def test_the_api_walks_a_procedure_and_refuses_outside_the_perimeter(h: Hypervisor, server, event_id: int) -> None:
    client = desk.signed_in(server, "operateur")
    path = f"/api/v1/events/{event_id}/procedure"
    proposed = client.get(path).json()
    assert (proposed["started_at"], proposed["open_mandatory"]) == (None, [1])
    assert client.post(f"{path}/start").json()["started_by"]
    answered = client.post(f"{path}/steps/1/answer", json={"answer": "rupture"}).json()
    assert answered["done"] == 1
    assert client.post(f"{path}/steps/1/answer", json={"answer": "rupture"}).status_code == 409
    assert client.post(f"{path}/steps/99/do").status_code == 404
    assert client.get("/api/v1/procedures", params={"layer": "water"}).json()["items"][0]["key"] == "FR-EAU-01"
    assert client.get("/api/v1/procedures/for", params={"layer": "waste", "cause": "container_fire"}).json()["key"] == "FR-DEC-01"
    assert client.post("/api/v1/procedures", json={"layer": "water", "yaml": "x"}).status_code == 403
    assert desk.signed_in(server, "elu").get(path).status_code == 403
    assert desk.signed_in(server, "admin").get("/api/v1/procedures/FR-EAU-01").json()["versions"][0]["yaml"].startswith("key: FR-EAU-01")


def test_check_34_a_skipped_mandatory_step_needs_a_reason_and_the_document_of_the_event_contains_all(
    h: Hypervisor, server, database_urls: DatabaseUrls
) -> None:
    asset_id = next(numbers)
    desk.add_asset(database_urls, asset_id, layer="water", kind="district_meter", name="Rue Devosge")
    event_id = do(h, events.create_from_alarm, desk.add_alarm(database_urls, asset_id, "reported_leak", 1, "water"), PETIT, NOW)["id"]
    run = do(h, procedures.settle, event_id, 1, "answer", PETIT, NOW, answer="prive")
    assert run["key"] == "FR-EAU-03"
    do(h, events.resolve, event_id, PETIT, NOW)
    with pytest.raises(Conflict, match="7"):
        do(h, events.close, event_id, PETIT, NOW, "Syndic prévenu")
    do(h, procedures.settle, event_id, 7, "skip", DURAND, NOW, reason="appelant déjà parti")
    do(h, events.close, event_id, PETIT, NOW, "Syndic prévenu")
    body = desk.signed_in(server, "chef").get("/api/v1/logbook/export.pdf", params={"event_id": event_id}).content
    words = "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(body)).pages)
    for said in ("FR-EAU-03v1", "Étape1répondue", "Installationprivée", "Étape7sansobjet", "appelantdéjàparti", "MmePetit", "M.Durand", "Syndicprévenu"):
        assert said in words
    assert words.count("18:05:02") >= 6, "opened, taken, answered, skipped, resolved, closed: each with its time"


def test_procedures_are_brought_in_as_drafts_then_in_force(h: Hypervisor, database_urls: DatabaseUrls, tmp_path) -> None:
    file = tmp_path / "procedures.yaml"
    file.write_text("- {key: FR-EAU-60, title: Essai, causes: [x], steps: [{key: a, text: Regarder}]}\n")
    written = files.read(file.read_text())
    assert do(h, procedure_versions.bring, "water", written, NOW, in_force=False) == ["FR-EAU-60 v1"]
    assert do(h, procedure_versions.publish, "FR-EAU-60", 1, CHIEF, NOW)["state"] == "in_force"
    assert do(h, procedure_versions.bring, "water", written, NOW, in_force=True) == [], "the same content is left alone"
