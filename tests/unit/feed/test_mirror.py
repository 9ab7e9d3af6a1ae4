"""What changed is told once, where it is, as it is now."""

import struct

import numpy as np

from hypervisor.feed.mirror import Mirror
from tests.unit.feed import world


def packed(*pairs: tuple[int, int]) -> bytes:
    return b"".join(struct.pack("<IB", *pair) for pair in pairs)


def read(section: bytes) -> tuple[int, list[tuple[int, int]]]:
    channel, _zero, count = struct.unpack_from("<HHI", section)
    slots = struct.unpack_from(f"<{count}I", section, 8)
    return channel, list(zip(slots, section[8 + 4 * count : 8 + 5 * count], strict=True))


def told(mirror: Mirror) -> dict[int, list[tuple[int, int]]]:
    return dict(read(section) for section in mirror.take()[0].values())


def test_ten_changes_of_one_lamp_are_one_byte_the_last():
    mirror = Mirror(world.layout())
    for look in range(1, 11):
        mirror.apply("light", packed((4, look)))
    assert told(mirror) == {1: [(1, 10)]}  # slot 4 of the layer is slot 1 of commune 2, whose channel is number 1


def test_changes_are_parted_by_channel_with_their_own_slots():
    mirror = Mirror(world.layout())
    mirror.apply("light", packed((5, 7), (0, 3), (2, 4)))
    mirror.apply("water", packed((2, 9)))
    assert told(mirror) == {0: [(0, 3), (2, 4)], 2: [(0, 7)], 4: [(0, 9)]}


def test_what_was_told_is_not_told_again():
    mirror = Mirror(world.layout())
    mirror.apply("light", packed((0, 1)))
    mirror.take()
    assert mirror.take()[0] == {}


def test_the_oldest_observation_of_a_frame_is_kept_until_it_is_told():
    mirror = Mirror(world.layout())
    mirror.apply("light", packed((0, 1)), 500.0)
    mirror.apply("water", packed((0, 1)), 400.0)
    mirror.apply("water", packed((1, 1)), 600.0)
    assert mirror.take()[1] == 400.0
    mirror.apply("water", packed((1, 2)), 700.0)
    assert mirror.take()[1] == 700.0


def test_slots_of_a_larger_layout_and_torn_entries_are_dropped():
    mirror = Mirror(world.layout())
    mirror.apply("light", packed((6, 1), (99, 1)))
    mirror.apply("light", b"\0\0\0")
    mirror.apply("unknown", packed((0, 1)))
    assert mirror.take()[0] == {}


def test_reconciling_tells_only_what_differed():
    mirror = Mirror(world.layout())
    mirror.apply("light", packed((0, 1), (1, 2)))
    mirror.take()
    unseen = 4 << 3
    assert mirror.reconcile("light", bytes([1, 9, unseen, unseen, unseen, unseen])) == 1
    assert told(mirror) == {0: [(1, 9)]}


def test_a_snap_that_is_missing_or_of_another_layout_changes_nothing():
    mirror = Mirror(world.layout())
    mirror.apply("light", packed((0, 1)))
    assert mirror.reconcile("light", None) == 0
    assert mirror.reconcile("light", b"\0" * 5) == 0
    assert int(mirror.appearances("light")[0]) == 1


def test_an_asset_never_heard_is_never_received():
    assert set(Mirror(world.layout()).appearances("water").tolist()) == {4 << 3}


def test_a_source_is_silent_when_nearly_all_that_was_heard_is_stale():
    mirror = Mirror(world.layout())
    assert mirror.silent() == {"light": False, "water": False}  # never heard: nothing is shown, nothing has stopped
    stale, fresh = 2 << 3, 0
    mirror.reconcile("light", bytes([stale] * 5 + [4 << 3]))
    mirror.reconcile("water", bytes([stale, stale, fresh]))
    assert mirror.silent() == {"light": True, "water": False}


def test_a_full_section_is_the_channel_as_it_is_now():
    mirror = Mirror(world.layout())
    mirror.apply("water", packed((2, 77)))
    assert mirror.full(4)[8:9] == bytes([77])
    assert np.array_equal(np.frombuffer(mirror.full(0)[8:11], np.uint8), [32, 32, 32])
