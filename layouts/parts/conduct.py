"""What to do about the selected alarm, from the rule that raised it; what is tied to its asset; what was written about it."""

from datetime import datetime
from typing import Any

from dash import html

from hypervisor import fmt
from hypervisor.i18n import N_, _, ngettext
from hypervisor.queries.sheet import Sheet
from layouts import ids
from layouts.parts.icon import icon

RELATIONS = {
    ("feeds", True): N_("l’alimente"),
    ("feeds", False): N_("alimenté par lui"),
    ("isolates", True): N_("l’isole"),
    ("isolates", False): N_("isolé par lui"),
    ("meters", True): N_("le mesure"),
    ("meters", False): N_("mesuré par lui"),
    ("connects", True): N_("le raccorde"),
    ("connects", False): N_("raccordé par lui"),
}
"""(relation of the graph, whether the neighbour is the parent) → how it is said."""


def conduct() -> html.Section:
    """The panel, empty until an alarm is selected."""
    return html.Section(
        [
            html.Header([html.H2(_("Conduite à tenir")), html.Span(id="conduite-contexte", className="panel-context")], className="panel-head"),
            html.Div(id=ids.CONDUCT, className="conduct-body"),
        ],
        id="conduite-cadre",
        className="panel conduct",
        tabIndex=-1,
        **{"aria-label": _("Conduite à tenir")},
    )


def empty() -> html.P:
    """What the panel holds while nothing is selected."""
    return html.P(_("La conséquence et l’action attendue de l’alarme choisie s’affichent ici."), className="panel-empty")


def content(sheet: Sheet) -> list[html.Div]:
    """Consequence and action; then, side by side, the neighbours and the log."""
    rule = sheet.rule
    said = [
        _saying(_("Conséquence"), _(rule.consequence) if rule and rule.consequence else _("Non renseignée pour cette alarme.")),
        _saying(_("Action attendue"), _(rule.action) if rule and rule.action else _("Non renseignée : appliquez la consigne de la salle.")),
    ]
    return [html.Div(said, className="sayings"), html.Div([_neighbours(sheet), _log(sheet)], className="conduct-columns")]


def _saying(title: str, text: str) -> html.Div:
    return html.Div([html.H3(title), html.P(text)], className="saying")


def _neighbours(sheet: Sheet) -> html.Section:
    items = [_neighbour(sheet, asset) for asset in sheet.neighbours]
    rest = sheet.neighbour_count - len(items)
    more = [html.P(ngettext("et {count} autre", "et {count} autres", rest), className="none")] if rest > 0 and items else []
    body = [html.Ul(items), *more] if items else [html.P(_("Aucun équipement lié"), className="none")]
    return html.Section([html.H3(_("Équipements liés")), *body], className="neighbours", **{"data-testid": "voisins"})


def _neighbour(sheet: Sheet, asset: dict[str, Any]) -> html.Li:
    kind = next((kind for kind in sheet.layer.kinds if kind.key == asset["kind"]), None) if sheet.layer and sheet.layer.key == asset["layer"] else None
    relation = _(RELATIONS.get((asset["relation"], asset["is_parent"]), asset["relation"]))
    place = f"{relation} · {asset['distance_m']} m"
    label = html.Button(asset["code"] or asset["name"], type="button", className="link", title=asset["name"], **{"data-equipement": str(asset["id"])})
    return html.Li([icon(kind.icon if kind else "danger"), html.Span([label, html.Span(place, className="place")])])


def _log(sheet: Sheet) -> html.Section:
    lines = [
        html.Li(
            [
                html.Span(fmt.time(datetime.fromisoformat(line["at"]), seconds=True), className="step-time"),
                html.Span([html.Span(line["text"]), html.Span(line["actor_name"], className="place")]),
            ],
            className="step",
        )
        for line in reversed(sheet.lines)
    ]
    body = html.Ol(lines) if lines else html.P(_("Rien n’a encore été écrit."), className="none")
    return html.Section([html.H3(_("Journal de l’événement")), body], className="event-log", **{"data-testid": "journal-evenement"})
