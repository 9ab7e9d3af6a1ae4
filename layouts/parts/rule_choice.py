"""What a new rule is about: layer, kind, property and shape of its condition. Each choice draws the sentence again."""

from collections.abc import Mapping, Sequence

from dash import html

from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Kind, Layer
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_, _

FORMS = {
    "above": N_("dépasse un seuil"), "below": N_("passe sous un seuil"), "rising": N_("monte trop vite"), "falling": N_("descend trop vite"), "silent": N_("n’est plus reçue"),
    "count": N_("plusieurs équipements en alarme"),
}  # fmt: skip
"""comparison → what people choose."""
WORDED = ("above", "silent", "count")
"""Of a property whose values are words."""


def draft(layers: Sequence[Layer], asked: str) -> tuple[Layer, Rule] | None:
    """The rule that « layer/kind/property/comparison » begins, « layer/kind//count » for one that counts, its missing or impossible parts replaced by the first possible; None when these layers measure nothing."""
    words = [*asked.split("/"), "", "", "", ""]
    measured = [one for one in layers if _kinds(one)]
    if not measured:
        return None
    layer = next((one for one in measured if one.key == words[0]), measured[0])
    is_count = words[3] == "count"
    kinds = list(layer.kinds) if is_count else _kinds(layer)
    kind = next((one for one in kinds if one.key == words[1]), kinds[0])
    if is_count:
        return layer, _counting(layer, kind)
    key = words[2] if words[2] in kind.properties else kind.properties[0]
    prop = layer.property_of(key)
    forms = _forms(layer, key)
    comparison = words[3] if words[3] in forms else next(iter(forms))
    threshold = float(min(prop.words.values())) if prop.words else 0.0
    return layer, Rule(key="nouvelle", kind=kind.key, property=key, title="", priority=Priority.MINOR, comparison=comparison, threshold=threshold)


def _counting(layer: Layer, kind: Kind) -> Rule:
    """What it counts first: a rule of another kind, whose assets may depend on this one, else one of its own."""
    others = [one for one in layer.rules if one.comparison != "count"]
    first = next((one for one in others if one.kind != kind.key), None)
    own = next((one for one in others if one.kind == kind.key), None)
    members, group = (own, "commune") if own is not None else (first, "parent")
    return Rule(
        key="nouvelle", kind=kind.key, title="", priority=Priority.MINOR, comparison="count", threshold=3.0, members=members.key if members else "", group=group
    )  # fmt: skip


def choice(layers: Sequence[Layer], layer: Layer, rule: Rule) -> html.Div:
    """The four lists; what is measured says nothing of a rule that counts."""
    is_count = rule.comparison == "count"
    kinds = list(layer.kinds) if is_count else _kinds(layer)
    kind = next(one for one in kinds if one.key == rule.kind)
    measured = kind.properties[0] if is_count and kind.properties else rule.property
    lists = [
        ("couche", _("Domaine"), {one.key: _(one.label) for one in layers if _kinds(one)}, layer.key),
        ("equipement", _("Équipement qui porte l’alarme") if is_count else _("Équipement"), {one.key: _(one.label) for one in kinds}, rule.kind),
        ("grandeur", _("Grandeur"), {key: _(layer.property_of(key).label) for key in kind.properties}, rule.property),
        ("forme", _("Condition"), _forms(layer, measured), rule.comparison),
    ]
    shown = [one for one in lists if not (is_count and one[0] == "grandeur")]
    return html.Div([_list(name, label, options, chosen) for name, label, options, chosen in shown], className="rule-line rule-choice")


def _kinds(layer: Layer) -> list[Kind]:
    return [kind for kind in layer.kinds if kind.properties]


def _forms(layer: Layer, key: str) -> dict[str, str]:
    return {form: _(word) for form, word in FORMS.items() if form in WORDED or (key and not layer.property_of(key).words)}


def _list(name: str, label: str, options: Mapping[str, str], chosen: str) -> html.Select:
    return html.Select(
        [html.Option(word, value=key, selected=key == chosen) for key, word in options.items()],
        className="field",
        **{"data-choix": name, "aria-label": label, "data-testid": f"choix-{name}"},
    )
