"""The two Parquet files of a closed day: its values, and its hourly roll-up. zstd, integer times, sorted by asset and time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import IO, Any

from hypervisor.lake.places import Place, folder_of
from hypervisor.store.days import Columns, Filed

GROUP_ROWS = 131_072
"""Rows of one group, DuckDB's own unit of reading: an asset's values are found by the groups' smallest and greatest asset."""
LEVEL = 6
"""Of zstd. Chosen by us: level 3 is 4 % larger, level 12 takes four times as long for 2 %."""
DELTAS = {"observed_at_ms": "DELTA_BINARY_PACKED", "received_at_ms": "DELTA_BINARY_PACKED", "asset_id": "DELTA_BINARY_PACKED", "hour": "DELTA_BINARY_PACKED"}


def write(place: Place, tenant: int, day: date, raw: Iterable[Columns], hours: Iterable[Columns]) -> Filed:
    """Writes both files from pieces in order. An empty day has empty files."""
    counted: list[int] = []
    file, digest, size = place.write(folder_of(tenant, day), "observations", lambda out: counted.append(_fill(out, raw_schema(), raw)))
    hours_file, hours_digest, _size = place.write(folder_of(tenant, day), "hours", lambda out: counted.append(_fill(out, hours_schema(), hours)))
    return Filed(rows=counted[0], bytes=size, file=file, digest=digest, hours_file=hours_file, hours_digest=hours_digest)


def without(place: Place, name: str, property_ids: Sequence[int]) -> tuple[Iterator[Columns], int]:
    """(the file's rows but those of these properties, how many those are), read group by group."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    def pieces() -> Iterator[Columns]:
        with place.open(name) as opened:
            file = pq.ParquetFile(opened)
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                kept = table.filter(pc.invert(pc.is_in(table["property_id"], value_set=_ids(property_ids))))
                yield {column: kept[column].to_numpy() for column in kept.column_names}

    with place.open(name) as opened:
        removed = pc.sum(pc.is_in(pq.read_table(opened, columns=["property_id"])["property_id"], value_set=_ids(property_ids))).as_py() or 0
    return pieces(), int(removed)


def raw_schema() -> Any:
    """Columns of the values. Times are milliseconds since 1970, UTC."""
    import pyarrow as pa

    return pa.schema([("asset_id", pa.int32()), ("property_id", pa.int16()), ("observed_at_ms", pa.int64()), ("received_at_ms", pa.int64()),
                      ("value", pa.float64()), ("quality", pa.int16())])  # fmt: skip


def hours_schema() -> Any:
    """Columns of the roll-up. hour: hours since 1970, UTC; total: sum of the n values."""
    import pyarrow as pa

    return pa.schema([("asset_id", pa.int32()), ("property_id", pa.int16()), ("hour", pa.int32()), ("n", pa.int32()), ("total", pa.float64()),
                      ("low", pa.float64()), ("high", pa.float64())])  # fmt: skip


def _ids(property_ids: Sequence[int]) -> Any:
    import pyarrow as pa

    return pa.array(property_ids, pa.int16())


def _fill(out: IO[bytes], schema: Any, pieces: Iterable[Columns]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    encodings = {name: DELTAS[name] for name in schema.names if name in DELTAS}
    words = [name for name in schema.names if name not in encodings]
    rows = 0
    with pq.ParquetWriter(out, schema, compression="zstd", compression_level=LEVEL, use_dictionary=words, column_encoding=encodings) as writer:
        for piece in pieces:
            writer.write_table(pa.table(piece, schema=schema), row_group_size=GROUP_ROWS)
            rows += len(piece["asset_id"])
    return rows
