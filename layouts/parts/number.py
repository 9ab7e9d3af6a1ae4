"""A number that says by itself when it is no longer current."""

from dash import html

from hypervisor.i18n import _


def number(text: str = "–", *, is_live: bool = False, testid: str | None = None, component_id: str | None = None, class_name: str = "") -> html.Span:
    """A live number: `data-valeur` holds it as text, `data-live` says whether it may be read as current.

    When `data-live` is not true the word « périmé » follows it: hidden from sight where the place already says so once, never from readers.
    Scripts change it with `HV.setNumber(element, text, isLive)` only, so that both attributes stay true together.
    """
    data: dict[str, str] = {"data-valeur": text, "data-live": "true" if is_live else "false"}
    if testid:
        data["data-testid"] = testid
    children = [html.Span(text, className="number-text"), html.Span(_(" périmé"), className="number-stale")]
    return html.Span(children, className=f"number {class_name}".strip(), **({"id": component_id} if component_id else {}), **data)
