"""What ties a rule to others: what it counts, the threshold that each asset brings, what it explains, and who is told when nobody acknowledges."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.layer import Layer
from hypervisor.i18n import N_, _, ngettext
from hypervisor.queries.rule_words import GROUPS
from layouts.parts import rule_fields as fields

RUNGS = {
    "louder": N_("la salle plus fort"), "chief": N_("le chef de salle"), "on_call_sms": N_("l’astreinte par SMS"), "on_call_call": N_("l’astreinte par appel"),
    "decision": N_("l’astreinte de décision"), "list": N_("le service par courriel"),
}  # fmt: skip
"""rung of the ladder → whom it tells."""

Rules = Sequence[Mapping[str, Any]]
"""Rules of one layer, as queries.rules gives them."""


def counted(rule: Mapping[str, Any], layer: Layer, rules: Rules) -> list[Component]:
    """« au moins 5 équipements en alarme par … sous un même équipement, pendant … »."""
    kinds = {kind.key: _(kind.label).lower() for kind in layer.kinds}
    names = {one["key"]: f"{_(one['title'])} ({kinds.get(one['kind'], one['kind'])})" for one in rules if one["comparison"] != "count"}
    groups = {key: _(word) for key, word in GROUPS.items()}
    number = fields.number("threshold", rule["threshold"], _("équipements"), _("Nombre"))
    members = fields.choice("members", rule["members"], names or {"": _("aucune règle à compter")}, _("Règle comptée"))
    length = fields.length("duration_s", rule["duration_s"], _("Durée de confirmation"))
    note = _("L’alarme est portée par l’équipement dont les autres dépendent ; dans une commune ou une zone, par l’un des équipements comptés.")
    lines = [
        [_("au moins"), number, _("sont en alarme par"), members],
        [fields.choice("group", rule["group"], groups, _("Regroupement"))],
        [_("pendant"), length],
    ]
    return [*(html.Div(line, className="rule-line") for line in lines), html.Div(html.Span(note, className="rule-note"), className="rule-line")]


def own_threshold(rule: Mapping[str, Any], attributes: Sequence[str]) -> html.Div:
    """Whether the threshold is that of the rule, or a number that each asset declares. attributes: names of those that some asset declares."""
    names = sorted({*attributes, *([rule["threshold_attribute"]] if rule["threshold_attribute"] else [])})
    options = {"": _("le même pour tous"), **{name: _("propre à chaque équipement : {name}", name=name) for name in names}}
    note = html.Span(_("celui de la règle vaut pour les équipements qui n’en déclarent pas"), className="rule-note")
    return html.Div(
        [_("seuil"), fields.choice("threshold_attribute", rule["threshold_attribute"] or "", options, _("Seuil de chaque équipement")), note],
        className="rule-line",
    )


def explained(rule: Mapping[str, Any], rules: Rules) -> html.Details:
    """Boxes of the layer's other rules; causes of other layers or of supervisors stay as they are and are sent back with the others."""
    names = {one["key"]: _(one["title"]) for one in rules if one["key"] != rule["key"]}
    chosen = sorted(rule["explains"])
    kept = [cause for cause in chosen if cause not in names]
    boxes = [
        html.Button(
            [html.Span(className="tick-box", **{"aria-hidden": "true"}), html.Span(name)],
            type="button", role="checkbox", className="rule-tick", **{"aria-checked": "true" if key in chosen else "false", "data-cause": key},
        )
        for key, name in sorted(names.items(), key=lambda item: item[1])
    ]  # fmt: skip
    note = html.P(
        _("Sur le même équipement ou sur ceux qui en dépendent : leurs alarmes sont tenues sous celle-ci, et reviennent seules si elle finit avant elles."),
        className="rule-note",
    )
    more = [html.P(_("Aussi, hors de ce domaine : {causes}.", causes=", ".join(kept)), className="rule-note")] if kept else []
    count = len(chosen)
    said = (
        ngettext("explique et masque {n} autre alarme", "explique et masque {n} autres alarmes", count, n=count)
        if count
        else _("n’explique aucune autre alarme")
    )
    return html.Details(
        [html.Summary(said, id="regle-causes-dit"), note, html.Div(boxes, className="rule-communes", role="group", **{"aria-label": _("Alarmes expliquées")}), *more],
        className="rule-where rule-field",
        **{
            "data-champ": "explains",
            "data-genre": "causes",
            "data-initial": json.dumps(chosen),
            "data-gardees": json.dumps(kept),
            "aria-label": _("Alarmes expliquées"),
        },
    )  # fmt: skip


def told(delays: Mapping[str, int | None]) -> html.Div:
    """Who is told, and when, while nobody acknowledges. delays: rung → seconds, None when it is left out; the on-call duty keeps them (/admin)."""
    steps = sorted((delay, rung) for rung, delay in delays.items() if delay is not None)
    said = ", ".join(_("{who} après {delay}", who=_(RUNGS[rung]), delay=fmt.duration(timedelta(seconds=delay))) for delay, rung in steps)
    text = _("Si personne n’acquitte : {said}. Le tableau d’astreinte dit qui.", said=said) if said else _("Personne d’autre que la salle n’est prévenu.")
    return html.Div(html.Span(text, className="rule-note", id="regle-prevenus"), className="rule-line")
