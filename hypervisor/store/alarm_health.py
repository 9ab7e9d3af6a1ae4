"""Figures of alarms over a period, from their transitions: what the room was asked, when, about what. `v` is the alarm."""

from collections.abc import Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork

ASKED = f"""SELECT x.at, x.alarm_id, v.asset_id, v.cause, v.layer, v.kind, v.title, v.priority
    FROM alarm_transition x JOIN alarm v ON v.tenant = x.tenant AND v.id = x.alarm_id
    WHERE x.tenant = :t AND x.at >= :since AND x.at < :until AND x.to_state = 'unacknowledged' AND x.from_state IS DISTINCT FROM 'unacknowledged'
      AND x.action <> 'unacknowledge' AND {INSIDE}"""  # noqa: S608 - a constant of ours
"""Each time that the room was asked: raised, back, worsened, reminded or uncovered, when no mask hid it."""


class Period:
    """A period [since, until) of a perimeter."""

    def __init__(self, uow: UnitOfWork, layers: Set[str] | None, communes: Set[int] | None, since: datetime, until: datetime) -> None:
        self._uow, self._since, self._until = uow, since, until
        self._values = {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "since": since, "until": until}

    def asked_by_step(self, step: timedelta) -> list[int]:
        """How often the room was asked in each step of the period, oldest first; the last step may be shorter."""
        rows = self._rows(
            f"""SELECT floor(extract(epoch FROM at - cast(:since AS timestamptz)) / :step)::int AS step, count(*) AS n FROM ({ASKED}) asked GROUP BY 1""",  # noqa: S608 - ours
            step=step.total_seconds(),
        )
        counts = {row["step"]: row["n"] for row in rows}
        steps = -((self._since - self._until) // step)
        return [counts.get(number, 0) for number in range(steps)]

    def asked_by_priority(self) -> dict[int, int]:
        """priority → how often the room was asked."""
        return {row["priority"]: row["n"] for row in self._rows(f"SELECT priority, count(*) AS n FROM ({ASKED}) asked GROUP BY 1")}  # noqa: S608 - ours

    def worst(self, limit: int) -> list[dict[str, Any]]:
        """The assets and causes about which the room was asked most."""
        return self._rows(
            f"""SELECT asked.asset_id, s.name AS asset_name, asked.cause, min(asked.title) AS title, min(asked.layer) AS layer, min(asked.kind) AS kind, count(*) AS count
                FROM ({ASKED}) asked JOIN asset s ON s.tenant = :t AND s.id = asked.asset_id GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1, 3 LIMIT :limit""",  # noqa: S608 - ours
            limit=limit,
        )

    def chattering(self, times: int, within: timedelta, limit: int) -> list[dict[str, Any]]:
        """Assets and causes raised that many times within so short, whether anyone was asked or not."""
        return self._rows(
            f"""WITH risen AS (SELECT v.asset_id, v.cause, v.title, v.layer, v.kind, x.at,
                    lag(x.at, :before) OVER (PARTITION BY v.asset_id, v.cause, v.source ORDER BY x.at, x.id) AS earlier
                    FROM alarm_transition x JOIN alarm v ON v.tenant = x.tenant AND v.id = x.alarm_id
                    WHERE x.tenant = :t AND x.at >= :since AND x.at < :until AND x.action IN ('raise', 'repeat') AND {INSIDE})
                SELECT r.asset_id, s.name AS asset_name, r.cause, min(r.title) AS title, min(r.layer) AS layer, min(r.kind) AS kind, count(*) AS count
                FROM risen r JOIN asset s ON s.tenant = :t AND s.id = r.asset_id
                WHERE r.at - r.earlier <= cast(:within AS interval) GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1, 3 LIMIT :limit""",  # noqa: S608 - ours
            before=times - 1, within=f"{within.total_seconds()} seconds", limit=limit,
        )  # fmt: skip

    def standing(self, age: timedelta, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """How many alarms have lasted that long at the period's end without a mask, and the oldest."""
        where = f"v.tenant = :t AND v.is_open AND v.active AND NOT v.is_masked AND v.priority < 4 AND v.raised_at < :before AND {INSIDE}"
        before = self._until - age
        count = self._rows(f"SELECT count(*) AS n FROM alarm v WHERE {where}", before=before)[0]["n"]  # noqa: S608 - ours
        oldest = self._rows(f"SELECT v.shape FROM alarm_shape v WHERE {where} ORDER BY v.raised_at, v.id LIMIT :limit", before=before, limit=limit)  # noqa: S608 - ours
        return count, [row["shape"] for row in oldest]

    def masked(self) -> list[dict[str, Any]]:
        """Who hides how many alarms now, by mask: works and causes have no person."""
        return self._rows(
            f"""SELECT m.entry ->> 'mask' AS mask, nullif(m.entry ->> 'by', '') AS by, m.entry ->> 'name' AS name, count(*) AS count, min(m.entry ->> 'at') AS oldest_at
                FROM alarm v CROSS JOIN LATERAL jsonb_array_elements(v.masking) AS m (entry)
                WHERE v.tenant = :t AND v.is_open AND v.is_masked AND {INSIDE} GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2"""  # noqa: S608 - ours
        )

    def seconds_to_acknowledge(self) -> float | None:
        """Median of the seconds from raise to acknowledgement, of alarms raised in the period; None when there is none."""
        row = self._rows(
            f"""SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - raised_at))::float8 AS s FROM alarm v
                WHERE v.tenant = :t AND v.raised_at >= :since AND v.raised_at < :until AND v.acknowledged_at IS NOT NULL AND {INSIDE}"""  # noqa: S608 - ours
        )[0]
        return None if row["s"] is None else float(row["s"])

    def operators(self, roles: list[str]) -> int:
        """People of these roles with a live session at the end of the period."""
        row = self._rows(
            """SELECT count(DISTINCT s.account_id) AS n FROM session s JOIN account a ON a.tenant = s.tenant AND a.id = s.account_id
               WHERE s.tenant = :t AND s.revoked_at IS NULL AND s.expires_at > :until AND s.kind = 'person' AND a.role = ANY (:roles)""",
            roles=roles,
        )[0]
        return int(row["n"])

    def on_post(self) -> float | None:
        """Mean number of people on post while there was one, from shifts; None when nobody took a post."""
        row = self._rows(
            """WITH held AS (SELECT greatest(started_at, :since) AS a, least(coalesce(ended_at, :until), :until) AS b FROM shift
                             WHERE tenant = :t AND started_at < :until AND coalesce(ended_at, :until) > :since)
               SELECT (sum(extract(epoch FROM b - a)) / (SELECT sum(extract(epoch FROM upper(r) - lower(r))) FROM unnest((SELECT range_agg(tstzrange(a, b)) FROM held)) r))::float8 AS n
               FROM held WHERE b > a"""
        )[0]
        return None if row["n"] is None else float(row["n"])

    def first_asked(self) -> datetime | None:
        """When the room was asked for the first time that is known; None when it never was."""
        found: datetime | None = self._rows("SELECT min(at) AS at FROM alarm_transition WHERE tenant = :t")[0]["at"]
        return found

    def _rows(self, statement: str, **values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in self._uow.connection.execute(text(statement), {**self._values, **values}).mappings()]
