"""The first column of `/poste`: which post, team and role, the tests of sound and screen, how the outgoing shift went (screens.md 1.0)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor.i18n import N_, _, ngettext
from hypervisor.operations.wording import PLACE
from hypervisor.queries.shifts import Post
from layouts.parts.entry import labelled
from layouts.parts.icon import icon

ROLES = (("operator", N_("Téléopérateur")), ("chief", N_("Chef de salle")))


def column(read: Post, at: datetime, *, is_chief: bool) -> html.Section:
    """Which post, team and role, the tests of sound and screen; for who holds a post already, that post."""
    assert read.chosen is not None and read.dossier is not None, "the page has a post"
    own = read.own
    stations = [html.Option(_station_label(station), value=str(station["id"])) for station in read.stations]
    teams = [html.Option(_("{name}, {a} à {b}", name=team["name"], a=team["starts_at"], b=team["ends_at"]), value=str(team["id"])) for team in read.teams]
    roles = [
        html.Button(_(label), type="button", className="segment", role="radio", **{"data-role": key, "aria-checked": "true" if key == "operator" else "false"})
        for key, label in ROLES
        if is_chief or key == "operator"
    ]
    choice: list[Component] = (
        [
            html.P(
                [html.Strong(own["station_name"]), html.Span(_("équipe {team}, {a} à {b}", team=own["team_name"], a=own["team_from"], b=own["team_to"]))],
                className="post-own",
            )
        ]
        if own
        else [
            labelled(_("Poste"), html.Select(stations, id="poste-station", className="field", **{"data-choisi": str(read.chosen["id"])})),
            labelled(_("Équipe"), html.Select(teams, id="poste-equipe", className="field", **{"data-choisi": _team_of(read.teams, at)})),
            html.Div(
                [html.Span(_("Rôle"), className="form-label"), html.Div(roles, className="segments", role="radiogroup", **{"aria-label": _("Rôle")})],
                className="post-field",
            ),
        ]
    )
    checks = html.Div(
        [
            html.H3(_("Contrôles")),
            _check("son", "volume", _("Son du poste"), _("à essayer : c’est aussi ce qui autorise le son"), _("Tester")),
            _check("ecran", "device-tv", _("Écran et liaison"), _("image, heure et données à vérifier"), _("Vérifier")),
            labelled(_("Défaut constaté, s’il y en a un"), html.Textarea(id="poste-defaut", className="field", rows="2", maxLength="2000")),
        ],
        className="post-block",
    )
    load = read.dossier["load"]
    events, calls = int(load["events"] or 0), int(load["calls"] or 0)
    figures = html.Div(
        [
            html.H3(_("Pendant la vacation sortante")),
            html.Div(
                [
                    _figure(str(events), ngettext("événement ouvert", "événements ouverts", events)),
                    _figure(_duration(load["acknowledged_s"]), _("acquittement médian")),
                    _figure(str(calls), ngettext("message d’astreinte", "messages d’astreinte", calls)),
                ],
                className="post-figures",
            ),
        ],
        className="post-block",
    )
    parts = [
        html.Header(html.H2(_("Prise de poste") if own is None else _("Votre poste")), className="panel-head"),
        html.Div(choice, className="post-block"),
        *([] if own else [checks]),
        figures,
    ]
    return html.Section(parts, className="panel post-left")


def _team_of(teams: Sequence[dict[str, Any]], at: datetime) -> str:
    """The number of the team whose hours hold this moment, or that begins within half an hour: who comes early takes the next one's post."""
    soon = (at + timedelta(minutes=30)).astimezone(PLACE).strftime("%H:%M")
    now = [
        team
        for team in teams
        if (team["starts_at"] <= soon < team["ends_at"]) or (team["ends_at"] <= team["starts_at"] and not team["ends_at"] <= soon < team["starts_at"])
    ]
    return str((now or teams)[0]["id"])


def _station_label(station: dict[str, Any]) -> str:
    holder = station["operator_name"]
    return f"{station['name']} – {_('tenu par {name}', name=holder)}" if holder else station["name"]


def _check(key: str, icon_name: str, title: str, said: str, button: str) -> html.Div:
    texts = html.Div([html.Span(title), html.Span(said, className="place", id=f"controle-{key}-dit", role="status")], className="check-texts")
    return html.Div(
        [icon(icon_name), texts, html.Button(button, type="button", className="action", id=f"controle-{key}")], className="check", id=f"controle-{key}-ligne"
    )


def _figure(value: str, label: str) -> html.Div:
    return html.Div([html.Strong(value), html.Span(label)], className="post-figure")


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    return _("{minutes} min {seconds:02d}", minutes=minutes, seconds=rest) if minutes else _("{count} s", count=rest)
