"""One box for everything that has a place: coordinates, streets and places of the base map, assets of the reader's perimeter."""

from functools import cache
from typing import TYPE_CHECKING, Any

from hypervisor.domain import coordinates
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork
from hypervisor.store import search as store

if TYPE_CHECKING:
    from pyproj import Transformer

MOST_PLACES = 6
LEAST_LETTERS = 2
CLASSES = {"street": N_("Rue"), "commune": N_("Commune"), "district": N_("Quartier"), "neighbour": N_("Commune voisine"), "station": N_("Gare")}
"""class of a place → its French word."""


def search(uow: UnitOfWork, words: str, limit: int) -> list[dict[str, Any]]:
    """What the words name, best first, as {"type", "label", "detail", "lon", "lat", "lambert93", "bounds"}, an asset with `asset_id`, `layer`, `kind` too.

    Raises InvalidRequest when there is too little to search for.
    """
    who = require("asset:read")
    written = coordinates.read(words)
    if written:
        return [_place_of(written)]
    folded = store.fold(uow, words)
    if sum(map(len, folded)) < LEAST_LETTERS:
        raise InvalidRequest(_("Tapez au moins deux lettres ou chiffres : un nom, un identifiant, une adresse ou des coordonnées."))
    # « 12 rue de la Gare » is in « rue de la Gare »; its number is found with the assets that stand there.
    street = folded[1:] if len(folded) > 1 and folded[0].isdigit() else folded
    places = store.places(uow, street, MOST_PLACES)
    found = store.assets(uow, folded, words.strip(), who.layers, who.communes, limit)
    return [_place(row) for row in places][:limit] + [_asset(row) for row in found][: max(0, limit - len(places))]


def lambert93(lon: float, lat: float) -> list[float]:
    """Metres east and north in Lambert-93 (EPSG:2154) of a WGS84 place, to the centimetre."""
    x, y = _projection().transform(lon, lat)
    return [round(x, 2), round(y, 2)]


@cache
def _projection() -> "Transformer":
    # Loaded at the first search: pyproj opens its own database of reference systems.
    from pyproj import Transformer

    return Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True)


def _place_of(written: coordinates.Written) -> dict[str, Any]:
    lon, lat = (written.x, written.y) if written.system == "wgs84" else _projection().transform(written.x, written.y, direction="INVERSE")
    label = _("Coordonnées WGS84") if written.system == "wgs84" else _("Coordonnées Lambert-93")
    return _located({"type": "coordinates", "label": label, "detail": "", "bounds": None}, lon, lat)


def _place(row: dict[str, Any]) -> dict[str, Any]:
    detail = " · ".join(part for part in (_(CLASSES.get(row["class"], row["class"])), row["commune"]) if part)
    return _located({"type": row["class"], "label": row["name"], "detail": detail, "bounds": row["bounds"]}, row["lon"], row["lat"])


def _asset(row: dict[str, Any]) -> dict[str, Any]:
    named = row["code"] and row["code"] in row["name"]
    label = row["name"] if named or not row["code"] else f"{row['name']} ({row['code']})"
    detail = " · ".join(part for part in (row["address"], row["commune"]) if part)
    found = {"type": "asset", "label": label, "detail": detail, "bounds": None, "asset_id": row["id"], "layer": row["layer"], "kind": row["kind"]}
    return _located(found, row["lon"], row["lat"])


def _located(found: dict[str, Any], lon: float, lat: float) -> dict[str, Any]:
    return found | {"lon": round(lon, 7), "lat": round(lat, 7), "lambert93": lambert93(lon, lat)}
