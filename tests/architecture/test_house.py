"""Settings are documented, pages are self-sufficient, lock files say what and not where from."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

from hypervisor.settings import Settings

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"""(?:https?:)?//(?!127\.0\.0\.1|localhost)([a-z0-9-]+\.)+[a-z]{2,}""", re.IGNORECASE)
# Names of languages, not places: nothing is fetched from them.
NAMESPACES = ("www.w3.org",)


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_readme_with_its_description(name: str) -> None:
    variable, described = f"HYPERVISOR_{name.upper()}", Settings.model_fields[name].description
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith(f"| `{variable}` |")]
    assert len(rows) == 1, f"README.md needs one row for {variable}"
    assert rows[0].rstrip(" |").endswith(str(described)), f"README.md does not say of {variable}: {described}"


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"\bHYPERVISOR_([A-Z_]+[A-Z])\b", (ROOT / "README.md").read_text()))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_pages_name_no_address_outside() -> None:
    files = [*_tracked("assets", "layouts", "callbacks", "hypervisor/api"), ROOT / "app.py"]
    texts = {file: file.read_text() for file in files if file.suffix in {".js", ".css", ".html", ".py", ".svg", ".json", ".webmanifest"}}
    assert texts
    outside = {f"{file.relative_to(ROOT)}: {found[0]}" for file, text in texts.items() for found in ADDRESS.finditer(text) if not found[0].endswith(NAMESPACES)}
    assert not outside


def test_files_brought_by_the_set_up_ask_for_nothing_by_themselves() -> None:
    """Scripts hold addresses in their comments and messages; styles and pictures that hold one would fetch it."""
    vendor = ROOT / "assets" / "vendor"
    assert (vendor / "protomaps-leaflet.js").exists(), "assets/vendor is missing: run `make setup`"
    for file in [*vendor.rglob("*.css"), *vendor.rglob("*.svg")]:
        fetched = re.findall(r"(?:url\(|href=|@import)\s*[\"']?(https?://[^\"')]+)", file.read_text())
        assert not fetched, f"{file.name} fetches {fetched}"


def test_lock_files_name_no_host() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"].values()
    assert not [package["resolved"] for package in packages if "resolved" in package]
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        assert not [line for line in lines if "://" in line or line.startswith(("-i", "--index", "--extra", "--find", "-f"))]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_python_package_is_pinned(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.lstrip().startswith("#")]
    assert lines
    assert not [line for line in lines if not re.match(r"^[a-z0-9._-]+(\[[a-z0-9,-]+\])?==[^ ]+", line, re.IGNORECASE)]


def test_every_front_end_package_is_pinned_and_has_its_licence() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    kept = {file.stem for file in (ROOT / "assets" / "vendor" / "LICENCES").glob("*.txt")}
    assert kept == {name.replace("@", "").replace("/", "-") for name in wanted}


def test_no_file_is_kept_that_the_set_up_makes() -> None:
    listed = subprocess.run(["git", "ls-files", "--", "assets/vendor", "node_modules", "var", ".venv"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout == ""


def test_no_table_names_the_same_key_twice() -> None:
    """The second would silently win: two branches that both rewrite one entry merge without a word."""
    twice = []
    for folder in ("hypervisor", "layouts", "callbacks"):
        for file in (ROOT / folder).rglob("*.py"):
            for table in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Dict)):
                keys = [ast.unparse(key) for key in table.keys if key is not None]
                twice += [f"{file.relative_to(ROOT)}: {key}" for key in set(keys) if keys.count(key) > 1]
    assert not twice


def test_an_act_of_a_page_takes_its_key_where_plain_http_has_one() -> None:
    # crypto.randomUUID exists over https alone; a key that repeats would lose an act as if it were sent twice.
    weak = re.compile(r"randomUUID\(|Idempotency-Key[^\n]*Math\.random")
    assert [path.name for path in _tracked("assets/js") if weak.search(path.read_text())] == []
