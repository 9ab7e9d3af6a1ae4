"""Procedures at /admin: those in force, drafts that wait for a second person, and, for the chief, events closed with mandatory steps open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from hypervisor import fmt
from hypervisor.domain.layer import Layer
from hypervisor.i18n import _
from layouts.parts.icon import icon


def panels(
    in_force: Sequence[dict[str, Any]], drafts: Sequence[dict[str, Any]], left: Sequence[dict[str, Any]] | None, layers: dict[str, Layer], *, may_publish: bool
) -> html.Div:
    """The panels; buttons are answered by assets/js/59-procedure-admin.js. left None: not for this reader."""
    shown = [_in_force(in_force, layers)]
    if drafts:
        shown.insert(0, _drafts(drafts, layers, may_publish=may_publish))
    if left is not None:
        shown.insert(0, _left(left))
    return html.Div(shown, className="stack", id="admin-fiches")


def _in_force(procedures: Sequence[dict[str, Any]], layers: dict[str, Layer]) -> html.Section:
    rows = [
        (
            one["key"],
            one["title"],
            _layer(one, layers),
            f"v{one['version']}",
            _by(one["published_by"], one["published_at"]),
            _date(one["review_by"]),
        )
        for one in procedures
    ]
    printed = html.A([icon("printer"), _("Jeu imprimable")], href="/api/v1/procedures/printed", className="action", download="")
    return _panel(
        _("Fiches réflexes en vigueur"), printed, (_("Clé"), _("Titre"), _("Domaine"), _("Version"), _("Publiée"), _("À revoir avant")), rows,
        _("Aucune : `python -m hypervisor procedures import --in-force` met en vigueur les fiches prêtes."), "admin-fiches-en-vigueur",
    )  # fmt: skip


def _drafts(drafts: Sequence[dict[str, Any]], layers: dict[str, Layer], *, may_publish: bool) -> html.Section:
    rows = [
        (
            one["key"],
            one["title"],
            _layer(one, layers),
            f"v{one['version']}",
            _by(one["author"], one["written_at"]),
            html.Button(_("Publier"), type="button", className="action", **{"data-publier": one["key"], "data-version": str(one["version"])})
            if may_publish
            else "",
        )
        for one in drafts
    ]
    note = html.Span(_("Relues et publiées par une autre personne que leur auteur"), className="panel-context")
    return _panel(_("Brouillons de fiches"), note, (_("Clé"), _("Titre"), _("Domaine"), _("Version"), _("Écrite"), ""), rows, "", "admin-fiches-brouillons")


def _left(left: Sequence[dict[str, Any]]) -> html.Section:
    rows = [
        (
            one["number"],
            one["title"],
            f"{one['key']} v{one['version']}",
            ", ".join(map(str, one["steps"])),
            one["reason"],
            _by(one["by"], one["at"]),
            html.Button(_("Lu"), type="button", className="action", **{"data-lu": str(one["event_id"])}),
        )
        for one in left
    ]
    heads = (_("Événement"), _("Titre"), _("Fiche"), _("Étapes"), _("Motif"), _("Par"), "")
    return _panel(
        _("Clos avec des étapes obligatoires ouvertes"),
        html.Span(str(len(left)), className="panel-context"),
        heads,
        rows,
        _("Rien à lire."),
        "admin-fiches-motifs",
    )


def _layer(one: dict[str, Any], layers: dict[str, Layer]) -> str:
    layer = layers.get(one["layer"])
    return _(layer.label) if layer else one["layer"]


def _by(name: str | None, at: str | None) -> str:
    return " · ".join(part for part in (name or "–", fmt.moment(datetime.fromisoformat(at)) if at else "") if part)


def _date(day: str | None) -> str:
    return datetime.fromisoformat(day).strftime("%d/%m/%Y") if day else "–"


def _panel(title: str, beside: Any, heads: Sequence[str], rows: Sequence[Sequence[Any]], empty: str, testid: str) -> html.Section:
    head = html.Header([html.H2(title), beside], className="panel-head")
    if not rows:
        return html.Section([head, html.P(empty, className="panel-note-line")], className="panel", **{"data-testid": testid})
    body = [html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])]) for row in rows]
    table = html.Table([html.Thead(html.Tr([html.Th(name, scope="col") for name in heads])), html.Tbody(body)], className="admin-table")
    return html.Section([head, html.Div(table, className="table-scroll", tabIndex=0)], className="panel", **{"data-testid": testid})
