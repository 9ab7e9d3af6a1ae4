"""A disk that fills up: the door closes before the stores suffer, and what was acknowledged is there afterwards."""

from pathlib import Path

import pytest

from hypervisor.errors import Unavailable
from hypervisor.ingest.room import Room
from tests.integration import fault_scenarios as faults
from tests.integration.fault_world import installation, small_disk

FLOOR_MB = 96


@pytest.mark.timeout(600)
def test_a_full_disk_closes_the_door_and_loses_nothing() -> None:
    try:
        disk = small_disk(768)
        folder = disk.__enter__()
    except PermissionError as refused:
        pytest.skip(f"mounting a small file system is refused here: {refused}")
    try:
        with installation(folder, HYPERVISOR_FREE_DISK_MB=str(FLOOR_MB)) as place:
            outcome = faults.full_disk(place, 1, FLOOR_MB)
    finally:
        disk.__exit__(None, None, None)
    assert outcome.is_whole, outcome


def test_the_guard_names_the_folder_and_the_room_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [100 << 20]
    monkeypatch.setattr("hypervisor.ingest.room.shutil.disk_usage", lambda _folder: type("Usage", (), {"free": free[0]}))
    monkeypatch.setattr("hypervisor.ingest.room.LOOK_EVERY_S", 0)
    room = Room([tmp_path], 64 << 20)
    room.check()
    free[0] = 63 << 20
    with pytest.raises(Unavailable, match=f"63 MB left in {tmp_path}, 64 MB are kept"):
        room.check()
    free[0] = 65 << 20
    room.check()
