"""The HTML page around Dash: language, theme before the first paint, what is shown while scripts load, and what Dash must not load by itself."""

from pathlib import Path

ASSETS_IGNORE = ""
"""Files that Dash must not put in pages. None: folders are enough."""

ASSETS_PATH_IGNORE = ["^vendor$", "^worker$", "^head$", "^fonts$", "^icons$"]
"""Folders of assets/ served but not put in every page: what set-up vendors, the feed's Web Worker, and scripts named in index.html itself."""


def index_string() -> str:
    """The page, with Dash's own {%places%}. It has no inline script: the content security policy forbids them."""
    return (Path(__file__).parent / "index.html").read_text(encoding="utf-8")
