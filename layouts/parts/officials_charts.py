"""The officials' chart and map, each with the table that says the same. Plotly in our tokens, fetched from our own server; no red and no green."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any

import plotly.graph_objects as go
from dash import dcc, html

from hypervisor import fmt
from hypervisor.exports import charts
from hypervisor.i18n import _
from hypervisor.queries import classes as ranks
from hypervisor.queries import figure_series, said
from hypervisor.queries.figure_series import Place
from hypervisor.queries.officials import Dashboard
from layouts import theme
from layouts.parts.icon import icon

FRENCH: dict[str, Any] = {
    "moduleType": "locale", "name": "fr", "dictionary": {"Zoom": "Zoom", "Reset axes": "Rétablir les axes"},
    "format": {"days": ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"], "shortDays": ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
               "months": ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
               "shortMonths": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."], "date": "%d/%m/%Y", "decimal": ",", "thousands": "\u00a0"},
}  # fmt: skip
"""Plotly's own words, in the page: a locale fetched as a script would come from a CDN."""
CONFIG = {"displayModeBar": False, "locale": "fr", "locales": {"fr": FRENCH}, "scrollZoom": False, "doubleClick": False}
DAY = theme.THEMES["jour"]
NAMED = 7


def template() -> go.layout.Template:
    """Plotly in our tokens, by day; assets/41-elus.css turns ink and ground when the theme changes."""
    axis = {"gridcolor": DAY["line"], "linecolor": DAY["line"], "zerolinecolor": DAY["ink3"], "tickfont": {"color": DAY["ink3"]}}
    plain = "rgba(0,0,0,0)"
    return go.layout.Template(
        layout={
            "font": {"family": theme.FONT, "size": 14, "color": DAY["ink2"]}, "paper_bgcolor": plain, "plot_bgcolor": plain, "colorway": [DAY["ink"], DAY["ink3"]],
            "xaxis": axis, "yaxis": axis, "separators": ",\u00a0", "hoverlabel": {"bgcolor": DAY["surface"], "bordercolor": DAY["ink"], "font": {"color": DAY["ink"], "family": theme.FONT}},
        }
    )  # fmt: skip


def line_panel(page: Dashboard) -> html.Section:
    """Twelve months, a year before and the target; the table under it. A sentence in their place while no month has a figure: an empty frame says nothing."""
    one, line = page.focus.indicator, page.line
    head = html.Header(
        [html.H2(_("{nom}, par mois", nom=_(one.label))), html.Span(_("{unite}, 12 mois", unite=said.unit(one)), className="panel-context")],
        className="officials-head",
    )
    if all(value is None for value in (*line.current, *line.previous)):
        return html.Section(
            [head, html.P(_("Aucun de ces mois n’a encore de chiffre."), className="card-reason")],
            className="panel officials-panel",
            **{"data-testid": "elu-courbe"},
        )
    names = [charts.month(month) for month in line.months]
    low, high, step = charts.axis([value for value in (*line.current, *line.previous, *line.target) if value is not None], from_zero=one.adds_up)
    scale = charts.said_of_scale(one, low, step, high)
    drawn = go.Figure(layout={"template": template(), "height": 300, "margin": {"l": 64, "r": 108, "t": 12, "b": 30}, "showlegend": False, "hovermode": "x"})
    marks = [low + step * number for number in range(round((high - low) / step) + 1)]
    rows = (
        (_("Cible"), line.target, {"color": DAY["ink3"], "width": 1}, "lines"),
        (_("Un an avant"), line.previous, {"color": DAY["ink3"], "width": 2, "dash": "dash"}, "lines"),
        (_("Cette année"), line.current, {"color": DAY["ink"], "width": 3.5}, "lines+markers"),
    )
    ends = _spread([(values[-1], name) for name, values, _style, _mode in rows if values[-1] is not None], (high - low) / 16)
    for name, values, style, mode in rows:
        if any(value is not None for value in values):
            drawn.add_scatter(
                x=list(range(len(names))), y=list(values), mode=mode, line=style, marker={"size": 8, "color": DAY["ink"]}, connectgaps=False, cliponaxis=False, name=name,
                customdata=[said.quantity(one, value) for value in values], hovertemplate="%{customdata}<extra>" + name + "</extra>",
            )  # fmt: skip
    for height, name in ends:
        text = f"<b>{name}</b>" if name == _("Cette année") else name
        drawn.add_annotation(
            x=len(names) - 1,
            y=height,
            text=text,
            showarrow=False,
            xanchor="left",
            xshift=14,
            font={"color": DAY["ink"] if text.startswith("<b>") else DAY["ink3"]},
        )
    drawn.update_xaxes(tickmode="array", tickvals=list(range(len(names))), ticktext=names, showgrid=False, fixedrange=True, range=[-0.2, len(names) - 0.8])
    drawn.update_yaxes(range=[low, high], tickvals=marks, ticktext=[fmt.number(mark, 0 if step >= 1 else one.digits) for mark in marks], fixedrange=True)
    heads = html.Thead(html.Tr([html.Th(said.unit(one) or _("Valeur"), scope="col"), *(html.Th(name, scope="col") for name in names)]))
    body = html.Tbody(
        [html.Tr([html.Th(name, scope="row"), *(html.Td(said.number(one, value)) for value in values)]) for name, values, _style, _mode in reversed(rows)]
    )
    return html.Section(
        [
            head,
            html.Div(dcc.Graph(figure=drawn, config=CONFIG, responsive=True, style={"height": "300px"}), role="img", **{"aria-label": charts.said_of(one, line)}),
            *([html.P(scale, className="chart-scale")] if scale else []),
            _twin(html.Table([heads, body], className="officials-table officials-table--months")),
        ],
        className="panel officials-panel", **{"data-testid": "elu-courbe"},
    )  # fmt: skip


def map_panel(page: Dashboard, outlines: Sequence[Mapping[str, Any]]) -> html.Section:
    """The communes in printed classes, and their table: value, change, trend."""
    one = page.focus.indicator
    found = ranks.classes([place.figure.value for place in page.places if place.figure.value is not None], one.digits)
    shades = charts.shades_of(found)
    head = html.Header(
        [html.H2(_("Par commune")), html.Span(f"{_(one.label)}, {said.unit(one)}, {page.period.label}", className="panel-context")], className="officials-head"
    )
    if not found:
        return html.Section(
            [head, html.P(_why_none(page), className="card-reason")],
            className="panel officials-panel",
            **{"data-testid": "elu-territoires"},
        )
    legend = html.Ul([html.Li([html.Span(className="swatch", style={"background": shade}), one_class.label]) for one_class, shade in zip(found, shades, strict=True)]
                     + ([html.Li([html.Span(className="swatch", style={"background": theme.NO_DATA}), _("pas de chiffre")])] if any(place.figure.value is None for place in page.places) else []), className="map-legend")  # fmt: skip
    ordered = sorted(page.places, key=lambda place: (place.figure.value is None, -(place.figure.value or 0), place.name))
    rows = [
        html.Tr(
            [
                html.Th(place.name, scope="row"),
                html.Td(said.number(one, place.figure.value), title=place.figure.reason or said.estimate(place.figure)),
                html.Td(said.change(place.figure) or said.NOTHING),
                html.Td(said.trend(place.figure) or said.NOTHING),
            ]
        )
        for place in ordered
    ]
    table = html.Table(
        [html.Thead(html.Tr([html.Th(text, scope="col") for text in (_("Commune"), said.unit(one), _("Écart sur un an"), _("Tendance"))])), html.Tbody(rows)],
        className="officials-table officials-table--places",
    )
    return html.Section(
        [
            head,
            html.Div(
                [
                    html.Div(dcc.Graph(figure=_choropleth(page, outlines, found, shades), config=CONFIG, responsive=True, style={"height": "420px"}), role="img",
                             **{"aria-label": _("Carte par commune : {nom}. Les chiffres sont dans le tableau.", nom=_(one.label))}),
                    html.Div([_twin(table), html.Div([html.H3(_("Classes, en {unite}", unite=said.unit(one))), legend])], className="map-side"),
                ],
                className="officials-map",
            ),
        ],
        className="panel officials-panel", **{"data-testid": "elu-territoires"},
    )  # fmt: skip


def _why_none(page: Dashboard) -> str:
    """Why no commune has a figure: the reason of most of those that have such equipment."""
    reasons = Counter(place.figure.reason for place in page.places if place.figure.reason)
    telling = [(reason == _(figure_series.NONE_OF_KIND), -count, reason) for reason, count in reasons.items()]
    return min(telling)[2] if telling else _("Aucune commune n’a de chiffre.")


def _choropleth(page: Dashboard, outlines: Sequence[Mapping[str, Any]], found: Sequence[ranks.Class], shades: Sequence[str]) -> go.Figure:
    one = page.focus.indicator
    places: dict[int, Place] = {place.id: place for place in page.places}
    drawn = go.Figure(
        layout={"template": template(), "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "showlegend": False, "hovermode": "closest", "dragmode": False}
    )
    latitude = 0.0
    for row in outlines:
        place = places.get(int(row["id"]))
        if place is None:
            continue
        value = place.figure.value
        xs: list[float | None] = []
        ys: list[float | None] = []
        for ring in charts.polygons(str(row["outline"])):
            xs += [*(point[0] for point in ring), None]
            ys += [*(point[1] for point in ring), None]
        latitude = float(row["lat"])
        drawn.add_scatter(
            x=xs, y=ys, mode="lines", fill="toself", fillcolor=theme.NO_DATA if value is None else shades[ranks.rank(found, value, one.digits)], line={"color": DAY["ink"], "width": 1},
            hoveron="fills", text=f"{place.name} : {said.quantity(one, value)}", hoverinfo="text",
        )  # fmt: skip
    for row in sorted(outlines, key=lambda each: -int(each["population"] or 0))[:NAMED]:
        if int(row["id"]) in places:
            drawn.add_annotation(
                x=float(row["lon"]),
                y=float(row["lat"]),
                text=f"<b>{str(row['name']).split('-')[0]}</b>",
                showarrow=False,
                bgcolor="rgba(246,247,248,.8)",
                borderpad=2,
                font={"color": DAY["ink"], "size": 13},
            )
    drawn.update_xaxes(visible=False, fixedrange=True, scaleanchor="y", scaleratio=cos(radians(latitude)))
    drawn.update_yaxes(visible=False, fixedrange=True)
    return drawn


def _spread(ends: Sequence[tuple[float | None, str]], gap: float) -> list[tuple[float, str]]:
    """Names at the ends of lines, pushed apart so that none covers another."""
    placed: list[tuple[float, str]] = []
    for value, name in sorted((value, name) for value, name in ends if value is not None):
        placed.append((max(value, placed[-1][0] + gap) if placed else value, name))
    return placed


def _twin(table: html.Table) -> html.Details:
    """The table that says what the chart says, open; T closes and opens it."""
    return html.Details([html.Summary([icon("table"), _("Tableau")]), html.Div(table, className="table-scroll", tabIndex=0)], open=True, className="twin")
