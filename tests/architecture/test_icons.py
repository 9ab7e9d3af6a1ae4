"""Every icon that a layer or a screen names is vendored: a missing mask would leave a hole on the wall."""

import ast
from pathlib import Path

from hypervisor.layers import all_layers

ROOT = Path(__file__).parents[2]
ICONS = ROOT / "assets" / "vendor" / "icons"


def test_every_icon_of_a_layer_is_vendored():
    named = {name for layer in all_layers().values() for name in (layer.icon, *(kind.icon for kind in layer.kinds))}
    assert {name for name in named if not (ICONS / f"{name}.svg").exists()} == set()


def test_every_icon_that_a_screen_names_is_vendored():
    calls = [node for file in (ROOT / "layouts").rglob("*.py") for node in ast.walk(ast.parse(file.read_text()))]
    named = {
        call.args[0].value
        for call in calls
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "icon" and call.args and isinstance(call.args[0], ast.Constant)
    }
    assert named, "no screen names an icon: this test reads the wrong place"
    assert {name for name in named if not (ICONS / f"{name}.svg").exists()} == set()
