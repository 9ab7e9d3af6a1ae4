"""The on-call roster of the administration page: a week by duty with its holes hatched, who answers now, and the forms that keep it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import bootstrap, fmt
from hypervisor.domain.on_call import Kind
from hypervisor.i18n import N_, _, ngettext
from hypervisor.operations.on_call import KINDS
from hypervisor.operations.wording import PLACE
from hypervisor.queries.people import OnCall
from layouts.parts.entry import entry

RUNGS = {
    "louder": N_("son renforcé"),
    "chief": N_("chef de salle"),
    "on_call_sms": N_("SMS d’astreinte"),
    "on_call_call": N_("appel d’astreinte"),
    "decision": N_("décision"),
    "list": N_("liste au service"),
}
PRIORITIES = {"critical": N_("Critique"), "major": N_("Majeure"), "minor": N_("Mineure")}

REPEATS = (("no", N_("une seule fois")), ("weeks", N_("par semaines")), ("holidays", N_("chaque jour férié")))


def panel(read: OnCall) -> html.Section:
    """The whole panel."""
    missing = sum(1 for roster in read.rosters if roster["gaps"])
    context = (
        ngettext("{count} tableau avec un trou cette semaine", "{count} tableaux avec un trou cette semaine", missing)
        if missing
        else _("aucun trou cette semaine")
    )
    head = html.Header(
        [html.H2(_("Astreintes")), html.Span(context, className="panel-context panel-context--gap" if missing else "panel-context")], className="panel-head"
    )
    return html.Section([head, calendar(read), _forms(read), _ladder(read.ladder)], className="panel", **{"data-testid": "admin-astreintes"})


def calendar(read: OnCall) -> Component:
    """One line for each duty and rank, a column for each day; what nobody holds is hatched and says so."""
    if not read.rosters:
        return html.P(_("Aucun tableau d’astreinte : en cas d’alarme non acquittée, personne ne serait prévenu hors de la salle."), className="panel-note-line")
    days = [read.since + timedelta(days=n) for n in range(7)]
    heads = html.Div([_day(day, read.holidays.get(day.date().isoformat(), "")) for day in days], className="week-days")
    lines = [_line(read, roster, rank) for roster in read.rosters for rank in range(1, roster["ranks"] + 1)]
    return html.Div(
        [html.Div([html.Span(_("Tableau"), className="week-name"), heads], className="week-head"), *lines], className="week table-scroll", tabIndex=0
    )


def _day(day: datetime, holiday: str) -> html.Span:
    """The head of a column; a public holiday says which."""
    if not holiday:
        return html.Span(fmt.day(day), className="week-day", **{"aria-hidden": "true"})
    said = _("férié : {name}", name=holiday)
    return html.Span([fmt.day(day), html.Span(said, className="week-holiday")], className="week-day week-day--holiday", title=said)


def _line(read: OnCall, roster: dict[str, Any], rank: int) -> html.Div:
    turns = [turn for turn in roster["turns"] if turn["rank"] == rank]
    bars = [_bar(read, gap, _("Personne"), "week-gap", "") for gap in roster["gaps"] if gap["rank"] == rank]
    bars += [
        _bar(read, turn, turn["contact_name"], "week-turn" if turn["replaces"] is None else "week-turn week-turn--instead", turn["reason"]) for turn in turns
    ]
    name = html.Span(
        [html.Strong(roster["label"]), html.Span(_("{kind}, rang {rank}", kind=_(KINDS[Kind(roster["kind"])]), rank=rank), className="cell-second")],
        className="week-name",
    )
    return html.Div([name, html.Div(bars, className="week-bars", role="list", **{"aria-label": roster["label"]})], className="week-line")


def _bar(read: OnCall, span: dict[str, Any], text: str, class_name: str, why: str) -> html.Div:
    start, end = (datetime.fromisoformat(span[name]) for name in ("starts_at", "ends_at"))
    week = (read.until - read.since).total_seconds()
    left = max(0.0, (start - read.since).total_seconds() / week)
    right = min(1.0, (end - read.since).total_seconds() / week)
    said = " ".join(part for part in (text, f"{_moment(start)} – {_moment(end)}", why) if part)
    return html.Div(
        html.Span(text),
        className=class_name,
        role="listitem",
        title=said,
        style={"left": f"{left:.4%}", "width": f"{right - left:.4%}"},
        **{"aria-label": said},
    )


def _forms(read: OnCall) -> html.Div:
    contacts = [(str(person["id"]), person["name"]) for person in read.contacts]
    rosters = [(str(roster["id"]), roster["label"]) for roster in read.rosters]
    turns = [
        (str(turn["id"]), f"{turn['contact_name']}, {roster['label']}, {_moment(datetime.fromisoformat(turn['starts_at']))}")
        for roster in read.rosters
        for turn in roster["turns"]
    ]
    layers = [("", _("Tous les domaines")), *((key, _(layer.label)) for key, layer in bootstrap.current().layers.items())]
    kinds = [(kind.value, _(word)) for kind, word in KINDS.items()]
    person = _field("contact_id", _("Personne"), _select("contact_id", contacts, "number"))
    times = [_field("starts_at", _("Du"), _moment_input("starts_at")), _field("ends_at", _("Au"), _moment_input("ends_at"))]
    forms = [
        _form(
            _("Mettre d’astreinte"),
            "/api/v1/on-call/turns",
            _("Astreinte enregistrée."),
            [
                _field("roster_id", _("Tableau"), _select("roster_id", rosters, "number")),
                _field("rank", _("Rang"), _text("rank", "number", "1", kind="number")),
                person,
                *times,
                _field("repeat", _("Répéter"), _select("repeat", [(key, _(word)) for key, word in REPEATS])),
                _field("every_weeks", _("Toutes les … semaines"), _text("every_weeks", "number", "1", kind="number")),
                _field("until", _("Répéter jusqu’au"), entry("until", "datetime-local", kind="moment", required=False)),
            ],
        ),
        _form(
            _("Ajouter une personne"),
            "/api/v1/on-call/contacts",
            _("Personne ajoutée."),
            [
                _field("name", _("Nom"), _text("name")),
                _field("phone", _("Téléphone"), _text("phone", "tel", required=False)),
                _field("email", _("Courriel"), _text("email", "email", required=False)),
                _field("account", _("Identifiant, pour voir ses tours sur son téléphone"), _text("account", required=False)),
            ],
        ),
        _form(
            _("Ajouter un tableau"),
            "/api/v1/on-call/rosters",
            _("Tableau ajouté."),
            [
                _field("label", _("Nom"), _text("label")),
                _field("kind", _("Nature"), _select("kind", kinds)),
                _field("layer", _("Domaine"), _select("layer", layers, "or")),
                _field("ranks", _("Rangs"), _text("ranks", "number", "1", kind="number")),
            ],
        ),
    ]
    hours = [_field("starts_at", _("De"), _text("starts_at", "time")), _field("ends_at", _("À"), _text("ends_at", "time"))]
    forms.append(_form(_("Ajouter un poste"), "/api/v1/shifts/stations", _("Poste ajouté."), [_field("name", _("Nom"), _text("name"))]))
    forms.append(_form(_("Ajouter une équipe"), "/api/v1/shifts/teams", _("Équipe ajoutée."), [_field("name", _("Nom"), _text("name")), *hours]))
    if turns:
        turn = _field("turn", _("Tour"), _select("turn", turns, "path"))
        reason = _field("reason", _("Motif"), _text("reason"))
        forms.insert(1, _form(_("Remplacer"), "/api/v1/on-call/turns/{turn}/replace", _("Remplacement enregistré."), [turn, person, *times, reason]))
        forms.insert(2, _form(_("Retirer"), "/api/v1/on-call/turns/{turn}/cancel", _("Tour retiré : le trou est visible."), [turn, reason]))
    return html.Div(forms, className="roster-forms")


def _form(title: str, path: str, said: str, fields: Sequence[Component]) -> html.Details:
    button = html.Button(_("Enregistrer"), type="submit", className="action action--primary")
    return html.Details(
        [html.Summary(title), html.Form([*fields, button], className="roster-form", **{"data-post": path, "data-said": said})], className="roster-fold"
    )


def _field(name: str, label: str, control: Component) -> html.Label:
    return html.Label([html.Span(label, className="form-label"), control], className=f"roster-field roster-field--{name}")


def _select(name: str, options: Sequence[tuple[str, str]], kind: str = "") -> html.Select:
    return html.Select(
        [html.Option(label, value=value) for value, label in options], className="field", **{"name": name, **({"data-kind": kind} if kind else {})}
    )


def _text(name: str, kind_of_input: str = "text", value: str = "", *, kind: str = "", required: bool = True) -> Component:
    return entry(name, kind_of_input, value, kind=kind, required=required)


def _moment_input(name: str) -> Component:
    return _text(name, "datetime-local", kind="moment")


def _ladder(read: dict[str, Any]) -> html.Div:
    """What happens, and when, to an alarm that nobody acknowledges."""
    rows = [
        html.Li([html.Strong(_(PRIORITIES[priority])), " ", " · ".join(f"{_(RUNGS[rung])} {_delay(delay)}" for rung, delay in rungs.items())])
        for priority, rungs in read["delays"].items()
    ]
    return html.Div([html.H3(_("Si personne n’acquitte")), html.Ul(rows)], className="ladder")


def _delay(delay: int | None) -> str:
    if delay is None:
        return _("jamais")
    if delay < 120:
        return _("{count} s", count=delay)
    return _("{count} min", count=delay // 60) if delay < 7200 else _("{count} h", count=delay // 3600)


def _moment(at: datetime) -> str:
    return f"{fmt.day(at.astimezone(PLACE))}, {fmt.time(at)}"
