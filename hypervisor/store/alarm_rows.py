"""Rows of `alarm` and `alarm_transition`, a whole batch in one statement: a hundred cost a quarter of what they cost one by one.

A row is a dictionary by column; what a statement does not know of it is left out. Times are aware, numbers finite.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import psycopg

from hypervisor.store import driver

Row = dict[str, object]

NEW = (
    "tenant, id, asset_id, layer, commune_id, kind, source, cause, rule, title, source_severity, stake, explains, highly_managed, unit, threshold, raised_at, decide_before, value, "
    "observed_at, received_at, priority, active, acknowledged, latched, repeats, masks, masking, parent_id, announced_at, cleared_at, wake_at, count"
)
TRANSITION = "tenant, alarm_id, at, actor, actor_name, action, from_state, to_state, value"

MOVE = """
UPDATE alarm AS a SET active = n.active, acknowledged = n.acknowledged, priority = n.priority, value = n.value, count = n.count, version = a.version + 1, latched = n.latched,
  repeats = n.repeats, masks = n.masks, masking = n.masking, parent_id = n.parent_id, title = n.title, source_severity = n.severity, wake_at = n.wake_at,
  announced_at = CASE WHEN n.announced THEN coalesce(a.announced_at, %(now)s) END,
  raised_at = CASE WHEN n.is_born THEN %(now)s ELSE a.raised_at END, decide_before = CASE WHEN n.is_born THEN n.decide_before ELSE a.decide_before END,
  observed_at = n.observed_at, received_at = n.received_at, cleared_at = CASE WHEN n.active THEN NULL ELSE %(now)s END,
  acknowledged_at = CASE WHEN n.acknowledged THEN a.acknowledged_at END, acknowledged_by = CASE WHEN n.acknowledged THEN a.acknowledged_by END,
  acknowledged_name = CASE WHEN n.acknowledged THEN a.acknowledged_name END, acknowledged_from = CASE WHEN n.acknowledged THEN a.acknowledged_from END,
  confirmed_at = CASE WHEN NOT n.is_back THEN a.confirmed_at END, confirmed_by = CASE WHEN NOT n.is_back THEN a.confirmed_by END,
  confirmed_name = CASE WHEN NOT n.is_back THEN a.confirmed_name END, confirmed_from = CASE WHEN NOT n.is_back THEN a.confirmed_from END,
  confirmation = CASE WHEN NOT n.is_back THEN a.confirmation END
FROM json_to_recordset(%(rows)s::json) AS n (
  id bigint, active boolean, acknowledged boolean, priority smallint, value float8, count int, latched boolean, repeats int, masks text[], masking jsonb, parent_id bigint, title text,
  severity text, wake_at timestamptz, announced boolean, is_born boolean, decide_before timestamptz, observed_at timestamptz, received_at timestamptz, is_back boolean)
WHERE a.tenant = %(tenant)s AND a.id = n.id
"""
"""An alarm that asks again forgets who had acknowledged it, and what had been found in the field; the transitions remember."""

MASK = """
UPDATE alarm AS a SET acknowledged = n.acknowledged, repeats = n.repeats, masks = n.masks, masking = n.masking, parent_id = n.parent_id, wake_at = n.wake_at,
  announced_at = CASE WHEN n.announced THEN coalesce(a.announced_at, %(now)s) END,
  acknowledged_at = CASE WHEN n.acknowledged THEN a.acknowledged_at END, acknowledged_by = CASE WHEN n.acknowledged THEN a.acknowledged_by END,
  acknowledged_name = CASE WHEN n.acknowledged THEN a.acknowledged_name END, acknowledged_from = CASE WHEN n.acknowledged THEN a.acknowledged_from END,
  version = a.version + 1
FROM json_to_recordset(%(rows)s::json) AS n (id bigint, acknowledged boolean, repeats int, masks text[], masking jsonb, parent_id bigint, wake_at timestamptz, announced boolean)
WHERE a.tenant = %(tenant)s AND a.id = n.id
"""


def insert(cursor: psycopg.Cursor, rows: Sequence[Row]) -> None:
    """New alarms, by the columns of NEW."""
    _insert(cursor, "alarm", NEW, rows)


def log(cursor: psycopg.Cursor, rows: Sequence[Row]) -> None:
    """Transitions, by the columns of TRANSITION."""
    _insert(cursor, "alarm_transition", TRANSITION, rows)


def move(cursor: psycopg.Cursor, tenant: int, rows: Sequence[Row], now: datetime) -> None:
    """What a decision changes of alarms, each once: the columns of MOVE."""
    _update(cursor, MOVE, tenant, rows, now)


def mask(cursor: psycopg.Cursor, tenant: int, rows: Sequence[Row], now: datetime) -> None:
    """What the clock, works or a cause change of alarms, each once: the columns of MASK."""
    _update(cursor, MASK, tenant, rows, now)


def _insert(cursor: psycopg.Cursor, table: str, columns: str, rows: Sequence[Row]) -> None:
    if rows:
        driver.later(cursor, f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)", (_json(rows),))  # noqa: S608


def _update(cursor: psycopg.Cursor, statement: str, tenant: int, rows: Sequence[Row], now: datetime) -> None:
    if rows:
        driver.later(cursor, statement, {"rows": _json(rows), "tenant": tenant, "now": now})


def _json(rows: Sequence[Row]) -> str:
    return msgspec.json.encode(rows).decode()
