"""The officials' page in parts: the sentence, a card per figure, its method, the chart and its table."""

from collections.abc import Sequence

import plotly.graph_objects as go
from dash import dcc, html

from hypervisor import fmt
from hypervisor.domain.layer import Layer
from hypervisor.i18n import N_, _
from hypervisor.queries.officials import Figure
from hypervisor.queries.trend import Trend
from layouts import theme
from layouts.parts.icon import icon

CLAUSES = {
    "luminaires_available": N_("{value} des points lumineux sont disponibles"),
    "parking_occupancy": N_("les parcs de stationnement sont occupés à {value} en moyenne"),
    "night_flow": N_("le débit nocturne du réseau d’eau est de {value}"),
    "full_containers": N_("{value} des conteneurs sont remplis à 80 % ou plus"),
    "acknowledgement": N_("une alarme est acquittée en {value} (médiane)"),
}
"""figure → its clause in the sentence; `value` carries its unit."""

SERVICE_ICON = "clock"


def sentence(figures: Sequence[Figure]) -> html.Section:
    """« En une phrase », first of all; figures that cannot be said are left out of it, and the cards say why."""
    clauses = [_(CLAUSES[figure.key], value=_said(figure)) for figure in figures if figure.value is not None and figure.key in CLAUSES]
    text = _joined(clauses) if clauses else _("Aucun chiffre ne peut encore être donné : les sources n’ont rien envoyé sur la période.")
    return html.Section(
        [html.Div([html.P(_("En une phrase"), className="sentence-over"), html.P(text, className="sentence")]), html.A(_("Comment ces chiffres sont calculés"), href="#methodes", className="method-link")],
        className="panel sentence-band", **{"data-testid": "elu-phrase"},
    )  # fmt: skip


def _joined(clauses: list[str]) -> str:
    text = " ; ".join(clauses)
    return text[0].upper() + text[1:] + "."


def card(figure: Figure, layers: dict[str, Layer]) -> html.Article:
    """One figure: title, value, what it is compared to, completeness and date."""
    known = figure.value is not None
    name = layers[figure.layer].icon if figure.layer in layers else SERVICE_ICON
    body = [_value(figure), bar(figure)] if known else [html.P("–", className="card-value card-value--none"), html.P(_(figure.reason), className="card-reason")]
    return html.Article(
        [
            html.Header(
                [
                    icon(name),
                    html.H2(_(figure.label)),
                    html.A(icon("help", label=_("Méthode : {label}", label=_(figure.label))), href=f"#methode-{figure.key}", className="card-help"),
                ]
            ),
            *body,
            html.Footer([html.Span(_(figure.period)), html.Span(_completeness(figure))]),
        ],
        className="panel card" + (" card--estimate" if figure.is_estimate else ""),
        **{"data-testid": f"elu-carte-{figure.key}", "data-valeur": "" if figure.value is None else f"{figure.value:.6g}"},
    )


def _value(figure: Figure) -> html.P:
    assert figure.value is not None, "the caller has looked"
    extra = (
        [html.Span(_("9 sur 10 en moins de {value}", value=fmt.quantity(figure.ninth_decile, figure.unit)), className="card-extra")]
        if figure.ninth_decile is not None
        else []
    )
    estimate = [html.Span(_("estimation"), className="estimate")] if figure.is_estimate else []
    return html.P([html.Strong(fmt.number(figure.value)), html.Span(figure.unit, className="card-unit"), *estimate, *extra], className="card-value")


def bar(figure: Figure) -> dcc.Graph | html.Div:
    """The value on its axis from zero: 0 to 100 for a share, the ninth decile beside a median; nothing where a lone figure has no scale."""
    if figure.value is None or (figure.unit != "%" and figure.ninth_decile is None):
        return html.Div(className="card-bar")
    most = 100.0 if figure.unit == "%" else max(figure.ninth_decile or 0.0, figure.value) * 1.1 or 1.0
    drawn = go.Figure(layout={"height": 34, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "bargap": 0.2, "showlegend": False, "barmode": "overlay"})
    if figure.ninth_decile is not None:
        drawn.add_bar(x=[figure.ninth_decile], y=[""], orientation="h", marker_color=_ink("line"), hoverinfo="skip")
    else:
        drawn.add_bar(x=[100], y=[""], orientation="h", marker_color=_ink("line"), hoverinfo="skip")
    drawn.add_bar(x=[figure.value], y=[""], orientation="h", marker_color=_ink("ink"), width=0.45, hoverinfo="skip")
    drawn.update_xaxes(range=[0, most], visible=False, fixedrange=True)
    drawn.update_yaxes(visible=False, fixedrange=True)
    return dcc.Graph(figure=drawn, config=CONFIG, className="card-bar", responsive=True, style={"height": "34px"})


CONFIG = {"displayModeBar": False, "staticPlot": True}


def template() -> go.layout.Template:
    """Plotly in our tokens, by day; assets/41-elus.css turns ink and ground when the theme changes."""
    day = theme.THEMES["jour"]
    axis = {"gridcolor": day["line"], "linecolor": day["line"], "zerolinecolor": day["ink3"], "tickfont": {"color": day["ink3"]}}
    plain = "rgba(0,0,0,0)"
    return go.layout.Template(
        layout={
            "font": {"family": theme.FONT, "size": 14, "color": day["ink2"]},
            "paper_bgcolor": plain,
            "plot_bgcolor": plain,
            "colorway": [day["ink"], day["ink3"]],
            "xaxis": axis,
            "yaxis": axis,
            "separators": ",\u00a0",
        }
    )


def _ink(name: str) -> str:
    return theme.THEMES["jour"][name]


def trend(trend_read: Trend, layers: dict[str, Layer]) -> html.Section:
    """Alarms by day, all layers, with the table that says the same."""
    days = [fmt_day(day.strftime("%d/%m")) for day in trend_read.days]
    totals = trend_read.totals
    drawn = go.Figure(layout={"template": template(), "height": 250, "margin": {"l": 44, "r": 12, "t": 24, "b": 28}, "bargap": 0.45, "showlegend": False})
    drawn.add_bar(
        x=days, y=totals, marker_color=_ink("ink"), text=[fmt.number(total) for total in totals], textposition="outside", cliponaxis=False, hoverinfo="skip"
    )
    drawn.update_yaxes(rangemode="tozero", fixedrange=True)
    drawn.update_xaxes(fixedrange=True, showgrid=False)
    head = html.Thead(html.Tr([html.Th(_("Alarmes levées"), scope="col"), *(html.Th(day, scope="col") for day in days)]))
    rows = [
        html.Tr([html.Th(_(layers[key].label), scope="row"), *(html.Td(fmt.number(count)) for count in counts)])
        for key, counts in trend_read.by_layer.items()
        if key in layers
    ]
    total = html.Tr([html.Th(_("Ensemble"), scope="row"), *(html.Td(fmt.number(count)) for count in totals)], className="total")
    return html.Section(
        [
            html.Header(
                [html.H2(_("Alarmes levées par jour")), html.Span(_("7 jours, aujourd’hui en cours"), className="panel-context")], className="officials-head"
            ),
            html.Div(
                dcc.Graph(figure=drawn, config=CONFIG, responsive=True, style={"height": "250px"}),
                role="img",
                **{"aria-label": _("Alarmes levées par jour ; les mêmes chiffres sont dans le tableau qui suit.")},
            ),
            html.Div(html.Table([head, html.Tbody([*rows, total])], className="officials-table"), className="table-scroll"),
        ],
        className="panel officials-panel",
    )


def fmt_day(text: str) -> str:
    """A day's label that Plotly cannot take for a date."""
    return text + "\u200b"


def methods(figures: Sequence[Figure]) -> html.Section:
    """The sheet of methods: formula, period, completeness, date, of each figure."""
    return html.Section(
        [html.Header([html.H2(_("Comment ces chiffres sont calculés"))], className="officials-head"), html.Div([method(figure) for figure in figures], className="methods")],
        id="methodes", className="panel officials-panel", tabIndex=-1, **{"data-testid": "elu-methode"},
    )  # fmt: skip


def method(figure: Figure) -> html.Article:
    """One figure's sheet."""
    share = _("Chiffre calculé sur un échantillon de {share} de l’historique.", share=fmt.quantity(100 * figure.sample, "%", 0)) if figure.sample < 1 else ""
    lines = [_(figure.formula), _("Période : {period}.", period=_(figure.period)), _("Données arrêtées au {moment}.", moment=fmt.moment(figure.as_of)), share]
    return html.Article([html.H3(_(figure.label)), *(html.P(line) for line in lines if line)], id=f"methode-{figure.key}", className="method", tabIndex=-1)


def _said(figure: Figure) -> str:
    assert figure.value is not None, "the caller has looked"
    return fmt.quantity(figure.value, figure.unit)


def _completeness(figure: Figure) -> str:
    if figure.completeness is None:
        return _("complétude inconnue")
    return _("complet {share} · {hour}", share=fmt.quantity(100 * figure.completeness, "%", 0), hour=fmt.time(figure.as_of))
