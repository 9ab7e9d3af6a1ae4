"""The Lua scripts of `lua/`, sent once and then called by their digest."""

import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import redis

FOLDER = Path(__file__).parent / "lua"


@dataclass(frozen=True)
class Script:
    """One script; `sha` is how Redis calls it."""

    body: bytes
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.body, usedforsecurity=False).hexdigest())

    def run(self, client: redis.Redis, keys: list[str], arguments: list[Any]) -> Any:
        """Calls the script, sending it first when this server does not know it (it forgets at a restart)."""
        try:
            return client.evalsha(self.sha, len(keys), *keys, *arguments)
        except redis.exceptions.NoScriptError:
            return client.eval(self.body, len(keys), *keys, *arguments)  # type: ignore[arg-type]


@cache
def load(name: str) -> Script:
    """The script of that name."""
    return Script((FOLDER / f"{name}.lua").read_bytes())
