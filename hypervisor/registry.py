"""Finds plugin folders: a layer or a connector is a folder that holds its declaration."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from hypervisor.errors import BadConfiguration


def discover(shelf: ModuleType, attribute: str) -> dict[str, Any]:
    """The declarations found in the sub-folders of `shelf`, by key, in alphabetical order.

    Raises BadConfiguration when a folder lacks the attribute, or when the declaration's key is not the folder's name.
    """
    found: dict[str, Any] = {}
    for folder in sorted(m.name for m in pkgutil.iter_modules(shelf.__path__) if m.ispkg):
        declaration = getattr(importlib.import_module(f"{shelf.__name__}.{folder}"), attribute, None)
        if declaration is None:
            raise BadConfiguration(f"folder {shelf.__name__}.{folder} declares no {attribute}: add it or remove the folder")
        if declaration.key != folder:
            raise BadConfiguration(f"folder {shelf.__name__}.{folder} declares key {declaration.key!r}: the two must be the same")
        found[folder] = declaration
    return found
