"""A dashboard on its way to officials: asked for, prepared when its period is over, read by a second person, refused or sent as it was read, by a real SMTP server."""

import hashlib
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pypdf
import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.notifications.channels.email import Email
from hypervisor.notifications.delivery import Deliveries
from hypervisor.operations import reports as operations
from hypervisor.operations.reports import Wanted
from hypervisor.queries import officials
from hypervisor.reporting import Reporting
from hypervisor.security import audit
from hypervisor.store import messages
from tests.integration import desk
from tests.receivers import mail_server

pytestmark = pytest.mark.platform(public_url="http://vigie.ville.example")
FIRST_OF_MARCH = datetime(2026, 3, 1, 8, tzinfo=UTC)
PLAN = {"domain": "water", "commune": 0, "rhythm": "month", "recipients": "Mme Lefèvre <lefevre@ville.example>\nmaire@ville.example"}


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    object.__setattr__(h, "clock", desk.FixedClock(FIRST_OF_MARCH))
    desk.add_asset(database_urls, 1, layer="water", kind="district_meter")
    return h


@pytest.fixture
def fresh(h, database_urls: DatabaseUrls):
    """Nothing asked, February computed to its last day, and the first of March."""
    with desk.as_owner(database_urls) as uow:
        for table in ("report", "report_plan", "council", "message", "indicator_run", "highlight", "contact"):
            desk.run(uow, f"DELETE FROM {table}")
        desk.run(
            uow,
            "INSERT INTO indicator_run SELECT 1, 'water_supplied', day, '1:x', now() FROM generate_series(date '2026-02-01', date '2026-02-28', interval '1 day') day",
        )
    h.clock.at = FIRST_OF_MARCH
    officials.forget()
    return h


@pytest.fixture(scope="module")
def metier(server):
    return desk.signed_in(server, "metier")


@pytest.fixture(scope="module")
def chef(server):
    return desk.signed_in(server, "chef")


def prepared(h, asker) -> dict:
    """A document that waits, asked by that person."""
    assert asker.post("/api/v1/report-plans", json=PLAN).status_code == 201
    assert Reporting(h).turn() == 1
    return asker.get("/api/v1/reports").json()["items"][0]


def soon(condition: Callable[[], bool], patience_s: float = 20) -> None:
    until = monotonic() + patience_s
    while not condition():
        assert monotonic() < until


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


def test_a_month_that_is_over_is_prepared_once_and_waits(fresh, metier, database_urls: DatabaseUrls) -> None:
    document = prepared(fresh, metier)
    assert (document["state"], document["period"], document["title"]) == ("to_validate", "2026-02", "Tableau de bord Eau, tout le territoire, février 2026")
    assert Reporting(fresh).turn() == 0
    assert desk.rows(database_urls, "SELECT count(*) FROM message")[0][0] == 0, "nothing leaves before a person lets it go"
    assert desk.rows(database_urls, "SELECT text FROM logbook ORDER BY seq DESC LIMIT 1")[0].text.startswith("Tableau de bord préparé, à valider\u00a0: ")


def reachable(urls: DatabaseUrls, **emails: str) -> None:
    """Contacts of these accounts, with their address."""
    with desk.as_owner(urls) as uow:
        for account, email in emails.items():
            desk.run(uow, "INSERT INTO contact (tenant, name, phone, email, account) VALUES (1, :a, '', :e, :a)", a=account, e=email)


def told(urls: DatabaseUrls) -> list[str]:
    """Addresses that a message about a document to validate goes to, in alphabetical order."""
    return [row.recipient for row in desk.rows(urls, "SELECT recipient FROM message WHERE purpose = 'report_to_validate' ORDER BY 1")]


def test_who_may_validate_learns_by_mail_that_a_document_waits_and_who_wrote_it_does_not(fresh, metier, database_urls: DatabaseUrls) -> None:
    reachable(database_urls, metier="metier@ville.example", chef="chef@ville.example", operateur="operateur@ville.example", elu="elu@ville.example")
    prepared(fresh, metier)
    assert told(database_urls) == ["chef@ville.example"]
    [message] = desk.rows(database_urls, "SELECT subject, body, channel, layer FROM message")
    assert (message.channel, message.layer) == ("email", "water")
    assert message.subject.replace("\u00a0", " ") == "À valider : Tableau de bord Eau, tout le territoire, février 2026"
    assert "http://vigie.ville.example/preparation" in message.body
    assert Reporting(fresh).turn() == 0
    assert told(database_urls) == ["chef@ville.example"], "a document is announced once"


def test_who_corrects_answers_for_the_document_and_the_others_learn_that_it_waits_for_them(fresh, metier, chef, database_urls: DatabaseUrls) -> None:
    document = prepared(fresh, metier)
    reachable(database_urls, metier="metier@ville.example", chef="chef@ville.example")
    assert chef.post(f"/api/v1/reports/{document['id']}/correct", json={"version": 1, "highlight": "Deux fuites réparées."}).status_code == 200
    assert told(database_urls) == ["metier@ville.example"]


def test_nobody_outside_the_perimeter_and_no_closed_account_is_told(fresh, metier, database_urls: DatabaseUrls) -> None:
    reachable(database_urls, chef="chef@ville.example")
    for change, undo in (
        ("layers = '{lighting}'", "layers = NULL"),
        ("communes = '{1}'", "communes = NULL"),
        ("disabled_at = now()", "disabled_at = NULL"),
    ):
        with desk.as_owner(database_urls) as uow:
            desk.run(uow, "DELETE FROM report")
            desk.run(uow, "DELETE FROM report_plan")
            desk.run(uow, f"UPDATE account SET {change} WHERE username = 'chef'")
        prepared(fresh, metier)
        with desk.as_owner(database_urls) as uow:
            desk.run(uow, f"UPDATE account SET {undo} WHERE username = 'chef'")
        assert told(database_urls) == [], change
    line = desk.rows(database_urls, "SELECT text FROM logbook ORDER BY seq DESC LIMIT 1")[0].text
    assert "personne n’a pu en être prévenu" in line


def test_what_is_already_sent_is_not_asked_twice(fresh, metier, chef) -> None:
    prepared(fresh, metier)
    answer = chef.post("/api/v1/report-plans", json=PLAN)
    assert answer.status_code == 409 and "déjà programmé par M. Roussel" in answer.json()["detail"]


def test_a_month_whose_last_day_is_not_computed_waits_five_days_at_most(fresh, metier, database_urls: DatabaseUrls) -> None:
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "DELETE FROM indicator_run WHERE day = '2026-02-28'")
    assert metier.post("/api/v1/report-plans", json=PLAN).status_code == 201
    assert Reporting(fresh).turn() == 0
    fresh.clock.at = FIRST_OF_MARCH + timedelta(days=5)
    assert Reporting(fresh).turn() == 1


def test_what_a_second_person_read_is_what_arrives_once_for_each(fresh, metier, chef, database_urls: DatabaseUrls) -> None:
    document = prepared(fresh, metier)
    read = chef.get(f"/api/v1/reports/{document['id']}/document.pdf")
    assert read.headers["content-type"] == "application/pdf" and hashlib.sha256(read.content).hexdigest() == document["digest"]
    path = f"/api/v1/reports/{document['id']}/validate"
    own = metier.post(path, json={"version": 1})
    assert own.status_code == 403 and "une autre personne le valide" in own.json()["detail"]
    assert chef.post(path, json={"version": 1}).status_code == 200
    again = chef.post(path, json={"version": 2})
    assert again.status_code == 409 and "déjà parti, validé par M. Durand" in again.json()["detail"]
    with mail_server() as mail:
        deliveries = Deliveries(database_urls.worker, {"email": Email(f"smtp://127.0.0.1:{mail.port}", "vigie@ville.example")}, fresh.clock)
        deliveries.start()
        soon(lambda: len(mail.accepted) == 2 and {state for (state,) in desk.rows(database_urls, "SELECT state FROM message")} == {"sent"})
        deliveries.stop()
    refs = {f"<{row.ref}@ville.example>" for row in desk.rows(database_urls, "SELECT ref::text FROM message")}
    assert {got["message-id"] for got in mail.accepted} == refs
    assert {got["to"] for got in mail.accepted} == {"lefevre@ville.example", "maire@ville.example"}
    for got in mail.accepted:
        [joined] = got.iter_attachments()
        assert (joined.get_content_type(), joined.get_filename()) == ("application/pdf", "tableau-de-bord-2026-02.pdf")
        assert joined.get_content() == read.content
        body = got.get_body().get_content()
        assert "http://vigie.ville.example/elus?periode=2026-02&domaine=water" in body and "Validé par M. Durand." in body
    shown = chef.get("/api/v1/reports").json()["items"][0]
    assert (shown["state"], shown["decided_by"], shown["deliveries"]) == ("sent", "M. Durand", {"sent": 2})
    assert desk.rows(database_urls, "SELECT actor, text FROM logbook ORDER BY seq DESC LIMIT 1")[0].actor == "chef"
    done = desk.rows(database_urls, "SELECT action FROM audit WHERE object = :o ORDER BY id", o=f"report:{document['id']}")
    assert [row.action for row in done] == ["official:report:read", "official:report:send"]


def test_who_corrects_the_highlight_makes_the_document_again_and_no_longer_validates(fresh, metier, chef) -> None:
    document = prepared(fresh, metier)
    answer = chef.post(f"/api/v1/reports/{document['id']}/correct", json={"version": 1, "highlight": "  Deux fuites  réparées à Celleneuve. "})
    assert answer.status_code == 200 and answer.json()["digest"] != document["digest"]
    assert "Faits marquants Deux fuites réparées à Celleneuve." in text_of(chef.get(f"/api/v1/reports/{document['id']}/document.pdf").content)
    path = f"/api/v1/reports/{document['id']}/validate"
    assert chef.post(path, json={"version": 2}).status_code == 403
    stale = metier.post(path, json={"version": 1})
    assert stale.status_code == 409 and "a changé depuis que vous l’avez lu" in stale.json()["detail"]
    assert metier.post(path, json={"version": 2}).status_code == 200


def test_the_facts_published_for_the_period_are_the_first_text(fresh, metier, database_urls: DatabaseUrls) -> None:
    with desk.as_owner(database_urls) as uow:
        for day, said in (("2026-02-03", "Réservoir des Arceaux remis en service"), ("2026-01-10", "Trop ancien")):
            desk.run(uow, "INSERT INTO highlight (tenant, layer, day, text, by_name, at) VALUES (1, 'water', :day, :said, 'X', now())", day=day, said=said)
    officials.forget()
    assert prepared(fresh, metier)["highlight"] == "Réservoir des Arceaux remis en service."


def test_a_refusal_has_a_motive_and_may_be_taken_up_again(fresh, metier, chef, database_urls: DatabaseUrls) -> None:
    document = prepared(fresh, metier)
    path = f"/api/v1/reports/{document['id']}"
    assert chef.post(f"{path}/refuse", json={"version": 1, "motive": "  "}).status_code == 400
    assert chef.post(f"{path}/refuse", json={"version": 1, "motive": "Le rendement attend les relevés."}).status_code == 200
    assert desk.rows(database_urls, "SELECT count(*) FROM message")[0][0] == 0
    assert chef.post(f"{path}/validate", json={"version": 2}).status_code == 409
    assert chef.get("/api/v1/reports").json()["items"][0]["motive"] == "Le rendement attend les relevés."
    assert metier.post(f"{path}/correct", json={"version": 2, "highlight": "Relevés reçus."}).json()["state"] == "to_validate"
    assert chef.post(f"{path}/validate", json={"version": 3}).status_code == 200


def test_a_plan_that_a_colleague_has_stopped_is_no_refusal_and_one_that_nobody_has_is(fresh, metier, chef, database_urls: DatabaseUrls) -> None:
    document = prepared(fresh, metier)
    paths = [f"/api/v1/report-plans/{number}/stop" for number in (document["plan"], 2_000_000)]
    assert metier.post(paths[0], json={}).status_code == 200
    assert [chef.post(path, json={}).status_code for path in paths] == [404, 404]
    audit.wait()
    refused = desk.rows(database_urls, "SELECT object FROM audit WHERE outcome = 'refused' AND object LIKE 'report_plan:%'")
    assert [line.object for line in refused] == ["report_plan:2000000"]


def test_a_plan_that_is_stopped_prepares_nothing_more_and_forgets_its_addresses(fresh, metier, chef, database_urls: DatabaseUrls) -> None:
    document = prepared(fresh, metier)
    assert metier.post(f"/api/v1/report-plans/{document['plan']}/stop", json={}).status_code == 200
    assert "ville.example" not in desk.rows(database_urls, "SELECT recipients::text AS r FROM report_plan")[0].r
    answer = chef.post(f"/api/v1/reports/{document['id']}/validate", json={"version": 1})
    assert answer.status_code == 409 and "plus de destinataire" in answer.json()["detail"]
    fresh.clock.at = FIRST_OF_MARCH + timedelta(days=40)
    assert Reporting(fresh).turn() == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recipients": "Mme Lefèvre"}, "n’est pas une adresse"),
        ({"recipients": "Mme Lefèvre <lefevre@>"}, "adresse électronique n’est pas valide"),
        ({"recipients": "\n"}, "de 1 à 50 destinataires"),
        ({"domain": "nothing"}, "n’existe pas"),
    ],
)
def test_a_plan_that_cannot_be_sent_is_refused_with_the_reason(fresh, metier, change: dict, said: str) -> None:
    answer = metier.post("/api/v1/report-plans", json=PLAN | change)
    assert answer.status_code == 400 and said in answer.json()["detail"]


def test_a_perimeter_asks_for_its_own_figures_and_sees_its_own_documents(fresh, metier, database_urls: DatabaseUrls) -> None:
    document = prepared(fresh, metier)
    water, lighting = (desk.principal(Role.TRADE_MANAGER, layers=frozenset({layer})) for layer in ("water", "lighting"))
    with fresh.database.unit_of_work(1) as uow:
        assert operations.one(uow, document["id"], water)["id"] == document["id"]
        for who, domain in ((lighting, "water"), (water, "")):
            with pytest.raises(Forbidden):
                operations.plan(uow, Wanted(domain=domain, commune=0, rhythm="month", recipients=["a@b.example"]), who, FIRST_OF_MARCH)
        with pytest.raises(operations.NotFound):
            operations.validate(uow, document["id"], 1, lighting, FIRST_OF_MARCH)
        with pytest.raises(Forbidden):
            operations.validate(uow, document["id"], 1, desk.principal(Role.OFFICIAL), FIRST_OF_MARCH)
        assert messages.counts(uow) == []


def test_the_database_itself_refuses_that_one_person_writes_and_sends(fresh, metier, database_urls: DatabaseUrls) -> None:
    document = prepared(fresh, metier)
    with pytest.raises(Exception, match="report_check"), desk.as_owner(database_urls) as uow:
        desk.run(uow, "UPDATE report SET state = 'sent', decided_by = written_by, decided_name = 'x', decided_at = now() WHERE id = :id", id=document["id"])


def test_a_council_has_its_document_on_its_eve_and_not_before(fresh, metier, database_urls: DatabaseUrls) -> None:
    assert metier.post("/api/v1/report-plans", json=PLAN | {"rhythm": "council"}).status_code == 201
    declared = metier.post("/api/v1/councils", json={"day": "2026-03-16"})
    assert declared.status_code == 201
    assert metier.get("/api/v1/reports").json()["councils"] == [{"id": declared.json()["id"], "day": "2026-03-16", "declared_by": "M. Roussel"}]
    # 16 March 2026 is a Monday: its eve is Friday the 13th.
    for day, made in ((12, 0), (13, 1), (14, 0)):
        fresh.clock.at = FIRST_OF_MARCH.replace(day=day)
        assert Reporting(fresh).turn() == made, day
    [document] = metier.get("/api/v1/reports").json()["items"]
    assert (document["state"], document["period"]) == ("to_validate", "2026-02")


def test_a_council_taken_away_asks_for_nothing(fresh, metier) -> None:
    assert metier.post("/api/v1/report-plans", json=PLAN | {"rhythm": "council"}).status_code == 201
    number = metier.post("/api/v1/councils", json={"day": "2026-03-17"}).json()["id"]
    assert metier.post(f"/api/v1/councils/{number}/withdraw", json={}).status_code == 200
    assert metier.post(f"/api/v1/councils/{number}/withdraw", json={}).status_code == 404
    fresh.clock.at = FIRST_OF_MARCH.replace(day=16)
    assert Reporting(fresh).turn() == 0 and metier.get("/api/v1/reports").json()["councils"] == []


@pytest.mark.parametrize(
    ("day", "code", "said"),
    [("2026-03-01", 400, "de demain à deux ans"), ("2029-03-01", 400, "de demain à deux ans"), ("2026-03-20", 409, "déjà déclaré le 20/03/2026")],
)
def test_a_council_that_cannot_be_declared_is_refused_with_the_reason(fresh, metier, day: str, code: int, said: str) -> None:
    metier.post("/api/v1/councils", json={"day": "2026-03-20"})
    answer = metier.post("/api/v1/councils", json={"day": day})
    assert answer.status_code == code and said in answer.json()["detail"]


def test_who_may_not_send_dashboards_declares_no_council(fresh, server) -> None:
    assert desk.signed_in(server, "elu").post("/api/v1/councils", json={"day": "2026-03-20"}).status_code == 403
