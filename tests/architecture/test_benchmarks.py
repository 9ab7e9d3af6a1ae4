"""No test runs the benchmarks: here, that what they name of the product is still there."""

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = sorted((Path(__file__).parents[2] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("file", BENCHMARKS, ids=lambda file: file.stem)
def test_what_a_benchmark_names_of_the_product_is_there(file: Path):
    module = importlib.import_module(f"benchmarks.{file.stem}")
    named = [
        (node.value.id, node.attr)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(getattr(module, node.value.id, None), ModuleType)
    ]
    assert [f"{name}.{attribute}" for name, attribute in named if not hasattr(getattr(module, name), attribute)] == []
