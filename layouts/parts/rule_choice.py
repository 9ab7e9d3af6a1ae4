"""What a new rule is about: layer, kind, property and shape of its condition. Each choice draws the sentence again."""

from collections.abc import Mapping, Sequence

from dash import html

from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Kind, Layer
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_, _

FORMS = {
    "above": N_("dépasse un seuil"), "below": N_("passe sous un seuil"), "rising": N_("monte trop vite"), "falling": N_("descend trop vite"), "silent": N_("n’est plus reçue"),
}  # fmt: skip
"""comparison → what people choose; a rule that counts is proposed by the API."""
WORDED = ("above", "silent")
"""Of a property whose values are words."""


def draft(layers: Sequence[Layer], asked: str) -> tuple[Layer, Rule] | None:
    """The rule that « layer/kind/property/comparison » begins, its missing or impossible parts replaced by the first possible; None when these layers measure nothing."""
    words = [*asked.split("/"), "", "", "", ""]
    measured = [one for one in layers if _kinds(one)]
    if not measured:
        return None
    layer = next((one for one in measured if one.key == words[0]), measured[0])
    kind = next((one for one in _kinds(layer) if one.key == words[1]), _kinds(layer)[0])
    key = words[2] if words[2] in kind.properties else kind.properties[0]
    prop = layer.property_of(key)
    forms = _forms(layer, key)
    comparison = words[3] if words[3] in forms else next(iter(forms))
    threshold = float(min(prop.words.values())) if prop.words else 0.0
    return layer, Rule(key="nouvelle", kind=kind.key, property=key, title="", priority=Priority.MINOR, comparison=comparison, threshold=threshold)


def choice(layers: Sequence[Layer], layer: Layer, rule: Rule) -> html.Div:
    """The four lists."""
    kind = next(one for one in layer.kinds if one.key == rule.kind)
    lists = (
        ("couche", _("Domaine"), {one.key: _(one.label) for one in layers if _kinds(one)}, layer.key),
        ("equipement", _("Équipement"), {one.key: _(one.label) for one in _kinds(layer)}, rule.kind),
        ("grandeur", _("Grandeur"), {key: _(layer.property_of(key).label) for key in kind.properties}, rule.property),
        ("forme", _("Condition"), _forms(layer, rule.property), rule.comparison),
    )
    return html.Div([_list(name, label, options, chosen) for name, label, options, chosen in lists], className="rule-line rule-choice")


def _kinds(layer: Layer) -> list[Kind]:
    return [kind for kind in layer.kinds if kind.properties]


def _forms(layer: Layer, key: str) -> dict[str, str]:
    return {form: _(word) for form, word in FORMS.items() if form in WORDED or not layer.property_of(key).words}


def _list(name: str, label: str, options: Mapping[str, str], chosen: str) -> html.Select:
    return html.Select(
        [html.Option(word, value=key, selected=key == chosen) for key, word in options.items()],
        className="field",
        **{"data-choix": name, "aria-label": label, "data-testid": f"choix-{name}"},
    )
