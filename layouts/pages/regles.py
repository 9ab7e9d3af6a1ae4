"""The studio of rules: the list, one rule as a sentence, its trial on the past, and the circuit by which it changes."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from pydantic import ValidationError

from hypervisor import bootstrap
from hypervisor.api.rules import Change
from hypervisor.domain.operator import Principal
from hypervisor.errors import Forbidden, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.queries import rule_proposals, rules
from hypervisor.queries import rule_trial as trials
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork
from layouts import ids, shell
from layouts.parts import rule_circuit, rule_editor, rule_list, rule_trial, toasts


def layout(regle: str = "", essai: str = "", **_query: str) -> html.Div:
    """The page. `?regle=layer/key` chooses a rule, `&essai=1` tries it at once."""
    principal = require("screen:regles")
    content = html.Div(
        [
            html.Div(read(regle), id=ids.RULES_BODY, className="rules"),
            dcc.Store(id=ids.RULES_WAKE),
            dcc.Store(id=ids.RULE_ASKED),
        ],
        id=ids.RULES,
        className="rules-page",
        **{"data-essai": essai},
    )
    skips = (("regles-liste", _("Aller à la liste")), (ids.RULE_EDITOR, _("Aller à la règle")))
    return shell.page(principal, "regles", _("Règles"), toasts.provided([content]), skips=skips)


def read(name: str) -> list[Component]:
    """List, rule, trial not asked yet, and circuit, as they are now. name: « layer/key », "" for none."""
    who = require("rule:read")
    h = bootstrap.current()
    layer, _slash, key = name.partition("/")
    with h.database.unit_of_work(who.tenant) as uow:
        found = rules.listed(uow, h.layers)
        waiting = rule_proposals.listed(uow, h.layers, "pending")
        chosen = _chosen(uow, found, layer, key)
        side = frozenset(f"{one['layer']}/{one['key']}" for one in waiting)
        shown = f"{chosen['layer']}/{chosen['key']}" if chosen else ""
        return [rule_list.rule_list(found, h.layers, shown, side), *_panels(who, chosen, waiting)]


def _chosen(uow: UnitOfWork, found: list[dict[str, Any]], layer: str, key: str) -> dict[str, Any] | None:
    """The rule asked for, else the first one; None when there is none in the perimeter."""
    h = bootstrap.current()
    if not layer and found:
        layer, key = found[0]["layer"], found[0]["key"]
    try:
        return rules.one(uow, h.layers, layer, key)
    except (NotFound, Forbidden):  # The second is in the audit already.
        return None


def _panels(who: Principal, rule: dict[str, Any] | None, waiting: list[dict[str, Any]]) -> list[Component]:
    if rule is None:
        return [rule_editor.none(), html.Div(rule_trial.waiting(), id=ids.RULE_TRIAL, className="rules-side")]
    layer = bootstrap.current().layers[rule["layer"]]
    proposal = next((one for one in waiting if (one["layer"], one["key"]) == (rule["layer"], rule["key"])), None)
    may_propose = who.may("rule:propose", layer.key)
    editor = rule_editor.editor(
        rule, layer, may_propose=may_propose, may_write=who.may("rule:write", layer.key), waits=proposal is not None, priority=rule["alarm_priority"]
    )
    circuit = rule_circuit.circuit(
        rule,
        rule_proposals.of_versions(layer, rule),
        proposal,
        may_decide=proposal is not None and rule_proposals.may_decide(who, proposal),
        is_mine=proposal is not None and proposal["proposed_by"] == who.name,
        may_propose=may_propose,
    )
    return [html.Div([editor, circuit], className="rules-middle"), html.Div(rule_trial.waiting(), id=ids.RULE_TRIAL, className="rules-side")]


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
