"""Starts the lake's process at the first question, gives it one question at a time, interrupts the one that nobody waits for, and kills it when it takes too long."""

import logging
import mmap
import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING

import msgspec

from hypervisor.errors import GivenUp, InvalidRequest, Unavailable
from hypervisor.i18n import N_, _
from hypervisor.lake.questions import Question
from hypervisor.lake.waiting import given_up

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
FRAME = Struct("<BI")
START_S = 60.0
GENTLY = ("nice", "-n", "15")
TOO_LARGE, MISSING = 1, 2
GIVE_UP, INTERRUPTED = 1, 4
LOOK_S = 0.1
"""How often it is looked whether somebody still waits."""
GRACE_S = 2.0
"""How long an interrupted question may take to end, before its process is killed. Chosen by us."""
TOO_LONG = N_("La question demande plus de {seconds} s de calcul : elle a été arrêtée. Réduisez la période, la couche ou le territoire.")
TOO_WIDE = N_("La question demande plus de mémoire que {memory} Mo : elle a été arrêtée. Réduisez la période, la couche ou le territoire.")
AWAY = N_(
    "Le lac des journées closes ne répond pas : les jours anciens ne peuvent être lus. Réessayez ; s’il reste muet, voyez l’espace disque et HYPERVISOR_LAKE_URL."
)
NOBODY = N_("La question a été abandonnée : son calcul est arrêté.")


class Gone(Exception):
    """A file of the question is not there any more: its day was closed again."""


class Client:
    """See the module. Safe for several threads: they wait their turn, no longer than the time given to a question."""

    def __init__(self, url: str, memory_mb: int, timeout_s: float, threads: int = 2, *, gently: bool = False) -> None:
        """gently: gives way to everything else on the machine, for what nobody waits for."""
        self._command = [*(GENTLY if gently else ()), sys.executable, "-m", "hypervisor.lake.server", url, str(memory_mb), str(threads)]
        self._memory_mb, self._timeout_s = memory_mb, timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._turn = threading.Lock()

    def ask(self, question: Question) -> "pa.Table":
        """The answer. Raises InvalidRequest when it passes the bounds, Gone for a file that was replaced, Unavailable when the process cannot live, GivenUp when nobody waits."""
        self._wait_for_turn()
        try:
            try:
                kind, sentence, table = self._exchange(question)
            except (BrokenPipeError, ConnectionResetError, EOFError):
                # It had ended, idle or killed: a new one is asked once.
                self.close()
                kind, sentence, table = self._exchange(question)
        except (OSError, EOFError) as error:
            self.close()
            raise Unavailable(_(AWAY)) from error
        finally:
            self._turn.release()
        if table is not None:
            return table
        if kind == INTERRUPTED:
            raise GivenUp(_(NOBODY))
        if kind == MISSING:
            raise Gone(sentence)
        logger.warning("the lake refuses a question: %s", sentence)
        raise InvalidRequest(_(TOO_WIDE, memory=self._memory_mb)) if kind == TOO_LARGE else Unavailable(_(AWAY))

    def close(self) -> None:
        """Ends the process. The next question starts another."""
        process, self._process = self._process, None
        line, self._socket = self._socket, None
        if process is not None:
            process.kill()
            process.wait()
        if line is not None:
            line.close()

    @property
    def pid(self) -> int | None:
        """The process that answers, None when there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def _exchange(self, question: Question) -> tuple[int, str, "pa.Table | None"]:
        if self.pid is None or self._socket is None:
            self.close()
            self._socket = self._started()
        end = time.monotonic() + self._timeout_s
        body = msgspec.msgpack.encode(question)
        try:
            self._socket.settimeout(self._timeout_s)
            self._socket.sendall(FRAME.pack(0, len(body)) + body)
            self._watch(self._socket, end)
            head, files, _flags, _address = socket.recv_fds(self._socket, FRAME.size, 1)
            if not head:
                raise EOFError
            head += _read(self._socket, FRAME.size - len(head), end)
            kind, length = FRAME.unpack(head)
            sentence = _read(self._socket, length, end).decode(errors="replace")
        except TimeoutError:
            self.close()
            raise (GivenUp(_(NOBODY)) if given_up() else self._too_long()) from None
        return kind, sentence, table_of(files[0]) if files else None

    def _wait_for_turn(self) -> None:
        """Raises InvalidRequest when others take too long, GivenUp when nobody waits any more."""
        end = time.monotonic() + self._timeout_s
        while not self._turn.acquire(timeout=max(0.0, min(LOOK_S, end - time.monotonic()))):
            if given_up():
                raise GivenUp(_(NOBODY))
            if time.monotonic() >= end:
                raise self._too_long()

    def _watch(self, line: socket.socket, end: float) -> None:
        """Returns once an answer comes. Tells the process when nobody waits any more. Raises TimeoutError."""
        is_told = False
        while not select.select([line], [], [], max(0.0, min(LOOK_S, end - time.monotonic())))[0]:
            if time.monotonic() >= end:
                raise TimeoutError
            if not is_told and given_up():
                line.sendall(FRAME.pack(GIVE_UP, 0))
                is_told, end = True, min(end, time.monotonic() + GRACE_S)

    def _started(self) -> socket.socket:
        """A new process, ready, and our end of the line to it."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen([*self._command, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, cwd=ROOT)
        try:
            _read(ours, FRAME.size, time.monotonic() + START_S)
        except BaseException:
            ours.close()
            raise
        return ours

    def _too_long(self) -> InvalidRequest:
        return InvalidRequest(_(TOO_LONG, seconds=f"{self._timeout_s:g}"))


def table_of(file: int) -> "pa.Table":
    """The Arrow stream in this file, which stays where it is in memory; the file is closed."""
    import pyarrow as pa

    try:
        held = mmap.mmap(file, 0, prot=mmap.PROT_READ)
    finally:
        os.close(file)
    return pa.ipc.open_stream(pa.py_buffer(held)).read_all()


def _read(line: socket.socket, size: int, end: float) -> bytes:
    """Exactly that many bytes. Raises TimeoutError, and EOFError when the process has ended."""
    found = b""
    while len(found) < size:
        line.settimeout(max(0.001, end - time.monotonic()))
        piece = line.recv(size - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found
