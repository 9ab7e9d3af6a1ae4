"""The health page: normal rows are silent, faults speak, and what is not known is called unknown."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from hypervisor import layers
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.queries.health import Health, Process, Source
from hypervisor.security.context import current_principal
from layouts.pages import sante
from layouts.parts import health as parts
from layouts.parts.alarm_health import alarm_health
from tests.screens.conftest import principal
from tests.screens.harness import to_html, to_text

NOW = datetime(2026, 2, 11, 17, 4, 38, tzinfo=UTC)
LAYERS = sorted(layers.all_layers().values(), key=lambda layer: layer.order)


def _health(**changes: Any) -> Health:
    values = {
        "dependencies": {"database": "ok", "redis": "ok", "worker": "ok"},
        "processes": [Process(name="worker:0", is_alive=True, facts={"lag": 0, "last_ingest": int(NOW.timestamp() * 1000) - 3000, "latency_ms": 42})],
        "counters": {"accepted": 1000}, "sources": [Source(layer=layer.key, fresh=10, late=0, stale=0, never=1) for layer in LAYERS],
        "open_alarms": {1: (1, 1)}, "raised_lately": {1: 1}, "waiting_facts": 0, "refusals": [], "walls": [], "database_bytes": 18_000_000,
    }  # fmt: skip
    return Health(**(values | changes))


def _html(health: Health) -> str:
    return to_html(parts.body(health, LAYERS, NOW))


def _text(health: Health) -> str:
    return to_text(parts.body(health, LAYERS, NOW))


def test_a_healthy_platform_shows_no_fault_at_all():
    assert "health-fault" not in _html(_health())
    assert "data-shape" not in _html(_health())


def test_a_silent_process_is_a_fault():
    silent = [Process(name="jobs", is_alive=False, facts={})]
    rows = [row for row in re.findall(r"<tr.*?</tr>", _html(_health(processes=silent))) if "health-fault" in row]
    assert len(rows) == 1
    assert "Tâches" in rows[0]


def test_a_program_that_the_supervisor_has_given_up_is_a_fault():
    rows = [row for row in re.findall(r"<tr.*?</tr>", _html(_health(given_up=["jobs"]))) if "health-fault" in row]
    assert len(rows) == 1 and "sante-programme-jobs" in rows[0] and "Tâches" in rows[0] and "arrêté" in rows[0]


def test_an_engine_that_waits_says_for_what():
    waiting = [Process(name="worker:0", is_alive=True, facts={"lag": 3, "waits": "PostgreSQL ne répond pas"})]
    rows = [row for row in re.findall(r"<tr.*?</tr>", _html(_health(processes=waiting))) if "health-fault" in row]
    assert len(rows) == 1 and "en attente" in rows[0] and "PostgreSQL ne répond pas" in rows[0]


def test_a_source_is_silent_when_nearly_all_it_ever_sent_is_stale():
    # 95 of 100 heard assets are stale: the limit itself; the 1 000 never heard do not count.
    sources = [Source(layer="water", fresh=5, late=0, stale=95, never=1000), Source(layer="waste", fresh=6, late=0, stale=94, never=0)]
    rows = {name: row for row in re.findall(r"<tr.*?</tr>", _html(_health(sources=sources))) for name in re.findall(r"sante-connecteur-(\w+)", row)}
    assert "Muette" in rows["water"]
    assert "Muette" not in rows["waste"]


def test_with_redis_down_processes_and_sources_are_unknown_not_stopped():
    said = _text(_health(dependencies={"database": "ok", "redis": "down", "worker": "down"}, counters=None, sources=None))
    assert "inconnu" in said
    assert "muet" not in said.lower().replace("muette", "")
    assert "en défaut" in said


def test_refusals_are_counted_by_cause_in_words_with_their_last_example():
    refusals = [
        {"received_at": "2026-02-11T17:04:08Z", "cause": "out_of_bounds", "source": "sim", "entity": "urn:x:1", "property": "level", "payload": {"value": 999}}
    ]
    said = _text(_health(counters={"accepted": 5, "rejected:out_of_bounds": 12, "rejected:unheard_of": 3}, refusals=refusals))
    assert "Hors bornes physiques 12 urn:x:1 · level il y a 30 s" in said
    assert "unheard_of 3 – –" in said


def test_with_the_database_down_nothing_is_said_to_be_zero():
    said = _text(
        _health(
            dependencies={"database": "down", "redis": "ok", "worker": "ok"},
            open_alarms=None,
            raised_lately=None,
            waiting_facts=None,
            refusals=None,
            walls=None,
            database_bytes=None,
        )
    )
    assert re.search(r"Critiques inconnu inconnu –", said)
    assert "les murs ne peuvent pas être lus" in said


def test_walls_are_numbered_for_tests_and_kiosks():
    walls = [{"id": "ab", "label": "Salle", "address": "10.0.0.4", "created_at": "2026-02-01T08:00:00Z", "expires_at": "2027-02-01T08:00:00Z"}]
    assert 'data-testid="sante-mur-1"' in _html(_health(walls=walls))


def test_the_page_opens_to_those_who_may_read_health(world: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hypervisor.security.audit.refused", lambda *_told: None)
    monkeypatch.setattr("layouts.pages.sante.read", list)
    assert "sante-chaine" in str(sante.layout())
    token = current_principal.set(principal(Role.OFFICIAL))
    with pytest.raises(Forbidden):
        sante.layout()
    current_principal.reset(token)


LOAD = {
    "operators": 2, "asked": 40, "per_operator_per_step": 0.14, "busiest_step": 12.0, "share_in_flood": 0.02, "standing": 3,
    "marks": {"per_operator_per_step": 1.0, "share_in_flood": 0.01, "critical": 0.05, "major": 0.15, "minor": 0.8},
    "distribution": {"critical": {"count": 4, "share": 0.1}, "major": {"count": 8, "share": 0.2}, "minor": {"count": 28, "share": 0.7}},
    "worst": [{"title": "Conteneur plein", "asset_name": "PAV-1", "layer": "waste", "cause": "container_full", "count": 20, "share": 0.5}], "chattering": [],
    "masked": [{"mask": "shelved", "by": "petit", "name": "Mme Petit", "count": 2}, {"mask": "suppressed", "by": None, "name": None, "count": 37}],
}  # fmt: skip


def test_the_alarm_load_stands_beside_the_marks_of_the_trade_and_names_who_masks():
    said = to_text(alarm_health(LOAD))
    for words in (
        "0,1 par opérateur",
        "repère 1",
        "2,0 % du temps en avalanche",
        "10 %, repère 5 %",
        "Conteneur plein · PAV-1 50 %",
        "Différées · Mme Petit 2",
        "Inhibées · cause ou travaux 37",
    ):
        assert words in said.replace("\xa0", " "), (words, said)


def test_a_bad_actor_leads_to_the_trial_of_its_rule_for_whoever_may_try_it():
    drawn = to_html(alarm_health(LOAD, frozenset({"waste/container_full"})))
    assert 'href="/regles?regle=waste/container_full&amp;essai=1"' in drawn
    assert "/regles" not in to_html(alarm_health(LOAD))
