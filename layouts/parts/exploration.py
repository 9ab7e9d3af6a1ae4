"""The parts of the exploration: tabs, the question as a sentence, and where the answer is drawn."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dash import dcc, html
from dash.development.base_component import Component

from hypervisor.domain.layer import Question
from hypervisor.i18n import N_, _
from layouts import theme
from layouts.parts import officials_charts
from layouts.parts.entry import day_field
from layouts.parts.icon import icon

FRENCH = Path(__file__).parents[2] / "assets" / "vendor" / "locale" / "plotly-fr.json"
OURS = officials_charts.FRENCH["format"]
TABS = (
    ("series", N_("Séries")),
    ("tableau", N_("Tableau")),
    ("carte", N_("Carte")),
    ("qualite", N_("Qualité")),
    ("correlation", N_("Corrélation")),
)
MEASURES = (("mean", N_("la moyenne")), ("low", N_("le minimum")), ("high", N_("le maximum")), ("count", N_("le nombre de mesures")))
GROUPS = (("day", N_("jour")), ("hour", N_("heure")), ("commune", N_("commune")), ("asset", N_("équipement")))
PERIODS = (("1", N_("24 h")), ("7", N_("7 jours")), ("30", N_("30 jours")), ("90", N_("90 jours")))


def tabs() -> html.Div:
    """One tab for each kind of question."""
    return html.Div(
        [
            html.Button(_(label), type="button", role="tab", id=f"exploration-onglet-{key}", className="tab", **{"data-onglet": key, "aria-selected": "false", "aria-controls": "exploration-reponse"})
            for key, label in TABS
        ],
        className="tabs exploration-tabs", role="tablist", **{"aria-label": _("Genre de question")},
    )  # fmt: skip


def question(*, may_save: bool) -> html.Section:
    """The question, as a sentence whose blanks are chosen. Lines that a tab does not need are hidden by the script."""
    return html.Section(
        [
            _line(
                "series",
                html.Span(_("Ajouter"), className="exploration-word"),
                _select("exploration-s-couche", _("Couche")),
                _select("exploration-s-grandeur", _("Grandeur")),
                html.Span(_("de"), className="exploration-word"),
                _select("exploration-s-portee", _("Portée"), (("layer", _("toute la couche")), ("asset", _("un équipement")))),
                _text("exploration-s-equipement", _("Nom, code ou adresse de l’équipement"), hidden=True),
                html.Button(
                    [icon("plus"), html.Span(_("Ajouter la série"), className="action-word")], id="exploration-ajouter", type="button", className="action"
                ),
            ),
            html.Div(id="exploration-trouves", className="exploration-found", hidden=True, role="listbox", **{"aria-label": _("Équipements trouvés")}),
            html.Ul(id="exploration-choisies", className="exploration-chosen", **{"data-pour": "series correlation", "aria-label": _("Séries choisies")}),
            _line(
                "tableau carte qualite",
                html.Span(_("Donner"), className="exploration-word", **{"data-pour": "tableau carte"}),
                html.Span(_("La complétude de"), className="exploration-word", **{"data-pour": "qualite"}),
                _select("exploration-mesure", _("Mesure"), tuple((key, _(label)) for key, label in MEASURES), only="tableau carte"),
                html.Span(_("de"), className="exploration-word", **{"data-pour": "tableau carte"}),
                _select("exploration-grandeur", _("Grandeur"), only="tableau carte"),
                _select("exploration-couche", _("Couche")),
                _select("exploration-genre", _("Type d’équipement"), only="tableau carte"),
                html.Span(_("par"), className="exploration-word", **{"data-pour": "tableau"}),
                _select("exploration-par", _("Regrouper par"), tuple((key, _(label)) for key, label in GROUPS), only="tableau"),
                html.Div(_tick("exploration-grille", _("par carreaux de 500 m")), **{"data-pour": "carte"}),
            ),
            html.Div(
                [
                    html.Label([_("du"), day_field("exploration-de")]),
                    html.Label([_("au"), day_field("exploration-a")]),
                    html.Div(
                        [html.Button(_(label), type="button", className="action", **{"data-jours": days}) for days, label in PERIODS],
                        className="exploration-group",
                        role="group",
                        **{"aria-label": _("Période")},
                    ),
                    html.Button(_("Chercher"), id="exploration-chercher", type="button", className="action action--primary"),
                    html.Button(_("Annuler"), id="exploration-annuler", type="button", className="action", hidden=True),
                    *(_views() if may_save else []),
                ],
                className="exploration-line",
            ),
        ],
        className="panel exploration-question",
        **{"aria-label": _("Question")},
    )


def answer(questions: Sequence[Question]) -> html.Section:
    """Where the answer is drawn: what is said of it, the drawing, its table, the ways to take it away. While it is empty, ready questions."""
    return html.Section(
        [
            html.Div(
                [
                    html.P(id="exploration-dit", className="exploration-said", role="status"),
                    html.Div(id="exploration-prendre", className="exploration-group", hidden=True),
                ],
                className="exploration-head",
            ),
            *([_examples(questions)] if questions else []),
            html.Div(dcc.Graph(id="exploration-graphe", figure={"data": [], "layout": {"autosize": True}}, config=figure_config(), className="exploration-graph"), id="exploration-dessin", hidden=True),
            html.Div(id="exploration-plan", className="exploration-plan", hidden=True, **{"data-palette": " ".join(theme.CHOROPLETH)}),
            html.Div(id="exploration-table", className="table-scroll", tabIndex=0, role="region", hidden=True, **{"aria-label": _("Résultat en tableau")}),
        ],
        id="exploration-reponse", className="panel exploration-answer", tabIndex=-1, role="tabpanel", **{"data-etat": "vide"},
    )  # fmt: skip


def _examples(questions: Sequence[Question]) -> html.Div:
    return html.Div(
        [
            html.P(_("Ou demandez, d’un clic\u202f:"), className="exploration-word"),
            *(
                html.Button(_(question.text), type="button", className="action", **{"data-demande": question.asked, "data-depuis": str(question.days)})
                for question in questions
            ),
        ],
        className="exploration-examples", role="group", **{"aria-label": _("Questions prêtes")},
    )  # fmt: skip


@cache
def figure_config() -> dict[str, object]:
    """Plotly's own settings, with its French words from the package that set-up brought; days and months as French writes them short (« 20 nov. »)."""
    french = json.loads(FRENCH.read_text(encoding="utf-8"))
    return {
        "displayModeBar": False,
        "responsive": True,
        "locale": "fr",
        "locales": {"fr": {"dictionary": french["dictionary"], "format": french["format"] | OURS}},
    }


def _views() -> list[Component]:
    return [
        html.Div(
            [
                _select("exploration-vues", _("Vues gardées")),
                _text("exploration-nom", _("Nom de la vue")),
                _tick("exploration-partager", _("partagée")),
                html.Button([icon("bookmark"), html.Span(_("Garder"), className="action-word")], id="exploration-garder", type="button", className="action"),
                html.Button(icon("trash", label=_("Oublier la vue")), id="exploration-oublier", type="button", className="action", hidden=True),
            ],
            className="exploration-group exploration-views",
        )
    ]


def _line(only: str, *children: Component) -> html.Div:
    return html.Div(list(children), className="exploration-line", **{"data-pour": only if only != "series" else "series correlation"})


def _select(component_id: str, label: str, choices: tuple[tuple[str, str], ...] = (), only: str = "") -> html.Select:
    more = {"data-pour": only} if only else {}
    return html.Select([html.Option(text, value=value) for value, text in choices], id=component_id, className="field", **{"aria-label": label, **more})


def _tick(component_id: str, label: str) -> html.Button:
    return html.Button(label, id=component_id, type="button", className="action exploration-check", **{"aria-pressed": "false"})


def _text(component_id: str, label: str, *, hidden: bool = False) -> html.Div:
    return html.Div(
        dcc.Input(id=component_id, type="search", className="field", placeholder=label, autoComplete="off"), className="exploration-text", hidden=hidden, **{"data-champ": component_id}
    )  # fmt: skip
