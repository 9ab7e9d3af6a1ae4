"""The rules of one tenant as its worker applies them: what was saved over what layers declare, the assets that each concerns, what guards may use."""

import logging
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from hypervisor.domain.layer import Layer
from hypervisor.domain.rule import Rule, of_row
from hypervisor.ingest.directory import Directory
from hypervisor.ingest.present import Present
from hypervisor.rules.combination import Combinations, Group
from hypervisor.rules.compile import CompiledRule, Rulebook, SavedRule, compile_rules, overlay
from hypervisor.rules.conditions import Surroundings
from hypervisor.store import rule_suspensions, rules
from hypervisor.store.engine import Cursor

logger = logging.getLogger(__name__)

TERRITORY_TIME = ZoneInfo("Europe/Paris")
"""In which a guard reads hours and days: that of the people who wrote it."""


def effective(layers: Mapping[str, Layer], cursor: Cursor, tenant: int) -> tuple[dict[str, Layer], Rulebook]:
    """The layers with the tenant's own rules, and these compiled."""
    found = overlay(layers, _saved(cursor, tenant), rule_suspensions.suspended(cursor, tenant))
    return found, compile_rules(found)


def scopes(cursor: Cursor, tenant: int, rulebook: Rulebook, directory: Directory) -> dict[int, frozenset[int]]:
    """rule → places where it applies, for the rules that are not for everywhere."""
    found = {}
    for one in rulebook.rules:
        rule = one.rule
        if rule.comparison != "count" and (rule.communes or rule.area):
            inside = rules.inside(cursor, tenant, one.layer, rule.kind, rule.communes, rule.area)
            found[one.number] = frozenset(directory.by_id[asset_id] for asset_id in inside if asset_id in directory.by_id)
    return found


def combinations(cursor: Cursor, tenant: int, rulebook: Rulebook, directory: Directory) -> Combinations:
    """What rules count. A group is judged by the worker that has the asset which carries its alarm."""
    found = groups(cursor, tenant, rulebook)
    return Combinations(
        rulebook.rules,
        [Group(rule=group.rule, anchor=directory.by_id[group.anchor], members=group.members) for group in found if group.anchor in directory.by_id],
    )


def groups(cursor: Cursor, tenant: int, rulebook: Rulebook) -> list[Group]:
    """The groups that rules count, their anchors by asset id."""
    found = []
    for one in rulebook.rules:
        if one.rule.comparison == "count":
            gathered = rules.members(cursor, tenant, one.rule.group, one.layer, one.rule.kind, _counted(rulebook, one).kind, one.rule.communes, one.rule.area)
            found += [Group(rule=one.number, anchor=anchor, members=frozenset(members)) for anchor, members in gathered]
    return found


def surroundings_of(present: Present) -> Surroundings:
    """What guards may use of an asset's present."""
    directory = present.directory

    def surroundings(place: int, one: CompiledRule, at_ms: int) -> Mapping[str, Any]:
        table, first = directory.table[place], directory.first_cell[place]
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(TERRITORY_TIME)
        last = {key: present.value[first + n] for n, key in enumerate(table.kind.properties) if present.heard_at_ms[first + n]}
        return {
            "properties": {key: value for key, value in last.items() if math.isfinite(value)},
            "layer": one.layer,
            "kind": table.kind.key,
            "commune": directory.commune_id[place],
            "hour": at.hour,
            "weekday": at.isoweekday(),
        }

    return surroundings


def _saved(cursor: Cursor, tenant: int) -> list[SavedRule]:
    found = []
    for layer, body, enabled in rules.saved(cursor, tenant):
        try:
            found.append(SavedRule(layer=layer, rule=of_row(body), enabled=enabled))
        except msgspec.ValidationError as error:
            logger.error("a saved rule of layer %s cannot be read, and raises nothing: %s", layer, error)
    return found


def _counted(rulebook: Rulebook, one: CompiledRule) -> Rule:
    return next(other.rule for other in rulebook.rules if other.layer == one.layer and other.rule.key == one.rule.members)
