"""The HTML page around Dash: language, theme before the first paint, what is shown while scripts load, and what Dash must not load by itself."""

from pathlib import Path

from dash import Dash

HERE = Path(__file__).parent

ASSETS_IGNORE = ""
"""Files that Dash must not put in pages. None: folders are enough."""

ASSETS_PATH_IGNORE = ["^vendor$", "^worker$", "^head$", "^fonts$", "^icons$", "^terrain$"]
"""Folders of assets/ served but not put in every page: what set-up vendors, the feed's Web Worker, and scripts named in index.html itself."""


def index_string() -> str:
    """The page, with Dash's own {%places%}. It has no inline script: the content security policy forbids them."""
    return (HERE / "index.html").read_text(encoding="utf-8")


class Page(Dash):
    """Dash, whose own « Loading... » gives way to ours, in French, until the first layout is drawn."""

    def interpolate_index(self, **kwargs: str) -> str:
        """The page with Dash's places filled, and our opening where Dash would write its own."""
        return super().interpolate_index(**{**kwargs, "app_entry": (HERE / "opening.html").read_text(encoding="utf-8")})
