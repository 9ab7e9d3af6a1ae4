"""The foot of the officials' page: facts written by services, the form to write one, and what can be taken away."""

from collections.abc import Mapping
from datetime import date, timedelta

from dash import dcc, html
from dash.development.base_component import Component

from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.queries import said
from hypervisor.queries.officials import Dashboard
from layouts import ids
from layouts.parts.icon import icon
from layouts.parts.officials import name_of
from layouts.parts.officials_address import address

EXPORT = "/api/v1/indicators/export"
LONGEST = 160


def foot(page: Dashboard, principal: Principal, layers: Mapping[str, Layer]) -> html.Footer:
    """Facts at the left, exports at the right."""
    may_write = principal.may("highlight:write")
    facts = [_fact(page, number, may_write) for number in range(len(page.highlights))]
    return html.Footer(
        [
            html.Section([html.H2(_("Faits marquants")), html.Ul(facts) if facts else html.P(_("Aucun fait écrit pour la période."), className="card-reason"), *([_form(page, principal, layers)] if may_write else [])], className="facts"),
            html.Nav(
                [
                    html.Span(_("Exporter")),
                    _export(page, "pdf", "file-type-pdf", _("PDF accessible"), "button button--primary"),
                    _export(page, "csv", "file-type-csv", "CSV", "button"),
                    _export(page, "ods", "table", "ODS", "button"),
                    html.A([icon("photo"), _("Image")], href=address(page.choice, f"{EXPORT}/courbe.svg"), className="button", download=True, **{"data-image": "png", "data-testid": "export-image"}),
                ],
                className="exports", **{"aria-label": _("Exporter")},
            ),
        ],
        className="panel officials-foot",
    )  # fmt: skip


def _export(page: Dashboard, form: str, picture: str, text: str, class_name: str) -> html.A:
    return html.A(
        [icon(picture), text],
        href=address(page.choice, f"{EXPORT}/indicateurs.{form}"),
        className=class_name,
        download=True,
        **{"data-testid": f"export-{form}"},
    )


def _fact(page: Dashboard, number: int, may_write: bool) -> html.Li:
    fact = page.highlights[number]
    remove = (
        [html.Button(icon("x", label=_("Retirer : {texte}", texte=fact.text)), id=ids.highlight_remove(fact.id), className="icon-button")] if may_write else []
    )
    return html.Li([html.Strong(fact.day.strftime("%d/%m")), " ", fact.text, html.Span(f" ({fact.by_name})", className="fact-by"), *remove])


def _form(page: Dashboard, principal: Principal, layers: Mapping[str, Layer]) -> Component:
    """A small form for whoever answers for a domain: a day, a domain, one sentence."""
    domains = [{"label": name_of(key, layers), "value": key} for key in layers if principal.may("highlight:write", key)]
    return html.Details(
        [
            html.Summary(_("Écrire un fait")),
            html.Div(
                [
                    html.Label([_("Domaine"), dcc.Dropdown(domains, value=domains[0]["value"] if domains else None, id=ids.HIGHLIGHT_LAYER, clearable=False, searchable=False)]),
                    html.Label([_("Jour"), html.Span(dcc.Input(id=ids.HIGHLIGHT_DAY, type="text", value=said.day(_usual_day(page))), className="date-field", **{"data-date": "day"})]),
                    html.Label([_("Fait, en une phrase"), dcc.Input(id=ids.HIGHLIGHT_TEXT, type="text", maxLength=LONGEST, autoComplete="off", placeholder=_("Lanternes LED posées à Celleneuve, 412 points"))]),
                    html.Button(_("Publier"), id=ids.HIGHLIGHT_WRITE, className="button"),
                ],
                className="fact-form",
            ),
        ],
        className="fact-write",
    )  # fmt: skip


def _usual_day(page: Dashboard) -> date:
    """The last day of the page's period that has figures: a fact of another period would not be seen where it is written."""
    last = page.last or page.at.date()
    return min(last, page.period.until - timedelta(days=1))
