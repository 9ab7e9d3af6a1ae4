"""The dossier of a handover in six sections, as it is read before signing and as the outgoing completes it (screens.md 1.0)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.alarm import Priority
from hypervisor.domain.on_call import Kind
from hypervisor.i18n import N_, _
from hypervisor.operations.on_call import KINDS
from hypervisor.queries.handover import SECTIONS
from hypervisor.queries.shifts import Post
from layouts.parts.entry import entry, labelled
from layouts.parts.icon import icon
from layouts.parts.keys import cap
from layouts.parts.shape import shape

STATUSES = {"new": N_("à qualifier"), "in_progress": N_("pris en charge"), "on_hold": N_("en attente"), "resolved": N_("résolu, à clore")}
KIND_WORDS = (("temporary", N_("Consigne temporaire")), ("permanent", N_("Consigne permanente")), ("callback", N_("Rappel à faire")))


def column(read: Post, mode: str) -> html.Section:
    """The six sections with their counts, and the one that is read below. mode: what the reader may do here (post.mode_of)."""
    assert read.dossier is not None, "the page has a dossier"
    since, at = (datetime.fromisoformat(read.dossier[name]) for name in ("since", "at"))
    context = _("du {since} au {at}", since=fmt.moment(since), at=fmt.moment(at)) + (f" · n° {read.signed['number']}" if read.signed else "")
    notes = read.signed["notes"] if read.signed else {}
    reads = mode in ("incoming", "held")
    rows = [_row(number, read.dossier["sections"][str(number)]["counts"], reads=reads, has_note=str(number) in notes) for number in SECTIONS]
    details = [_section(number, read.dossier["sections"][str(number)], notes.get(str(number), ""), mode) for number in SECTIONS]
    head = html.Header(
        [
            html.H2(_("Dossier de relève")),
            html.Span(context, className="panel-context"),
            html.Span("", id="releve-lues", className="panel-note", role="status"),
        ],
        className="panel-head",
    )
    mark = html.Button(
        [html.Span(_("Marquer la rubrique comme lue"), id="releve-lire-mot"), cap("L")],
        type="button",
        id="releve-lire",
        className="action",
        **{"aria-keyshortcuts": "L"},
    )
    foot = [html.Div(mark, className="post-mark")] if reads else []
    return html.Section(
        [head, html.Div(rows, className="sections", role="list"), html.Div(details, className="section-detail", tabIndex=0), *foot],
        className="panel post-dossier",
        **{"data-testid": "releve"},
    )


def _row(number: int, counts: Sequence[int], *, reads: bool, has_note: bool) -> html.Div:
    mark = (
        [html.Span(className="read-box", **{"aria-hidden": "true"}), html.Span(_("à lire"), className="read-word")]
        if reads
        else [html.Span(_("note") if has_note else "")]
    )
    return html.Div(
        html.Button(
            [
                html.Span(str(number), className="section-number"),
                html.Span(_(SECTIONS[number]), className="section-name"),
                html.Span(" + ".join(map(str, counts)), className="section-count"),
                html.Span(mark, className="section-read"),
            ],
            type="button",
            className="section-row",
            **{"data-rubrique": str(number), "data-testid": f"rubrique-{number}", "data-comptes": " ".join(map(str, counts))},
        ),
        role="listitem",
    )


def _section(number: int, found: dict[str, Any], note: str, mode: str) -> html.Section:
    parts: list[Component] = [html.H3([html.Span(str(number), className="section-number"), _(SECTIONS[number])]), *CONTENTS[number](found, mode)]
    if note:
        parts.append(html.Blockquote([html.Span(_("Note du sortant"), className="place"), html.P(note)], className="post-note"))
    if mode == "outgoing":
        parts.append(labelled(_("Texte libre pour l’entrant"), html.Textarea(className="field", rows="2", maxLength="2000", **{"data-note": str(number)})))
    return html.Section(parts, className="section", hidden=number != 1, **{"data-detail": str(number)})


def _events(found: dict[str, Any], _mode: str) -> list[Component]:
    rows = [
        _entry(
            [shape(Priority(event["priority"]).word, label="", fixed=True), html.Strong(event["title"])],
            f"{event['number']} · {_(STATUSES.get(event['status'], event['status']))}",
            event["owner_name"] or _("personne"),
        )
        for event in found["events"]
    ]
    return _listed(rows, found["counts"][0], _("Aucun événement ouvert."))


def _masked(found: dict[str, Any], _mode: str) -> list[Component]:
    return [
        html.H4(_("Différées")), *_alarms(found["shelved"], found["counts"][0], _("Aucune alarme différée.")),
        html.H4(_("Inhibées")), *_alarms(found["suppressed"], found["counts"][1], _("Aucune alarme inhibée.")),
    ]  # fmt: skip


def _degraded(found: dict[str, Any], _mode: str) -> list[Component]:
    silent = [
        _entry([icon("plug-connected-x"), html.Strong(one["label"])], _("muet depuis {at}", at=fmt.moment(datetime.fromisoformat(one["silent_since"]))), "")
        for one in found["silent"]
    ]
    return [
        *silent,
        *_alarms(found["out_of_service"], found["counts"][0] - len(silent), "" if silent else _("Aucune liaison muette, aucun équipement hors service.")),
    ]


def _instructions(found: dict[str, Any], mode: str) -> list[Component]:
    return [
        html.H4(_("Temporaires")), *_listed([_instruction(one, mode) for one in found["temporary"]], found["counts"][0], _("Aucune consigne temporaire.")),
        html.H4(_("Permanentes")), *_listed([_instruction(one, mode) for one in found["permanent"]], found["counts"][1], _("Aucune consigne permanente.")), *_instruct(mode),
    ]  # fmt: skip


def _duties(found: dict[str, Any], _mode: str) -> list[Component]:
    rows = [
        _entry([html.Strong(duty["label"])], _(KINDS[Kind(duty["kind"])]), ", ".join(duty["names"]) or _("personne"), is_gap=duty["is_gap"])
        for duty in found["duties"]
    ]
    return _listed(rows, len(rows), _("Aucun tableau d’astreinte."))


def _callbacks(found: dict[str, Any], mode: str) -> list[Component]:
    return [*_listed([_instruction(one, mode) for one in found["callbacks"]], found["counts"][0], _("Aucun rappel à faire.")), *_instruct(mode)]


CONTENTS = {1: _events, 2: _masked, 3: _degraded, 4: _instructions, 5: _duties, 6: _callbacks}


def _alarms(alarms: Sequence[dict[str, Any]], total: int, empty: str) -> list[Component]:
    rows = [
        _entry(
            [shape(Priority(alarm["priority"]).word, label="", fixed=True), html.Strong(_(alarm["title"]))],
            ", ".join(part for part in (alarm["asset"], alarm["reason"]) if part),
            _("jusqu’au {at}", at=fmt.moment(datetime.fromisoformat(alarm["until"]))) if alarm["until"] else "",
        )
        for alarm in alarms
    ]
    return _listed(rows, total, empty)


def _instruction(one: dict[str, Any], mode: str) -> html.Div:
    until = _("jusqu’au {at}", at=fmt.moment(datetime.fromisoformat(one["until"]))) if one["until"] else _("jusqu’à nouvel ordre")
    lift = (
        html.Button(
            _("Fait") if one["kind"] == "callback" else _("Lever"),
            type="button",
            className="action",
            **{"data-post": f"/api/v1/shifts/instructions/{one['id']}/end"},
        )
        if mode in ("outgoing", "double")
        else None
    )
    written = f"{one['created_name']}, {fmt.time(datetime.fromisoformat(one['created_at']))}"
    return html.Div(
        [html.Div([html.Strong(one["title"]), html.Span(until, className="place")], className="instruction-head"), html.P(one["body"]) if one["body"] else None, html.Div([html.Span(written, className="place"), lift], className="instruction-head")],
        className="instruction",
    )  # fmt: skip


def _instruct(mode: str) -> list[Component]:
    if mode not in ("outgoing", "double"):
        return []
    fields = [
        labelled(_("Nature"), html.Select([html.Option(_(word), value=key) for key, word in KIND_WORDS], className="field", name="kind")),
        labelled(_("Titre"), entry("title")),
        labelled(_("Jusqu’au"), entry("until", "datetime-local", kind="moment", required=False)),
        labelled(_("Texte"), html.Textarea(className="field", rows="2", name="body", maxLength="2000")),
    ]
    form = html.Form(
        [*fields, html.Button(_("Enregistrer"), type="submit", className="action action--primary")],
        className="instruct",
        **{"data-post": "/api/v1/shifts/instructions", "data-said": _("Consigne enregistrée.")},
    )
    return [html.Details([html.Summary(_("Laisser une consigne ou un rappel")), form], className="roster-fold")]


def _entry(title: list[Any], said: str, right: str, *, is_gap: bool = False) -> html.Div:
    return html.Div(
        [html.Div(title, className="entry-title"), html.Span(said, className="place"), html.Span(right, className="entry-right")],
        className="dossier-entry dossier-entry--gap" if is_gap else "dossier-entry",
    )


def _listed(rows: list[Any], total: int, empty: str) -> list[Component]:
    if not total:
        return [html.P(empty, className="none")] if empty else []
    more = [html.P(_("… et {count} de plus, à la console", count=total - len(rows)), className="place")] if total > len(rows) else []
    return [*rows, *more]
