"""Assets written to open files: one GeoJSON (RFC 7946) and one CSV per layer."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import typer

from hypervisor import layers
from hypervisor.errors import InvalidRequest
from hypervisor.launcher import addresses
from hypervisor.settings import Settings
from hypervisor.store import exports as store
from hypervisor.store.exports import ExportedAsset


def run(settings: Settings, path: Path, layer: str | None = None, tenant: int = 1) -> list[Path]:
    """Writes the assets of a layer, or of every layer that has some, into the folder `path`, and says which files were made.

    Raises InvalidRequest for an unknown layer, or when `path` is a file.
    """
    known = layers.all_layers()
    if layer is not None and layer not in known:
        raise InvalidRequest(f"no layer is called {layer!r}: choose among {', '.join(known)}")
    if path.exists() and not path.is_dir():
        raise InvalidRequest(f"{path} is a file: give the folder where files are to be written")
    path.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for key in [layer] if layer else list(known):
        files = (path / f"{key}.geojson", path / f"{key}.csv")
        count = _write(store.assets(addresses.resolve(settings).database.owner, tenant, key), *files)
        if count:
            written += files
            typer.echo(f"{key}: {count} assets in {files[0].name} and {files[1].name}")
        else:
            for file in files:
                file.unlink()
    return written


def _write(assets: Iterator[ExportedAsset], geojson: Path, table: Path) -> int:
    """Both files in one reading, one asset at a time, so that a million of them fit in memory. How many there were."""
    count = 0
    with geojson.open("w", encoding="utf-8") as features, table.open("w", encoding="utf-8-sig", newline="") as cells:
        writer = csv.writer(cells, delimiter=";")
        writer.writerow(("urn", "kind", "name", "code", "address", "commune", "lon", "lat", "attributes"))
        features.write('{"type":"FeatureCollection","features":[\n')
        for asset in assets:
            features.write(",\n" if count else "")
            features.write(_feature(asset))
            attributes = json.dumps(asset.attributes, ensure_ascii=False)
            writer.writerow((asset.urn, asset.kind, asset.name, asset.code, asset.address, asset.commune, asset.lon, asset.lat, attributes))
            count += 1
        features.write("\n]}\n")
    return count


def _feature(asset: ExportedAsset) -> str:
    properties = {**asset.attributes, "kind": asset.kind, "name": asset.name, "code": asset.code, "address": asset.address, "commune": asset.commune}
    return json.dumps({"type": "Feature", "id": asset.urn, "properties": properties, "geometry": json.loads(asset.geometry)}, ensure_ascii=False)
