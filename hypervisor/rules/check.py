"""Whether a rule can be: what is wrong with it, as sentences for the person who writes it."""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

import shapely

from hypervisor.domain.alarm import Priority
from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import COMPARISONS, GROUPS, RATE, VALUE, Rule
from hypervisor.i18n import _
from hypervisor.rules.guard import Guard, GuardFailed, example

KEY = re.compile(r"[a-z][a-z0-9_]{1,59}")
LONGEST_DURATION = timedelta(days=7)


def faults(layer: Layer, rule: Rule, others: Sequence[Rule] = ()) -> list[str]:
    """Everything wrong with a rule of this layer, empty when it is sound. others: the layer's other rules, among which it may count."""
    kinds = {kind.key: kind for kind in layer.kinds}
    if rule.comparison not in COMPARISONS:
        return [_("la comparaison {found} n’existe pas : employez {known}", found=rule.comparison, known=", ".join(COMPARISONS))]
    if rule.kind not in kinds:
        return [_("la couche {layer} n’a pas d’équipement {kind} : employez {known}", layer=layer.key, kind=rule.kind, known=", ".join(kinds))]
    return [*_shape(rule), *(_count(layer, rule, others) if rule.comparison == "count" else _measure(layer, rule, kinds[rule.kind].properties))]


def _shape(rule: Rule) -> Iterator[str]:
    if not KEY.fullmatch(rule.key):
        yield _("la clé {key} ne convient pas : de 2 à 60 lettres minuscules, chiffres ou _, une lettre d’abord", key=rule.key)
    if not rule.title.strip():
        yield _("le titre est vide : écrivez ce que l’opérateur lira")
    if not (math.isfinite(rule.threshold) and math.isfinite(rule.hysteresis)):
        yield _("le seuil et l’hystérésis doivent être des nombres finis")
    if rule.hysteresis < 0:
        yield _("l’hystérésis est négative : donnez la distance de retour, zéro ou plus")
    if rule.area and not _is_area(rule.area):
        yield _("la zone n’est pas un polygone GeoJSON valide en longitude et latitude : dessinez-la de nouveau")
    if rule.alarm_priority() is Priority.CRITICAL and not (rule.consequence.strip() and rule.action.strip() and rule.decide_within):
        yield _("une alarme critique demande sa conséquence, l’action attendue et le délai pour agir : écrivez-les")
    if not timedelta(0) <= rule.duration <= LONGEST_DURATION:
        yield _("la durée sort de 0 à {count} jours", count=LONGEST_DURATION.days)


def _measure(layer: Layer, rule: Rule, properties: Sequence[str]) -> Iterator[str]:
    if rule.property not in properties:
        yield _("l’équipement {kind} n’a pas de grandeur {found} : employez {known}", kind=rule.kind, found=rule.property, known=", ".join(properties))
    if rule.members or rule.group:
        yield _("members et group ne servent qu’à la comparaison count : retirez-les")
    if rule.comparison == "silent" and rule.duration <= timedelta(0):
        yield _("une règle de silence attend une durée : dites combien de temps")
    if rule.comparison in RATE and rule.threshold <= 0:
        yield _("une variation se compare à un seuil positif, par heure : le sens est dans la comparaison")
    if rule.threshold_attribute and rule.comparison not in VALUE:
        yield _("un seuil propre à l’équipement ne sert qu’aux comparaisons above et below")
    if rule.when and rule.comparison not in VALUE | RATE:
        yield _("une condition when ne sert qu’aux comparaisons d’une mesure : retirez-la")
    elif rule.when:
        yield from _guard(layer, rule, properties)


def _guard(layer: Layer, rule: Rule, properties: Sequence[str]) -> Iterator[str]:
    try:
        Guard(rule.when).allows(example(layer.key, rule.kind, dict.fromkeys(properties, 1.0)))
    except ValueError as error:
        yield str(error)
    except GuardFailed as failed:
        yield _("la condition, essayée, échoue : {reason} ; corrigez-la", reason=str(failed))


def _count(layer: Layer, rule: Rule, others: Sequence[Rule]) -> Iterator[str]:
    counted = next((other for other in others if other.key == rule.members and other.key != rule.key), None)
    if counted is None or counted.comparison == "count":
        yield _(
            "la règle comptée {found} n’existe pas dans la couche {layer}, ou compte elle-même : nommez une règle de mesure",
            found=rule.members,
            layer=layer.key,
        )
    if rule.group not in GROUPS:
        yield _("le regroupement {found} n’existe pas : employez {known}", found=rule.group, known=", ".join(GROUPS))
    if rule.group == "area" and not rule.area:
        yield _("un comptage par zone attend la zone : dessinez-la")
    if counted is not None and rule.group in ("commune", "area") and rule.kind != counted.kind:
        yield _("l’alarme d’un comptage par commune ou par zone est portée par un équipement compté : employez {kind}", kind=counted.kind)
    if rule.threshold < 1 or rule.threshold != int(rule.threshold):
        yield _("le seuil d’un comptage est un nombre d’équipements, 1 ou plus")
    if rule.hysteresis >= rule.threshold:
        yield _("l’hystérésis d’un comptage doit rester sous son seuil, sinon l’alarme ne finirait jamais")
    if rule.when or rule.threshold_attribute or rule.property:
        yield _("un comptage ne regarde aucune mesure : retirez when, property et threshold_attribute")


def _is_area(geojson: str) -> bool:
    try:
        shape = shapely.from_geojson(geojson)
    except (shapely.errors.GEOSException, TypeError, ValueError):
        return False
    west, south, east, north = shape.bounds if not shape.is_empty else (-999.0, 0.0, 0.0, 0.0)
    return shape.geom_type in ("Polygon", "MultiPolygon") and bool(shape.is_valid) and -180 <= west <= east <= 180 and -90 <= south <= north <= 90
