"""Icons: a file of assets/vendor/icons drawn as a mask, so that it takes the colour of the text."""

from dash import html


def icon(name: str, label: str | None = None, class_name: str = "") -> html.Span:
    """The icon of that file name (without .svg), 1.25 em by default.

    Without label it is decoration, hidden from screen readers: the word beside it carries the meaning.
    Interface actions use Tabler outline names, domains use Temaki and Maki filled names; the two are never mixed.
    """
    classes = f"icon {class_name}".strip()
    style = {"--icon": f"url(/assets/vendor/icons/{name}.svg)"}
    if label is None:
        return html.Span(className=classes, style=style, **{"aria-hidden": "true"})
    return html.Span(className=classes, style=style, role="img", **{"aria-label": label})
