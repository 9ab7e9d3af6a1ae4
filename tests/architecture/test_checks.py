"""The acceptance checks of the desk, of the post and of the field (screens.md §5) are found by their numbers."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
IN_THE_FIELD = re.compile(r"^def test_check_f(\d)_", re.MULTILINE)
NAMED = re.compile(r"^def test_checks?_(\d+(?:(?:_and)?_\d+)*)_", re.MULTILINE)
OF_THE_POST = {15, 16, 17, 32, 33, 34}
OF_THE_FIELD = {1, 2}
OF_THE_DESK = {*range(1, 10), 13, 14, 18, 19, 20, 22, 35}


def test_every_check_of_the_desk_has_a_test_that_bears_its_number():
    names = [name for stage in ("e2e", "screens") for file in (TESTS / stage).glob("test_*.py") for name in NAMED.findall(file.read_text(encoding="utf-8"))]
    assert {int(number) for name in names for number in re.findall(r"\d+", name)} >= OF_THE_DESK


def test_every_check_of_the_post_and_of_the_field_runs_on_a_whole_platform():
    written = "\n".join(file.read_text(encoding="utf-8") for file in (TESTS / "e2e").glob("test_*.py"))
    assert {int(number) for name in NAMED.findall(written) for number in re.findall(r"\d+", name)} >= OF_THE_POST
    assert {int(number) for number in IN_THE_FIELD.findall(written)} >= OF_THE_FIELD
