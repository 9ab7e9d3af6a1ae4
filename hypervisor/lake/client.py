"""Starts the lake's process at the first question, gives it one question at a time, and kills it when it takes too long."""

import contextlib
import logging
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.i18n import N_, _
from hypervisor.lake.questions import Question

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
HEAD_BYTES = 5
START_S = 60.0
GENTLY = ("nice", "-n", "15")
ANSWER, TOO_LARGE, MISSING = 0, 1, 2
TOO_LONG = N_("La question demande plus de {seconds} s de calcul : elle a été arrêtée. Réduisez la période, la couche ou le territoire.")
TOO_WIDE = N_("La question demande plus de mémoire que {memory} Mo : elle a été arrêtée. Réduisez la période, la couche ou le territoire.")
AWAY = N_(
    "Le lac des journées closes ne répond pas : les jours anciens ne peuvent être lus. Réessayez ; s’il reste muet, voyez l’espace disque et HYPERVISOR_LAKE_URL."
)


class Gone(Exception):
    """A file of the question is not there any more: its day was closed again."""


class Client:
    """See the module. Safe for several threads: they wait their turn, no longer than the time given to a question."""

    def __init__(self, url: str, memory_mb: int, timeout_s: float, threads: int = 2, *, gently: bool = False) -> None:
        """gently: gives way to everything else on the machine, for what nobody waits for."""
        self._command = [*(GENTLY if gently else ()), sys.executable, "-m", "hypervisor.lake.server", url, str(memory_mb), str(threads)]
        self._memory_mb, self._timeout_s = memory_mb, timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def ask(self, question: Question) -> "pa.Table":
        """The answer. Raises InvalidRequest when it passes the bounds, Gone for a file that was replaced, Unavailable when the process cannot live."""
        import pyarrow as pa

        if not self._turn.acquire(timeout=self._timeout_s):
            raise self._too_long()
        try:
            try:
                kind, body = self._exchange(question)
            except (BrokenPipeError, EOFError):
                # It had ended, idle or killed: a new one is asked once.
                self.close()
                kind, body = self._exchange(question)
        except (OSError, EOFError) as error:
            self.close()
            raise Unavailable(_(AWAY)) from error
        finally:
            self._turn.release()
        if kind == ANSWER:
            return pa.ipc.open_stream(body).read_all()
        sentence = body.decode(errors="replace")
        if kind == MISSING:
            raise Gone(sentence)
        logger.warning("the lake refuses a question: %s", sentence)
        raise InvalidRequest(_(TOO_WIDE, memory=self._memory_mb)) if kind == TOO_LARGE else Unavailable(_(AWAY))

    def close(self) -> None:
        """Ends the process. The next question starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            process.wait()

    @property
    def pid(self) -> int | None:
        """The process that answers, None when there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def _exchange(self, question: Question) -> tuple[int, bytes]:
        if self.pid is None:
            self.close()
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, bufsize=0)
            self._read(self._process, HEAD_BYTES, time.monotonic() + START_S)
        process, end = self._process, time.monotonic() + self._timeout_s
        assert process is not None and process.stdin is not None
        body = msgspec.msgpack.encode(question)
        written = memoryview(b"\0" + len(body).to_bytes(4, "little") + body)
        os.set_blocking(process.stdin.fileno(), False)
        while written:
            if not select.select([], [process.stdin], [], max(0.0, end - time.monotonic()))[1]:
                self.close()
                raise self._too_long()
            written = written[process.stdin.write(written) or 0 :]
        head = self._read(process, HEAD_BYTES, end)
        return head[0], self._read(process, int.from_bytes(head[1:], "little"), end)

    def _read(self, process: "subprocess.Popen[bytes]", size: int, end: float) -> bytes:
        assert process.stdout is not None
        found = bytearray()
        while len(found) < size:
            if not select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
                self.close()
                raise self._too_long()
            piece = os.read(process.stdout.fileno(), min(size - len(found), 1 << 20))
            if not piece:
                raise EOFError
            found += piece
        return bytes(found)

    def _too_long(self) -> InvalidRequest:
        return InvalidRequest(_(TOO_LONG, seconds=f"{self._timeout_s:g}"))
