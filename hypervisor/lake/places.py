"""Where the lake's files are: a folder, or a bucket through fsspec. A file is whole or absent, and its name tells its content."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import uuid4

from hypervisor.errors import BadConfiguration

CHUNK_BYTES = 2**20


class Place:
    """The root of a lake, any URL that `file_system` reads. Names are relative to it. Raises BadConfiguration for one that it does not."""

    def __init__(self, url: str) -> None:
        scheme = urlsplit(url).scheme
        self.url = url.rstrip("/")
        self.is_local = scheme in ("", "file")
        self._files, self._root = file_system(self.url)
        self.protocol = "file" if self.is_local else scheme

    def full(self, name: str) -> str:
        """The name as DuckDB reads it."""
        return f"{self._root}/{name}" if self.is_local else f"{self.protocol}://{self._root}/{name}"

    def write(self, folder: str, stem: str, fill: Callable[[IO[bytes]], None]) -> tuple[str, str, int]:
        """Writes a file aside, then gives it its name: (name, SHA-256, bytes). The name holds the digest, so that a file is never changed and may be written twice."""
        if self.is_local:  # A bucket has no folders.
            self._files.makedirs(f"{self._root}/{folder}", exist_ok=True)
        aside = f"{self._root}/{folder}/.{stem}-{uuid4().hex}.writing"
        try:
            with self._files.open(aside, "wb") as file:
                fill(file)
                if self.is_local:
                    file.flush()
                    os.fsync(file.fileno())
            digest, size = self._digest(aside)
            name = f"{folder}/{stem}-{digest[:16]}.parquet"
            if self.is_local:
                Path(aside).replace(f"{self._root}/{name}")
                _sync(Path(f"{self._root}/{folder}"))
            else:
                self._files.mv(aside, f"{self._root}/{name}")
        except BaseException:
            with contextlib.suppress(OSError):
                self._files.rm(aside)
            raise
        return name, digest, size

    def open(self, name: str) -> IO[bytes]:
        """A file, to read. Raises FileNotFoundError."""
        opened: IO[bytes] = self._files.open(f"{self._root}/{name}", "rb")
        return opened

    def digest(self, name: str) -> str:
        """SHA-256 of a file, to compare with what was recorded. Raises FileNotFoundError."""
        return self._digest(f"{self._root}/{name}")[0]

    def sweep(self, folder: str, keep: set[str]) -> int:
        """Removes from a folder every file that is not among the names to keep: what an interrupted closing left, what a later one replaced."""
        swept = 0
        with contextlib.suppress(FileNotFoundError):
            for found in self._files.ls(f"{self._root}/{folder}", detail=False):
                name = f"{folder}/{str(found).rpartition('/')[2]}"
                if name not in keep:
                    self._files.rm(found)
                    swept += 1
        return swept

    def _digest(self, path: str) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with self._files.open(path, "rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
        return digest.hexdigest(), size


def file_system(url: str) -> tuple[Any, str]:
    """The files behind a URL, and the root in them: a path, file://…, s3://BUCKET/PREFIX, or what fsspec reads with the library that it names.

    A bucket goes by Arrow's own client, which is here already: s3fs would hold python-dateutil back for everything else. Its URL may name a provider other than Amazon
    (?endpoint_override=HOST), a region (&region=) and http (&scheme=http); credentials are those of the environment, as Amazon's own tools read them. Raises BadConfiguration.
    """
    import fsspec

    try:
        if urlsplit(url).scheme == "s3":
            from fsspec.implementations.arrow import ArrowFSWrapper
            from pyarrow.fs import FileSystem

            bucket, root = FileSystem.from_uri(url)
            return ArrowFSWrapper(bucket), root
        files, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise BadConfiguration(f"HYPERVISOR_LAKE_URL is wrong or needs a library that is not installed (gcsfs for gs://, adlfs for az://): {error}") from error
    return files, root


def folder_of(tenant: int, day: date) -> str:
    """The folder of one tenant's day."""
    return f"tenant={tenant}/day={day.isoformat()}"


def _sync(folder: Path) -> None:
    """Makes a new name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
