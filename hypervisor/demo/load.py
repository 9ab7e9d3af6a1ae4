"""Puts the demonstration territory into a database that has none."""

import logging
import time
from collections.abc import Iterator, Mapping

import numpy as np
import shapely

from hypervisor.demo.simulator.inventory import Item
from hypervisor.demo.territory import Territory, generate
from hypervisor.demo.territory.basemap import Feature
from hypervisor.demo.territory.warp import geometries_to_wgs84
from hypervisor.store import layout
from hypervisor.store import territory_load as store

logger = logging.getLogger(__name__)

KEY, LABEL = "valmorin", "Valmorin Métropole"
ZOOM = 12
BEFORE_RENEWAL = 0.85
"""Share of its contract that a cabinet drew before its renewal; it draws 0.7 of it since (simulator). Chosen by us."""


def load(owner_url: str, assets: int | None = None, seed: int = 7, tenant: int = 1) -> None:
    """Generates the territory and writes it in one transaction, slots included. Nothing is done when the tenant has communes.

    assets: about 40,000 when None. owner_url: of the role that owns the tables (postgresql:// or postgresql+psycopg://).
    """
    with store.connected(owner_url) as connection:
        if not store.begin(connection, tenant, f"{KEY}-{tenant}", LABEL):
            logger.info("tenant %s already has its communes: the demonstration territory is not loaded again", tenant)
            return
        started = time.monotonic()
        territory = generate(seed, assets)
        generated = time.monotonic()
        store.describe(connection, tenant, LABEL, _view(territory))
        store.save_communes(connection, tenant, _communes(territory))
        basemap = territory.basemap
        store.save_basemap(connection, tenant, _drawn(basemap.lines), _drawn(basemap.areas, as_multi=True), _labels(basemap.labels))
        count = store.save_assets(connection, tenant, _assets(territory))
        edges = territory.edges
        store.save_edges(connection, tenant, zip(edges.parent.tolist(), edges.child.tolist(), edges.relation.tolist(), strict=True))
        store.refresh_statistics(connection)  # Before the slots: planned for an empty table, their update takes minutes.
        layout.assign_slots(connection, tenant)
    logger.info("demonstration territory: %s assets, drawn in %.0f s, written in %.0f s", count, generated - started, time.monotonic() - generated)


def inventory(owner_url: str, tenant: int = 1) -> Iterator[Item]:
    """What the simulator plays, read from the database where the territory was loaded."""
    with store.connected(owner_url) as connection:
        for urn, layer, kind, lon, lat, parent, attributes in store.played(connection, tenant):
            yield Item(urn, layer, kind, lon, lat, parent, attributes)


def _view(territory: Territory) -> dict[str, object]:
    lon, lat = territory.centre
    return {"lon": lon, "lat": lat, "zoom": ZOOM, "bounds": [round(side, 5) for side in territory.bounds]}


def _communes(territory: Territory) -> Iterator[tuple[int, str, str, int, str]]:
    polygons = _hex(geometries_to_wgs84(territory.city.polygons), as_multi=True)
    rows = zip(territory.city.commune_names, territory.insee, territory.population.tolist(), polygons, strict=True)
    for number, (name, insee, population, geometry) in enumerate(rows, start=1):
        yield number, name, insee, population, geometry


def _drawn(features: list[Feature], as_multi: bool = False) -> Iterator[tuple[str, str, int, str]]:
    geometries = _hex(geometries_to_wgs84(np.array([feature.geometry for feature in features])), as_multi)
    for feature, geometry in zip(features, geometries, strict=True):
        yield feature.kind, feature.name, feature.min_zoom, geometry


def _labels(features: list[Feature]) -> Iterator[tuple[str, str, int, int, int, str]]:
    geometries = _hex(geometries_to_wgs84(np.array([feature.geometry for feature in features])))
    for feature, geometry in zip(features, geometries, strict=True):
        yield feature.kind, feature.name, feature.rank, feature.min_zoom, feature.max_zoom, geometry


def _assets(territory: Territory) -> Iterator[store.AssetColumns]:
    slots = _slots(territory).tolist()
    for asset in territory.rows():
        geometry = store.point(asset.lon, asset.lat) if asset.shape is None else _hex(geometries_to_wgs84(np.array([asset.shape])))[0]
        yield store.AssetColumns(
            asset.id,
            asset.urn,
            asset.layer,
            asset.kind,
            asset.name,
            asset.code,
            asset.address,
            asset.commune,
            asset.attributes | _reference(asset.kind, asset.attributes),
            geometry,
            asset.lon,
            asset.lat,
            slots[asset.id - 1],
        )


def _reference(kind: str, attributes: Mapping[str, object]) -> dict[str, float]:
    """What a cabinet drew before its luminaires were renewed: frozen, since the energy avoided is counted from it."""
    power = attributes.get("power_kw")
    return {"reference_kw": round(BEFORE_RENEWAL * power, 2)} if kind == "cabinet" and isinstance(power, int | float) else {}


def _slots(territory: Territory) -> np.ndarray:
    """Each asset's rank in its layer by (commune, id). Written with the row: a million rows rewritten afterwards take a minute."""
    layers = np.repeat([batch.layer for batch in territory.batches], [len(batch) for batch in territory.batches])
    slots = np.empty(territory.count, int)
    for layer in np.unique(layers):
        rows = np.flatnonzero(layers == layer)
        slots[rows[np.argsort(territory.commune_of_asset[rows], kind="stable")]] = np.arange(len(rows))
    return slots


def _hex(geometries: np.ndarray, as_multi: bool = False) -> list[str]:
    """Hexadecimal EWKB in EPSG:4326; polygons become multipolygons of one when asked."""
    if as_multi:
        geometries = np.array([geometry if geometry.geom_type == "MultiPolygon" else shapely.MultiPolygon([geometry]) for geometry in geometries])
    return list(shapely.to_wkb(shapely.set_srid(geometries, 4326), hex=True, include_srid=True))
