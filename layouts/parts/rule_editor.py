"""A rule as a sentence: when, except, then, why. Its fields are what the engine judges, no more; assets/js/60-rules.js collects those that changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.alarm import Stake
from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import RATE, VALUE
from hypervisor.i18n import N_, _
from hypervisor.queries.rule_words import COMPARISONS
from layouts import ids
from layouts.parts import rule_fields as fields
from layouts.parts import rule_links, rule_where
from layouts.parts.icon import icon
from layouts.parts.keys import cap
from layouts.parts.rule_list import state
from layouts.parts.shape import WORDS, shape

STAKES = {
    Stake.VITAL: N_("danger pour les personnes ou perte d’un service essentiel"), Stake.SERVICE: N_("service dégradé"),
    Stake.REPAIR: N_("à réparer en heures ouvrées"), Stake.NONE: N_("rien à faire"),
}  # fmt: skip


def editor(
    rule: Mapping[str, Any],
    layer: Layer,
    *,
    may_propose: bool,
    may_suspend: bool,
    waits: bool,
    priority: str,
    communes: Mapping[int, str],
    view: Mapping[str, Any],
    rules: rule_links.Rules,
    attributes: Sequence[str],
    delays: Mapping[str, int | None] | None,
    choice: Component | None = None,
) -> html.Section:
    """The panel of one rule, as queries.rules.one gives it. priority: word of its alarms' priority; communes: id → name of those that may be chosen.

    rules: those of the layer, this one included; attributes: names of numbers that assets of the kind declare; delays: of the ladder for its priority, None for whom it is not.
    view: of the territory, where the map of the area opens; choice: what a new rule is about (rule_choice.choice), None for one that exists.
    """
    can, title, is_new = may_propose and not waits, rule["title"], choice is not None
    is_unborn = is_new or bool(rule.get("is_new"))
    buttons = [] if is_unborn else [_button("regle-tester", [html.Span(_("Tester")), cap("Ctrl"), cap("Entrée")], _("Essayer sur les trente derniers jours"))]
    if may_propose and not rule.get("is_new"):
        buttons.append(
            _button(
                "regle-proposer",
                _("Demander validation"),
                _("Une proposition attend déjà") if waits else _("Une autre personne relira"),
                is_primary=True,
                is_off=not can,
            )
        )
    if may_propose and not is_unborn:
        enabled = rule["enabled"]
        buttons.append(
            _button(
                "regle-suspendre" if enabled else "regle-reprendre",
                _("Suspendre") if enabled else _("Remettre en service"),
                _("Une autre personne relira"),
                is_off=not can,
            )
        )
    if may_suspend and rule["enabled"] and not is_unborn and not rule["suspended"]:
        buttons.append(_button("regle-urgence", _("Suspendre d’urgence"), _("Aussitôt, avec un motif, huit heures au plus")))
    badge = _("nouvelle, à proposer") if is_new else state(rule)
    head = html.Header(
        [
            html.H2(_(title) if title else _("Nouvelle règle")),
            html.Span(badge, className="rule-badge", id="regle-etat"),
            html.Div(buttons, className="rule-acts"),
        ],
        className="panel-head rule-head",
    )
    blocks = [
        _block(_("Quand"), _when(rule, layer, rules, attributes)),
        _block(_("Sauf"), _except(rule, layer)),
        _block(_("Où"), rule_where.lines(rule, communes, view)),
        _block(_("Alors"), _then(rule, priority, rules, delays)),
        _block(_("Pourquoi"), _why(rule)),
    ]
    return html.Section(
        [
            head,
            *([_suspended(rule["suspended"], may_resume=may_suspend)] if rule["suspended"] else []),
            html.P(id="regle-phrase", className="rule-sentence", role="status", hidden=not is_new),
            html.Div([html.P(_("Reste à corriger avant de l’envoyer :")), html.Ul(id="regle-fautes")], className="rule-faults", role="status", hidden=True),
            html.Div(
                [_block(_("Sur quoi"), [choice]), *blocks] if choice is not None else blocks,
                className="rule-blocks",
                role="group" if can else "",
                **({} if can else {"data-lecture": "oui"}),
            ),
            _reason(),
            _emergency(),
        ],
        id=ids.RULE_EDITOR,
        className="panel rule-editor",
        tabIndex=-1,
        **{"data-testid": "regle-editeur", "aria-label": _("Règle"), "data-couche": rule["layer"], "data-cle": rule["key"], "data-version": str(rule["version"]), "data-nouvelle": f"{rule['kind']}/{rule['property']}/{rule['comparison']}" if is_new else ""},
    )  # fmt: skip


def none() -> html.Section:
    """Before a rule is chosen."""
    return html.Section(
        html.P(_("Choisissez une règle dans la liste."), className="panel-empty"),
        id=ids.RULE_EDITOR,
        className="panel rule-editor",
        **{"data-testid": "regle-editeur"},
    )


def _block(title: str, lines: Sequence[Component]) -> html.Div:
    return html.Div([html.H3(title), html.Div(list(lines), className="rule-lines")], className="rule-block")


def _line(*parts: Any) -> html.Div:
    return html.Div(list(parts), className="rule-line")


def _when(rule: Mapping[str, Any], layer: Layer, rules: rule_links.Rules, attributes: Sequence[str]) -> list[Component]:
    kind = next((kind for kind in layer.kinds if kind.key == rule["kind"]), None)
    label = html.Strong(_(kind.label).lower() if kind else rule["kind"])
    if rule["comparison"] == "count":
        return rule_links.counted(rule, layer, rules)
    prop = next((prop for prop in layer.properties if prop.key == rule["property"]), None)
    measured = html.Strong(_(prop.label).lower() if prop else rule["property"])
    if rule["comparison"] == "silent":
        return [_line(measured, _("de"), label, _("n’est plus reçu depuis"), fields.length("duration_s", rule["duration_s"], _("Silence")))]
    unit = (prop.unit if prop else "") + ("/h" if rule["comparison"] in RATE else "")
    codes = {str(code): _(prop.word_labels.get(word, word)) for word, code in prop.words.items()} if prop and prop.words else {}
    limit = (
        fields.choice("threshold", str(int(rule["threshold"])), codes, _("Seuil"), kind="number")
        if codes
        else fields.number("threshold", rule["threshold"], unit, _("Seuil"))
    )
    compared = {key: _(word) for key, word in COMPARISONS.items() if key in (VALUE if rule["comparison"] in VALUE else RATE)}
    said = [_line(measured, _("de"), label, _("est"), fields.choice("comparison", rule["comparison"], compared, _("Comparaison")), limit),
            _line(_("pendant"), fields.length("duration_s", rule["duration_s"], _("Durée de confirmation")))]  # fmt: skip
    if rule["comparison"] in VALUE and not codes:
        said.append(rule_links.own_threshold(rule, attributes))
    return said


def _except(rule: Mapping[str, Any], layer: Layer) -> list[Component]:
    prop = next((prop for prop in layer.properties if prop.key == rule["property"]), None)
    lines = []
    if rule["comparison"] in VALUE | RATE and not (prop and prop.words):
        unit = (prop.unit if prop else "") + ("/h" if rule["comparison"] in RATE else "")
        lines.append(
            _line(_("si elle revient de"), fields.number("hysteresis", rule["hysteresis"], unit, _("Hystérésis")), _("en deçà du seuil, l’alarme finit"))
        )
    if rule["comparison"] == "count":
        lines.append(
            _line(
                _("si le nombre revient de"),
                fields.number("hysteresis", rule["hysteresis"], _("équipements"), _("Hystérésis")),
                _("en deçà du seuil, l’alarme finit"),
            )
        )
    if rule["comparison"] in VALUE | RATE:
        lines.append(_line(_("seulement si"), fields.text("when", rule["when"], _("Condition (CEL)"), _("toujours ; par exemple hour >= 6 && hour < 22"))))
    lines.append(
        _line(
            html.Span(
                _("Travaux et causes déclarées masquent l’alarme d’eux-mêmes ; une mesure périmée ou hors bornes ne juge rien."),
                className="rule-note",
            )
        )
    )
    return lines


def _then(rule: Mapping[str, Any], priority: str, rules: rule_links.Rules, delays: Mapping[str, int | None] | None) -> list[Component]:
    lines = [
        _line(
            _("lever l’alarme"),
            fields.text("title", rule["title"], _("Titre"), "", size=28),
            _("de gravité"),
            html.Span([shape(priority, "acknowledged", label="", fixed=True), html.Strong(_(WORDS[priority]))], className="rule-priority"),
        )
    ]
    stakes = {"": _("gravité fixée par la règle"), **{key.value: _(word) for key, word in STAKES.items()}}
    lines.append(
        _line(
            _("enjeu"),
            fields.choice("stake", rule["stake"] or "", stakes, _("Enjeu")),
            html.Span(_("la gravité vient de l’enjeu et du délai pour agir"), className="rule-note"),
        )
    )
    if not rule["stake"]:
        lines.append(
            _line(_("gravité"), fields.choice("priority", rule["priority"], {key: _(word) for key, word in WORDS.items() if key != "normal"}, _("Gravité")))
        )
    lines.append(
        _line(
            fields.tick("latched", rule["latched"], _("reste jusqu’à ce qu’une personne la réarme")),
            fields.tick("highly_managed", rule["highly_managed"], _("hautement gérée : jamais différée")),
        )
    )
    lines.append(rule_links.explained(rule, rules))
    if delays is not None:
        lines.append(rule_links.told(delays))
    return lines


def _why(rule: Mapping[str, Any]) -> list[Component]:
    return [
        _line(html.Span(_("conséquence"), className="rule-label"), fields.text("consequence", rule["consequence"], _("Conséquence"), "", is_wide=True)),
        _line(html.Span(_("action attendue"), className="rule-label"), fields.text("action", rule["action"], _("Action attendue"), "", is_wide=True)),
        _line(html.Span(_("délai pour agir"), className="rule-label"), fields.length("decide_within_s", rule["decide_within_s"], _("Délai pour agir"))),
    ]


def _reason() -> html.Div:
    """Asked before a proposal is sent."""
    return html.Div(
        [
            html.P(id="regle-changements", className="rule-note", role="status"),
            html.Label([html.Span(_("Pourquoi ce changement"), className="form-label"), html.Textarea(id="regle-motif", className="field", rows=2, maxLength=1000)], className="form-field"),
            html.Div([html.Button(_("Envoyer la proposition"), id="regle-envoyer", type="button", className="action action--primary"), html.Button(_("Annuler"), id="regle-annuler", type="button", className="action")], className="form-end"),
        ],
        id="regle-demande", className="rule-ask", hidden=True,
    )  # fmt: skip


def _emergency() -> html.Div:
    """Asked before a rule is suspended at once."""
    hours = [html.Option(_("{n} h", n=count), value=str(count * 3600), selected=count == 2) for count in (1, 2, 4, 8)]
    return html.Div(
        [
            html.P(_("La règle ne lève plus rien dès maintenant, et reprend d’elle-même à la fin. La main courante le dit."), className="rule-note"),
            html.Label([html.Span(_("Motif"), className="form-label"), html.Textarea(id="regle-urgence-motif", className="field", rows=2, maxLength=1000)], className="form-field"),
            html.Label([html.Span(_("Durée"), className="form-label"), html.Select(hours, id="regle-urgence-duree", className="field")], className="form-field"),
            html.Div([html.Button(_("Suspendre maintenant"), id="regle-urgence-envoyer", type="button", className="action action--primary"), html.Button(_("Annuler"), id="regle-urgence-annuler", type="button", className="action")], className="form-end"),
        ],
        id="regle-urgence-demande", className="rule-ask", hidden=True,
    )  # fmt: skip


def _suspended(suspension: Mapping[str, Any], *, may_resume: bool) -> html.Div:
    """Who suspended it at once, until when and why."""
    until = fmt.moment(datetime.fromisoformat(suspension["until"]))
    said = html.P(
        [
            icon("hourglass"),
            html.Strong(_("Suspendue d’urgence par {name}, jusqu’au {until}", name=suspension["by_name"], until=until)),
            html.Span(suspension["reason"]),
        ],
        className="circuit-head",
    )
    again = [_button("regle-urgence-finir", _("Reprendre maintenant"), _("La règle publiée reprend aussitôt"))] if may_resume else []
    return html.Div([said, *again], className="rule-suspended", **{"data-testid": "regle-suspendue"})


def _button(component_id: str, content: Any, title: str, *, is_primary: bool = False, is_off: bool = False) -> html.Button:
    return html.Button(
        content,
        id=component_id,
        type="button",
        title=title,
        disabled=is_off,
        className="action action--primary" if is_primary else "action",
        **{"data-testid": component_id},
    )
