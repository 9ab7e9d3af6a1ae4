"""What happens when a person acts: inputs, one call, one rendering. Table of contents of the callbacks, one module per concern.

`sheet` reads the selected alarm · `health` reads the state of the platform again · `walls` lets a wall in and signs it out · `rules` reads the studio again and tries a rule ·
`officials` reads the officials' figures and publishes facts. `errors.on_error` turns what they raise into a sentence.
"""

from importlib import import_module

from callbacks.errors import on_error

CONCERNS = ("sheet", "health", "walls", "rules", "officials")
"""Modules of this folder whose import registers callbacks; a walls-only process has no callback at all."""

__all__ = ["CONCERNS", "on_error", "register"]


def register(screens: str) -> None:
    """Registers the callbacks of a process (`all`, or `mur` for walls alone). Imports each module only then."""
    for concern in CONCERNS if screens == "all" else ():
        import_module(f"callbacks.{concern}")
