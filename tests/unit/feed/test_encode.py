"""The bytes are those of docs/live-protocol.md, read here by hand."""

import json
import struct

import numpy as np
import pytest

from hypervisor.feed import encode
from tests.unit.feed import world


def test_a_delta_section_is_slots_then_looks_padded_to_eight():
    section = encode.delta_section(300, np.array([2, 258], np.uint32), np.array([0x84, 0x20], np.uint8))
    # channel 300 = 2c 01, zero, k = 2 · slots 2 and 258 = 02 01 · looks · 2 bytes of padding (8 + 8 + 2 = 18 → 24)
    assert section == bytes.fromhex("2c01 0000 02000000 02000000 02010000 84 20 000000000000")


def test_a_full_section_is_the_looks_alone():
    assert encode.full_section(1, np.array([1, 2, 3], np.uint8)) == bytes.fromhex("0100 0000 03000000 010203 0000000000")


def test_the_head_is_thirty_two_bytes_and_counts_past_four_thousand_million():
    head = encode.head(encode.DELTA, 5, 9, 2**32 + 3, 1000.5, 999.0)
    assert len(head) == 32
    assert struct.unpack("<BBHIIIdd", head) == (1, 1, 5, 9, 3, 0, 1000.5, 999.0)


@pytest.mark.parametrize(("lon", "lat", "x", "y"), [(0, 0, 0, 0), (-180, 0, -(2**31) + 1, 0), (90, 0, 2**30, 0)])
def test_mercator_of_known_places(lon, lat, x, y):
    found = encode.mercator(np.array([float(lon)]), np.array([float(lat)]))
    assert (int(found[0][0]), int(found[1][0])) == (x, y)


def test_mercator_of_paris_agrees_with_epsg_3857():
    # 2.3522° E, 48.8566° N is x = 261,845.7 m, y = 6,250,564.3 m in EPSG:3857; the circumference is 40,075,016.686 m, y grows southward here.
    x, y = encode.mercator(np.array([2.3522]), np.array([48.8566]))
    assert x[0] / 2**32 * 40_075_016.686 == pytest.approx(261_845.7, abs=0.1)
    assert -y[0] / 2**32 * 40_075_016.686 == pytest.approx(6_250_564.3, abs=0.1)


def test_degrees_undo_mercator_to_a_centimetre():
    x, y = encode.mercator(np.array([5.0415]), np.array([47.3216]))
    assert encode.degrees(int(x[0]), int(y[0])) == pytest.approx((5.0415, 47.3216), abs=1e-7)


def decode(body: bytes) -> dict:
    """A reader written from §5 of the document, without the program's own constants."""
    magic, form, channel_count, layout, count, words, quantum, _ = struct.unpack_from("<4sHHIIIIQ", body)
    table = [struct.unpack_from("<HBBiII", body, 32 + 16 * i) for i in range(channel_count)]
    at = 32 + 16 * channel_count
    dictionary = json.loads(body[at : at + words])
    at += words + (-words % 4)

    def column() -> list[int]:
        nonlocal at
        planes = [body[at + plane * count : at + (plane + 1) * count] for plane in range(4)]
        at += 4 * count
        value, found = 0, []
        for i in range(count):
            d = sum(planes[plane][i] << 8 * plane for plane in range(4))
            value = (value + (d >> 1 ^ -(d & 1))) % 2**32
            found.append(value - 2**32 if value >= 2**31 else value)
        return found

    x, y, ids = [v << quantum for v in column()], [v << quantum for v in column()], column()
    return {
        "magic": magic,
        "format": form,
        "layout": layout,
        "table": table,
        "layers": dictionary["layers"],
        "x": x,
        "y": y,
        "ids": ids,
        "kinds": list(body[at : at + count]),
    }


def test_a_snapshot_reads_back_as_documented():
    layout = world.layout()
    found = decode(layout.snapshot([0, 1, 2, 3, 4]))
    assert (found["magic"], found["format"], found["layout"]) == (b"VGMP", 1, 7)
    # Layers in display order: light (index 0) then water (1); a channel's number is its rank by layer then commune.
    assert found["table"] == [(0, 0, 0, 1, 3, 0), (1, 0, 0, 2, 2, 3), (2, 0, 0, 3, 1, 5), (3, 1, 0, 1, 2, 6), (4, 1, 0, 3, 1, 8)]
    assert found["ids"] == [100, 101, 102, 103, 104, 105, 200, 201, 202]
    assert found["kinds"] == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert [layer["key"] for layer in found["layers"]] == ["light", "water"]
    exact_x, exact_y = encode.mercator(5.0 + np.array(found["ids"]) * 1e-4, 47.0 - np.array(found["ids"]) * 1e-4)
    assert np.abs(np.array(found["x"]) - exact_x).max() < 16  # 2^4 units of 9.3 mm: 15 cm
    assert np.abs(np.array(found["y"]) - exact_y).max() < 16


def test_a_snapshot_of_some_channels_holds_only_those():
    found = decode(world.layout().snapshot([1, 3]))
    assert found["ids"] == [103, 104, 200, 201]
    assert [row[0] for row in found["table"]] == [1, 3]


def test_an_empty_perimeter_is_an_empty_snapshot():
    assert decode(world.layout().snapshot([]))["ids"] == []


def test_neighbours_across_the_antimeridian_survive_the_wrapping_differences():
    x = np.array([2**31 - 17, -(2**31), 2**31 - 17], np.int32)
    body = encode.snapshot(1, [(0, 0, 1, 3)], {"layers": []}, x, x, np.array([1, 2, 3], np.int32), np.zeros(3, np.uint8))
    assert [value >> 4 for value in decode(body)["x"]] == [int(value) >> 4 for value in x]


def test_a_fact_passes_its_body_on_as_it_is():
    assert json.loads(encode.fact("alarm", 12, '{"id":3,"title":"Été"}'.encode())) == {"t": "alarm", "seq": 12, "body": {"id": 3, "title": "Été"}}
