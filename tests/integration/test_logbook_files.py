"""The logbook searched, exported, verified without a database, sealed each night outside of it, and closed to whoever would rewrite it (check 33)."""

import io
import json
from datetime import date, timedelta
from email import message_from_string
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hypervisor import layers
from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import FixedClock
from hypervisor.domain import logbook_chain as chain
from hypervisor.domain.operator import Role
from hypervisor.errors import InvalidRequest
from hypervisor.exports import logbook as files
from hypervisor.imports import procedures as procedure_files
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.nightly import Nightly, last_set, seal_file, signature
from hypervisor.operations import logbook, procedure_versions
from hypervisor.store import Database
from hypervisor.store import logbook as store
from tests.integration import desk
from tests.integration.desk import NOW, principal
from tests.matterhorn import failures

PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")
KEY = b"k" * 32


@pytest.fixture(scope="module")
def h(h: Hypervisor) -> Hypervisor:
    with h.database.unit_of_work(1) as uow:
        for words in ("Débit du secteur à 412 m³/h ; fuites confirmées", '=1+1; "guillemets"\nà la ligne', "Tournée avancée rue de l’Étang-Neuf"):
            logbook.write(uow, "observation", words, PETIT, NOW)
        logbook.write(uow, "correction", "Lire 421 m³/h", PETIT, NOW, corrects=1)
    return h


@pytest.fixture(scope="module")
def chief(h: Hypervisor):
    return desk.signed_in(desk.app(h), "chef")


def write(h: Hypervisor, words: str, kind: str = "observation") -> int:
    with h.database.unit_of_work(1) as uow:
        return logbook.write(uow, kind, words, PETIT, NOW)["seq"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("fuite", [1]), ("FUITES confirmée", [1]), ("debit", [1]), ("étang", [3]), ("etang -tournee", []), ("tournées", [3]), ("cheval", [])],
)
def test_words_are_found_whatever_their_endings_and_accents(chief, asked: str, found: list[int]) -> None:
    assert [line["seq"] for line in chief.get("/api/v1/logbook", params={"text": asked}).json()["items"] if line["seq"] <= 4] == found


def test_a_corrected_line_says_which_line_corrects_it_and_stays_readable(chief) -> None:
    lines = {line["seq"]: line for line in chief.get("/api/v1/logbook").json()["items"]}
    assert lines[1]["corrected_by"] == [4]
    assert lines[1]["text"].startswith("Débit du secteur")
    assert (lines[4]["corrects"], lines[4]["corrected_by"]) == (1, [])


def test_filters_are_those_of_the_page(chief) -> None:
    count = lambda **asked: len(chief.get("/api/v1/logbook", params=asked).json()["items"])  # noqa: E731
    assert count(kind="correction") == 1
    assert count(author="pètit") >= 4
    assert count(author="durand") == 0
    assert count(event_number="EV-1999-000001") == 0
    assert count(since=(NOW + timedelta(hours=1)).isoformat()) == 0


def test_the_search_uses_its_index_as_the_application(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    with desk.as_owner(database_urls) as uow:
        desk.run(
            uow,
            """INSERT INTO logbook (tenant, seq, at, actor, actor_name, kind, text, previous_hash, hash)
               SELECT 2, n, now(), 'x', 'X', 'system', 'ligne ' || n || ' mot' || n % 5000, 'p', 'h' FROM generate_series(1, 20000) n""",
        )
        desk.run(uow, "ANALYZE logbook")
    with h.database.unit_of_work(2) as uow:
        plan = uow.connection.execute(
            text(f"EXPLAIN SELECT l.seq FROM logbook l WHERE l.tenant = 2 AND {store.FILTERS['text'].replace(':text', chr(39) + 'mot77' + chr(39))}")
        ).scalars()
        assert "logbook_words" in "\n".join(plan)


def test_the_csv_opens_in_a_french_spreadsheet_and_every_hash_is_computed_again(chief, tmp_path: Path) -> None:
    answer = chief.get("/api/v1/logbook/export.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.content.split(b"\r\n")[0].decode("utf-8-sig").startswith("numéro;date UTC;")
    assert b"'=1+1" in answer.content, "a text that begins like a formula is not one"
    file = tmp_path / "main-courante.csv"
    file.write_bytes(answer.content)
    found = files.verify(file)
    assert found.first_wrong is None
    assert len(found.lines) >= 4
    # « 412 » becomes « 512 » in the text that is hashed, which the visible column would hide.
    file.write_bytes(answer.content.replace("412 m³/h".encode(), "512 m³/h".encode()))
    assert files.verify(file).first_wrong == 1


def test_a_long_pdf_comes_in_parts_that_prove_themselves_and_follow_each_other(chief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = files.verify(_kept(tmp_path / "tout.csv", chief.get("/api/v1/logbook/export.csv").content)).lines
    monkeypatch.setattr(files, "MOST_PRINTED", len(every) - 1)
    first, second, third = (chief.get("/api/v1/logbook/export.pdf", params={"part": part}) for part in (1, 2, 3))
    assert (first.headers["X-Vigie-Parts"], second.headers["X-Vigie-Parts"], third.status_code) == ("2", "2", 400)
    assert "la partie 3 n’existe pas" in third.json()["detail"]
    assert first.headers["Content-Disposition"].endswith('-1-sur-2.pdf"')
    found = [files.verify(_kept(tmp_path / f"{number}.pdf", answer.content)) for number, answer in enumerate((first, second))]
    assert [one.first_wrong for one in found] == [None, None]
    assert [line["seq"] for one in found for line in one.lines] == [line["seq"] for line in every]
    assert found[1].lines[0]["previous_hash"] == found[0].lines[-1]["hash"]
    assert f"Partie 2 sur 2, {len(every)} mentions en tout." in " ".join(pypdf.PdfReader(io.BytesIO(second.content)).pages[0].extract_text().split())


def _kept(file: Path, body: bytes) -> Path:
    file.write_bytes(body)
    return file


def test_the_pdf_is_tagged_shows_the_digest_and_carries_what_proves_it(chief, tmp_path: Path) -> None:
    answer = chief.get("/api/v1/logbook/export.pdf", params={"until": (NOW + timedelta(hours=1)).isoformat()})
    assert answer.status_code == 200, answer.text
    file = tmp_path / "main-courante.pdf"
    file.write_bytes(answer.content)
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    assert failures(answer.content) == []
    found = files.verify(file)
    assert found.first_wrong is None
    assert found.digest in "".join("".join(page.extract_text().split()) for page in reader.pages)
    uploaded = chief.post("/api/v1/logbook/verify", files={"file": ("m.pdf", answer.content)}).json()
    assert uploaded == {"lines": len(found.lines), "digest": found.digest, "first_wrong": None, "same_as_logbook": True}
    forged = pypdf.PdfWriter(clone_from=io.BytesIO(answer.content))
    lines = [line | ({"text": "Débit normal"} if line["seq"] == 1 else {}) for line in found.lines]
    forged._root_object["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()["/EF"]["/F"].get_object().set_data(json.dumps(lines).encode())
    forged.write(file)
    assert files.verify(file).first_wrong == 1
    # Whoever computes every hash again changes the digest, which is printed.
    before = found.lines[0]["previous_hash"]
    for line in lines:
        line["previous_hash"], before = before, chain.digest(bytes.fromhex(before), line).hex()
        line["hash"] = before
    forged._root_object["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()["/EF"]["/F"].get_object().set_data(json.dumps(lines).encode())
    forged.write(file)
    assert files.verify(file).first_wrong is not None


def test_a_file_that_is_no_export_is_said_so(tmp_path: Path) -> None:
    for body in (b"bonjour;rien\n1;2\n", b"%PDF-1.7 x"):
        (tmp_path / "x").write_bytes(body)
        with pytest.raises((InvalidRequest, pypdf.errors.PyPdfError)):
            files.verify(tmp_path / "x")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip))
def test_the_chain_computed_in_python_is_that_of_postgresql(h: Hypervisor, words: str) -> None:
    seq = write(h, words)
    with h.database.unit_of_work(1) as uow:
        line = store.whole(uow, None, None, {}, 1)[0]
    assert line["seq"] == seq
    assert chain.digest(bytes.fromhex(line["previous_hash"]), line).hex() == line["hash"]


@pytest.mark.parametrize("verb", ["put", "patch", "delete"])
def test_check_33_no_address_rewrites_a_line(chief, verb: str) -> None:
    for path in ("/api/v1/logbook", "/api/v1/logbook/1"):
        assert getattr(chief, verb)(path).status_code in (403, 404, 405)
    assert chief.get("/api/v1/logbook", params={"text": "fuite"}).json()["items"][-1]["text"].startswith("Débit")


@pytest.mark.parametrize("role", ["app", "worker"])
@pytest.mark.parametrize(
    "statement", ["UPDATE logbook SET text = 'x'", "DELETE FROM logbook", "TRUNCATE logbook", "UPDATE logbook_seal SET seq = 1", "DELETE FROM logbook_seal"]
)
def test_check_33_neither_role_may_rewrite_it(h: Hypervisor, database_urls: DatabaseUrls, role: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), Database(getattr(database_urls, role), pool_size=1).unit_of_work(1) as uow:
        uow.connection.execute(text(statement))


# The night -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def night(own_database_urls: DatabaseUrls, redis_url: str, tmp_path: Path):
    """A platform with one line and the ready procedures, and its night's work."""
    built = desk.build(own_database_urls, redis_url, tmp_path / "var", people=False)
    with desk.as_owner(own_database_urls) as uow:
        desk.run(uow, "INSERT INTO tenant (id, key, label) VALUES (1, 'valmorin', 'Valmorin') ON CONFLICT DO NOTHING")
    with built.database.unit_of_work(1) as uow:
        logbook.write(uow, "observation", "ligne 1", PETIT, NOW)
        for layer in layers.all_layers():
            procedure_versions.bring(uow, layer, procedure_files.ready(layer), NOW, in_force=True)
    yield built, Nightly(built.database, tmp_path, KEY, FixedClock(NOW), built.layers, "archives@valmorin.example")
    built.close()


def test_each_night_the_head_is_sealed_outside_the_database_and_mailed_once(night, own_database_urls: DatabaseUrls, tmp_path: Path) -> None:
    built, work = night
    work.seal(1, date(2026, 2, 11), NOW)
    said = json.loads(seal_file(tmp_path, 1, date(2026, 2, 11)).read_text())
    with built.database.unit_of_work(1) as uow:
        assert (said["seq"], said["hash"]) == (1, store.hash_of(uow, 1))
        assert [one["first_broken"] for one in store.seals(uow, 5)] == [None]
    assert said.pop("signature") == signature(KEY, said)
    seal_file(tmp_path, 1, date(2026, 2, 11)).unlink()
    work.seal(1, date(2026, 2, 11), NOW)
    assert seal_file(tmp_path, 1, date(2026, 2, 11)).exists(), "a file that was lost between the two is written again"
    mails = desk.rows(own_database_urls, "SELECT recipient, subject, attachments FROM message WHERE purpose = 'seal'")
    assert [(one.recipient, one.subject) for one in mails] == [("archives@valmorin.example", "Sceau de la main courante, 11/02/2026")]
    assert message_from_string(mails[0].attachments[0]["text"]) is not None


def test_a_tampered_line_is_named_by_the_night_and_the_command(night, own_database_urls: DatabaseUrls, tmp_path: Path) -> None:
    built, work = night
    with built.database.unit_of_work(1) as uow:
        logbook.write(uow, "observation", "ligne 2", PETIT, NOW)
    with desk.as_owner(own_database_urls) as uow:
        desk.run(uow, "UPDATE logbook SET text = 'autre' WHERE seq = 2")
    work.seal(1, date(2026, 2, 12), NOW)
    assert json.loads(seal_file(tmp_path, 1, date(2026, 2, 12)).read_text())["first_broken"] == 2
    with built.database.unit_of_work(1) as uow:
        assert "mention n° 2" in store.whole(uow, None, None, {}, 1)[0]["text"]
    assert logbook.check(built.database) == 2


def test_each_night_the_procedures_in_force_are_printed_and_old_sets_let_go(night, tmp_path: Path) -> None:
    _built, work = night
    old = tmp_path / "procedures" / "1" / "fiches-2026-01-01.pdf"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"%PDF-")
    work.turn()
    made = last_set(tmp_path, 1)
    assert made is not None
    assert made.name == "fiches-2026-02-11.pdf"
    assert not old.exists()
    reader = pypdf.PdfReader(made)
    assert failures(made.read_bytes()) == []
    words = "\n".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) >= 13, "the contents, then each on a page of its own"
    for layer in layers.all_layers():
        for procedure in procedure_files.ready(layer):
            assert f"{procedure.key} v1" in words
            for step in procedure.steps:
                assert "".join(step.text.split())[:40] in "".join(words.split())
