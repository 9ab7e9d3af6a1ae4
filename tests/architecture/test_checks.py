"""The acceptance checks of the desk (screens.md §5) are found by their numbers."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
NAMED = re.compile(r"^def test_checks?_(\d+(?:(?:_and)?_\d+)*)_", re.MULTILINE)
OF_THE_DESK = {*range(1, 10), 13, 14, 18, 19, 20, 22, 35}


def test_every_check_of_the_desk_has_a_test_that_bears_its_number():
    names = [name for stage in ("e2e", "screens") for file in (TESTS / stage).glob("test_*.py") for name in NAMED.findall(file.read_text(encoding="utf-8"))]
    assert {int(number) for name in names for number in re.findall(r"\d+", name)} >= OF_THE_DESK
