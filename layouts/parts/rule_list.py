"""The rules of the perimeter, by layer, each with its state; a proposal that waits is said first."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from hypervisor.domain.layer import Layer
from hypervisor.i18n import N_, _, ngettext
from layouts.parts.icon import icon
from layouts.parts.keys import cap

STATES = {"layer": N_("d’origine"), "tenant": N_("v{version}, en service")}


def state(rule: Mapping[str, Any], waits: bool = False) -> str:
    """« d’origine », « v3, en service », « v3, suspendue », with what waits; « nouvelle » for one that nobody has accepted yet."""
    if rule.get("is_new"):
        return _("nouvelle · à relire")
    if rule["suspended"]:
        return _("suspendue d’urgence")
    origin, version = rule["origin"], rule["version"]
    word = _(STATES[origin], version=version) if rule["enabled"] else _("v{version}, suspendue", version=version)
    return _("{state} · à relire", state=word) if waits else word


def rule_list(
    rules: Sequence[Mapping[str, Any]],
    layers: Mapping[str, Layer],
    chosen: str,
    waiting: frozenset[str],
    proposed: Sequence[Mapping[str, Any]] = (),
    *,
    may_propose: bool = False,
) -> html.Section:
    """The panel. chosen and waiting: « layer/key » of the rule shown, and of those with a proposal; proposed: the new rules that wait, not in force."""
    items: list[Component] = []
    for layer in sorted(layers.values(), key=lambda one: one.order):
        rows = [rule for rule in [*rules, *proposed] if rule["layer"] == layer.key]
        if rows:
            items.append(html.Li(_(layer.label), className="rules-layer"))
            items += [_item(rule, layer, chosen, waiting) for rule in rows]
    count = len(waiting)
    foot = ngettext("{n} proposition à relire", "{n} propositions à relire", count, n=count) if count else _("Aucune proposition en attente")
    return html.Section(
        [
            html.Header([html.H2(_("Règles")), html.Span(str(len(rules)), className="panel-note"), *_new(may_propose)], className="panel-head"),
            html.Div(
                html.Label(
                    [icon("search"), html.Span(_("Rechercher une règle"), className="visually-hidden"), dcc.Input(id="regles-recherche", type="search", placeholder=_("Rechercher"), autoComplete="off"), cap("/")],
                    className="search",
                ),
                className="rules-search",
            ),
            html.Ul(items, className="rules-rows", id="regles-liste"),
            html.P(foot, className="panel-note-line rules-foot", **{"data-testid": "regles-attente"}),
        ],
        className="panel rules-list",
        **{"aria-label": _("Règles")},
    )  # fmt: skip


def _new(may_propose: bool) -> list[Component]:
    return [dcc.Link(_("Nouvelle règle"), href="/regles?nouvelle=oui", className="action rules-new", id="regle-nouvelle")] if may_propose else []


def _item(rule: Mapping[str, Any], layer: Layer, chosen: str, waiting: frozenset[str]) -> html.Li:
    name = f"{rule['layer']}/{rule['key']}"
    is_chosen, waits, title = name == chosen, name in waiting, rule["title"]
    kind = next((kind for kind in layer.kinds if kind.key == rule["kind"]), None)
    link = dcc.Link(
        [
            icon(kind.icon if kind else layer.icon),
            html.Span([html.Strong(_(title)), html.Span(state(rule, waits))], className="rules-name"),
        ],
        href=f"/regles?regle={name}",
        className="rules-link" + (" rules-link--chosen" if is_chosen else ""),
    )
    classes = " ".join(
        filter(None, ("rules-row", "rules-row--off" if not rule["enabled"] or rule.get("suspended") else "", "rules-row--waits" if waits else ""))
    )
    return html.Li(
        link,
        className=classes,
        **{"data-testid": f"regle-{rule['layer']}-{rule['key']}", "data-mots": f"{_(title)} {_(layer.label)} {rule['key']}".lower()},
    )
