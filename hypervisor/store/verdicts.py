"""What rules and supervisors decided, written: pending conditions, alarms with their transitions, facts and logbook lines. Inside the caller's transaction.

All alarms take this path. An alarm whose asset is under works is born out of service; one that another explains is born suppressed under it, and what was
raised shortly before its cause joins it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from hypervisor.domain.alarm import Facts, Mask, Priority, State, cleared, masked, raised, raised_again
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_, _
from hypervisor.store import alarm_changes, alarm_rows, causes, driver, masking, works

SOURCE = "rule"
PRIORITY_WORDS = {Priority.CRITICAL: N_("critique"), Priority.MAJOR: N_("majeure"), Priority.MINOR: N_("mineure"), Priority.INFO: N_("information")}
LINES = {
    "raise": N_("Alarme {priority} : {title} – {asset}"),
    "repeat": N_("Alarme {priority} de nouveau : {title} – {asset}"),
    "worsen": N_("Alarme aggravée, {priority} : {title} – {asset}"),
    "clear": N_("Fin de l’alarme {priority} : {title} – {asset}"),
    "retire": N_("Fin de l’alarme {priority}, dont la règle a été retirée : {title} – {asset}"),
    "retire-layer": N_("Fin de l’alarme {priority}, dont le domaine a été retiré : {title} – {asset}"),
}


GROUPED = N_("Alarmes rattachées à leur cause ({count}) : {title} – {asset}")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who decides: `source` is kept in the alarm; actor and name in its log, the rule's own when they are empty."""

    source: str = SOURCE
    actor: str = ""
    name: str = ""


RULES = Origin()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A rule's alarm to raise (holds) or to end on an asset, with what the alarm says. ending: why it ends, a key of LINES.

    severity: the source's own word, the rule's priority when it is empty. What another system says is carried as a rule of its own.
    """

    asset_id: int
    layer: str
    kind: str
    commune_id: int
    rule: Rule
    unit: str
    threshold: float | None
    holds: bool
    value: float | None
    observed_at: datetime | None
    received_at: datetime | None
    ending: str = "clear"
    severity: str = ""

    @classmethod
    def of_duty(cls, rule: Rule, asset_id: int, layer: str, kind: str, commune_id: int, now: datetime, *, holds: bool) -> "Decision":
        """One of ours about people, on the asset that stands for a post or a duty: nothing was measured."""
        return cls(
            asset_id=asset_id, layer=layer, kind=kind, commune_id=commune_id, rule=rule, unit="", threshold=None, holds=holds, value=None, observed_at=None,
            received_at=now,
        )  # fmt: skip


@dataclass(slots=True)
class WrittenAlarm:
    """An alarm while its decisions are applied, and after."""

    id: int
    decision: Decision
    facts: Facts
    count: int
    version: int
    is_new: bool
    acknowledged_at: datetime | None = None
    parent_id: int | None = None
    transitions: list[tuple[str, State | None, State, float | None]] = field(default_factory=list)
    is_back: bool = False  # its condition was met again
    is_born: bool = False  # … after everything was over, under a mask that had kept its place


def write_pending(cursor: psycopg.Cursor, tenant: int, changes: Iterable[tuple[int, str, datetime | None, float | None]]) -> None:
    """changes: (asset, rule, since, value); since None when the condition no longer waits."""
    begun = [(tenant, asset_id, rule, since, value) for asset_id, rule, since, value in changes if since is not None]
    ended = [(tenant, asset_id, rule) for asset_id, rule, since, _value in changes if since is None]
    if begun:
        cursor.executemany(
            "INSERT INTO alarm_pending (tenant, asset_id, rule, since, value) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (tenant, asset_id, rule) DO UPDATE SET since = excluded.since, value = excluded.value",
            begun,
        )
    if ended:
        cursor.executemany("DELETE FROM alarm_pending WHERE tenant = %s AND asset_id = %s AND rule = %s", ended)


def apply(
    cursor: psycopg.Cursor, tenant: int, decisions: Sequence[Decision], now: datetime, origin: Origin = RULES
) -> tuple[list[WrittenAlarm], list[dict[str, object]]]:
    """Applies decisions in order, writes alarms, transitions and facts; gives the alarms and the logbook's lines, to be appended last.

    Causes are written first: what they explain in the same call is born under them.
    """
    written: list[WrittenAlarm] = []
    lines: list[dict[str, object]] = []
    for explains in (True, False):
        part = [decision for decision in decisions if bool(decision.rule.explains) is explains]
        if part:
            alarms, said = _apply(cursor, tenant, part, now, origin)
            written += alarms
            lines += said
    return written, lines


def _apply(
    cursor: psycopg.Cursor, tenant: int, decisions: Sequence[Decision], now: datetime, origin: Origin
) -> tuple[list[WrittenAlarm], list[dict[str, object]]]:
    held = _locked(cursor, tenant, decisions, origin)
    current = dict(held)
    touched: dict[int, WrittenAlarm] = {}
    fresh = _numbers(cursor, sum(decision.holds for decision in decisions))
    masks = _masks(cursor, tenant, decisions, now)
    for decision in decisions:
        key = decision.asset_id, decision.rule.key
        alarm = current.get(key)
        if alarm is None and decision.holds:
            alarm = current[key] = _raise(fresh.pop(), decision, masks.get(key, frozenset()))
        elif alarm is not None and (alarm.facts.active != decision.holds or _says_more(alarm, decision, origin)):
            _move(alarm, decision, masks.get(key, frozenset()))
        else:
            continue  # The database already says so: a restart decided again what had been decided.
        touched[alarm.id] = alarm
        if not alarm.facts.is_open:
            del current[key]
    written = list(touched.values())
    if not written:
        return written, []
    # First those that were there: one that ends leaves its place, which is unique, to the one that follows it.
    _update(cursor, tenant, [alarm for alarm in written if not alarm.is_new], now)
    alarm_rows.insert(cursor, [_new(tenant, alarm, now, origin) for alarm in written if alarm.is_new])
    alarm_rows.log(cursor, _transitions(tenant, written, now, origin))
    explaining = [alarm.id for alarm in written if alarm.decision.rule.explains and alarm.facts.active and alarm.transitions]
    causes.count_dependents(cursor, tenant, explaining)
    parents = {parent for alarm in written for parent in (alarm.parent_id, causes.parent_of(alarm.facts.masks)) if parent is not None}
    lines = _lines(cursor, tenant, written, now, origin) + _gather(cursor, tenant, touched, explaining, now)
    alarm_changes.tell(cursor, tenant, touched, parents, now)
    return written, lines


def retired(cursor: psycopg.Cursor, tenant: int, known: Sequence[tuple[str, str, str]]) -> list[Decision]:
    """The end of every active alarm whose rule is not among `known`, (layer, kind, rule), or whose whole layer is gone: nothing would ever end it."""
    layers, kinds, rules = zip(*known, strict=True) if known else ((), (), ())
    cursor.execute(
        "SELECT a.asset_id, a.layer, a.kind, a.commune_id, a.cause, a.title, a.priority, a.unit, a.threshold, a.value, a.observed_at, a.received_at FROM alarm a "
        "WHERE a.tenant = %s AND a.source = %s AND a.active AND a.is_open "
        "AND NOT EXISTS (SELECT FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (layer, kind, rule) WHERE (k.layer, k.kind, k.rule) = (a.layer, a.kind, a.cause)) ORDER BY a.id",
        (tenant, SOURCE, list(layers), list(kinds), list(rules)),
    )
    return [
        Decision(
            asset_id=asset_id,
            layer=layer,
            kind=kind,
            commune_id=commune_id,
            rule=Rule(key=cause, kind=kind, property="", title=title, priority=Priority(priority)),
            unit=unit,
            threshold=threshold,
            holds=False,
            value=value,
            observed_at=observed_at,
            received_at=received_at,
            ending="retire" if layer in layers else "retire-layer",
        )
        for asset_id, layer, kind, commune_id, cause, title, priority, unit, threshold, value, observed_at, received_at in cursor
    ]


def append_lines(cursor: psycopg.Cursor, tenant: int, lines: Sequence[dict[str, object]]) -> None:
    """Appends to the logbook, with the commit or the next statement. Last before the commit: it locks the head of the chain."""
    if lines:
        driver.later(cursor, "SELECT logbook_append(%s::smallint, %s::jsonb)", (tenant, json.dumps(lines)))


def _raise(number: int, decision: Decision, masks: frozenset[Mask]) -> WrittenAlarm:
    facts = raised(decision.rule.alarm_priority(), decision.rule.latched, masks)
    alarm = WrittenAlarm(number, decision, facts, 1, 1, is_new=True)
    alarm.transitions.append(("raise", None, facts.state, decision.value))
    return alarm


def _move(alarm: WrittenAlarm, decision: Decision, masks: frozenset[Mask]) -> None:
    before, rule = alarm.facts, decision.rule
    alarm.decision = decision
    if not decision.holds:
        alarm.facts, action = cleared(before), decision.ending
    else:
        was_active = before.active
        alarm.facts = raised_again(before, rule.alarm_priority(), rule.latched, frozenset() if was_active else masks)
        alarm.count += 1
        alarm.is_back |= not was_active
        alarm.is_born |= before.truth is State.NORMAL
        action = "worsen" if was_active and alarm.facts.priority < before.priority else "repeat"
        if was_active and action == "repeat" and alarm.facts.truth is before.truth:
            return  # One more time: counted, not told line by line.
    alarm.transitions.append((action, before.state, alarm.facts.state, decision.value))


def _says_more(alarm: WrittenAlarm, decision: Decision, origin: Origin) -> bool:
    """Whether a decision about what is already active is news: another system's repeat is, a rule's only when it ranks higher than before."""
    return decision.holds and (origin.source != SOURCE or decision.rule.alarm_priority() < alarm.facts.priority)


def _masks(cursor: psycopg.Cursor, tenant: int, decisions: Sequence[Decision], now: datetime) -> dict[tuple[int, str], frozenset[Mask]]:
    """What hides the alarms to be raised from their birth: works on their assets, a cause that explains them."""
    holding = [decision for decision in decisions if decision.holds]
    if not holding:
        return {}
    at_work = works.over_assets(cursor, tenant, [decision.asset_id for decision in holding], now)
    explained = causes.explained(cursor, tenant, ((d.asset_id, d.rule.key) for d in holding if not d.rule.highly_managed), now)
    found = {}
    for decision in holding:
        key = decision.asset_id, decision.rule.key
        by_cause = frozenset({causes.under(explained[key], now)}) if key in explained else frozenset()
        found[key] = at_work.get(decision.asset_id, frozenset()) | by_cause
    return found


def _gather(cursor: psycopg.Cursor, tenant: int, touched: dict[int, WrittenAlarm], explaining: Sequence[int], now: datetime) -> list[dict[str, object]]:
    """Puts under new causes what was raised shortly before them; the logbook has one line for each cause."""
    effects = causes.recent_effects(cursor, tenant, explaining, now)
    if not effects:
        return []
    changes = [
        alarm_changes.Change(alarm, masked(alarm.facts, causes.under(effects[alarm.id], now)), "group")
        for alarm in alarm_changes.held(cursor, "a.tenant = %s AND a.id = ANY(%s)", (tenant, list(effects)), waits=True)
    ]
    alarm_changes.save(cursor, tenant, changes, now)
    for change in changes:
        if (alarm := touched.get(change.alarm.id)) is not None:
            alarm.facts, alarm.version = change.after, alarm.version + 1
    counts = Counter(effects[change.alarm.id] for change in changes)
    names = _names(cursor, tenant, [touched[parent] for parent in counts])
    return [
        _line(
            touched[parent],
            now,
            RULES,
            _(GROUPED, count=count, title=_(touched[parent].decision.rule.title), asset=names.get(touched[parent].decision.asset_id, "")),
            "group",
        )
        for parent, count in counts.items()
    ]


def _locked(cursor: psycopg.Cursor, tenant: int, decisions: Sequence[Decision], origin: Origin) -> dict[tuple[int, str], WrittenAlarm]:
    # Rows are locked: a person may acknowledge at the same instant, and it is the database that knows.
    by_key = {(decision.asset_id, decision.rule.key): decision for decision in decisions}
    if origin.source != SOURCE:
        # Requests of one source come at once where rules have one worker: the second waits, and finds what the first has raised.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (tenant, origin.source))
    cursor.execute(
        "SELECT a.id, a.asset_id, a.cause, a.count, a.version, a.acknowledged_at, a.parent_id, "
        "a.active, a.acknowledged, a.priority, a.latched, a.announced_at, a.repeats, a.masking FROM alarm a "
        "JOIN unnest(%s::int[], %s::text[]) AS k (asset_id, cause) ON a.asset_id = k.asset_id AND a.cause = k.cause "
        "WHERE a.tenant = %s AND a.source = %s AND a.is_open ORDER BY a.id FOR UPDATE OF a",
        ([asset_id for asset_id, _cause in by_key], [cause for _asset, cause in by_key], tenant, origin.source),
    )
    return {
        (asset_id, cause): WrittenAlarm(number, by_key[asset_id, cause], masking.facts(*row), count, version, False, acknowledged_at, parent_id)
        for number, asset_id, cause, count, version, acknowledged_at, parent_id, *row in cursor
    }


def _numbers(cursor: psycopg.Cursor, count: int) -> list[int]:
    """New alarm numbers, the smallest to be taken first by `pop`."""
    rows = cursor.execute("SELECT nextval(pg_get_serial_sequence('alarm', 'id')) FROM generate_series(1, %s)", (count,)).fetchall() if count else []
    return sorted((number for (number,) in rows), reverse=True)


def _update(cursor: psycopg.Cursor, tenant: int, alarms: Sequence[WrittenAlarm], now: datetime) -> None:
    for alarm in alarms:
        alarm.version += 1
    alarm_rows.move(cursor, tenant, [_named(tenant, alarm, now) for alarm in alarms], now)


def _named(tenant: int, alarm: WrittenAlarm, now: datetime) -> alarm_rows.Row:
    decision, facts = alarm.decision, alarm.facts
    rule = decision.rule
    if not facts.acknowledged:
        alarm.acknowledged_at = None
    return {
        "tenant": tenant, "id": alarm.id, "asset_id": decision.asset_id, "layer": decision.layer, "commune_id": decision.commune_id, "kind": decision.kind,
        "cause": rule.key, "title": rule.title, "severity": decision.severity or rule.priority.word, "stake": rule.stake, "explains": list(rule.explains),
        "highly_managed": rule.highly_managed, "unit": decision.unit, "threshold": decision.threshold,
        "decide_before": now + rule.decide_within if rule.decide_within else None, "value": decision.value, "observed_at": decision.observed_at,
        "received_at": decision.received_at, "priority": facts.priority, "active": facts.active, "acknowledged": facts.acknowledged, "latched": facts.latched,
        "repeats": facts.repeats, "masks": list(facts.mask_names), "masking": masking.entries(facts.masks), "announced": facts.announced,
        "wake_at": masking.wake_at(facts, alarm.acknowledged_at), "count": alarm.count, "is_back": alarm.is_back, "is_born": alarm.is_born,
        "parent_id": causes.parent_of(facts.masks),
    }  # fmt: skip


def _new(tenant: int, alarm: WrittenAlarm, now: datetime, origin: Origin) -> alarm_rows.Row:
    named = _named(tenant, alarm, now)
    return named | {
        "source": origin.source, "rule": named["cause"], "source_severity": named["severity"], "raised_at": now,
        "announced_at": now if alarm.facts.announced else None, "cleared_at": None if alarm.facts.active else now,
    }  # fmt: skip


def _transitions(tenant: int, alarms: Sequence[WrittenAlarm], now: datetime, origin: Origin) -> list[alarm_rows.Row]:
    return [
        {
            "tenant": tenant, "alarm_id": alarm.id, "at": now, "actor": origin.actor or f"rule:{rule.key}", "actor_name": origin.name or rule.title,
            "action": action, "from_state": before, "to_state": after, "value": value,
        }
        for alarm in alarms
        for rule in (alarm.decision.rule,)
        for action, before, after, value in alarm.transitions
    ]  # fmt: skip


def _names(cursor: psycopg.Cursor, tenant: int, alarms: Sequence[WrittenAlarm]) -> dict[int, str]:
    return dict(
        cursor.execute("SELECT id, name FROM asset WHERE tenant = %s AND id = ANY(%s)", (tenant, [alarm.decision.asset_id for alarm in alarms])).fetchall()
    )


def _lines(cursor: psycopg.Cursor, tenant: int, alarms: Sequence[WrittenAlarm], now: datetime, origin: Origin) -> list[dict[str, object]]:
    names = _names(cursor, tenant, alarms)
    return [
        _line(alarm, now, origin, _sentence(alarm, action, names), action, before, after)
        for alarm in alarms
        for action, before, after, _value in alarm.transitions
    ]


def _sentence(alarm: WrittenAlarm, action: str, names: dict[int, str]) -> str:
    decision = alarm.decision
    return _(LINES[action], priority=_(PRIORITY_WORDS[alarm.facts.priority]), title=_(decision.rule.title), asset=names.get(decision.asset_id, ""))


def _line(
    alarm: WrittenAlarm, now: datetime, origin: Origin, text: str, action: str, before: State | None = None, after: State | None = None
) -> dict[str, object]:
    decision = alarm.decision
    return {
        "at": now.isoformat(), "actor": origin.actor or f"rule:{decision.rule.key}", "actor_name": origin.name or _("Règle"), "kind": "system", "text": text,
        "layer": decision.layer, "commune_id": decision.commune_id, "alarm_id": alarm.id, "asset_id": decision.asset_id,
        "action": action, "from_state": before, "to_state": after,
    }  # fmt: skip
