"""What officials' figures read in history and in alarms."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork

MOST_ROWS_READ = 1_500_000
"""Above, a share of the pages is read: measured at about 1 s per million and a half rows, which is what a page may cost. The share is told."""


@dataclass(frozen=True, kw_only=True)
class Average:
    """An average in history. share: part of the history's pages that was read, 1 when all was."""

    mean: float | None
    assets: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Delays:
    """Times from raising to acknowledgement, in seconds; asked: alarms that needed one."""

    median_s: float | None
    ninth_decile_s: float | None
    acknowledged: int
    asked: int


def average(uow: UnitOfWork, property_id: int, since: datetime, until: datetime, communes: Set[int] | None = None) -> Average:
    """Mean of an asset's mean over a period, so that an asset that speaks more often does not weigh more; over the assets of these communes."""
    rows = uow.connection.execute(
        text("""SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'observation'::regclass AND c.relname BETWEEN 'observation_' || to_char(:since AT TIME ZONE 'UTC', 'YYYYMMDD')
                    AND 'observation_' || to_char(:until AT TIME ZONE 'UTC', 'YYYYMMDD')"""),
        {"since": since, "until": until},
    ).scalar_one()
    share = min(1.0, MOST_ROWS_READ / rows) if rows else 1.0
    sample = "" if share == 1.0 else f"TABLESAMPLE SYSTEM ({share * 100:.4f})"
    row = uow.connection.execute(
        text(f"""SELECT avg(mean)::float8 AS mean, count(*) AS assets FROM (
                    SELECT avg(value) AS mean FROM observation {sample}
                    WHERE tenant = :t AND property_id = :p AND observed_at >= :since AND observed_at < :until AND quality IN (0, 1, 5, 6)
                        AND (cast(:c AS int[]) IS NULL OR asset_id IN (SELECT id FROM asset WHERE tenant = :t AND commune_id = ANY(:c))) GROUP BY asset_id) each_asset"""),  # noqa: S608
        {"t": uow.tenant, "p": property_id, "since": since, "until": until, "c": array(communes)},
    ).one()
    return Average(mean=row.mean, assets=row.assets, share=share)


def acknowledgement(uow: UnitOfWork, since: datetime, layers: Set[str] | None = None, communes: Set[int] | None = None) -> Delays:
    """Delays of the alarms of a perimeter raised since that asked for an acknowledgement."""
    row = uow.connection.execute(
        text(f"""SELECT count(*) AS asked, count(delay) AS acknowledged, percentile_cont(0.5) WITHIN GROUP (ORDER BY delay) AS median,
                    percentile_cont(0.9) WITHIN GROUP (ORDER BY delay) AS ninth
                FROM (SELECT extract(epoch FROM acknowledged_at - raised_at)::float8 AS delay FROM alarm v
                      WHERE tenant = :t AND raised_at >= :since AND priority < 4 AND {INSIDE}) asked"""),  # noqa: S608 - a constant of ours
        {"t": uow.tenant, "since": since, "layers": array(layers), "communes": array(communes)},
    ).one()
    return Delays(median_s=row.median, ninth_decile_s=row.ninth, acknowledged=row.acknowledged, asked=row.asked)
