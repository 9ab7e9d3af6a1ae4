"""Fields of a rule's sentence, as assets/js/60-rules.js reads them."""

from collections.abc import Mapping
from typing import Any

from dash import html

from hypervisor.i18n import N_, _

UNITS = ((1, N_("s")), (60, N_("min")), (3600, N_("h")), (86400, N_("j")))
"""seconds → the word of a length's unit."""


def field(name: str, initial: str, kind: str, label: str, **more: Any) -> dict[str, Any]:
    """What the script reads of a field: its name in the API, what it was, how it is read."""
    return {"className": "field rule-field", "data-champ": name, "data-initial": initial, "data-genre": kind, "aria-label": label, **more}


def number(name: str, value: float, unit: str, label: str) -> html.Span:
    """A number and its unit."""
    shown = f"{value:g}"
    return html.Span(
        [line(shown, **field(name, shown, "number", label, inputMode="decimal", cols=6)), html.Span(unit, className="rule-unit")], className="rule-pair"
    )


def length(name: str, seconds: float | None, label: str) -> html.Span:
    """A length and its unit, the largest that keeps it whole."""
    held = seconds or 0
    factor = max((factor for factor, _word in UNITS if held % factor == 0 and held), default=60)
    shown = "" if seconds is None else f"{held / factor:g}"
    options = [html.Option(_(word), value=str(size), selected=size == factor) for size, word in UNITS]
    initial = "" if seconds is None else f"{held:g}"
    return html.Span(
        [
            line(shown, **field(name, initial, "length", label, inputMode="decimal", cols=4)),
            html.Select(options, className="field rule-unit-choice", **{"aria-label": _("Unité")}),
        ],
        className="rule-pair",
    )


def text(name: str, value: str, label: str, hint: str, *, size: int = 40, is_wide: bool = False) -> html.Span:
    """Words on one line."""
    return html.Span(
        line(value, **field(name, value, "text", label, placeholder=hint, cols=size)), className="rule-text" + (" rule-text--wide" if is_wide else "")
    )


def tick(name: str, value: bool, label: str) -> html.Button:
    """Yes or no."""
    return html.Button(
        [html.Span(className="tick-box", **{"aria-hidden": "true"}), html.Span(label)],
        type="button",
        role="checkbox",
        className="rule-tick",
        **{"aria-checked": "true" if value else "false", "data-champ": name, "data-initial": "true" if value else "false", "data-genre": "bool"},
    )


def line(value: str, **attributes: Any) -> html.Textarea:
    """One line of text. Dash has no plain input that carries our attributes; the script keeps Enter out of it."""
    return html.Textarea(value, rows=1, spellCheck=False, **attributes)


def choice(name: str, value: str, options: Mapping[str, str], label: str, kind: str = "text") -> html.Select:
    """One of a list, value → word. kind: "number" when its values are numbers."""
    return html.Select([html.Option(word, value=key, selected=key == value) for key, word in options.items()], **field(name, value, kind, label))
