"""The address of an officials' page: every choice is in it, so that a link, a bookmark and a browser's arrows say the same."""

from dataclasses import replace
from urllib.parse import urlencode

from hypervisor.queries.officials import Choice

NAMES = {"territory": "territoire", "period": "periode", "comparison": "comparer", "domain": "domaine", "focus": "indicateur"}
DEFAULTS = Choice()


def read(query: dict[str, str]) -> Choice:
    """The choice that an address writes; what it does not write, or writes badly, is left as the page opens."""
    given = {field: str(query[name])[:40] for field, name in NAMES.items() if query.get(name)}
    territory = given.pop("territory", "")
    return Choice(**given, territory=int(territory) if territory.isdigit() and len(territory) < 9 else 0)  # type: ignore[arg-type]


def address(choice: Choice, path: str = "/elus", **changes: str | int) -> str:
    """The address of the page with these changes; a change of domain leaves the focus behind."""
    if "domain" in changes:
        changes.setdefault("focus", "")
    made = replace(choice, **changes)  # type: ignore[arg-type]
    written = {name: value for field, name in NAMES.items() if (value := getattr(made, field)) != getattr(DEFAULTS, field)}
    return path + (f"?{urlencode(written)}" if written else "")
