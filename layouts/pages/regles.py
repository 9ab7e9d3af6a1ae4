"""The studio of rules: the list, one rule as a sentence, its trial on the past, and the circuit by which it changes."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from pydantic import ValidationError

from hypervisor import bootstrap
from hypervisor.api.rules import Change
from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.domain.rule import Rule
from hypervisor.errors import Forbidden, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.queries import on_call, rule_proposals, rules
from hypervisor.queries import rule_trial as trials
from hypervisor.queries.territory import communes, territory
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork
from layouts import ids, shell
from layouts.parts import rule_choice, rule_circuit, rule_editor, rule_list, rule_trial, toasts


def layout(regle: str = "", essai: str = "", nouvelle: str = "", **_query: str) -> html.Div:
    """The page. `?regle=layer/key` chooses a rule, `&essai=1` tries it at once; `?nouvelle=layer/kind/property/comparison` begins one."""
    principal = require("screen:regles")
    content = html.Div(
        [
            html.Div(read(regle, nouvelle), id=ids.RULES_BODY, className="rules"),
            dcc.Store(id=ids.RULES_WAKE),
            dcc.Store(id=ids.RULE_ASKED),
        ],
        id=ids.RULES,
        className="rules-page",
        **{"data-essai": essai},
    )
    skips = (("regles-liste", _("Aller à la liste")), (ids.RULE_EDITOR, _("Aller à la règle")))
    return shell.page(principal, "regles", _("Règles"), toasts.provided([content]), skips=skips)


def read(name: str, new: str = "") -> list[Component]:
    """List, rule, trial not asked yet, and circuit, as they are now. name: « layer/key », "" for none; new: what a new rule is about, "" for none."""
    who = require("rule:read")
    h = bootstrap.current()
    layer, _slash, key = name.partition("/")
    with h.database.unit_of_work(who.tenant) as uow:
        found = rules.listed(uow, h.layers)
        waiting = rule_proposals.listed(uow, h.layers, "pending")
        proposed = [_unborn(one) for one in waiting if one["is_new"]]
        begun = rule_choice.draft(_open_to(who), new) if new else None
        chosen = None if begun else next((one for one in proposed if f"{one['layer']}/{one['key']}" == name), None) or _chosen(uow, found, layer, key)
        side = frozenset(f"{one['layer']}/{one['key']}" for one in waiting)
        shown = f"{chosen['layer']}/{chosen['key']}" if chosen else ""
        listed = rule_list.rule_list(found, h.layers, shown, side, proposed, may_propose=bool(_open_to(who)))
        beside = _beside(uow, who, found, begun[0].key if begun else chosen["layer"], _about(begun, chosen)) if begun or chosen else {}
        return [listed, *(_begun(who, *begun, beside) if begun else _panels(who, chosen, waiting, beside))]


def _open_to(who: Principal) -> list[Layer]:
    """Layers whose rules this person may propose, in their order."""
    return sorted((layer for layer in bootstrap.current().layers.values() if who.may("rule:propose", layer.key)), key=lambda one: one.order)


def _about(begun: tuple[Layer, Rule] | None, chosen: dict[str, Any] | None) -> tuple[str, str]:
    """Kind and word of the alarms' priority of the rule on the page."""
    if begun is not None:
        return begun[1].kind, begun[1].alarm_priority().word
    return (chosen["kind"], chosen["alarm_priority"]) if chosen else ("", "")


def _beside(uow: UnitOfWork, who: Principal, found: list[dict[str, Any]], layer: str, about: tuple[str, str]) -> dict[str, Any]:
    """What the editor shows beside the rule: the layer's rules, numbers that assets declare, and the ladder for whom it is."""
    kind, priority = about
    delays = on_call.ladder(uow)["delays"].get(priority, {}) if who.may("oncall:read") else None
    return {"rules": [one for one in found if one["layer"] == layer], "attributes": rules.own_numbers(uow, layer, kind), "delays": delays}


def _unborn(proposal: dict[str, Any]) -> dict[str, Any]:
    """A proposed new rule as the list and the panel show rules."""
    return {
        **proposal["body"], "layer": proposal["layer"], "key": proposal["key"], "enabled": proposal["enabled"], "is_new": True, "origin": "tenant", "is_declared": False,
        "suspended": None, "version": 0, "changed_at": None, "changed_by": None, "versions": [],
    }  # fmt: skip


def _begun(who: Principal, layer: Layer, rule: Rule, beside: dict[str, Any]) -> list[Component]:
    """The panels of a rule that is being written."""
    h = bootstrap.current()
    body = rules.shape(layer.key, rule, is_declared=False) | {"versions": []}
    editor = rule_editor.editor(
        body, layer, may_propose=True, may_suspend=False, waits=False, priority=body["alarm_priority"],
        communes=communes(h, who), view=territory(h, who).view, choice=rule_choice.choice(_open_to(who), layer, rule), **beside,
    )  # fmt: skip
    return [html.Div(editor, className="rules-middle rules-middle--alone"), html.Div(rule_trial.unborn(), id=ids.RULE_TRIAL, className="rules-side")]


def _chosen(uow: UnitOfWork, found: list[dict[str, Any]], layer: str, key: str) -> dict[str, Any] | None:
    """The rule asked for, else the first one; None when there is none in the perimeter."""
    h = bootstrap.current()
    if not layer and found:
        layer, key = found[0]["layer"], found[0]["key"]
    try:
        return rules.one(uow, h.layers, layer, key)
    except (NotFound, Forbidden):  # The second is in the audit already.
        return None


def _panels(who: Principal, rule: dict[str, Any] | None, waiting: list[dict[str, Any]], beside: dict[str, Any]) -> list[Component]:
    if rule is None:
        return [rule_editor.none(), html.Div(rule_trial.waiting(), id=ids.RULE_TRIAL, className="rules-side")]
    layer = bootstrap.current().layers[rule["layer"]]
    proposal = next((one for one in waiting if (one["layer"], one["key"]) == (rule["layer"], rule["key"])), None)
    may_propose = who.may("rule:propose", layer.key)
    h = bootstrap.current()
    editor = rule_editor.editor(
        rule, layer, may_propose=may_propose, may_suspend=who.may("rule:suspend", layer.key), waits=proposal is not None, priority=rule["alarm_priority"],
        communes=communes(h, who), view=territory(h, who).view, **beside,
    )  # fmt: skip
    circuit = rule_circuit.circuit(
        rule,
        rule_proposals.of_versions(layer, rule),
        proposal,
        may_decide=proposal is not None and rule_proposals.may_decide(who, proposal),
        is_mine=proposal is not None and proposal["proposed_by"] == who.name,
        may_propose=may_propose,
    )
    side = rule_trial.unborn() if rule.get("is_new") else rule_trial.waiting()
    return [html.Div([editor, circuit], className="rules-middle"), html.Div(side, id=ids.RULE_TRIAL, className="rules-side")]


def tried(layer: str, key: str, fields: dict[str, Any]) -> Component:
    """The trial of a rule with these fields, as the API takes them; a rule that cannot be tried says why in its place."""
    who = require("observation:read", layer)
    h = bootstrap.current()
    try:
        said = trials.trial(h, layer, key, Change.model_validate(fields).row(), h.clock.now())
    except InvalidRequest as refusal:
        return rule_trial.refused(refusal.sentence)
    except ValidationError as wrong:
        return rule_trial.refused(_("Le champ {name} n’a pas une valeur possible : corrigez-le.", name=".".join(map(str, wrong.errors()[0]["loc"]))))
    return rule_trial.told(said, may_propose=who.may("rule:propose", layer))
