"""The fault table, each line a few times; `make bench NAME=faults` plays it longer and writes docs/reliability.md."""

import random
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.integration import fault_scenarios as faults
from tests.integration.fault_world import CALM, CONTAINERS, FAKETIME, TOKEN, UPSERT, Installation, installation, iso, urn

pytestmark = pytest.mark.timeout(600)
MOMENTS = 4


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    with installation() as made:
        yield made


@pytest.mark.parametrize(("rank", "name"), list(enumerate(["door", "worker", "redis", "postgresql"])))
def test_what_is_killed_under_load_loses_and_doubles_nothing(place: Installation, rank: int, name: str) -> None:
    outcome = faults.killed(place, name, MOMENTS, 1 + rank * CONTAINERS, random.Random(2026 + rank))
    assert outcome.is_whole, outcome


def test_a_paused_worker_catches_up(place: Installation) -> None:
    outcome = faults.paused(place, 2, 1 + 4 * CONTAINERS)
    assert outcome.is_whole, outcome


def test_an_absent_database_is_waited_for(place: Installation) -> None:
    outcome = faults.without_database(place, 2, 1 + 5 * CONTAINERS)
    assert outcome.is_whole, outcome


def test_a_clock_that_jumps_by_an_hour_either_way_changes_no_count(place: Installation) -> None:
    outcome = faults.clock_jump(place, [3600, -3600], 1 + 6 * CONTAINERS)
    assert outcome.is_whole, outcome


def test_disordered_batches_are_stored_once_or_refused_and_counted(place: Installation) -> None:
    outcome = faults.disordered(place, 1 + 7 * CONTAINERS, random.Random(7))
    assert outcome.is_whole and outcome.refused >= 5 * CONTAINERS, outcome


def test_a_poison_costs_its_own_observation_and_nothing_else(place: Installation) -> None:
    outcome = faults.poisoned(place, 1 + 8 * CONTAINERS)
    assert outcome.is_whole and outcome.notes == ["2 kept for inspection"], outcome


def test_a_clock_that_jumps_across_an_emptied_redis_skips_nothing(place: Installation) -> None:
    outcome = faults.clock_jump(place, [-3600], 1 + 9 * CONTAINERS, is_emptied=True)
    assert outcome.is_whole, outcome


def test_a_dated_body_that_comes_again_when_nobody_remembers_it_is_not_a_second_observation(place: Installation) -> None:
    first = 1 + 9 * CONTAINERS
    body = [
        {"id": urn(number), "type": "WasteContainer", "temperature": {"type": "Property", "value": CALM, "observedAt": iso(time.time())}}
        for number in range(first, first + CONTAINERS)
    ]
    (stored, _distinct), found = place.stored(first), []
    for _time in range(2):
        answer = httpx.post(f"http://127.0.0.1:{place.door_port}{UPSERT}", json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
        assert answer.status_code == 204, answer.text
        place.drain()
        found.append(place.stored(first)[0] - stored)
        assert place.redis().delete(*place.redis().scan_iter("in:*:seen:*", count=1000)) > 0
    assert found == [CONTAINERS, CONTAINERS]


@pytest.fixture(scope="module")
def machine() -> Iterator[Installation]:
    if FAKETIME is None:
        pytest.skip("libfaketime is not installed: deploy/setup/system.sh test installs it")
    with installation(has_machine_clock=True) as place:
        yield place


def test_a_machine_whose_clock_jumps_by_an_hour_either_way_changes_no_count(machine: Installation) -> None:
    outcome = faults.clock_jump(machine, [3600, -3600], 1)
    assert outcome.is_whole, outcome


def test_a_machine_whose_clock_steps_back_while_redis_is_emptied_skips_nothing(machine: Installation) -> None:
    outcome = faults.clock_jump(machine, [-3600], 1 + CONTAINERS, is_emptied=True)
    assert outcome.is_whole, outcome
