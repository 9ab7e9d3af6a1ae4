"""A rule in words: what the sentence of the studio, a proposal of a new rule and the logbook say of it."""

from datetime import timedelta

from hypervisor import fmt
from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import RATE, Rule
from hypervisor.i18n import N_, _, ngettext

COMPARISONS = {
    "above": N_("supérieur ou égal à"), "below": N_("inférieur ou égal à"),
    "rising": N_("en hausse, par heure, d’au moins"), "falling": N_("en baisse, par heure, d’au moins"),
}  # fmt: skip
GROUPS = {"parent": N_("sous un même équipement"), "commune": N_("dans une même commune"), "area": N_("dans la zone")}
PRIORITIES = {Priority.CRITICAL: N_("critique"), Priority.MAJOR: N_("majeure"), Priority.MINOR: N_("mineure"), Priority.INFO: N_("information")}


def sentence(layer: Layer, rule: Rule) -> str:
    """« tension de armoire inférieur ou égal à 207 V pendant 5 min : alarme mineure « Tension basse », dans 2 communes »."""
    kind = next((_(kind.label).lower() for kind in layer.kinds if kind.key == rule.kind), rule.kind)
    prop = next((prop for prop in layer.properties if prop.key == rule.property), None)
    what = _(prop.label).lower() if prop else rule.property
    if rule.comparison == "count":
        counted = next((_(other.title) for other in layer.rules if other.key == rule.members), rule.members)
        condition = _(
            "{n} équipements en alarme par « {counted} » {group}", n=fmt.number(rule.threshold), counted=counted, group=_(GROUPS.get(rule.group, rule.group))
        )
    elif rule.comparison == "silent":
        condition = _("{what} ({kind}) sans nouvelle depuis {length}", what=what, kind=kind, length=fmt.duration(rule.duration))
    else:
        word = next((word for word, code in (prop.words if prop else {}).items() if code == rule.threshold), None)
        unit = (prop.unit if prop else "") + ("/h" if rule.comparison in RATE else "")
        limit = _(prop.word_labels.get(word, word)) if prop and word is not None else fmt.quantity(rule.threshold, unit)
        condition = _("{what} ({kind}) {compared} {limit}", what=what, kind=kind, compared=_(COMPARISONS[rule.comparison]), limit=limit)
    if rule.comparison != "silent" and rule.duration > timedelta(0):
        condition = _("{condition} pendant {length}", condition=condition, length=fmt.duration(rule.duration))
    said = _("{condition} : alarme {priority} « {title} »", condition=condition, priority=_(PRIORITIES[rule.alarm_priority()]), title=_(rule.title))
    return f"{said}, {where(rule)}" if rule.communes or rule.area else said


def where(rule: Rule) -> str:
    """Where it applies."""
    count = len(rule.communes)
    said = [ngettext("dans {n} commune", "dans {n} communes", count, n=count)] if count else []
    return ", ".join([*said, _("dans une zone dessinée")] if rule.area else said) or _("sur tout le territoire")
