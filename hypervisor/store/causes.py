"""What explains an alarm: another one, on the same asset or on one that it depends on, whose rule says so (asset graph, `asset_edge`)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg

from hypervisor.domain.alarm import Mask
from hypervisor.domain.masking import CAUSE_WINDOW

DEPTH = 4
"""Steps of the graph that are followed: pump, reservoir, district meter, main, valve. A cycle ends there too."""
SHOWN_DEPTH = 2
"""Steps within which dependent assets are counted for people: a cabinet's luminaires, a meter's mains and their valves."""
BY_CAUSE = "rattachée à sa cause"

UP = """WITH RECURSIVE asked AS (SELECT asset_id, cause FROM unnest(%(assets)s::int[], %(causes)s::text[]) AS a (asset_id, cause)),
up AS (SELECT DISTINCT asset_id AS below, asset_id AS above, 0 AS depth FROM asked
       UNION SELECT up.below, e.parent_id, up.depth + 1 FROM up JOIN asset_edge e ON e.tenant = %(tenant)s AND e.child_id = up.above WHERE up.depth < %(depth)s)
SELECT DISTINCT ON (asked.asset_id, asked.cause) asked.asset_id, asked.cause, p.id
FROM asked JOIN up ON up.below = asked.asset_id JOIN alarm p ON p.tenant = %(tenant)s AND p.asset_id = up.above
WHERE p.explains <> '{}' AND (p.is_open OR p.cleared_at > %(since)s) AND (p.active OR p.cleared_at > %(since)s)
  AND (asked.cause = ANY (p.explains) OR '*' = ANY (p.explains)) AND NOT (up.depth = 0 AND p.cause = asked.cause)
ORDER BY asked.asset_id, asked.cause, up.depth, p.id"""
DOWN = """WITH RECURSIVE down AS (SELECT id AS root, asset_id AS below, explains, 0 AS depth FROM alarm WHERE tenant = %(tenant)s AND id = ANY (%(parents)s)
       UNION SELECT down.root, e.child_id, down.explains, down.depth + 1 FROM down JOIN asset_edge e ON e.tenant = %(tenant)s AND e.parent_id = down.below WHERE down.depth < %(depth)s)
SELECT DISTINCT ON (c.id) c.id, down.root
FROM down JOIN alarm c ON c.tenant = %(tenant)s AND c.asset_id = down.below
WHERE c.is_open AND c.active AND c.id <> down.root AND c.raised_at >= %(since)s AND c.parent_id IS NULL AND NOT c.highly_managed AND NOT c.id = ANY (%(parents)s)
  AND (c.cause = ANY (down.explains) OR '*' = ANY (down.explains))
ORDER BY c.id, down.depth, down.root"""
COUNTED = """WITH RECURSIVE down AS (SELECT id AS root, asset_id AS below, 0 AS depth FROM alarm WHERE tenant = %(tenant)s AND id = ANY (%(parents)s)
       UNION SELECT down.root, e.child_id, down.depth + 1 FROM down JOIN asset_edge e ON e.tenant = %(tenant)s AND e.parent_id = down.below WHERE down.depth < %(depth)s),
kinds AS (SELECT down.root, s.kind, count(DISTINCT s.id) AS n FROM down JOIN asset s ON s.tenant = %(tenant)s AND s.id = down.below WHERE down.depth > 0 GROUP BY 1, 2)
UPDATE alarm SET dependents = found.body FROM (SELECT root, jsonb_object_agg(kind, n) AS body FROM kinds GROUP BY root) found WHERE alarm.tenant = %(tenant)s AND alarm.id = found.root"""


def explained(cursor: psycopg.Cursor, tenant: int, asked: Iterable[tuple[int, str]], now: datetime) -> dict[tuple[int, str], int]:
    """(asset, cause) → the alarm that explains it, the nearest in the graph; pairs that nothing explains are left out."""
    pairs = sorted(set(asked))
    since = now - CAUSE_WINDOW
    # Nearly always nothing in the tenant explains anything: one look at a small index, and the graph is left alone.
    cursor.execute("SELECT FROM alarm WHERE tenant = %s AND explains <> '{}' AND (cleared_at IS NULL OR cleared_at > %s) LIMIT 1", (tenant, since))
    if not pairs or cursor.fetchone() is None:
        return {}
    assets, causes = zip(*pairs, strict=True)
    values: dict[str, Any] = {"tenant": tenant, "assets": list(assets), "causes": list(causes), "since": since, "depth": DEPTH}
    return {(asset_id, cause): parent for asset_id, cause, parent in cursor.execute(UP, values)}


def recent_effects(cursor: psycopg.Cursor, tenant: int, parents: Sequence[int], now: datetime) -> dict[int, int]:
    """Alarm → its cause among `parents`, for active alarms raised shortly before."""
    if not parents:
        return {}
    values: dict[str, Any] = {"tenant": tenant, "parents": list(parents), "since": now - CAUSE_WINDOW, "depth": DEPTH}
    return dict(cursor.execute(DOWN, values).fetchall())


def count_dependents(cursor: psycopg.Cursor, tenant: int, parents: Sequence[int]) -> None:
    """Writes on alarms that explain others how many assets depend on theirs, by kind."""
    if parents:
        cursor.execute(COUNTED, {"tenant": tenant, "parents": list(parents), "depth": SHOWN_DEPTH})


def under(parent_id: int, now: datetime) -> Mask:
    """The mask of an alarm that another explains: it ends with the condition, or with its cause."""
    return Mask(kind="suppressed", source=f"alarm:{parent_id}", at=now, once=True, name="Moteur", reason=BY_CAUSE)


def parent_of(masks: Iterable[Mask]) -> int | None:
    """The alarm that explains one with these masks."""
    return next((int(mask.source.removeprefix("alarm:")) for mask in masks if mask.source.startswith("alarm:")), None)
