"""Every act that the audit can name has its words: a code on a screen is a defect."""

import re
from pathlib import Path

from hypervisor.domain.operator import PERMISSIONS, SCOPES
from hypervisor.i18n import current_locale
from layouts.parts.audit_words import ACTS, THINGS, spoken

ROOT = Path(__file__).parents[2]
WRITTEN = re.compile(r'"(?:operator|official|agent|system):([a-z-]+):([a-z-]+)"')


def named() -> set[tuple[str, str]]:
    """(thing, act) of every permission and of every act written in the code."""
    permissions = set().union(*PERMISSIONS.values(), *SCOPES.values())
    found = {(thing, act) for thing, _colon, act in (permission.partition(":") for permission in permissions)}
    for file in (ROOT / "hypervisor").rglob("*.py"):
        found |= {(thing, act) for thing, act in WRITTEN.findall(file.read_text(encoding="utf-8"))}
    return found


def test_every_act_of_the_audit_has_its_words() -> None:
    acts = named()
    assert len(acts) > 60
    assert {thing for thing, _act in acts} - THINGS.keys() == set()
    assert {act for thing, act in acts if thing != "screen"} - ACTS.keys() == set()


def test_an_act_is_said_in_the_readers_language() -> None:
    assert spoken("operator:alarm:read") == "alarmes\N{NO-BREAK SPACE}: lire"
    assert spoken("operator:screen:regles") == "écran\N{NO-BREAK SPACE}: /regles"
    told = current_locale.set("en")
    try:
        assert spoken("operator:session:sign-in") == "session: open"
    finally:
        current_locale.reset(told)
