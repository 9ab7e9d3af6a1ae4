"""The bounded process that asks DuckDB: `python -m hypervisor.lake.server`. Questions come on a socket, and an answer's Arrow table in memory that both processes share.

It is killed when a question takes too long, and ends by itself when nothing has been asked for a while. It reads the lake's own root and nothing else.
"""

import os
import select
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from struct import Struct
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from hypervisor.errors import VigieError
from hypervisor.lake.places import file_system
from hypervisor.lake.questions import Question, sql

FRAME = Struct("<BI")
"""Kind, and length of what follows: a question, or a sentence for the log. An answer's table does not follow: its file goes beside the frame."""
ANSWER, TOO_LARGE, MISSING, FAILED, GIVEN_UP = range(5)
ASK, GIVE_UP = range(2)
"""Kinds of what is asked: a question, or that nobody waits for the one being answered."""
INTERRUPT_EVERY_S = 0.05
"""An interruption that comes before DuckDB has begun is forgotten by it: it is said again until the answer is there."""
IDLE_S = 300
BATCH_ROWS = 131_072


def connect(url: str, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """DuckDB without a file of its own, bounded, that may read below `url` alone."""
    connection = duckdb.connect(config={"memory_limit": f"{memory_mb}MB", "threads": threads, "temp_directory": "", "preserve_insertion_order": False})
    if "://" in url and not url.startswith("file://"):
        connection.register_filesystem(file_system(url)[0])
    else:
        folder = url.removeprefix("file://")
        connection.execute("SET allowed_directories = [$folder]", {"folder": folder})
        connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def answer(connection: duckdb.DuckDBPyConnection, question: Question, most_bytes: int) -> tuple[int, str, int | None]:
    """(kind of answer, a sentence for the log, the file in memory that holds the Arrow stream, whoever takes it closes it)."""
    try:
        text = sql(question)
        if question.reach.assets is not None:
            connection.register("allowed", pa.table({"asset_id": np.frombuffer(question.reach.assets, "<i4")}))
        bound = {"files": question.files}
        for name, body in question.measuring.tables.items() if question.measuring else ():
            connection.register(name, pa.ipc.open_stream(body).read_all())
        if question.measuring:
            bound["hours_files"] = question.measuring.hours_files
        # DuckDB refuses a parameter that the question does not name.
        reader: Any = connection.sql(text, params={name: files for name, files in bound.items() if f"${name}" in text}).to_arrow_reader(BATCH_ROWS)
        file = _written(reader, most_bytes)
    except duckdb.InterruptException as error:
        return GIVEN_UP, str(error), None
    except duckdb.OutOfMemoryException as error:
        return TOO_LARGE, str(error), None
    except (duckdb.IOException, FileNotFoundError) as error:
        # A day closed again meanwhile: its file has another name.
        return MISSING, str(error), None
    except (duckdb.Error, VigieError, OSError) as error:
        return FAILED, str(error), None
    return (ANSWER, "", file) if file is not None else (TOO_LARGE, f"the answer passes {most_bytes >> 20} MB", None)


def serve(connection: Any, asked: socket.socket, most_bytes: int, idle_s: float = IDLE_S) -> None:
    """Answers questions one after the other until the other side goes or nothing comes for idle_s."""
    decoder = msgspec.msgpack.Decoder(Question)
    asked.sendall(FRAME.pack(ANSWER, 0))  # Ready: the time given to a question does not count the start.
    while select.select([asked], [], [], idle_s)[0]:
        head = asked.recv(FRAME.size, socket.MSG_WAITALL)
        if len(head) < FRAME.size:
            return
        kind, length = FRAME.unpack(head)
        if kind == GIVE_UP:  # It crossed the answer.
            continue
        question = decoder.decode(asked.recv(length, socket.MSG_WAITALL))
        with _interruptible(connection, asked):
            kind, sentence, file = answer(connection, question, most_bytes)
        body = sentence.encode()
        if file is None:
            asked.sendall(FRAME.pack(kind, len(body)) + body)
        else:
            socket.send_fds(asked, [FRAME.pack(kind, 0)], [file])
            os.close(file)


@contextmanager
def _interruptible(connection: Any, asked: socket.socket) -> Iterator[None]:
    """While a question is answered: stops DuckDB when the other side gives up, or is gone."""
    done_here, done = socket.socketpair()

    def watch() -> None:
        if done_here in select.select([asked, done_here], [], [])[0]:
            return
        # Nothing but GIVE_UP, or the end of the line, can come before the answer.
        asked.recv(FRAME.size, socket.MSG_WAITALL)
        while not select.select([done_here], [], [], INTERRUPT_EVERY_S)[0]:
            connection.interrupt()

    watcher = threading.Thread(target=watch, name="interruption", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.close()
        watcher.join()
        done_here.close()


def _written(reader: Any, most_bytes: int) -> int | None:
    """The batches as one file in memory; None when it would be larger than most_bytes."""
    file = os.memfd_create("vigie-lake")
    is_whole = False
    try:
        with pa.OSFile(f"/proc/self/fd/{file}", "wb") as out, pa.ipc.new_stream(out, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)
                if out.tell() > most_bytes:
                    return None
        is_whole = True
    finally:
        if not is_whole:
            os.close(file)
    return file


if __name__ == "__main__":
    root, memory, cores, descriptor = sys.argv[1:]
    with socket.socket(fileno=int(descriptor)) as other:
        serve(connect(root, int(memory), int(cores)), other, int(memory) << 20)
