"""The incident file's panel: the one without names, and the complete one that a person asks for and another decides. `assets/js/33-disclosures.js` fills it."""

from dash import html
from dash.development.base_component import Component

from hypervisor.domain.disclosure import LEAST_MOTIVE, LONGEST_TEXT
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.queries.disclosures import ASK, DECIDE, may_read
from layouts import ids
from layouts.parts.icon import icon


def band(principal: Principal) -> list[html.Div]:
    """What waits for this person: requests to decide, a file that may be taken. Nothing for who neither asks nor decides."""
    if not may_read(principal):
        return []
    message = html.A(
        [icon("shield-lock"), html.Strong(className="band-title"), html.Span(className="band-text")], href=f"/rejeu#{ids.DISCLOSURES}", className="band-message"
    )
    return [html.Div(message, id=ids.BAND_DISCLOSURES, className="band band--plain band--disclosures", hidden=True, role="status", **{"data-testid": "bandeau-dossiers"})]  # fmt: skip


def menu(principal: Principal) -> list[html.Details]:
    """« Exporter le dossier »: both versions, and where each request stands. For who exports nothing, the requests alone, if they decide any."""
    may_export = principal.may("replay:annotate")
    inside = [*([_plain()] if may_export else []), *parts(principal)]
    if not inside:
        return []
    face = ("download", _("Exporter le dossier")) if may_export else ("shield-lock", _("Dossiers complets"))
    summary = html.Summary([icon(face[0]), html.Span(face[1], className="action-word"), icon("chevron-down")], className="action")
    return [html.Details([summary, html.Div(inside, className="export-panel")], id=ids.EXPORT, className="export")]


def parts(principal: Principal) -> list[Component]:
    """The form for who may ask, then the requests; nothing for who may neither ask nor decide."""
    if not may_read(principal):
        return []
    listed = html.Section(
        [
            html.H2(_("Demandes de version complète"), className="menu-title"),
            html.P(id="demandes-reponse", className="export-answer", role="status"),
            html.Ol(id="demandes-lignes", className="export-list"),
        ],
        id=ids.DISCLOSURES,
        className="export-part",
        tabIndex=-1,
        **{"aria-label": _("Demandes de version complète"), "data-testid": "demandes"},
    )
    return [*([_form()] if principal.may(ASK) else []), listed]


def alone(principal: Principal) -> list[Component]:
    """The same, as a panel of a page that has no transport: for who decides without reading the past."""
    return [html.Div(parts(principal), className="panel export-alone")] if principal.may(DECIDE) else []


def _plain() -> html.Section:
    return html.Section(
        [
            html.H2(_("Noms remplacés"), className="menu-title"),
            html.P(_("PDF, tableaux, carte et empreintes de la période affichée ; chaque personne y est « Personne 1 », « Personne 2 »…"), className="export-note"),
            html.A([icon("download"), html.Span(_("Exporter"), className="action-word")], id="rejeu-dossier", className="action", download=True),
        ],
        className="export-part",
    )  # fmt: skip


def _form() -> html.Section:
    scope = html.Label([html.Span(_("Le dossier porte sur"), className="form-label"), html.Select([html.Option(_("Toute la période affichée"), value="")], id="demande-portee", className="field")], className="form-field export-field")  # fmt: skip
    motive = html.Label(
        [
            html.Span(_("Motif, lu par la personne qui décide"), className="form-label"),
            html.Textarea(id="demande-motif", rows=2, maxLength=LONGEST_TEXT, className="field", **{"aria-describedby": "demande-regle"}),
        ],
        className="form-field export-field",
    )
    rule = _("Elle montre des noms : l’astreinte de décision ou le délégué à la protection des données en décide, puis vous seul l’exportez pendant 24 h. Motif : {count} caractères au moins.", count=LEAST_MOTIVE)  # fmt: skip
    return html.Section(
        [
            html.H2(_("Version complète"), className="menu-title"),
            html.P(rule, id="demande-regle", className="export-note"),
            scope,
            motive,
            html.Button(
                [icon("shield-lock"), html.Span(_("Demander la version complète"), className="action-word")],
                id="demande-envoyer",
                type="button",
                className="action",
            ),
        ],
        className="export-part",
    )
