"""The bounded process that asks DuckDB: `python -m hypervisor.lake.server`. Questions come on its standard input, Arrow tables go out on its standard output.

It is killed when a question takes too long, and ends by itself when nothing has been asked for a while. It reads the lake's own root and nothing else.
"""

import io
import select
import sys
from struct import Struct
from typing import IO, Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from hypervisor.errors import VigieError
from hypervisor.lake.questions import Question, sql

FRAME = Struct("<BI")
ANSWER, TOO_LARGE, MISSING, FAILED = range(4)
IDLE_S = 300
MOST_BYTES = 1 << 30


def connect(url: str, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """DuckDB without a file of its own, bounded, that may read below `url` alone."""
    connection = duckdb.connect(config={"memory_limit": f"{memory_mb}MB", "threads": threads, "temp_directory": "", "preserve_insertion_order": False})
    if "://" in url and not url.startswith("file://"):
        import fsspec

        connection.register_filesystem(fsspec.filesystem(url.partition("://")[0]))
    else:
        folder = url.removeprefix("file://")
        connection.execute("SET allowed_directories = [$folder]", {"folder": folder})
        connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def answer(connection: duckdb.DuckDBPyConnection, question: Question) -> tuple[int, bytes]:
    """(kind of answer, its bytes): an Arrow stream, or a sentence for the log."""
    try:
        text = sql(question)
        if question.reach.assets is not None:
            connection.register("allowed", pa.table({"asset_id": np.frombuffer(question.reach.assets, "<i4")}))
        bound = {"files": question.files}
        for name, body in question.measuring.tables.items() if question.measuring else ():
            connection.register(name, pa.ipc.open_stream(body).read_all())
        if question.measuring:
            bound["hours_files"] = question.measuring.hours_files
        out = io.BytesIO()
        # DuckDB refuses a parameter that the question does not name.
        reader: Any = connection.sql(text, params={name: files for name, files in bound.items() if f"${name}" in text}).to_arrow_reader(131_072)
        with pa.ipc.new_stream(out, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)
                if out.tell() > MOST_BYTES:
                    return TOO_LARGE, b"the answer passes 1 GB"
        return ANSWER, out.getvalue()
    except duckdb.OutOfMemoryException as error:
        return TOO_LARGE, str(error).encode()
    except (duckdb.IOException, FileNotFoundError) as error:
        # A day closed again meanwhile: its file has another name.
        return MISSING, str(error).encode()
    except (duckdb.Error, VigieError) as error:
        return FAILED, str(error).encode()


def serve(connection: Any, asked: IO[bytes], given: IO[bytes], idle_s: float = IDLE_S) -> None:
    """Answers questions one after the other until the input ends or nothing comes for idle_s."""
    decoder = msgspec.msgpack.Decoder(Question)
    given.write(FRAME.pack(ANSWER, 0))  # Ready: the time given to a question does not count the start.
    given.flush()
    while select.select([asked], [], [], idle_s)[0]:
        head = asked.read(FRAME.size)
        if len(head) < FRAME.size:
            return
        kind, body = answer(connection, decoder.decode(asked.read(FRAME.unpack(head)[1])))
        given.write(FRAME.pack(kind, len(body)) + body)
        given.flush()


if __name__ == "__main__":
    root, memory, cores = sys.argv[1:]
    serve(connect(root, int(memory), int(cores)), sys.stdin.buffer, sys.stdout.buffer)
