"""A real server of S3 on this machine, in a process of its own. What it holds is in its memory."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from pyarrow.fs import FileSelector, S3FileSystem

from hypervisor.launcher import processes

NAME = "lac-essai"
KEYS = {"AWS_ACCESS_KEY_ID": "essai", "AWS_SECRET_ACCESS_KEY": "essai", "AWS_EC2_METADATA_DISABLED": "true"}


class Bucket:
    """An empty bucket, served while it is `open`. url: as HYPERVISOR_LAKE_URL takes it."""

    def __init__(self) -> None:
        self.port = processes.free_port()
        self.url = f"s3://{NAME}/lake?scheme=http&endpoint_override=127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Serves it, empty."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert processes.until(self._answers, 30), "the server of S3 does not start"
        S3FileSystem(allow_bucket_creation=True, endpoint_override=self.endpoint).create_dir(NAME)

    def close(self) -> None:
        """Ends the server; its memory with it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def files(self) -> list[str]:
        """What it holds, below the lake."""
        found = S3FileSystem(endpoint_override=self.endpoint).get_file_info(FileSelector(f"{NAME}/lake", recursive=True, allow_not_found=True))
        return sorted(one.path.removeprefix(f"{NAME}/lake/") for one in found if one.is_file)

    def _answers(self) -> bool:
        try:
            return httpx.get(self.endpoint).status_code < 500
        except httpx.TransportError:
            return False


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A bucket that is not served yet, with credentials in the environment."""
    made = Bucket()
    with pytest.MonkeyPatch.context() as environment:
        for name, word in KEYS.items():
            environment.setenv(name, word)
        environment.delenv("AWS_PROFILE", raising=False)
        try:
            yield made
        finally:
            made.close()
