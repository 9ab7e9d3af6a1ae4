"""Ids are said once, in layouts/ids.py, and one page never has the same id twice."""

import ast
from collections import Counter
from pathlib import Path

from layouts import ids

ROOT = Path(__file__).parents[2]


def test_no_two_ids_have_the_same_string():
    strings = [value for name, value in vars(ids).items() if name.isupper() and isinstance(value, str)]
    assert [value for value, times in Counter(strings).items() if times > 1] == []


def test_callbacks_take_ids_from_the_table():
    literal = []
    for file in sorted((ROOT / "callbacks").rglob("*.py")):
        calls = [
            node
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Input", "Output", "State"}
        ]
        literal += [f"{file.name}:{call.lineno} {call.args[0].value}" for call in calls if isinstance(call.args[0], ast.Constant)]
    assert literal == []


def test_an_id_that_only_scripts_know_is_no_other_id():
    """A layout may write in place an id that no callback uses; it may not take one of the table's, nor one of another layout's."""
    written = [value for file in sorted((ROOT / "layouts").rglob("*.py")) for value in _literal_ids(file)]
    taken = {value for name, value in vars(ids).items() if name.isupper()}
    assert [value for value, times in Counter(written).items() if times > 1 or value in taken] == []


def _literal_ids(file: Path) -> list[str]:
    calls = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))
    return [k.value.value for call in calls for k in call.keywords if k.arg == "id" and isinstance(k.value, ast.Constant) and isinstance(k.value.value, str)]


def test_every_page_asks_for_its_right_first():
    for file in sorted((ROOT / "layouts" / "pages").glob("*.py")):
        if file.name == "__init__.py":
            continue
        layout = next(node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef) and node.name == "layout")
        first = next(node for node in layout.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)))
        assert f"require('screen:{file.stem}'" in ast.unparse(first), f'{file.name}: the first line of layout() is require("screen:{file.stem}")'


def test_a_page_s_path_is_its_key_since_the_door_asks_for_the_right_by_the_path():
    from layouts.pages import PAGES

    assert [page.path for page in PAGES] == [f"/{page.key}" for page in PAGES]
