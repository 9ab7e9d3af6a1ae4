"""A plain input of a form: Dash has none that is not its own component, so assets/js/60-post.js puts a real one in this place."""

import json

from dash import html


def entry(name: str, kind_of_input: str = "text", value: str = "", *, kind: str = "", required: bool = True) -> html.Span:
    """The place of an input. kind_of_input: HTML's own, or textarea; kind: how its value travels, a key of READ in assets/js/60-post.js, as text when empty."""
    said = {"name": name, "type": kind_of_input, "value": value, "required": required, "kind": kind}
    return html.Span(className="entry", **{"data-entry": json.dumps(said)})
