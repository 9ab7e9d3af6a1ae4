"""Secrets made once and kept in files that only their owner reads."""

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def made_once(path: Path, names: Iterable[str], length: int = 32) -> dict[str, str]:
    """The secrets of a file, by name; those that it lacks are made, of this length, and added.

    The file is 0600, replaced whole, and belongs to whoever calls: the services themselves never read it.
    """
    kept = json.loads(path.read_text()) if path.exists() else {}
    missing = {name: secrets.token_urlsafe(length * 3 // 4) for name in names if name not in kept}
    if missing:
        kept |= missing
        write(path, json.dumps(kept, indent=1))
    return kept


def write(path: Path, text: str) -> None:
    """Write a file that only its owner can read, never leaving half of it."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
