"""A rule tried on its history: how often, how short, what load, and beside it the setting that would calm it with what that costs."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.i18n import _, ngettext

MOST_BARS = 31


def panel(content: Sequence[Component], context: str = "") -> html.Section:
    """The panel, whatever it holds."""
    return html.Section(
        [
            html.Header([html.H2(_("Essai sur l’historique")), html.Span(context, className="panel-note")], className="panel-head"),
            html.Div(list(content), className="trial-body", role="status"),
        ],
        className="panel rule-trial",
        **{"data-testid": "regle-essai", "aria-label": _("Essai sur l’historique")},
    )


def waiting() -> html.Section:
    """Before a trial is asked."""
    return panel(
        [html.P(_("Testez la règle : ce qu’elle aurait levé en trente jours, et le délai ou l’hystérésis qui la calmerait."), className="panel-note-line")]
    )


def unborn() -> html.Section:
    """Beside a rule that is being written: it has no history of its own to be tried against yet."""
    return panel([html.P(_("Une règle nouvelle s’essaie une fois acceptée ; proposez-la d’abord, une autre personne la relira."), className="panel-note-line")])


def refused(sentence: str) -> html.Section:
    """A rule that cannot be tried."""
    return panel([html.P(sentence, className="panel-note-line trial-refused")])


def told(said: Mapping[str, Any], *, may_propose: bool) -> html.Section:
    """What queries.rule_trial.trial gives."""
    unit = said["unit"]
    context = _(
        "{days}, {assets}", days=_days(said["days"]), assets=ngettext("{n} équipement", "{n} équipements", said["assets"], n=fmt.number(said["assets"]))
    )
    if not said["raised"]:
        return panel([html.P(_nothing(said), className="panel-note-line")], context)
    content = [_figures(said), _chart(said["by_day"]), *_note(said)]
    best = next((one for one in said["remedies"] if one["is_recommended"]), None)
    content.append(
        _table(said, best, unit)
        if best
        else html.P(_("Aucun délai ni hystérésis essayé ne retire d’alarme sans en retarder trop une vraie."), className="panel-note-line")
    )
    if best and may_propose:
        content.append(_adopt(said, best))
    if said["remedies"]:
        content.append(_others(said, unit))
    return panel(content, context)


def _days(days: float) -> str:
    return fmt.duration(timedelta(days=round(days))) if days >= 2 else fmt.duration(timedelta(hours=max(1, round(days * 24))))


def _nothing(said: Mapping[str, Any]) -> str:
    if said["alarms"]:
        return ngettext(
            "L’historique conservé ne montre pas le déclenchement réel de la période.",
            "L’historique conservé ne montre aucun des {n} déclenchements réels de la période.",
            said["alarms"],
            n=fmt.number(said["alarms"]),
        )
    return _("Aucun déclenchement sur la période : rien à calmer.")


def _figures(said: Mapping[str, Any]) -> html.Div:
    figures = (
        (fmt.number(said["raised"]), ngettext("déclenchement", "déclenchements", said["raised"])),
        (fmt.number(said["per_day"], 1), _("par jour")),
        (fmt.quantity(100 * said["short"] / said["raised"], "%", 0), _("de moins de 10 min")),
    )
    return html.Div([html.Div([html.Strong(value), html.Span(label)], className="trial-figure") for value, label in figures], className="trial-figures")


def _chart(days: Sequence[Mapping[str, Any]]) -> html.Figure:
    """A bar a day: what lasted, and above it what did not."""
    shown = days[-MOST_BARS:]
    most = max(day["real"] + day["short"] for day in shown) or 1
    bars = [
        html.Div(
            [
                html.Span(className="bar-short", style={"--part": f"{day['short'] / most:.3f}"}),
                html.Span(className="bar-real", style={"--part": f"{day['real'] / most:.3f}"}),
            ],
            className="trial-bar",
            title=_("{day} : {real} durables, {short} brèves", day=_short(day["day"]), real=day["real"], short=day["short"]),
        )
        for day in shown
    ]
    return html.Figure(
        [
            html.Div([html.Span(fmt.number(most), className="trial-most"), html.Div(bars, className="trial-bars", role="img", **{"aria-label": _("Déclenchements par jour, {n} au plus", n=fmt.number(most))})], className="trial-plot"),
            html.Div([html.Span(_short(shown[0]["day"])), html.Span(_short(shown[-1]["day"]))], className="trial-axis"),
            html.Figcaption([html.Span(className="key key--real"), html.Span(_("durables")), html.Span(className="key key--short"), html.Span(_("papillotement, moins de 10 min"))]),
        ],
        className="trial-chart",
    )  # fmt: skip


def _short(day: str) -> str:
    read = date.fromisoformat(day)
    return f"{read.day:02d}/{read.month:02d}"


def _note(said: Mapping[str, Any]) -> list[Component]:
    notes = []
    if said["days"] < 29:
        notes.append(_("Période réduite à {days} : les mesures conservées ou leur nombre ne permettent pas trente jours.", days=_days(said["days"])))
    if not said["is_whole"]:
        notes.append(
            _(
                "Essai sur les équipements les plus bavards : {n} des {all} alarmes réelles.",
                n=fmt.number(said["alarms_covered"]),
                all=fmt.number(said["alarms"]),
            )
        )
    return [html.P(text, className="trial-note") for text in notes]


def _table(said: Mapping[str, Any], best: Mapping[str, Any], unit: str) -> html.Table:
    rows = [
        (_("Durée de confirmation"), fmt.duration(timedelta(seconds=said["duration_s"])), fmt.duration(timedelta(seconds=best["duration_s"]))),
        (_("Hystérésis"), fmt.quantity(said["hysteresis"], unit), fmt.quantity(best["hysteresis"], unit)),
        (_("Déclenchements par jour"), fmt.number(said["per_day"], 1), fmt.number(best["raised"] / said["days"], 1)),
        (_("Papillotement"), _share(said["short"], said["raised"]), _share(best["short"], best["raised"])),
        (_("Vraies alarmes retardées"), "–", _late(best)),
        (_("Charge du poste, par 10 min"), f"+{fmt.number(said['per_step'], 2)}", f"+{fmt.number(best['per_step'], 2)}"),
    ]
    head = html.Thead(html.Tr([html.Th("", scope="col"), html.Th(_("Réglage essayé"), scope="col"), html.Th(_("Proposé"), scope="col")]))
    body = html.Tbody([html.Tr([html.Th(label, scope="row"), html.Td(now), html.Td(html.Strong(then))]) for label, now, then in rows])
    return html.Table([head, body], className="trial-table", **{"data-testid": "regle-remede"})


def _share(part: int, whole: int) -> str:
    return fmt.quantity(100 * part / whole, "%", 0) if whole else "–"


def _late(one: Mapping[str, Any]) -> str:
    if one["missed"]:
        return ngettext("{n} manquée", "{n} manquées", one["missed"], n=fmt.number(one["missed"]))
    if not one["late"]:
        return _("aucune")
    return _("{n}, de {worst} au plus", n=fmt.number(one["late"]), worst=fmt.duration(timedelta(seconds=round(one["worst_late_s"]))))


def _adopt(said: Mapping[str, Any], best: Mapping[str, Any]) -> html.Div:
    text = ngettext("retire {n} alarme", "retire {n} alarmes", best["removed"], n=fmt.number(best["removed"]))
    return html.Div(
        [
            html.Button(_("Proposer ce réglage"), type="button", className="action action--primary", **_setting(said, best, "proposer"), **{"data-testid": "regle-adopter"}),
            html.Button(_("Reprendre dans la règle"), type="button", className="action", **_setting(said, best, "reprendre")),
            html.Span(text, className="trial-note"),
        ],
        className="trial-adopt",
    )  # fmt: skip


def _others(said: Mapping[str, Any], unit: str) -> html.Details:
    """Every setting tried, so that a person may prefer another."""
    rows = [
        html.Tr(
            [
                html.Td(fmt.duration(timedelta(seconds=one["duration_s"]))),
                html.Td(fmt.quantity(one["hysteresis"], unit)),
                html.Td(f"−{fmt.number(one['removed'])}"),
                html.Td(_late(one)),
                html.Td(html.Button(_("Reprendre"), type="button", className="link", **_setting(said, one, "reprendre"))),
            ],
            className="trial-best" if one["is_recommended"] else "",
        )
        for one in said["remedies"]
    ]
    heads = (_("Durée"), _("Hystérésis"), _("Alarmes"), _("Vraies retardées"), "")
    return html.Details(
        [html.Summary(_("Tous les réglages essayés")), html.Table([html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(rows)], className="trial-table")],
        className="trial-others",
    )  # fmt: skip


def _setting(said: Mapping[str, Any], one: Mapping[str, Any], act: str) -> dict[str, str]:
    figures = {
        "days": round(said["days"], 2), "raised": said["raised"], "removed": one["removed"], "late": one["late"], "worst_late_s": one["worst_late_s"], "missed": one["missed"],
    }  # fmt: skip
    return {"data-reglage": act, "data-duree": f"{one['duration_s']:g}", "data-hysteresis": f"{one['hysteresis']:g}", "data-chiffres": json.dumps(figures)}
