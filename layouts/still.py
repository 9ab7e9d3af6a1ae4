"""Parts of a page that Dash has no part in, as markup that assets/js/02-still.js puts in its place.

Dash looks at each component that it holds at every change of a page, some fifteen times for one answer of a callback. What no callback names and no library draws
need not be one: buttons, forms and lists whose clicks our own scripts hear.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from dash.development.base_component import Component
from markupsafe import Markup, escape

P = ParamSpec("P")
T = TypeVar("T", bound=Component)

ATTRIBUTE = "data-still"
"""Where the markup travels: a part's own attribute, or an Output of a callback."""

HTML = "dash_html_components"
VOID = ("br", "col", "hr", "img", "input", "source", "wbr")
NAMES = {"className": "class", "htmlFor": "for"}
"""React's names of attributes that are not HTML's, but for case."""


def still(part: T) -> T:
    """The same component, with its children as markup. Raises TypeError when one of them is Dash's own: a library's component, or an id of several parts."""
    content = markup(getattr(part, "children", None))
    part.children = None
    setattr(part, ATTRIBUTE, str(content))
    return part


def drawn_still(draw: Callable[P, T]) -> Callable[P, T]:
    """The same of what a function draws."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        return still(draw(*args, **kwargs))

    return drawn


def markup(part: Any) -> Markup:
    """What a browser reads of a tree of `dash.html`; text is escaped."""
    if part is None or isinstance(part, bool):
        return Markup()
    if isinstance(part, list | tuple):
        return Markup().join(map(markup, part))
    if not isinstance(part, Component):
        return escape(part)
    said = part.to_plotly_json()
    if said["namespace"] != HTML:
        raise TypeError(f"{said['type']} is drawn by a library of Dash and cannot be markup: leave it out of the still part of the page")
    return element(said["type"].lower(), said["props"])


def element(tag: str, properties: Mapping[str, Any]) -> Markup:
    """One element, by React's names of attributes; some, as a field of one line or a choice (`input`), `dash.html` lacks."""
    attributes = Markup().join(_attribute(NAMES.get(name, name.lower()), value) for name, value in properties.items() if name != "children")
    opening = Markup("<{}{}>").format(tag, attributes)
    return opening if tag in VOID else opening + markup(properties.get("children")) + Markup("</{}>").format(tag)


def entry(component_id: str, **properties: str | int) -> Markup:
    """A field of one line."""
    return element("input", {"id": component_id, "type": "text", "className": "field", "autoComplete": "off", **properties})


def _attribute(name: str, value: Any) -> Markup:
    if isinstance(value, bool) and name.startswith(("aria-", "data-")):
        value = str(value).lower()
    if value is False or value is None:
        return Markup()
    if value is True:
        return Markup(" {}").format(name)
    if isinstance(value, Mapping):
        if name != "style":
            raise TypeError(f"{name} {value!r} is Dash's way to name several parts, which markup cannot")
        value = ";".join(f"{_kebab(key)}:{item}" for key, item in value.items())
    return Markup(' {}="{}"').format(name, value)


def _kebab(name: str) -> str:
    return name if name.startswith("--") else re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
