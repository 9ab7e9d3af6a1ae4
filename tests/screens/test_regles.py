"""The studio of rules as it is read, on a real database: the list and its states, the sentence by role, a trial's words, the circuit."""

import re
from typing import Any

import pytest

import callbacks
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.operations import rule_proposals
from hypervisor.operations import rules as operations
from layouts.pages import regles
from layouts.parts import rule_trial
from tests.screens import world
from tests.screens.harness import to_html, to_text
from tests.screens.platform import person, signed_in
from tests.screens.rule_samples import TRIAL

callbacks.register("all")
from callbacks import rules  # noqa: E402 - its import registers it, once

LOW = "water/pressure_low"


def propose(h: Hypervisor, by: str, key: str = "pressure_low", **changes: Any) -> int:
    who = person(by)
    with signed_in(by), h.database.unit_of_work(1) as uow:
        made = rule_proposals.propose(
            uow,
            h.layers,
            "water",
            key,
            changes,
            who,
            world.AT,
            reason="Oscille la nuit",
            trial={"days": 30, "raised": 40, "removed": 31, "late": 2, "worst_late_s": 300, "missed": 0},
        )
    return int(made["id"])


def test_a_role_without_rules_does_not_open_the_page(h: Hypervisor):
    with signed_in("agent"), pytest.raises(Forbidden):
        regles.layout()


def test_an_operator_reads_the_sentence_and_can_change_nothing(h: Hypervisor):
    with signed_in("petit"):
        drawn = regles.read(LOW)
    said = to_text(drawn)
    assert "pression de compteur de secteur est" in said and "Les étages hauts" in said
    html = to_html(drawn)
    assert "data-lecture" in html and 'id="regle-tester"' in html
    assert 'id="regle-proposer"' not in html and 'id="regle-suspendre"' not in html


def test_the_perimeter_holds_in_the_list_and_in_the_rule(h: Hypervisor):
    with signed_in("eclairage"):
        said = to_text(regles.read(LOW))
    assert "Choisissez une règle" in said and "Armoire hors tension" in said and "Pression basse" not in said


def test_what_the_chief_proposes_waits_for_another_person_who_reads_its_figures(h: Hypervisor):
    propose(h, "chef", hysteresis=0.5)
    with signed_in("chef"):
        mine = to_html(regles.read(LOW))
    assert "Retirer ma proposition" in mine and "proposition-accept" not in mine
    assert re.search(r'id="regle-proposer"[^>]*disabled|disabled[^>]*id="regle-proposer"', mine)
    with signed_in("admin"):
        drawn = regles.read(LOW)
    said = to_text(drawn)
    assert "hystérésis 0,3 bar → 0,5 bar" in said and "Oscille la nuit" in said and "1 proposition à relire" in said
    assert "aurait retiré 31 alarmes de 40, 2 vraies retardées de 5 min au plus" in said
    assert "proposition-accept" in to_html(drawn)


def test_versions_say_what_each_changed_and_a_suspended_rule_is_struck_out(h: Hypervisor):
    admin = person("admin")
    with signed_in("admin"):
        with h.database.unit_of_work(1) as uow:
            operations.change(uow, h.layers, "water", "pump_tripped", {"duration": "PT30S"}, admin, world.AT)
            operations.change(uow, h.layers, "water", "pump_tripped", {}, admin, world.AT, enabled=False)
        drawn = regles.read("water/pump_tripped")
    said = to_text(drawn)
    assert "durée 0 s → 30 s" in said and "suspendue" in said and "Remettre en service" in said and "Revenir à v1" in said
    assert "rules-row--off" in to_html(drawn)


def test_a_trial_says_how_often_how_short_and_what_a_gentler_setting_costs(h: Hypervisor):
    said = to_text(rule_trial.told(TRIAL, may_propose=True))
    for words in (
        "412 déclenchements",
        "13,7 par jour",
        "38 % de moins de 10 min",
        "30 min 45 min",
        "5 % 8 %",
        "12, de 15 min au plus",
        "retire 175 alarmes",
        "4 manquées",
    ):
        assert words in said, (words, said)
    assert "Proposer ce réglage" not in to_text(rule_trial.told(TRIAL, may_propose=False))
    assert "Aucun déclenchement" in to_text(rule_trial.told(TRIAL | {"raised": 0, "alarms": 0}, may_propose=True))


def test_a_rule_that_cannot_be_tried_says_why_in_the_panel(h: Hypervisor):
    with signed_in("chef"):
        said = to_text(rules.try_out({"couche": "water", "cle": "pressure_low", "champs": {"when": "properties.flow > 1.0"}, "tour": 1}))
        assert "l’essai ne sait pas la rejouer" in said
        assert "duration_s" in to_text(rules.try_out({"couche": "water", "cle": "pressure_low", "champs": {"duration_s": -1}, "tour": 2}))
    with signed_in("admin"), pytest.raises(Forbidden):
        rules.try_out({"couche": "water", "cle": "pressure_low", "champs": {}, "tour": 3})


def test_who_is_told_when_nobody_acknowledges_is_read_under_the_rule(h: Hypervisor):
    with signed_in("chef"):
        said = to_text(regles.read("water/main_burst"))
    assert "Si personne n’acquitte : la salle plus fort après 30 s, le chef de salle après 1 min, l’astreinte par SMS après 3 min" in said, said


def test_an_official_has_no_way_to_the_studio():
    from hypervisor.domain.operator import PERMISSIONS

    assert "screen:regles" not in PERMISSIONS[Role.OFFICIAL]
    assert {role for role in Role if "rule:propose" in PERMISSIONS[role]} == {Role.CHIEF, Role.TRADE_MANAGER, Role.ADMIN}
