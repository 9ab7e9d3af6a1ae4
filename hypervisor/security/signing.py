"""The platform's key, from which what nobody stores is derived: webhooks' secrets, among others."""

import contextlib
import os
import secrets
from pathlib import Path

from hypervisor.errors import BadConfiguration

KEY_BYTES = 32


def signing_key(path: Path) -> bytes:
    """The key in the file, made there (0600) the first time. Raises BadConfiguration when it is too short to be one."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        # Whole or not at all: several processes may come here at once, and the first one's is everybody's.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise BadConfiguration(f"HYPERVISOR_SECRET_KEY_FILE names a file of {len(key)} bytes where {KEY_BYTES} are needed: remove it and a new one is made")
    return key
