"""Who may import whom."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = {"msgspec"}


def _modules(folder: str) -> Iterator[Path]:
    yield from sorted((ROOT / folder).rglob("*.py"))


def _imported(file: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_the_import_contracts_are_kept() -> None:
    ran = subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[ran.stdout.find("Broken contracts") :]


def test_the_domain_uses_the_standard_library_and_msgspec_alone() -> None:
    foreign = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in _modules("hypervisor/domain")
        for name in _imported(file)
        if not name.startswith("hypervisor.domain") and name.split(".")[0] not in sys.stdlib_module_names | PURE
    }
    assert not foreign


@pytest.mark.parametrize("shelf", ["layers", "connectors"])
def test_folders_of_a_shelf_do_not_import_each_other(shelf: str) -> None:
    crossing = set()
    for file in _modules(f"hypervisor/{shelf}"):
        inside = file.relative_to(ROOT / "hypervisor" / shelf).parts
        if len(inside) > 1:
            others = {name for name in _imported(file) if name.startswith(f"hypervisor.{shelf}.") and name.split(".")[2] != inside[0]}
            # A module of the shelf itself, shared by its folders, is not a folder.
            crossing |= {f"{file.relative_to(ROOT)}: {name}" for name in others if (ROOT / "hypervisor" / shelf / name.split(".")[2]).is_dir()}
    assert not crossing


def test_nobody_imports_the_web_process() -> None:
    importers = [file for folder in ("hypervisor", "layouts", "callbacks") for file in _modules(folder) if {"app", "app.server", "app.dash"} & _imported(file)]
    assert not importers


def test_geopandas_is_imported_only_where_it_is_used() -> None:
    """It takes 0.9 s and 118 MB: a process that does not read files must not pay for it."""
    ran = subprocess.run(
        [sys.executable, "-c", "import hypervisor.__main__, hypervisor.bootstrap, hypervisor.worker, sys; print('geopandas' in sys.modules, 'dash' in sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.split() == ["False", "False"]


def test_everything_imported_at_run_time_is_required_at_run_time() -> None:
    """A package that only the tests require is absent where Vigie runs."""
    required = {re.split(r"[=\[]", line)[0].lower() for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    providers = packages_distributions()
    imported = {name.split(".")[0] for folder in ("hypervisor", "layouts", "callbacks") for file in _modules(folder) for name in _imported(file)}
    ours = {"hypervisor", "layouts", "callbacks", "app"}
    missing = {
        name
        for name in imported - ours - sys.stdlib_module_names
        if not any(provider.lower().replace("_", "-") in required for provider in providers.get(name, []))
    }
    assert not missing


def test_only_a_process_that_migrates_loads_the_migration_tool() -> None:
    programs = ("hypervisor.worker", "hypervisor.ingest.server", "hypervisor.jobs", "hypervisor.bootstrap")
    asked = f"import sys, {', '.join(programs)}; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT).returncode == 0
