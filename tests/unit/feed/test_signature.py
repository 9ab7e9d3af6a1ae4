"""What a session's perimeter lets through of figures, which are computed on its communes."""

import pytest

from hypervisor.feed.clients import Signature

READER = frozenset({"alarm:read"})


def signature(rights=READER, layers=None, communes=None) -> Signature:
    return Signature(1, (), frozenset(rights), layers and frozenset(layers), communes and frozenset(communes))


@pytest.mark.parametrize(
    ("session", "layer", "is_shown"),
    [
        (signature(), "water", True),
        (signature(), "", True),
        (signature(layers={"water"}), "water", True),
        (signature(layers={"water"}), "waste", False),
        (signature(layers={"water"}), "", False),
        (signature(communes={3}), "water", True),  # the figure of those communes
        (signature(rights={"indicator:read"}), "water", True),
        (signature(rights={"map:read"}), "water", False),
    ],
)
def test_a_figure_is_shown_only_when_all_that_it_counts_is_inside_the_perimeter(session: Signature, layer: str, is_shown: bool):
    assert session.may_read_figure(layer) is is_shown
