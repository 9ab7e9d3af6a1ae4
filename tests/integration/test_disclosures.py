"""The complete incident file: one asks, another decides, the asker alone takes it, for what was asked and while it is open; each step is written."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pypdf
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from starlette.testclient import TestClient

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.disclosure import ACTS, Status
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.errors import Conflict, Forbidden, NotFound, VigieError
from hypervisor.exports import dossier
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import alarms, disclosures
from hypervisor.queries import disclosures as queries
from hypervisor.security import audit
from hypervisor.security.context import current_principal
from hypervisor.store import Database, UnitOfWork
from tests.integration import desk
from tests.integration.desk import NOW, principal

PATH = "/api/v1/replay/disclosures"
SCOPE = {"since": (NOW - timedelta(minutes=30)).isoformat(), "until": NOW.isoformat()}
MOTIVE = "Enquête administrative 2026-12"
EVERYTHING = frozenset().union(*PERMISSIONS.values())


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    audit.write_to(h.database)
    for asset, layer in ((1, "lighting"), (2, "water")):
        desk.add_asset(database_urls, asset, layer)
        number = desk.add_alarm(database_urls, asset, layer=layer)
        desk.rows(
            database_urls,
            "INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, to_state) VALUES (1, :id, :at, 'r', 'R', 'raise', 'unacknowledged') RETURNING id",
            id=number,
            at=NOW.replace(minute=4),
        )
        with h.database.unit_of_work(1) as uow:
            alarms.acknowledge(uow, number, principal(Role.OPERATOR, f"vu{asset}"), NOW - timedelta(seconds=30), "")
    return h


@pytest.fixture(scope="module")
def people(h: Hypervisor) -> dict[str, TestClient]:
    server = desk.app(h)
    return {name: desk.signed_in(server, name) for name in ("chef", "cadre", "dpo", "operateur", "admin", "metier")}


@pytest.fixture
def at(h: Hypervisor) -> Iterator[object]:
    """Sets the platform's hour, as hours after NOW."""

    def move(hours: float) -> None:
        h.clock.at = NOW + timedelta(hours=hours)  # type: ignore[attr-defined]

    yield move
    move(0)


def act(who: TestClient, path: str = "", body: dict | None = None, status: int = 200) -> dict:
    answer = who.post(f"{PATH}{path}", json=body or {})
    assert answer.status_code == status, answer.text
    return answer.json()


def ask(who: TestClient, motive: str = MOTIVE, **more: object) -> int:
    return act(who, "", {**SCOPE, "motive": motive, **more}, 201)["id"]


def take(who: TestClient, number: int, status: int = 200):
    answer = who.get(f"{PATH}/{number}/file")
    assert answer.status_code == status, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.content)) if status == 200 else answer.json()["detail"]


@pytest.fixture(autouse=True)
def _nothing_left(h: Hypervisor) -> Iterator[None]:
    yield
    with desk.as_owner_of(h) as uow:
        desk.run(uow, "UPDATE disclosure SET status = 'withdrawn', ended_by = asked_by WHERE status IN ('waiting', 'approved')")


def test_the_file_shows_names_once_another_person_has_agreed_and_says_who_agreed_to_what(people, h, database_urls, at) -> None:
    number = ask(people["chef"])
    assert "Attend l’accord d’une autre personne" in take(people["chef"], number, 403)
    seen = next(one for one in people["dpo"].get(PATH).json()["items"] if one["id"] == number)
    assert (seen["motive"], seen["asked_name"], seen["status"], seen["acts"], seen["may_export"]) == (
        MOTIVE,
        "M. Durand",
        "waiting",
        ["approve", "refuse"],
        False,
    )
    at(2)
    agreed = act(people["dpo"], f"/{number}/approve", {"reason": "saisine vue"})
    # 24 h after the agreement, itself two hours after NOW (18:05 in Paris).
    assert (agreed["status"], agreed["open_until"][:16]) == ("approved", "2026-02-12T19:05")
    packed = take(people["chef"], number)
    assert b"Mme Vu1" in packed.read("transitions.csv") and b"Mme Vu2" in packed.read("transitions.csv")
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(packed.read("dossier.pdf"))).pages)
    assert "accordée par M. Fontaine" in printed and MOTIVE in " ".join(printed.split())
    mine = people["chef"].get(PATH).json()["items"][0]
    assert (mine["exports"], mine["may_export"], mine["acts"]) == (1, True, ["withdraw"])
    lines = [line for line in people["chef"].get("/api/v1/logbook").json()["items"] if (line["action"] or "").startswith("disclosure")]
    assert [(line["action"], line["actor_name"]) for line in lines] == [
        ("disclosure-export", "M. Durand"),
        ("disclosure-approve", "M. Fontaine"),
        ("disclosure-ask", "M. Durand"),
    ]
    assert f"n° {number} accordé à M. Durand jusqu’au 12/02/2026 à 20:05" in lines[1]["text"]
    assert not any(MOTIVE in line["text"] for line in lines), "the room reads that it was done; the motive is for those who decide and audit"
    kept = desk.rows(
        database_urls, "SELECT action, actor, detail ->> 'motive' FROM audit WHERE object = :o AND outcome = 'done' ORDER BY id", o=f"disclosure:{number}"
    )
    assert [tuple(row) for row in kept] == [
        ("operator:disclosure:ask", "chef", MOTIVE), ("operator:disclosure:approve", "dpo", MOTIVE), ("operator:disclosure:export", "chef", MOTIVE),
    ]  # fmt: skip


def test_the_agreement_ends_after_a_day_and_its_end_is_a_sentence(people, at) -> None:
    number = ask(people["chef"])
    act(people["cadre"], f"/{number}/approve")
    at(23.9)
    assert take(people["chef"], number)
    at(24)
    assert "L’accord a pris fin le jeu. 12 févr. 2026, 18:05" in take(people["chef"], number, 403)
    assert people["chef"].get(PATH).json()["items"][0]["status"] == "expired"
    assert "n’en est plus là" in act(people["dpo"], f"/{number}/approve", status=409)["detail"]


def test_a_request_that_nobody_decided_lapses_and_is_asked_anew(people, at) -> None:
    number = ask(people["chef"])
    assert "c’est la n°" in act(people["chef"], "", {**SCOPE, "motive": MOTIVE}, 409)["detail"]
    at(72)
    assert "Personne n’en a décidé" in act(people["dpo"], f"/{number}/approve", status=409)["detail"]
    assert ask(people["chef"]) != number


def test_a_refusal_has_a_reason_which_the_asker_reads(people) -> None:
    number = ask(people["chef"])
    act(people["dpo"], f"/{number}/refuse", {"reason": " "}, 400)
    act(people["dpo"], f"/{number}/refuse", {"reason": "motif trop large"})
    assert people["chef"].get(PATH).json()["items"][0]["sentence"] == "Refusée par M. Fontaine\u00a0: motif trop large"
    assert "motif trop large" in take(people["chef"], number, 403)
    act(people["cadre"], f"/{number}/approve", status=409)


def test_an_agreement_is_taken_back_with_a_reason_and_opens_nothing_more(people) -> None:
    number = ask(people["chef"])
    act(people["dpo"], f"/{number}/approve")
    act(people["cadre"], f"/{number}/revoke", {}, 400)
    act(people["cadre"], f"/{number}/revoke", {"reason": "erreur de période"})
    assert "Accord retiré par Mme Da Silva" in take(people["chef"], number, 403)


def test_what_is_taken_back_while_the_file_is_laid_out_is_not_handed_over(people, h, monkeypatch) -> None:
    number = ask(people["chef"])
    act(people["dpo"], f"/{number}/approve")
    laid_out = dossier.archive

    def slow(*given, **named) -> bytes:
        act(people["dpo"], f"/{number}/revoke", {"reason": "motif retiré"})
        return laid_out(*given, **named)

    monkeypatch.setattr(dossier, "archive", slow)
    assert "motif retiré" in take(people["chef"], number, 403)
    assert next(one for one in people["chef"].get(PATH).json()["items"] if one["id"] == number)["exports"] == 0


def test_nobody_decides_of_their_own_request_even_with_every_right(people, h, database_urls) -> None:
    number = ask(people["cadre"])
    for verb in ("approve", "refuse", "revoke"):
        assert "une autre personne en décide" in act(people["cadre"], f"/{number}/{verb}", {"reason": "x"}, 403)["detail"]
    almighty = principal(Role.ADMIN, "cadre", permissions=EVERYTHING)
    for decide in (disclosures.approve, disclosures.refuse, disclosures.revoke):
        with h.database.unit_of_work(1) as uow, pytest.raises(Forbidden):
            decide(uow, number, "je décide", almighty, NOW)
    audit.wait()
    assert len(desk.rows(database_urls, "SELECT FROM audit WHERE object = :o AND outcome = 'refused'", o=f"disclosure:{number}")) == 6
    # Nor by writing under the program: the table itself has four eyes.
    with pytest.raises(IntegrityError), h.database.unit_of_work(1) as uow:
        desk.run(uow, "UPDATE disclosure SET status = 'approved', decided_by = asked_by, open_until = now() WHERE id = :id", id=number)
    with pytest.raises(ProgrammingError, match="permission denied"), h.database.unit_of_work(1) as uow:
        desk.run(uow, "UPDATE disclosure SET motive = 'autre' WHERE id = :id", id=number)
    with pytest.raises(ProgrammingError, match="permission denied"), h.database.unit_of_work(1) as uow:
        desk.run(uow, "DELETE FROM disclosure")


def test_the_administrator_the_operator_and_the_service_neither_ask_nor_decide_nor_read(people) -> None:
    number = ask(people["chef"])
    for name in ("admin", "operateur", "metier"):
        act(people[name], "", {**SCOPE, "motive": MOTIVE}, 403)
        act(people[name], f"/{number}/approve", status=403)
        take(people[name], number, 403)
        assert people[name].get(PATH).status_code == 403
    act(people["chef"], f"/{number}/approve", status=403)
    act(people["dpo"], "", {**SCOPE, "motive": MOTIVE}, 403)


def test_only_who_asked_takes_the_file_or_gives_it_up(people) -> None:
    number = ask(people["chef"])
    act(people["dpo"], f"/{number}/approve")
    assert "peut seul l’exporter" in take(people["cadre"], number, 403)
    assert "peut seul la retirer" in act(people["cadre"], f"/{number}/withdraw", status=403)["detail"]
    act(people["chef"], f"/{number}/withdraw")
    assert "Retirée par M. Durand" in take(people["chef"], number, 403)


def test_the_file_is_of_exactly_what_was_asked(people, h, database_urls) -> None:
    """A period before anything happened shows nothing, and no parameter widens it; an event shows its own alarms alone."""
    early = {"since": (NOW - timedelta(hours=3)).isoformat(), "until": (NOW - timedelta(hours=2)).isoformat()}
    number = act(people["chef"], "", {**early, "motive": MOTIVE}, 201)["id"]
    act(people["dpo"], f"/{number}/approve")
    wider = people["chef"].get(f"{PATH}/{number}/file", params=SCOPE)
    assert b"Mme Vu" not in zipfile.ZipFile(io.BytesIO(wider.content)).read("transitions.csv")
    alarm = desk.rows(database_urls, "SELECT id FROM alarm WHERE layer = 'water'")[0].id
    taken = people["chef"].post(f"/api/v1/alarms/{alarm}/take")
    assert taken.status_code == 200, taken.text
    event = taken.json()["id"]
    number = ask(people["chef"], event_id=event)
    act(people["dpo"], f"/{number}/approve")
    packed = take(people["chef"], number)
    assert b"Mme Vu2" in packed.read("transitions.csv") and b"Mme Vu1" not in packed.read("transitions.csv")
    line = next(line for line in people["chef"].get("/api/v1/logbook").json()["items"] if line["action"] == "disclosure-export")
    assert (line["event_id"], line["layer"]) == (event, "water")


@pytest.mark.parametrize(
    ("body", "status"),
    [({"motive": "vite"}, 400), ({"motive": "x" * 501}, 400), ({"since": SCOPE["until"]}, 400), ({"since": "2026-02-01T00:00:00Z"}, 400), ({"event_id": 999_999}, 404), ({"by": "cadre"}, 422)],
)  # fmt: skip
def test_a_request_without_a_motive_a_period_or_an_event_that_do_is_refused(people, body, status) -> None:
    act(people["chef"], "", {**SCOPE, "motive": MOTIVE, **body}, status)


def test_what_is_still_to_come_is_left_out_of_what_is_asked(people) -> None:
    made = act(people["chef"], "", {**SCOPE, "until": (NOW + timedelta(hours=2)).isoformat(), "motive": MOTIVE}, 201)
    assert made["until"] == NOW.isoformat()


def test_the_redacted_file_has_no_complete_version_any_more(people) -> None:
    refused = people["chef"].get("/api/v1/replay/file", params={**SCOPE, "complete": True, "reason": MOTIVE})
    assert refused.status_code == 403 and "une autre personne en décide" in refused.json()["detail"]


def as_(who: Principal, work):
    token = current_principal.set(who)
    try:
        return work()
    finally:
        current_principal.reset(token)


def test_another_tenant_or_a_narrower_perimeter_neither_sees_nor_decides(h, database_urls) -> None:
    whole, lit = principal(Role.CHIEF, "chef"), principal(Role.CHIEF, "eclairage", layers=frozenset({"lighting"}), communes=frozenset({3, 4}))
    with h.database.unit_of_work(1) as uow:
        everywhere = disclosures.ask(uow, NOW - timedelta(hours=1), NOW, MOTIVE, whole, NOW)["id"]
        narrow = disclosures.ask(uow, NOW - timedelta(hours=1), NOW, MOTIVE, lit, NOW)["id"]
    officer = {"layers": frozenset({"lighting", "water"}), "communes": None}
    for changes, seen in (
        (officer, [narrow]),
        ({"layers": frozenset({"water"})}, []),
        ({"communes": frozenset({3})}, []),
        ({"communes": frozenset({3, 4, 5})}, [narrow]),
        ({}, [narrow, everywhere]),
        ({"tenant": 2}, []),
    ):
        other = principal(Role.DPO, "dpo", **changes)
        with h.database.unit_of_work(other.tenant) as uow:
            assert [one["id"] for one in queries.listed(uow, other, NOW) if one["status"] == "waiting"] == seen, changes
        for number in {everywhere, narrow} - set(seen):
            with h.database.unit_of_work(other.tenant) as uow, pytest.raises(NotFound):
                disclosures.approve(uow, number, "", other, NOW)
    with h.database.unit_of_work(1) as uow:
        disclosures.approve(uow, narrow, "", principal(Role.DPO, "dpo", **officer), NOW)
    # The same name in another tenant has asked nothing.
    stranger = principal(Role.CHIEF, "eclairage", tenant=2)
    with pytest.raises(NotFound):
        as_(stranger, lambda: disclosures.export(h, narrow, stranger))
    # The file is of the perimeter that was agreed: one that has grown since is asked for anew.
    grown = principal(Role.CHIEF, "eclairage")
    with pytest.raises(Conflict, match="périmètre a changé"):
        as_(grown, lambda: disclosures.export(h, narrow, grown))


def machine(h: Hypervisor) -> type[RuleBasedStateMachine]:
    """Two who ask, two who decide, on a real database: one transaction for a whole story, undone at its end."""
    askers = [principal(Role.CHIEF, "chef"), principal(Role.DUTY_OFFICER, "cadre")]
    deciders = [principal(Role.DUTY_OFFICER, "cadre"), principal(Role.DPO, "dpo")]

    class Office(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self._kept = h.database._begun(1)
            self.uow, self.at = UnitOfWork(self._kept, 1), NOW
            self.asked: dict[int, str] = {}

        def teardown(self) -> None:
            self._kept.rollback()
            self._kept.close()

        def rows(self):
            return {row.id: row for row in self._kept.execute(text("SELECT * FROM disclosure WHERE asked_at >= :now"), {"now": NOW}) if row.id in self.asked}

        def attempt(self, operation, *values):
            before, lines, point = self.rows(), self.lines(), self._kept.begin_nested()
            try:
                made = operation(self.uow, *values)
                point.commit()
            except VigieError:
                point.rollback()
                assert self.rows() == before, "what is refused changes nothing"
                return None
            assert self.lines() == lines + 1, "what is done is one line of the logbook"
            return made

        def lines(self) -> int:
            return self._kept.execute(text("SELECT count(*) FROM logbook WHERE action LIKE 'disclosure-%'")).scalar_one()

        @initialize()
        def a_first_request(self) -> None:
            self.somebody_asks(askers[0])

        @rule(who=st.sampled_from(askers))
        def somebody_asks(self, who: Principal) -> None:
            self.at += timedelta(seconds=1)
            made = self.attempt(disclosures.ask, self.at - timedelta(hours=1), self.at, MOTIVE, who, self.at)
            self.asked[made["id"]] = who.name

        @rule(hours=st.integers(1, 30))
        def time_passes(self, hours: int) -> None:
            self.at += timedelta(hours=hours)

        @rule(data=st.data(), verb=st.sampled_from(sorted(ACTS)), who=st.sampled_from([*askers, *deciders]))
        def somebody_acts(self, data, verb: str, who: Principal) -> None:
            number = data.draw(st.sampled_from(sorted(self.asked)))
            given = (number, who, self.at) if verb == "withdraw" else (number, "motif", who, self.at)
            made = self.attempt(getattr(disclosures, verb), *given)
            if made is not None:
                assert (self.asked[number] == who.name) == (verb == "withdraw")

        @invariant()
        def each_sees_acts_that_are_really_open_to_them(self) -> None:
            for who in (*askers, *deciders):
                for one in queries.listed(self.uow, who, self.at):
                    if one["id"] not in self.asked:
                        continue
                    assert one["may_export"] == (one["status"] == "approved" and one["asked_by"] == who.name)
                    assert not (one["is_mine"] and {"approve", "refuse", "revoke"} & set(one["acts"]))
                    assert not (one["acts"] and one["status"] not in ("waiting", "approved"))

        @invariant()
        def what_is_open_was_agreed_by_another(self) -> None:
            for row in self.rows().values():
                if row.status in (Status.APPROVED, Status.REVOKED):
                    assert row.decided_by and row.decided_by != row.asked_by and row.open_until - row.decided_at == timedelta(hours=24)

    return Office


def test_whatever_people_do_in_whatever_order_nobody_agrees_with_themselves(h) -> None:
    run_state_machine_as_test(machine(h), settings=settings(max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)))


def test_a_tenant_s_own_database_role_sees_no_other_s_requests(h, database_urls) -> None:
    with h.database.unit_of_work(1) as uow:
        disclosures.ask(uow, NOW - timedelta(hours=2), NOW, MOTIVE, principal(Role.CHIEF, "chef"), NOW)
    opened = Database(database_urls.app, pool_size=1)
    with opened.unit_of_work(2) as uow:
        assert uow.connection.execute(text("SELECT count(*) FROM disclosure")).scalar_one() == 0
    opened.close()
