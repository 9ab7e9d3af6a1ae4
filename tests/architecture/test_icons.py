"""Every icon that a screen names is among those that the set-up vendors: a missing one would be an empty square."""

import re
from pathlib import Path

from hypervisor import layers
from layouts.parts.rail import SCREENS

ROOT = Path(__file__).parents[2]
ICONS = ROOT / "assets" / "vendor" / "icons"


def named():
    found = {name for _key, _path, _label, name in SCREENS}
    for layer in layers.all_layers().values():
        found |= {layer.icon, *(kind.icon for kind in layer.kinds)}
    for file in (ROOT / "layouts").rglob("*.py"):
        found |= set(re.findall(r"\bicon\(\"([\w-]+)\"", file.read_text()))
    for file in (ROOT / "assets" / "js").glob("*.js"):
        found |= set(re.findall(r"HV\.icon\(\"([\w-]+)\"", file.read_text()))
    return found


def test_every_icon_named_is_vendored():
    assert ICONS.is_dir(), "assets/vendor/icons is absent: `make setup` brings it, and every page needs it"
    assert {"plug-connected-x", "parking"} <= named()
    assert sorted(name for name in named() if not (ICONS / f"{name}.svg").is_file()) == []
