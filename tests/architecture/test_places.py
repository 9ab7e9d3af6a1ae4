"""What is written in one place only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|WITH\s+\w+\s+AS\s*\(|COPY\s+\w+|CREATE\s+(TABLE|ROLE|INDEX|DATABASE))\b",
    re.IGNORECASE | re.DOTALL,
)


def _literals(file: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file, docstrings and comments aside; what an f-string fills in is shown as {}."""
    tree = ast.parse(file.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            yield node.lineno, node.value


def _code(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _key_prefixes() -> set[str]:
    """`hot:{`, `in:{` … : how the keys of keys.py begin, up to the hash tag."""
    texts = (text for _, text in _literals(ROOT / "hypervisor" / "hot" / "keys.py"))
    return {match[0] for text in texts if (match := re.match(r"[a-z]+:\{", text))}


def test_redis_keys_are_named_in_one_file() -> None:
    prefixes = _key_prefixes()
    assert "hot:{" in prefixes, "keys.py names its keys in another way: this test no longer sees them"
    elsewhere = {
        f"{file.relative_to(ROOT)}:{line}: {text[:40]}"
        for file in _code("hypervisor", "layouts", "callbacks")
        if file.name != "keys.py"
        for line, text in _literals(file)
        if any(text.startswith(prefix) for prefix in prefixes)
    }
    assert not elsewhere


MEASURES = {*(ROOT / "hypervisor" / "layers").glob("*/indicators.py"), ROOT / "hypervisor" / "service" / "reach.py"}
"""Layers declare what a measure adds up (ADR 20); questions.py alone asks it, inside the tenant's files."""


def test_a_layer_s_measures_read_the_relations_they_are_given_and_no_file() -> None:
    reading = {
        f"{file.relative_to(ROOT)}:{line}"
        for file in MEASURES
        for line, text in _literals(file)
        if re.search(r"read_parquet|read_csv|\$\w+|COPY |ATTACH |INSTALL |getenv|'/", text)
    }
    assert not reading
    assert len(MEASURES) >= 5


def test_sql_is_written_only_in_store_and_for_the_lake_in_one_file() -> None:
    elsewhere = {
        f"{file.relative_to(ROOT)}:{line}: {text.strip()[:60]}"
        for file in [*_code("hypervisor", "layouts", "callbacks"), ROOT / "app.py"]
        if not file.is_relative_to(ROOT / "hypervisor" / "store") and file != ROOT / "hypervisor" / "lake" / "questions.py" and file not in MEASURES
        for line, text in _literals(file)
        if SQL.match(text)
    }
    assert not elsewhere


def test_the_environment_is_read_only_by_the_settings() -> None:
    """The launcher hands its own environment on, with marks that are not settings."""
    allowed = {
        "hypervisor/settings.py",
        "hypervisor/launcher/supervision.py",
        "hypervisor/launcher/postgres.py",
        "hypervisor/launcher/sentinel.py",
        "hypervisor/launcher/up.py",
    }
    readers = {
        str(file.relative_to(ROOT))
        for file in [*_code("hypervisor", "layouts", "callbacks"), ROOT / "app.py"]
        if re.search(r"os\.(environ|getenv)", file.read_text())
    }
    assert readers <= allowed
