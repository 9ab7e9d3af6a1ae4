"""The emergency: a chief suspends a rule at once, with a reason and for a few hours, and it resumes by itself."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI

from hypervisor.bootstrap import Hypervisor
from hypervisor.ingest import rulebooks
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import rule_suspensions, rules
from hypervisor.store.engine import Engine
from tests.integration import desk
from tests.integration.desk import NOW

HOUR = timedelta(hours=1)
PATH = "/api/v1/rules/water/pressure_low"


@pytest.fixture
def engine(database_urls: DatabaseUrls) -> Iterator[Engine]:
    made = Engine(database_urls.worker, "test")
    yield made
    made.close()


def applied(engine: Engine, h: Hypervisor, layer: str) -> set[str]:
    """Keys of the rules that a worker would apply now."""
    with engine.reading() as cursor:
        return {rule.key for rule in rulebooks.effective(h.layers, cursor, 1)[0][layer].rules}


def lines(urls: DatabaseUrls) -> list[str]:
    return [row.text for row in desk.rows(urls, "SELECT text FROM logbook WHERE action IN ('rule-suspend', 'rule-resume') ORDER BY seq")]


def test_a_chief_suspends_a_rule_at_once_and_the_clock_resumes_it(h: Hypervisor, chief, engine: Engine, database_urls: DatabaseUrls) -> None:
    with engine.reading() as cursor:
        before = rules.editions(cursor).get(1, 0)
    done = chief.post(f"{PATH}/suspend", json={"reason": "Purge du réseau", "lasts_s": 7200})
    assert done.status_code == 200, done.text
    assert (done.json()["suspended"]["by"], done.json()["enabled"], done.json()["version"]) == ("chef", True, 0), "the published rule has not changed"
    assert "pressure_low" not in applied(engine, h, "water")
    again = chief.post(f"{PATH}/suspend", json={"reason": "Encore", "lasts_s": 60})
    assert again.status_code == 409 and again.json()["by"]
    with engine.transaction() as cursor:
        assert rule_suspensions.resume_due(cursor, 1, NOW + 2 * HOUR - timedelta(seconds=1)) == 0
    with engine.transaction() as cursor:
        assert rule_suspensions.resume_due(cursor, 1, NOW + 2 * HOUR) == 1
    assert "pressure_low" in applied(engine, h, "water") and chief.get(PATH).json()["suspended"] is None
    said = lines(database_urls)
    assert len(said) == 2 and "Purge du réseau" in said[0] and "terminée" in said[1], said
    assert desk.rows(database_urls, "SELECT count(*) AS n FROM outbox WHERE kind = 'rule' AND body->>'key' = 'pressure_low'")[0].n == 2, (
        "the worker is told twice"
    )
    with engine.reading() as cursor:
        assert rules.editions(cursor)[1] == before + 2, "a fact lost with an emptied Redis is found again"


def test_it_is_ended_before_its_time_by_a_chief_and_only_once(chief) -> None:
    chief.post(f"{PATH}/suspend", json={"reason": "Essai", "lasts_s": 3600}).raise_for_status()
    assert chief.post(f"{PATH}/resume").json()["suspended"] is None
    assert chief.post(f"{PATH}/resume").status_code == 409


@pytest.mark.parametrize(
    "asked", [{"lasts_s": 3600}, {"reason": "x"}, {"reason": "", "lasts_s": 60}, {"reason": "x", "lasts_s": 8 * 3600 + 1}, {"reason": "x", "lasts_s": 0}]
)
def test_without_a_reason_or_beyond_eight_hours_it_is_refused(chief, asked: dict) -> None:
    assert chief.post(f"{PATH}/suspend", json=asked).status_code == 422
    assert chief.post(f"{PATH}/suspend", json={"reason": " ", "lasts_s": 60}).status_code == 400


@pytest.mark.parametrize("who", ["operateur", "metier", "admin"])
def test_nobody_else_suspends_alone(server: FastAPI, who: str) -> None:
    assert desk.signed_in(server, who).post(f"{PATH}/suspend", json={"reason": "x", "lasts_s": 60}).status_code == 403


def test_a_rule_that_counts_a_suspended_one_waits_with_it(h: Hypervisor, chief, engine: Engine) -> None:
    assert {"luminaire_defect", "luminaires_dark"} <= applied(engine, h, "lighting")
    chief.post("/api/v1/rules/lighting/luminaire_defect/suspend", json={"reason": "Essai de nuit", "lasts_s": 600}).raise_for_status()
    assert not {"luminaire_defect", "luminaires_dark"} & applied(engine, h, "lighting")
    chief.post("/api/v1/rules/lighting/luminaire_defect/resume").raise_for_status()
    assert {"luminaire_defect", "luminaires_dark"} <= applied(engine, h, "lighting")
