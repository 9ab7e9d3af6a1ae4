"""The guard of a rule: a free expression in CEL (Common Expression Language) that must be true when the condition begins.

What it may use: `value`, `previous` (the value before, absent at first), `properties` (last values of the same asset, by key), `layer`, `kind`, `commune`,
`hour` (0 to 23) and `weekday` (1 Monday to 7) of the value in the tenant's time. It is compiled once and evaluated on candidates alone. Its time is bounded
by its length: without comprehensions or regular expressions, CEL reads each part once.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cel

from hypervisor.i18n import _

LONGEST = 500
DEEPEST = 30
VARIABLES = ("commune", "hour", "kind", "layer", "previous", "properties", "value", "weekday")
FUNCTIONS = frozenset({"contains", "double", "endsWith", "int", "max", "min", "size", "startsWith", "string"})
LOOPS = re.compile(r"\.\s*(all|exists|exists_one|map|filter|transformList|transformMap|bind)\s*\(")


class GuardFailed(Exception):
    """The expression cannot be evaluated on this value; the text says why."""


class Guard:
    """A compiled expression. Raises ValueError, with a sentence, when it cannot be one."""

    def __init__(self, expression: str) -> None:
        self._program = _compile(expression)

    def allows(self, surroundings: Mapping[str, Any]) -> bool:
        """Whether the condition may begin. Raises GuardFailed."""
        try:
            answer = self._program.execute(dict(surroundings))
        except Exception as error:  # The library raises nearly every built-in kind: whatever it is, the rule raises nothing and the worker goes on.
            raise GuardFailed(str(error).partition("\n")[0][:200] or type(error).__name__) from None
        if answer is not True and answer is not False:
            raise GuardFailed(_("la condition donne {found} au lieu de vrai ou faux", found=repr(answer)[:40]))
        return bool(answer)


def example(layer: str, kind: str, properties: Mapping[str, float]) -> dict[str, Any]:
    """Surroundings on which an expression is tried before it is saved."""
    return {"value": 1.0, "previous": 0.5, "properties": dict(properties), "layer": layer, "kind": kind, "commune": 1, "hour": 12, "weekday": 1}


@lru_cache(maxsize=4096)
def _compile(expression: str) -> "cel.Program":
    if len(expression) > LONGEST:
        raise ValueError(_("la condition dépasse {count} caractères : raccourcissez-la", count=LONGEST))
    if LOOPS.search(expression):
        raise ValueError(_("la condition parcourt une liste : écrivez-la sans boucle"))
    if _depth(expression) > DEEPEST:
        raise ValueError(_("la condition a trop de parenthèses : simplifiez-la"))
    try:
        program = cel.compile(expression)
    except Exception as error:
        raise ValueError(
            _("la condition ne se lit pas en CEL ({reason}) : corrigez-la", reason=str(error).rpartition("ERROR: ")[2].splitlines()[0][:160])
        ) from None
    unknown = sorted(set(program.variables()) - set(VARIABLES)) or sorted(name for name in program.functions() if name[0].isalpha() and name not in FUNCTIONS)
    if unknown:
        raise ValueError(_("la condition emploie {name}, qui n’existe pas ici : employez {known}", name=unknown[0], known=", ".join(VARIABLES)))
    return program


def _depth(expression: str) -> int:
    depth = deepest = 0
    for character in expression:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest
