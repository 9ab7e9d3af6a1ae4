"""The Lua scripts of `lua/`, sent once and then called by their digest."""

import hashlib
from collections.abc import Sequence
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

    def run_all(self, client: redis.Redis, keys: int, calls: Sequence[Sequence[Any]]) -> list[Any]:
        """Calls the script several times, each with `keys` names and then arguments, in one round trip."""
        with client.pipeline(transaction=False) as pipe:
            for call in calls:
                pipe.evalsha(self.sha, keys, *call)
            answers = pipe.execute(raise_on_error=False)
        for place, answer in enumerate(answers):
            if isinstance(answer, redis.exceptions.NoScriptError):
                answers[place] = client.eval(self.body, keys, *calls[place])  # type: ignore[arg-type]
            elif isinstance(answer, Exception):
                raise answer
        return list(answers)


@cache
def load(name: str) -> Script:
    """The script of that name."""
    return Script((FOLDER / f"{name}.lua").read_bytes())
