"""What to do about the selected alarm, from the rule that raised it; what is tied to its asset; what happened before; what was written about it."""

from datetime import datetime, timedelta
from typing import Any

from dash import html

from hypervisor import fmt
from hypervisor.i18n import N_, _, ngettext
from hypervisor.queries.sheet import EventSheet, Sheet
from layouts import ids
from layouts.parts.icon import icon
from layouts.still import drawn_still

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
    """The panel: the procedure, drawn by assets/js/49-procedure.js, or what surrounds the event; empty until one is selected."""
    return html.Section(
        [
            _head(),
            html.Div(id="fiche", className="procedure", tabIndex=0, role="group", **{"data-testid": "fiche", "aria-label": _("Fiche réflexe")}),
            html.Div(id=ids.CONDUCT, className="conduct-body", hidden=True),
        ],
        id="conduite-cadre",
        className="panel conduct",
        tabIndex=-1,
        **{"aria-label": _("Fiche réflexe")},
    )


@drawn_still
def _head() -> html.Header:
    swap = html.Button(_("Contexte et antécédents"), id="conduite-bascule", type="button", className="action procedure-swap", **{"aria-pressed": "false"})
    return html.Header(
        [
            html.H2(_("Fiche réflexe")),
            html.Span(id="fiche-nom", className="panel-context procedure-title"),
            html.Span(id="fiche-avancee", className="panel-context"),
            swap,
        ],
        className="panel-head",
    )


def empty() -> html.P:
    """What the panel holds while nothing is selected."""
    return html.P(_("Équipements liés, antécédents et journal de l’événement choisi s’affichent ici."), className="panel-empty")


def content(sheet: Sheet) -> list[html.Div]:
    """Neighbours and past events side by side with the log."""
    return [html.Div([html.Div([_past(sheet.similar), _neighbours(sheet)]), _log(sheet.lines)], className="conduct-columns")]


def of_event(read: EventSheet) -> list[html.Div]:
    """The same of an event without alarm."""
    return [html.Div([_past(read.similar), _log(read.lines)], className="conduct-columns")]


def sayings(sheet: Sheet) -> list[html.Div]:
    """Consequence and expected action: what an operator reads first."""
    rule = sheet.rule
    return [
        _saying(_("Conséquence"), _(rule.consequence) if rule and rule.consequence else _("Non renseignée pour cette alarme.")),
        _saying(_("Action attendue"), _(rule.action) if rule and rule.action else _("Non renseignée : appliquez la consigne de la salle.")),
    ]


def sayings_of_event(read: EventSheet) -> list[html.Div]:
    """What was reported, and by whom: nobody has written the consequence of what an operator opens by hand."""
    said = [_saying(_("Signalé"), read.event["description"] or _("Sans précision."))]
    return [*said, _saying(_("Appelant"), read.event["caller"])] if read.event.get("caller") else said


def _past(similar: list[dict[str, Any]]) -> html.Section:
    items = [
        html.Li(
            [
                html.Span(fmt.day(datetime.fromisoformat(one["closed_at"])), className="step-time"),
                html.Span(
                    [
                        html.Span(" — ".join(part for part in (one["cause"], one["outcome"]) if part)),
                        html.Span(
                            " · ".join(
                                (
                                    one["number"],
                                    _("même équipement") if one["same_asset"] else _("à {m} m", m=one["distance_m"]),
                                    fmt.age(timedelta(seconds=one["lasted_s"])),
                                )
                            ),
                            className="place",
                        ),
                    ]
                ),
            ],
            className="step",
        )
        for one in similar
    ]
    body = html.Ol(items) if items else html.P(_("Aucun événement semblable en douze mois"), className="none")
    return html.Section([html.H3(_("Antécédents")), body], className="past", **{"data-testid": "antecedents"})


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


def _log(lines: list[dict[str, Any]]) -> html.Section:
    steps = [
        html.Li(
            [
                html.Span(fmt.time(datetime.fromisoformat(line["at"]), seconds=True), className="step-time"),
                html.Span([html.Span(line["text"]), html.Span(line["actor_name"], className="place")]),
            ],
            className="step",
        )
        for line in reversed(lines)
    ]
    body = html.Ol(steps) if steps else html.P(_("Rien n’a encore été écrit."), className="none")
    return html.Section([html.H3(_("Journal de l’événement")), body], className="event-log", **{"data-testid": "journal-evenement"})
