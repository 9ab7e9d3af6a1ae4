"""The filters that every list of assets shares, read once from the query."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Query

from hypervisor.api import bbox, within
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _

MOST_IDS = 1000


@dataclass(frozen=True, kw_only=True)
class AssetFilters:
    """filters: names of store.assets.FILTERS that were asked for; state: of store.assets.STATES."""

    filters: dict[str, Any]
    state: str | None


def _read(
    ids: Annotated[str | None, Query(max_length=12000, description="id,id,…: these assets")] = None,
    layer: str | None = None,
    kind: str | None = None,
    kinds: Annotated[str | None, Query(max_length=2000, description="layer:kind,layer:kind,…: several kinds at once")] = None,
    bbox_: Annotated[str | None, Query(alias="bbox", description="west,south,east,north in degrees")] = None,
    within_: Annotated[str | None, Query(alias="within", max_length=20000, description="lon,lat;lon,lat;…: inside this area")] = None,
    area: Annotated[str | None, Query(description="a commune: its number, name or INSEE code")] = None,
    contractor: Annotated[str | None, Query(max_length=200, description="who keeps the asset")] = None,
    state: Annotated[Literal["normal", "alarm", "unacknowledged"] | None, Query(description="by its open alarms")] = None,
    q: Annotated[str | None, Query(max_length=100, description="words of the name, code or address; or the URN")] = None,
) -> AssetFilters:
    wishes = {
        "ids": _numbers(ids),
        "layer": layer, "kind": kind, "kinds": kinds.split(",") if kinds else None, "bbox": bbox.read(bbox_), "within": within.read(within_),
        "area": area, "contractor": contractor, "q": q,
    }  # fmt: skip
    return AssetFilters(filters={name: value for name, value in wishes.items() if value not in (None, "")}, state=state)


def _numbers(written: str | None) -> list[int] | None:
    if not written:
        return None
    parts = written.split(",")
    if len(parts) > MOST_IDS or not all(part.strip().isdecimal() and len(part.strip()) < 10 for part in parts):
        raise InvalidRequest(_("ids attend des numéros d’équipements séparés par des virgules, {count} au plus.", count=MOST_IDS))
    return [int(part) for part in parts]


Asked = Annotated[AssetFilters, Depends(_read)]
