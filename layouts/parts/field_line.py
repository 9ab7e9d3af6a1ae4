"""The field in the console's detail: how far each intervention has come, the order to go, and what the control post answers. assets/js/49-field.js draws it."""

from dash import html

from hypervisor.i18n import N_, _
from layouts.still import drawn_still

DELAYS = ((0, N_("Sans échéance")), (30, N_("30 min")), (60, N_("1 h")), (120, N_("2 h")), (240, N_("4 h")), (1440, N_("24 h")))


@drawn_still
def section() -> html.Section:
    """The work line, hidden until somebody is sent."""
    return html.Section(
        [
            html.H3(_("Sur le terrain")),
            html.Button(_("Agent hors de danger"), id="terrain-hors-danger", type="button", className="action action--primary", hidden=True),
            html.Ol(id="terrain-lignes", className="field-lines"),
        ],
        id="detail-terrain",
        className="field-work",
        hidden=True,
        **{"data-testid": "detail-terrain"},
    )


def dispatching() -> list[html.Div | html.Label]:
    """The fields of the order."""
    return [
        _people("terrain-a"),
        _line("terrain-entreprise", _("Entreprise ou équipe, à la place de l’agent ou avec lui")),
        _note("terrain-consigne", _("Ce qui est demandé")),
        html.Label(
            [html.Span(_("À faire sous"), className="form-label"), html.Select([html.Option(_(word), value=str(n)) for n, word in DELAYS], id="terrain-delai", className="field")],
            className="form-field",
        ),
    ]  # fmt: skip


def following() -> list[html.Div | html.Label]:
    """The fields of the answer: what, who when it goes to another, and why."""
    return [
        html.Label([html.Span(_("Suite"), className="form-label"), html.Select([], id="suivre-verbe", className="field")], className="form-field"),
        html.Div([_people("suivre-a"), _line("suivre-entreprise", _("Entreprise ou équipe"))], id="suivre-qui", hidden=True),
        _note("suivre-motif", _("Motif ou compte rendu")),
    ]


def _people(component_id: str) -> html.Div:
    return html.Div(id=component_id, className="choices choices--people", role="radiogroup", **{"aria-label": _("Agents de terrain")})


def _line(component_id: str, label: str) -> html.Label:
    return _note(component_id, label, rows=1, longest=200)


def _note(component_id: str, label: str, rows: int = 2, longest: int = 2000) -> html.Label:
    return html.Label(
        [html.Span(label, className="form-label"), html.Textarea(id=component_id, className="field", rows=rows, maxLength=longest)], className="form-field"
    )
