"""Assets with their geometry, for notebooks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import text

from hypervisor.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    import geopandas


def with_geometry(uow: UnitOfWork, ids: Sequence[int]) -> "geopandas.GeoDataFrame":
    """id, name, kind, commune_id and geometry (EPSG:4326) of these assets."""
    import geopandas
    import shapely

    rows = uow.connection.execute(
        text("SELECT id, name, kind, commune_id, ST_AsBinary(geom) AS shape FROM asset WHERE tenant = :t AND id = ANY(:ids) ORDER BY id"),
        {"t": uow.tenant, "ids": list(ids)},
    ).all()
    columns = {name: [getattr(row, name) for row in rows] for name in ("id", "name", "kind", "commune_id")}
    return geopandas.GeoDataFrame(columns, geometry=shapely.from_wkb([bytes(row.shape) for row in rows]), crs="EPSG:4326")
