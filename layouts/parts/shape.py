"""Severity shapes: the place where assets/js/26-shapes.js draws one."""

from dash import html

from hypervisor.i18n import N_, _

WORDS = {"critical": N_("Critique"), "major": N_("Majeure"), "minor": N_("Mineure"), "info": N_("Information"), "normal": N_("Normal")}
"""severity → its French word (screens.md 2.3)."""


def shape(
    severity: str, state: str = "unacknowledged", *, stale: bool = False, label: str | None = None, fixed: bool = False, class_name: str = ""
) -> html.Span:
    """The shape of a severity (critical, major, minor, info, normal) in an ISA-18.2 state, 1 em high.

    label is what a screen reader says, the severity's word by default; "" when the word stands beside the shape.
    fixed: a legend's shape, which does not turn stale with the link.
    The drawing is made in the browser, because Dash has no SVG; in a script, `HV.shape({severity, state, stale, label})` gives the same.
    """
    said = _(WORDS[severity]) if label is None else label
    data = {
        "data-shape": severity,
        "data-state": state,
        "data-stale": "true" if stale else "false",
        "data-label": said,
        "data-fixed": "true" if fixed else "false",
    }
    return html.Span(className=f"shape {class_name}".strip(), **data)
