"""A small tenant for the feed's tests: two layers, three communes, nine assets."""

import numpy as np

from hypervisor.domain.layer import Kind, Layer
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.feed.channels import Layout, arrange


def layer(key: str, order: int) -> Layer:
    kinds = tuple(Kind(key=f"{key}-{name}", label=name, plural=name, ngsi_type="T", icon=name) for name in ("a", "b"))
    return Layer(key=key, label=key.title(), icon="i", order=order, kinds=kinds, properties=())


LAYERS = {"water": layer("water", 2), "light": layer("light", 1)}
# light: commune 1 holds slots 0-2, commune 2 slots 3-4, commune 3 slot 5; water: commune 1 slots 0-1, commune 3 slot 2.
CHANNELS = [("water", 1, 0, 2), ("light", 2, 3, 2), ("light", 1, 0, 3), ("water", 3, 2, 1), ("light", 3, 5, 1)]


def layout(version: int = 7) -> Layout:
    def rows(key: str, first_id: int, size: int) -> dict:
        ids = np.arange(first_id, first_id + size)
        return {"ids": ids, "lon": 5.0 + ids * 1e-4, "lat": 47.0 - ids * 1e-4, "kind": np.array([f"{key}-{'ab'[i % 2]}" for i in ids])}

    return arrange(1, version, LAYERS, CHANNELS, {"light": rows("light", 100, 6), "water": rows("water", 200, 3)})


def principal(role: Role = Role.OPERATOR, **changes: object) -> Principal:
    values = {"tenant": 1, "account_id": 1, "name": "essai", "display_name": "Essai", "role": role, "permissions": PERMISSIONS[role]}
    return Principal(**(values | changes))
