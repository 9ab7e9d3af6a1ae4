"""Plain inputs of forms, and a control under its label. Dash has no input that is not its own component: assets/js/60-post.js puts a real one in its place."""

import json

from dash import html
from dash.development.base_component import Component


def entry(name: str, kind_of_input: str = "text", value: str = "", *, kind: str = "", required: bool = True) -> html.Span:
    """The place of an input. kind_of_input: HTML's own, or textarea; a date or a datetime-local is written as here, « 20/11/2026 18:04 », whatever the browser's language; kind: how its value travels, a key of READ in assets/js/60-post.js, as text when empty."""
    said = {"name": name, "type": kind_of_input, "value": value, "required": required, "kind": kind}
    return html.Span(className="entry", **{"data-entry": json.dumps(said)})


def day_field(component_id: str, *, has_hour: bool = False) -> html.Span:
    """The place of a day, or of a moment, that a script of the page reads (assets/js/32-dates.js)."""
    return html.Span(className="entry", **{"data-entry": json.dumps({"id": component_id, "type": "datetime-local" if has_hour else "date"})})


def labelled(label: str, control: Component) -> html.Label:
    """A control of `/poste` under its label."""
    return html.Label([html.Span(label, className="form-label"), control], className="post-field")
