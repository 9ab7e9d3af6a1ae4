"""Inventories brought in from files: read, placed, judged row by row, written, reported. Read `judgement.py` for what is kept and what is refused.

The shelf: `read.py` one reader per format, `columns.py` what columns are called, `places.py` where a row is, `report.py` what the person reads.
"""

import struct
from pathlib import Path

import shapely
import typer

from hypervisor import layers
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import LOCALES, current_locale
from hypervisor.imports import read
from hypervisor.imports.judgement import kind_of, prepare
from hypervisor.imports.report import Report, write_refusals
from hypervisor.imports.rows import Asset
from hypervisor.launcher import addresses
from hypervisor.settings import Settings
from hypervisor.store import imports as store

FOLDER = "imports"
_POINT = "0101000020e6100000"  # Little-endian EWKB: a point with SRID 4326.


def run(settings: Settings, path: Path, layer: str, kind: str | None = None, tenant: int = 1, language: str = LOCALES[0]) -> Report:
    """Imports a file into a layer and prints the report in that language.

    kind: key of the kind of asset, guessed when None. Raises InvalidRequest with a sentence when nothing can be imported.
    """
    if language not in LOCALES:
        raise InvalidRequest(f"no language is called {language!r}: choose among {', '.join(LOCALES)}")
    current_locale.set(language)
    known = layers.all_layers()
    if layer not in known:
        raise InvalidRequest(f"no layer is called {layer!r}: choose among {', '.join(known)}")
    if not path.is_file():
        raise InvalidRequest(f"{path} is not a file: nothing was imported")
    rows = list(read.rows(path))
    if not rows:
        raise InvalidRequest(f"{path.name} holds no row: nothing was imported")
    prepared = prepare(known[layer], kind_of(known[layer], kind, path.stem, rows), path.stem, rows)
    written = store.save(addresses.resolve(settings).database.owner, tenant, layer, (_stored(asset) for asset in prepared.assets))
    if written is None:
        raise InvalidRequest(f"tenant {tenant} does not exist: nothing was imported. Start the platform once, or give another --tenant")
    refused = write_refusals(settings.data_dir / FOLDER / f"{path.stem}.refused.csv", prepared)
    report = Report(file=path.name, layer=known[layer], prepared=prepared, written=written, refused_file=refused)
    typer.echo("\n".join(report.lines()))
    return report


def _stored(asset: Asset) -> store.ImportedAsset:
    is_point = asset.geometry.geom_type == "Point"
    geometry = (
        _POINT + struct.pack("<dd", asset.lon, asset.lat).hex()
        if is_point
        else shapely.to_wkb(shapely.set_srid(asset.geometry, 4326), hex=True, include_srid=True)
    )
    return store.ImportedAsset(asset.urn, asset.kind, asset.name, asset.code, asset.address, asset.attributes, geometry, asset.lon, asset.lat)
