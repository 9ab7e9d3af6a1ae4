"""A rule tried on the last thirty days: what it would have raised, and which delay or hysteresis would calm it (rules/remedies.py)."""

import os
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing import get_context
from typing import Any

from hypervisor import fmt
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.domain.rule import RATE, Rule, of_row
from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.i18n import _
from hypervisor.queries.rules import declared
from hypervisor.rules import remedies
from hypervisor.rules.check import faults
from hypervisor.rules.remedies import Episode, Remedy, Task
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, rules, snapshot
from hypervisor.store.observations import Whose

PERIOD = timedelta(days=30)
MOST_VALUES = 150_000
"""Values judged by one trial, so that it answers in a few seconds: beyond, the period is shortened, and the answer says so."""
MOST_ASSETS = 200
LONGEST_S = 30
STEP = timedelta(minutes=10)

Values = list[tuple[int, float, int]]
"""(asset, value, epoch ms), oldest first."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Assets on which the rule is tried: their commune and their own threshold. alarms: those that the rule really raised in the period; covered: on these assets."""

    communes: Mapping[int, int]
    own: Mapping[int, float]
    alarms: int
    covered: int
    is_whole: bool


def trial(h: Hypervisor, layer: str, key: str, changes: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What the rule with these changes would have raised in the thirty days before now, by day, and its remedies, the recommended one marked.

    changes: fields as `Rule.as_row` writes them, {} for the rule in force. Raises NotFound, and InvalidRequest with every fault, or with why a rule cannot be tried.
    """
    who = require("rule:read", layer)
    require("observation:read", layer)
    with h.database.unit_of_work(who.tenant) as uow:
        held = declared(uow, h.layers, layer, key)
        rule = of_row(held.as_row() | dict(changes))
        _check(h.layers[layer], rule)
        number = snapshot.property_numbers(uow)[layer, rule.property]
        scope = _scope(uow, who, layer, held, rule, now)
    whose = Whose(property_ids=[number], asset_ids=sorted(scope.communes))
    since = _since(h, who, whose, now)
    values = _values(h, who, whose, since, now)
    return _told(h.layers[layer], rule, scope, values, since if not values else min(now, max(since, _at(values[0][2]))), now)


def _check(layer: Layer, rule: Rule) -> None:
    if rule.comparison == "count":
        raise InvalidRequest(_("Une règle qui compte ne s’essaie pas : essayez celle qu’elle compte."))
    if "properties" in rule.when:
        raise InvalidRequest(_("La condition regarde d’autres grandeurs : l’essai ne sait pas la rejouer. Retirez-la le temps de l’essai."))
    if wrong := faults(layer, rule):
        raise InvalidRequest(_("La règle ne peut pas être essayée : {faults}.", faults=" ; ".join(wrong)), faults=wrong)


def _scope(uow: UnitOfWork, who: Principal, layer: str, held: Rule, rule: Rule, now: datetime) -> Scope:
    """Where it applies. A rule at least as strict as the one in force can only raise where that one did: those assets are enough, and the answer stays exact."""
    rows = rules.scope(uow, layer, rule.kind, rule.communes, rule.area, rule.threshold_attribute, who.communes)
    raised = {asset: count for asset, count in rules.raised(uow, layer, held.key, now - PERIOD, now) if asset in rows}
    alarms, is_whole = sum(raised.values()), True
    if _is_stricter(rule, held):
        worst = sorted(raised, key=lambda asset: (-raised[asset], asset))[:MOST_ASSETS]
        rows, is_whole = {asset: rows[asset] for asset in worst}, len(worst) == len(raised)
    return Scope(
        communes={asset: commune for asset, (commune, _own) in rows.items()},
        own={asset: own for asset, (_commune, own) in rows.items() if own is not None},
        alarms=alarms,
        covered=sum(count for asset, count in raised.items() if asset in rows),
        is_whole=is_whole,
    )


def _is_stricter(rule: Rule, held: Rule) -> bool:
    same = replace(
        rule, duration=held.duration, hysteresis=held.hysteresis, title=held.title, consequence=held.consequence, action=held.action, source=held.source,
        decide_within=held.decide_within, priority=held.priority, stake=held.stake, latched=held.latched, highly_managed=held.highly_managed, explains=held.explains,
    )  # fmt: skip
    return same == held and rule.duration >= held.duration and rule.hysteresis >= held.hysteresis


def _since(h: Hypervisor, who: Principal, whose: Whose, now: datetime) -> datetime:
    """The start of the trial: thirty days ago, or as far back as MOST_VALUES allow."""
    count = h.history.count(who.tenant, whose, now - PERIOD, now) if whose.asset_ids else 0
    if count <= MOST_VALUES:
        return now - PERIOD
    # Values are not spread evenly: halved until they fit, an hour at least.
    period = PERIOD
    while count > MOST_VALUES and period > timedelta(hours=1):
        period /= 2
        count = h.history.count(who.tenant, whose, now - period, now)
    return now - period


def _values(h: Hypervisor, who: Principal, whose: Whose, since: datetime, now: datetime) -> Values:
    if not whose.asset_ids:
        return []
    found = h.history.series(who.tenant, whose, since, now)
    return list(zip(*(found[name].to_pylist() for name in ("asset_id", "value", "observed_at_ms")), strict=True))


def _told(layer: Layer, rule: Rule, scope: Scope, values: Values, since: datetime, now: datetime) -> dict[str, Any]:
    # What a layer declares besides, formulas of indicators among others, cannot travel to another process and judges nothing.
    bare = Layer(key=layer.key, label=layer.label, icon=layer.icon, order=layer.order, kinds=layer.kinds, properties=layer.properties)
    task = Task(layer=bare, rule=rule, values=values, until_ms=int(now.timestamp() * 1000), communes=dict(scope.communes), own=dict(scope.own))
    before, found = _judged(task) if values else ([], [])
    prop = layer.property_of(rule.property)
    unit = f"{prop.unit}/h" if rule.comparison in RATE else prop.unit
    best = remedies.recommended(rule, found)
    steps = max(1.0, (now - since) / STEP)
    short = sum(one.is_short for one in before)
    return {
        "since": since.isoformat(), "until": now.isoformat(), "days": (now - since) / timedelta(days=1), "values": len(values), "assets": len(scope.communes),
        "is_whole": scope.is_whole, "alarms": scope.alarms, "alarms_covered": scope.covered,
        "duration_s": rule.duration.total_seconds(), "hysteresis": rule.hysteresis, "unit": unit,
        "raised": len(before), "short": short, "per_day": len(before) / max(1e-9, (now - since) / timedelta(days=1)), "per_step": len(before) / steps,
        "by_day": _by_day(before, since, now),
        "remedies": [_remedy(one, steps, is_recommended=one is best) for one in found],
    }  # fmt: skip


def _remedy(one: Remedy, steps: float, *, is_recommended: bool) -> dict[str, Any]:
    return {
        "duration_s": one.duration.total_seconds(), "hysteresis": one.hysteresis, "raised": one.raised, "short": one.short, "removed": one.removed,
        "late": one.late, "median_late_s": one.median_late.total_seconds(), "worst_late_s": one.worst_late.total_seconds(), "missed": one.missed,
        "per_step": one.raised / steps, "is_recommended": is_recommended,
    }  # fmt: skip


def _by_day(found: Sequence[Episode], since: datetime, now: datetime) -> list[dict[str, Any]]:
    """Alarms of each day of the territory's calendar, days without any included, oldest first."""
    counts = {short: Counter(_at(one.began_ms).astimezone(fmt.ZONE).date() for one in found if one.is_short == short) for short in (True, False)}
    first, last = since.astimezone(fmt.ZONE).date(), now.astimezone(fmt.ZONE).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [{"day": day.isoformat(), "real": counts[False][day], "short": counts[True][day]} for day in days]


def _judged(task: Task) -> tuple[list[Episode], list[Remedy]]:
    """In another process: seconds of Python in this one would hold its heartbeats, and every screen would say LIAISON PERDUE."""
    try:
        return _hands().submit(remedies.judge, task).result(timeout=LONGEST_S)
    except TimeoutError:
        raise InvalidRequest(_("L’essai demande plus de {n} s : réduisez la zone de la règle, ou essayez plus tard.", n=LONGEST_S)) from None
    except BrokenProcessPool as broken:
        _hands.cache_clear()
        raise Unavailable(_("L’essai s’est interrompu : recommencez.")) from broken


@cache
def _hands() -> ProcessPoolExecutor:
    # Spawned and not forked: a web process has threads. After the others: a trial is in nobody's way.
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),))


def _begin(parent: int) -> None:
    os.nice(10)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """A web process that is killed says goodbye to nobody: without this its helper would wait for ever."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)


def _at(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
