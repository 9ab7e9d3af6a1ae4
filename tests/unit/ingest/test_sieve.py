"""What is to blame among observations, and what of an entry can still be read."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hypervisor.domain.observation import Batch, Observation
from hypervisor.hot.stream import Entry
from hypervisor.ingest import sieve

GOOD = ["urn:x:1", "T", "p", 1.0, 5]


def entry(content: object) -> Entry:
    return Entry("7-0", msgspec.msgpack.encode(content), 3)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 200), st.data())
def test_the_first_to_blame_is_found_in_a_few_trials(count, data):
    bad = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=5))
    asked = []

    def refusal(n):
        asked.append(n)
        return "bad" if any(number < n for number in bad) else ""

    assert sieve.first_to_blame(count, "all", refusal) == (min(bad), "all" if min(bad) == count - 1 else "bad")
    assert len(asked) <= 2 + count.bit_length()


def test_nobody_is_blamed_for_what_fails_without_anybody():
    assert sieve.first_to_blame(8, "away", lambda _n: "away") is None


def test_a_part_that_cannot_be_read_costs_itself():
    found = sieve.read(entry(["capteurs", 5, [GOOD, ["urn:x:2", "T", "p", None, 5], 12, GOOD]]))
    assert found.batch == Batch("capteurs", 5, [Observation(*GOOD)] * 2)
    assert [(poison.cause, poison.source, poison.received_at_ms, poison.count) for poison in found.poisons] == [("poison", "capteurs", 7, 1)] * 2
    assert "entry 7-0" in found.poisons[0].reason


def test_text_that_is_no_utf_8_costs_its_observation():
    body = msgspec.msgpack.encode(["capteurs", 5, [GOOD, ["urn:x:2", "T", "p", "??", 5]]]).replace(b"??", b"\xff\xff")
    found = sieve.read(Entry("7-0", body, 2))
    assert found.batch == Batch("capteurs", 5, [Observation(*GOOD)])
    assert len(found.poisons) == 1


def test_an_entry_whose_envelope_cannot_be_read_is_one_refusal_that_counts_for_all():
    found = sieve.read(Entry("7-0", b"\xc1 nothing", 12))
    assert found.batch is None
    assert [poison.count for poison in found.poisons] == [12]


def test_what_is_kept_can_be_stored():
    found = sieve.single(entry([]), "a\0", Observation("urn:\0", "T\0", "p\0", float("nan"), 5, "\0"), "no \0 please")
    assert "\0" not in repr(found) and "\\x00" not in repr(found)
    assert found.observation.value == "nan"
