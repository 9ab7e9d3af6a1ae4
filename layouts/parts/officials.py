"""The officials' page in parts: choosers and domains, the sentence, a card per figure, highlights and exports, the method sheets."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from hypervisor.domain.layer import Layer
from hypervisor.exports import charts
from hypervisor.i18n import _, ngettext
from hypervisor.queries import periods, said
from hypervisor.queries.figures import Figure
from hypervisor.queries.officials import COMPARISONS, SERVICE, Choice, Dashboard
from layouts import ids
from layouts.parts.icon import icon
from layouts.parts.officials_address import address

SERVICE_ICON = "clock"
ARROWS = {"up": "trending-up", "down": "trending-down", "flat": "arrow-right"}
SKELETONS = MOST_COLUMNS = 6


def choosers(page: Dashboard, label: str) -> html.Div:
    """Territory, period and comparison, each a list of links: they work with a keyboard, a finger and a browser's arrows."""
    choice = page.choice
    territories = [(label, 0), *((name, number) for number, name in page.communes)]
    step = [periods.beside(page.period, side) for side in (-1, 1)]
    return html.Div(
        [
            _menu(_("Territoire"), page.territory or label, [(name, address(choice, territory=number), number == choice.territory) for name, number in territories], "territoire"),
            html.Div(
                [
                    dcc.Link(icon("chevron-left", label=_("Période précédente")), href=address(choice, period=step[0]), className="step", id="elus-avant"),
                    _menu(_("Période"), page.period.label, [(text, address(choice, period=written), written == page.period.written) for text, written in _periods(page)], "periode"),
                    dcc.Link(icon("chevron-right", label=_("Période suivante")), href=address(choice, period=step[1]), className="step", id="elus-apres"),
                ],
                className="stepper",
            ),
            _menu(_("Comparer à"), _(COMPARISONS[choice.comparison]), [(_(text), address(choice, comparison=key), key == choice.comparison) for key, text in COMPARISONS.items()], "comparer"),
        ],
        className="choosers",
    )  # fmt: skip


def _periods(page: Dashboard) -> list[tuple[str, str]]:
    """What can be chosen: the last days, then months, quarters and years as far as there are figures."""
    found = [(_(text), written) for written, text in periods.LAST.items()]
    if page.last is None or page.first is None:
        return found
    month, years = page.last.replace(day=1), range(page.last.year, page.first.year - 1, -1)
    for _number in range(13):
        written = month.strftime("%Y-%m")
        found.append((periods.period(written, page.last).label, written))
        month = periods.month_after(month, -1)
    quarters = [
        f"{year}-T{number}"
        for year in years
        for number in (4, 3, 2, 1)
        if periods.period(f"{year}-T{number}", page.last).until > periods.period(f"{year}-T{number}", page.last).since
    ]
    return [*found, *((periods.period(written, page.last).label, written) for written in [*quarters[:6], *map(str, years)])]


def _menu(name: str, chosen: str, entries: Sequence[tuple[str, str, bool]], key: str) -> html.Details:
    links = [
        html.Li(dcc.Link(text, href=href, className="chosen" if is_chosen else "", **({"target": "_self"} if is_chosen else {})))
        for text, href, is_chosen in entries
    ]
    return html.Details(
        [html.Summary([html.Span(name, className="chooser-name"), html.Span([chosen, icon("chevron-down")], className="chooser-value")]), html.Ul(links)],
        className="chooser", key=f"{key}-{chosen}", **{"data-testid": f"elu-{key}"},
    )  # fmt: skip


def domains(page: Dashboard, layers: Mapping[str, Layer]) -> html.Nav:
    """The first page, then one per domain."""
    entries = [("", _("Ensemble"), "home"), *((key, name_of(key, layers), icon_of(key, layers)) for key in page.domains)]
    links = [
        dcc.Link([icon(picture), text], href=address(page.choice, domain=key), className="domain chosen" if key == page.choice.domain else "domain")
        for key, text, picture in entries
    ]
    return html.Nav(links, className="domains", **{"aria-label": _("Domaines")})


def name_of(key: str, layers: Mapping[str, Layer]) -> str:
    """A domain's name."""
    return said.domain(key, {name: layer.label for name, layer in layers.items()})


def icon_of(key: str, layers: Mapping[str, Layer]) -> str:
    """A domain's picture."""
    return SERVICE_ICON if key == SERVICE else layers[key].icon


def sentence(page: Dashboard) -> html.Section:
    """« En une phrase », first of all."""
    return html.Section(
        [
            html.Div([html.P(_("En une phrase"), className="sentence-over"), html.P(said.sentence(page.figures), className="sentence")]),
            html.A(_("Comment ces chiffres sont calculés"), href="#methodes", className="method-link"),
        ],
        className="panel sentence-band", **{"data-testid": "elu-phrase"},
    )  # fmt: skip


def columns(count: int, most: int = MOST_COLUMNS) -> int:
    """How many cards stand side by side: `most` at most, in rows as even as can be, so that none stands alone under the others."""
    rows = -(-count // most)
    return -(-count // rows) if rows else 1


def card(figure: Figure, page: Dashboard, layers: Mapping[str, Layer], may_prepare: bool = False) -> html.Article:
    """One figure: what, how much, which way, against what, how sure, until when. Its title chooses it for the chart and the map.

    may_prepare: the reader may open `/preparation`; a volume that nobody declared leads there.
    """
    one = figure.indicator
    is_first = page.choice.domain == ""
    href = address(page.choice, focus=one.key) if page.focus.indicator.key != one.key or is_first else address(page.choice)
    head = html.Header(
        [
            icon(icon_of(figure.domain, layers)),
            html.H2(dcc.Link(_(one.label), href=href, className="card-link")),
            html.A(icon("help", label=_("Méthode : {label}", label=_(one.label))), href=f"#methode-{one.key}", className="card-help"),
        ]
    )
    if figure.value is None:
        body: list[Component] = [
            html.P(said.NOTHING, className="card-value card-value--none"),
            html.P([figure.reason, *_where_declared(figure, may_prepare)], className="card-reason"),
        ]
    else:
        body = [html.Div([_value(figure), _spark(figure)], className="card-body"), _compared(figure, page.choice)]
        if figure.estimates:
            body.append(html.P(said.estimate(figure), className="estimate"))
    until = f" · {figure.last:%d/%m}" if figure.last and not figure.is_undeclared else ""
    footer = html.Footer([html.Span(_("Cible {cible}", cible=said.target(one, figure.target)) if figure.target else _("Sans cible")),
                          html.Span(f"{said.complete(figure)}{until}")])  # fmt: skip
    return html.Article(
        [head, *body, footer],
        className="panel card" + (" card--estimate" if figure.is_estimate else "") + (" card--focus" if page.focus.indicator.key == one.key else ""),
        **{"data-testid": f"elu-carte-{one.key}", "data-valeur": "" if figure.value is None else f"{figure.value:.6g}"},
    )


def _where_declared(figure: Figure, may_prepare: bool) -> list[Component | str]:
    """Where the volumes that miss are given, and by whom; nothing when none misses."""
    if figure.declared_share is None or figure.declared_share == 1:
        return []
    name = _("Préparation des tableaux de bord")
    where = dcc.Link(name, href="/preparation") if may_prepare else f"{name} ({_(figure.indicator.owner)})"
    return [" ", _("À déclarer dans :"), " ", where]


def _value(figure: Figure) -> html.P:
    return html.P(
        [html.Strong(said.number(figure.indicator, figure.value)), " ", html.Span(said.unit(figure.indicator), className="card-unit")], className="card-value"
    )


def _compared(figure: Figure, choice: Choice) -> html.P:
    """The way and its sign, or the distance to the target; the ninth decile of a delay."""
    beside = (
        [html.Span(_("9 sur 10 en moins de {value}", value=said.quantity(figure.indicator, figure.extra)), className="card-extra")]
        if figure.extra is not None
        else []
    )
    if choice.comparison == "objectif":
        text = _("objectif : {cible}", cible=said.target(figure.indicator, figure.target)) if figure.target else _("sans objectif fixé")
        return html.P([html.Span(text), *beside], className="card-trend")
    if not figure.trend:
        return html.P([html.Span(_("pas de chiffre un an avant")), *beside], className="card-trend")
    base = _("sur un an") if figure.base_completeness is None or figure.base_completeness >= 0.9 else _("sur un an, base incomplète")
    return html.P([icon(ARROWS[figure.trend]), html.Strong(said.trend(figure)), html.Span(f"{said.change(figure)} {base}"), *beside], className="card-trend")


def _spark(figure: Figure) -> html.Span:
    target = figure.target
    side = None if target is None or figure.indicator.adds_up else target.low if target.low is not None else target.high
    drawn = charts.spark(figure.months, side)
    return html.Span(
        className="card-spark",
        style={"--spark": f"url(data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()})"} if drawn else {},
        **{"aria-hidden": "true"},
    )


def skeleton() -> list[Component]:
    """What stands there until the figures come: the shapes of cards, and no number."""
    blank = [
        html.Article(
            [html.Header(html.Span(className="blank blank--title")), html.Span(className="blank blank--value"), html.Footer(html.Span(className="blank"))],
            className="panel card",
        )
        for _number in range(SKELETONS)
    ]
    return [
        html.Section(html.P(_("Lecture des chiffres…"), className="sentence"), className="panel sentence-band", role="status"),
        html.Div(blank, className="cards", **{"aria-hidden": "true"}),
    ]


def refused(sentence_said: str) -> list[Component]:
    """When the page cannot be read: why, and what to do."""
    return [
        html.Section(
            [html.Div([html.H2(_("Les chiffres ne peuvent être lus")), html.P(sentence_said, className="sentence")]), html.Button(_("Relire"), id=ids.OFFICIALS_AGAIN, className="button")],
            className="panel sentence-band", role="alert",
        )
    ]  # fmt: skip


def notes(page: Dashboard) -> list[Component]:
    """What a reader must know before the figures: that they are being prepared, that they stop long ago, that there is none."""
    told = []
    if page.last is None:
        told.append(
            _(
                "Aucun jour d’historique n’est encore clos : les premiers chiffres viendront deux heures après minuit. Une démonstration prépare son passé pendant les premières minutes."
            )
        )
    elif page.preparing > 1:
        told.append(_("L’historique se prépare : {n} jours restent à calculer. Les mois les plus anciens viendront d’eux-mêmes.", n=page.preparing))
    if page.last is not None and (page.at.date() - page.last).days > 2:
        told.append(_("Données arrêtées au {jour} : depuis, aucun jour n’a été clos. L’administrateur en voit la cause dans Santé.", jour=said.day(page.last)))
    return [html.P([icon("info-circle"), text], className="panel officials-note", role="status") for text in told]


def sendings(waiting: int) -> list[Component]:
    """The way to what services prepare for officials, and how many documents wait for a second person."""
    text = (
        ngettext("{count} document à valider avant son envoi", "{count} documents à valider avant leur envoi", waiting)
        if waiting
        else _("Préparation des tableaux de bord")
    )
    link = dcc.Link([icon("send"), text], href="/preparation", className="officials-sendings")
    return [html.P(link, className="panel officials-note" if waiting else "officials-note officials-note--quiet", **{"data-testid": "elu-envois"})]


def methods(page: Dashboard, label: str) -> html.Section:
    """The method sheets: formula, source, agreed figures, completeness, date, owner."""
    return html.Section(
        [html.Header([html.H2(_("Comment ces chiffres sont calculés"))], className="officials-head"), html.Div([method(figure, label) for figure in page.figures], className="methods")],
        id="methodes", className="panel officials-panel", tabIndex=-1, **{"data-testid": "elu-methode"},
    )  # fmt: skip


def method(figure: Figure, label: str) -> html.Article:
    """One figure's sheet."""
    lines = [item for heading, text in said.sheet(figure, label) for item in (html.Dt(heading), html.Dd(text))]
    return html.Article([html.H3(_(figure.indicator.label)), html.Dl(lines)], id=f"methode-{figure.indicator.key}", className="method", tabIndex=-1)
