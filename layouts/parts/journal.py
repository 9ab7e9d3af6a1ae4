"""The page of the logbook in parts: filters, proof and exports, lines, the form of a new one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from hypervisor import fmt
from hypervisor.domain.layer import Layer
from hypervisor.i18n import _
from layouts.parts.icon import icon
from layouts.parts.keys import cap
from layouts.parts.logbook import KINDS, OTHER_KINDS


def journal(layers: Sequence[Layer], seal: dict[str, Any] | None, *, may_write: bool) -> html.Div:
    """The whole page. seal: the last night's (queries.logbook.seals), None before the first."""
    words = {f"data-kind-{code}".replace("_", "-"): _(label) for code, label in (*KINDS, *OTHER_KINDS)}
    return html.Div(
        [
            html.Section([_head(seal), _filters(layers)], className="panel journal-head", **{"aria-label": _("Filtres et exports")}),
            html.Section(
                [
                    html.P(id="journal-nouvelles", className="journal-new", role="status", hidden=True),
                    html.Ol(id="journal-lignes", className="journal-lines", tabIndex=0, **{"aria-label": _("Mentions"), "data-testid": "journal", **words}),
                    html.Button(_("Mentions plus anciennes"), id="journal-suite", type="button", className="action journal-more", hidden=True),
                ],
                className="panel journal-list",
                **{"aria-label": _("Mentions")},
            ),
            _form() if may_write else html.P(_("Lecture seule : votre rôle n’écrit pas dans la main courante."), className="panel journal-form none"),
        ],
        id="journal",
        className="journal",
        **{"data-ecrit": "oui" if may_write else ""},
    )


def _head(seal: dict[str, Any] | None) -> html.Header:
    exports = [
        html.A(
            [icon("file-type-csv"), _("CSV")],
            id="export-csv",
            href="/api/v1/logbook/export.csv",
            className="action",
            download="",
            **{"data-testid": "export-csv"},
        ),
        html.A(
            [icon("file-type-pdf"), _("PDF")],
            id="export-pdf",
            href="/api/v1/logbook/export.pdf",
            className="action",
            download="",
            **{"data-testid": "export-pdf"},
        ),
        html.Span(id="export-parties", className="journal-parts", role="status", **{"data-testid": "export-parties"}),
        html.A([icon("printer"), _("Fiches réflexes")], href="/api/v1/procedures/printed", className="action", download=""),
    ]
    return html.Header(
        [
            html.H2(_("Main courante")),
            html.Span(id="journal-compte", className="panel-context"),
            html.Span([icon("lock"), proof(seal)], className="panel-note", **{"data-testid": "journal-preuve"}),
            html.Div(exports, className="journal-exports"),
        ],
        className="panel-head",
    )


def proof(seal: dict[str, Any] | None) -> str:
    """What the last night found of the chain, as a sentence."""
    if seal is None:
        return _("Ajout seul, lignes chaînées ; première vérification la nuit prochaine")
    if seal["first_broken"] is not None:
        return _("CHAÎNE ROMPUE à la mention n° {n} : prévenez l’administrateur", n=seal["first_broken"])
    return _("Ajout seul, chaîne vérifiée {moment}, scellée au n° {n}", moment=fmt.moment(datetime.fromisoformat(seal["sealed_at"])), n=seal["seq"])


def _filters(layers: Sequence[Layer]) -> html.Div:
    kinds = [("", _("Toutes")), *((code, _(label)) for code, label in (*KINDS, *OTHER_KINDS))]
    drills = [("", _("Tout, exercices compris")), ("false", _("Hors exercice")), ("true", _("Exercices seuls"))]
    domains = [("", _("Tous")), *((layer.key, _(layer.label)) for layer in layers)]
    return html.Div(
        [
            _field(_("Rechercher"), _made("texte", "search", _("mots, en français"))),
            _field(_("Nature"), html.Select([html.Option(word, value=code) for code, word in kinds], id="journal-nature", className="field")),
            _field(_("Domaine"), html.Select([html.Option(word, value=code) for code, word in domains], id="journal-domaine", className="field")),
            _field(_("Événement"), _made("evenement", "text", "EV-2026-000042")),
            _field(_("Auteur"), _made("auteur", "text")),
            _field(_("Du"), _made("depuis", "date")),
            _field(_("Au"), _made("jusque", "date")),
            _field(_("Exercices"), html.Select([html.Option(word, value=code) for code, word in drills], id="journal-exercice", className="field")),
            html.Button(_("Tout afficher"), id="journal-effacer", type="button", className="action"),
        ],
        className="journal-filters",
        role="search",
    )


def _made(name: str, kind: str, placeholder: str = "") -> html.Span:
    # Dash has no input of dates, and dresses its others: the script makes plain ones here.
    return html.Span(id=f"journal-{name}", **{"data-champ": kind, "data-indice": placeholder})


def _field(label: str, control: Any) -> html.Label:
    return html.Label([html.Span(label, className="form-label"), control], className="form-field")


def _form() -> html.Div:
    kinds = [html.Option(_(label), value=code) for code, label in KINDS]
    return html.Div(
        [
            html.P(id="journal-rectifie", className="journal-corrects", hidden=True),
            html.Div(
                [
                    cap("N"),
                    html.Select(kinds, id="journal-type", className="field note-kind", **{"aria-label": _("Nature de la mention")}),
                    html.Textarea(
                        id="journal-note", rows=1, maxLength=4000, placeholder=_("Écrire une mention"), className="field note-text", **{"aria-label": _("Texte de la mention")}
                    ),
                    html.Button(
                        [html.Span(_("Enregistrer"), className="action-word"), cap("Ctrl"), cap("Entrée")], id="journal-noter", type="button", className="action",
                        **{"data-testid": "btn-noter"},
                    ),
                ],
                className="log-form",
            ),
        ],
        className="panel journal-form",
    )  # fmt: skip
