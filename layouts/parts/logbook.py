"""The logbook across the foot of the console: the last lines, and the form of a new one."""

from dash import html

from hypervisor.i18n import N_, _
from layouts.parts.icon import icon
from layouts.parts.keys import cap, cap_named
from layouts.still import drawn_still

KINDS = (
    ("observation", N_("Constat")),
    ("call_in", N_("Appel reçu")),
    ("call_out", N_("Appel émis")),
    ("decision", N_("Décision")),
    ("action", N_("Action")),
    ("instruction", N_("Consigne")),
)
"""(code, label) of the kinds that a person writes; handovers, corrections and the system's own lines come by other ways."""

OTHER_KINDS = (("handover", N_("Relève")), ("correction", N_("Rectificatif")), ("system", N_("Système")))
"""(code, label) of the kinds that are only read here."""


@drawn_still
def logbook(*, may_write: bool) -> html.Section:
    """The panel; its lines are written by assets/js/43-logbook.js from the feed."""
    words = {f"data-kind-{code}".replace("_", "-"): _(label) for code, label in (*KINDS, *OTHER_KINDS)}
    return html.Section(
        [
            html.Header(
                [
                    html.H2(_("Main courante")),
                    html.Span(id="main-courante-jour", className="panel-context"),
                    html.Span([icon("lock"), _("Ajout seul, lignes numérotées et chaînées")], className="panel-note"),
                ],
                className="panel-head",
            ),
            html.Ol(id="main-courante-lignes", className="log-lines", tabIndex=0, **{"aria-label": _("Dernières mentions"), **words}),
            _form() if may_write else html.P(_("Lecture seule : votre rôle n’écrit pas dans la main courante."), className="log-form none"),
        ],
        id="main-courante",
        className="panel logbook",
        tabIndex=-1,
        **{"aria-label": _("Main courante"), "data-testid": "main-courante"},
    )


def _form() -> html.Div:
    kinds = [html.Option(_(label), value=code) for code, label in KINDS]
    return html.Div(
        [
            cap_named("note"),
            html.Select(kinds, id="note-type", className="field note-kind", **{"aria-label": _("Nature de la mention")}),
            html.Textarea(
                id="note-texte",
                rows=1,
                maxLength=4000,
                placeholder=_("Écrire une mention"),
                className="field note-text",
                **{"aria-label": _("Texte de la mention")},
            ),
            html.Button(
                [html.Span(_("Enregistrer"), className="action-word"), cap("Ctrl"), cap("Entrée")],
                id="btn-noter",
                type="button",
                className="action",
                **{"data-testid": "btn-noter"},
            ),
        ],
        className="log-form",
    )
