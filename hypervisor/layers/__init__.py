"""One folder per map layer. Adding a layer is adding a folder; nothing else is edited."""

import sys
from functools import cache

from hypervisor.domain.layer import Layer
from hypervisor.registry import discover


@cache
def all_layers() -> dict[str, Layer]:
    """Declared layers by key, in the order in which lists show them."""
    found: dict[str, Layer] = discover(sys.modules[__name__], "LAYER")
    return dict(sorted(found.items(), key=lambda item: item[1].order))
