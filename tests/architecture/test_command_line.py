"""Help is quick and everywhere."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hypervisor.__main__ import app

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "",
    "up",
    "down",
    "migrate",
    "worker",
    "ingest",
    "mqtt",
    "jobs",
    "simulate",
    "import",
    "export",
    "user add",
    "token add",
    "source add",
    "check",
    "check logbook",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = CliRunner().invoke(app, [*command.split(), "--help"])
    assert shown.exit_code == 0
    assert "Usage" in shown.stdout


def test_help_imports_nothing_heavy() -> None:
    ran = subprocess.run([sys.executable, "-X", "importtime", "-m", "hypervisor", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert not imported & {"geopandas", "dash", "pandas", "sqlalchemy", "redis", "numpy"}


def test_a_wrong_setting_stops_the_command_with_one_sentence_that_names_it() -> None:
    environment = {"PATH": "/usr/bin:/bin", "HYPERVISOR_HOST": "0.0.0.0"}
    ran = subprocess.run([sys.executable, "-m", "hypervisor", "up"], cwd=ROOT, capture_output=True, text=True, env=environment)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "HYPERVISOR_DEMO_PASSWORD" in ran.stderr
