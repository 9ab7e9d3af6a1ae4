"""The logbook only grows, and shows where someone tampered with it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden, InvalidRequest, NotFound
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import logbook
from tests.integration import desk
from tests.integration.desk import NOW, principal

PETIT = principal(Role.OPERATOR, "petit", display_name="Mme Petit")


@pytest.fixture
def h(own_database_urls: DatabaseUrls, redis_url: str, tmp_path):
    built = desk.build(own_database_urls, redis_url, tmp_path / "var", people=False)
    for number in range(1, 6):
        write(built, "observation", f"ligne {number}")
    yield built
    built.close()


def write(h: Hypervisor, kind: str, line: str, **named):
    with h.database.unit_of_work(1) as uow:
        return logbook.write(uow, kind, line, PETIT, NOW, **named)


def test_lines_are_numbered_and_the_chain_holds(h: Hypervisor) -> None:
    assert write(h, "decision", "renfort demandé")["seq"] == 6
    assert logbook.check(h.database) is None


def test_a_correction_points_at_the_line_that_stays(h: Hypervisor) -> None:
    corrected = write(h, "correction", "lire « ligne deux »", corrects=2)
    assert corrected["corrects"] == 2
    with pytest.raises(NotFound):
        write(h, "correction", "rien", corrects=99)
    with pytest.raises(InvalidRequest):
        write(h, "correction", "sans ligne")
    with pytest.raises(InvalidRequest):
        write(h, "system", "je suis la machine")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE logbook SET text = 'x' WHERE seq = 3",
        "DELETE FROM logbook WHERE seq = 3",
        "INSERT INTO logbook SELECT * FROM logbook WHERE seq = 3",
        "UPDATE logbook_head SET seq = 1",
        "TRUNCATE logbook",
    ],
)
def test_the_application_s_role_can_only_append(h: Hypervisor, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), h.database.unit_of_work(1) as uow:
        uow.connection.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "first_broken"),
    [
        ("UPDATE logbook SET text = 'autre' WHERE seq = 3", 3),
        ("UPDATE logbook SET actor_name = 'M. Durand' WHERE seq = 2", 2),
        ("DELETE FROM logbook WHERE seq = 4", 5),
        ("DELETE FROM logbook WHERE seq = 5", 5),
        # Whoever rewrites a line with its own hash still breaks the next one's link.
        ("UPDATE logbook l SET text = 'autre', hash = logbook_digest(jsonb_populate_record(l, '{\"text\": \"autre\"}')) WHERE seq = 3", 4),
    ],
)
def test_the_first_tampered_line_is_found(h: Hypervisor, own_database_urls: DatabaseUrls, tampering: str, first_broken: int) -> None:
    with desk.as_owner(own_database_urls) as uow:
        uow.connection.execute(text(tampering))
    assert logbook.check(h.database) == first_broken


@pytest.mark.parametrize("at_once", [1, 2, 3, 5])
def test_a_chain_verified_piece_by_piece_gives_the_same_line(
    h: Hypervisor, own_database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("hypervisor.store.logbook.VERIFIED_AT_ONCE", at_once)
    assert logbook.check(h.database) is None
    with desk.as_owner(own_database_urls) as uow:
        uow.connection.execute(text("UPDATE logbook SET text = 'autre' WHERE seq = 4"))
    assert logbook.check(h.database) == 4


def test_the_logbook_of_another_tenant_is_closed(h: Hypervisor) -> None:
    with pytest.raises(ProgrammingError, match="closed"), h.database.unit_of_work(2) as uow:
        uow.connection.execute(text("SELECT logbook_append(cast(1 AS smallint), '[]'::jsonb)"))


def test_who_may_not_write_is_refused(h: Hypervisor) -> None:
    with pytest.raises(Forbidden), h.database.unit_of_work(1) as uow:
        logbook.write(uow, "observation", "x", principal(Role.OFFICIAL), NOW)


def test_a_line_is_seen_by_those_who_see_what_it_names_and_named_by_nobody_else(h: Hypervisor, own_database_urls: DatabaseUrls) -> None:
    desk.add_asset(own_database_urls, 7, "security", "camera")
    alarm = desk.add_alarm(own_database_urls, 7, layer="security")
    assert [write(h, "observation", "vu à l’écran", **named)["layer"] for named in ({"alarm_id": alarm}, {"asset_id": 7}, {})] == ["security", "security", None]
    stranger = principal(Role.OPERATOR, "eau", layers=frozenset({"water"}))
    for kind, named in (("observation", {"alarm_id": alarm}), ("observation", {"asset_id": 7}), ("correction", {"corrects": 6})):
        with pytest.raises(NotFound), h.database.unit_of_work(1) as uow:
            logbook.write(uow, kind, "je ne devrais pas", stranger, NOW, **named)
