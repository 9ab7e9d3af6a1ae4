"""History for notebooks: pandas and geopandas tables over hot partitions and lake, without a session. For whoever holds the installation's addresses.

Times are aware, UTC. Values are in the property's own unit.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import InvalidRequest
from hypervisor.queries.observations import BUCKETS, GAP_PERIODS, local_shifts, start_of
from hypervisor.store import assets_frame, snapshot
from hypervisor.store.observations import Whose

if TYPE_CHECKING:
    import geopandas
    import pandas


def series(h: Hypervisor, tenant: int, asset_id: int, layer: str, key: str, since: datetime, until: datetime) -> "pandas.DataFrame":
    """value and quality by time, oldest first. A line without value stands in each gap (GAP_PERIODS periods of the property), so that a chart breaks there."""
    import pandas as pd

    found = h.history.series(tenant, Whose(property_ids=[_number(h, tenant, layer, key)], asset_id=asset_id), since, until).to_pandas()
    frame = found.set_index(pd.to_datetime(found["observed_at_ms"], unit="ms", utc=True).rename("at"))[["value", "quality"]]
    period = h.layers[layer].property_of(key).period
    if period and len(frame) > 1:
        lengths = frame.index.to_series().diff()
        holes = lengths[lengths > GAP_PERIODS * period].index
        blank = pd.DataFrame({"value": float("nan"), "quality": pd.NA}, index=holes - timedelta(milliseconds=1))
        frame = pd.concat([frame.astype({"quality": "Int16"}), blank.astype({"quality": "Int16"})]).sort_index()
    return frame


def means(
    h: Hypervisor, tenant: int, layer: str, key: str, since: datetime, until: datetime, bucket: str = "hour", *, by_asset: bool = True
) -> "pandas.DataFrame":
    """at, asset_id (by_asset), n, mean, low, high by hour or day of every asset of the layer."""
    import pyarrow as pa

    whose = Whose(property_ids=[_number(h, tenant, layer, key)])
    if bucket == "hour" and by_asset:
        # A notebook has memory of its own, the process of the lake has bounds.
        frame: Any = pa.concat_tables(h.history.hours(tenant, whose, since, until)).to_pandas()
    else:
        shifts = local_shifts(since, until) if bucket == "day" else [(0, 0)]
        frame = h.history.means(tenant, whose, since, until, BUCKETS[bucket], shifts, by_asset=by_asset).to_pandas()
    starts = {number: start_of(bucket, number) for number in frame["bucket"].unique().tolist()}
    frame.insert(0, "at", frame["bucket"].map(starts))
    return frame.drop(columns=["bucket", "property_id"])


def on_map(h: Hypervisor, tenant: int, layer: str, key: str, since: datetime, until: datetime) -> "geopandas.GeoDataFrame":
    """Mean of each asset of the layer over the period, with its name and geometry (EPSG:4326). Assets without a value are left out."""
    found = means(h, tenant, layer, key, since, until)
    found["total"] = found["mean"] * found["n"]
    sums = found.groupby("asset_id")[["n", "total"]].sum()
    with h.database.unit_of_work(tenant) as uow:
        frame = assets_frame.with_geometry(uow, sums.index.tolist())
    joined: Any = frame.join(sums, on="id")
    joined["mean"] = joined["total"] / joined["n"]
    return joined.drop(columns="total")


def count(h: Hypervisor, tenant: int, layer: str, key: str, since: datetime, until: datetime) -> int:
    """How many values of the property there are in [since, until)."""
    return h.history.count(tenant, Whose(property_ids=[_number(h, tenant, layer, key)]), since, until)


def _number(h: Hypervisor, tenant: int, layer: str, key: str) -> int:
    with h.database.unit_of_work(tenant) as uow:
        number = snapshot.property_numbers(uow).get((layer, key))
    if number is None:
        raise InvalidRequest(f"the layer {layer} has no property {key}: see hypervisor/layers/{layer}")
    return number
