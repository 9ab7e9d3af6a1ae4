"""What services agree for officials' figures, on screen: factors, targets and declared volumes by domain, a form for each, and who changed them. Forms are answered by assets/js/60-post.js."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.indicator import Indicator
from hypervisor.domain.layer import Layer
from hypervisor.i18n import N_, _, ngettext
from hypervisor.queries import said
from hypervisor.queries.agreements import Agreements, Known
from hypervisor.store.agreements import Change
from layouts.parts.entry import entry

NEWEST = 3
KINDS = {"factor": N_("Facteur"), "target": N_("Cible"), "declared": N_("Volume déclaré")}
DECIMALS = 6
"""An emission of 0.0479 kg must not be read 0.05, nor a volume be rounded."""


def panels(found: Agreements, layers: Mapping[str, Layer]) -> list[Component]:
    """A panel for each domain, then the history."""
    return [*(_domain(one, layers) for one in found.domains), _history(found, layers)]


def _domain(one: Known, layers: Mapping[str, Layer]) -> html.Section:
    newest, older = _volumes(one)
    head = html.Header(
        [html.H2(_name(one.domain, layers)), html.Span(_("Facteurs, cibles et volumes déclarés"), className="panel-context")], className="panel-head"
    )
    fold = html.Details(
        [html.Summary(ngettext("{count} volume plus ancien", "{count} volumes plus anciens", len(older))), _table(older)], className="roster-fold volumes-older"
    )
    body = [_table([*_factors(one), *_targets(one), *newest]), *([fold] if older else []), html.Div(_forms(one), className="roster-forms")]
    return html.Section([head, *body], className="panel", **{"data-testid": f"accords-{one.domain}"})


def _table(rows: list[Component]) -> html.Div:
    heads = html.Thead(html.Tr([html.Th(name, scope="col") for name in (_("Chiffre"), _("Nature"), _("Valeur"), _("À partir du"), _("Source"), "")]))
    return html.Div(html.Table([heads, html.Tbody(rows)], className="admin-table"), className="table-scroll", tabIndex=0)


def _factors(one: Known) -> list[Component]:
    """The declaration's own value, then those of the service; a later day wins."""
    return [
        _row(_(line[0].label), "factor", each.key, each.since, f"{number(each.value)} {_(line[0].unit)}", _(each.source), is_own=place > 0)
        for line in one.factors.values()
        for place, each in enumerate(line)
    ]


def _targets(one: Known) -> list[Component]:
    rows = []
    for indicator in one.indicators:
        if indicator.target is not None:
            rows.append(
                _row(_target_name(indicator), "target", indicator.key, None, said.target(indicator, indicator.target), _(indicator.target.source), is_own=False)
            )
        rows += [
            _row(_target_name(indicator), "target", indicator.key, own.since, said.target(indicator, own.target), own.target.source, is_own=True)
            for own in one.targets[indicator.key]
        ]
    return rows


def _volumes(one: Known) -> tuple[list[Component], list[Component]]:
    """The newest of each volume, then the older ones: two years of months would bury what is being declared."""
    rows: tuple[list[Component], list[Component]] = ([], [])
    for volume in one.volumes:
        for rank, own in enumerate(sorted(one.declared[volume.key], key=lambda each: each.since, reverse=True)):
            rows[rank >= NEWEST].append(
                _row(_(volume.label), "declared", volume.key, own.since, f"{number(own.amount)} {_(volume.unit)}", own.source, is_own=True, until=own.until)
            )
    return rows


def _row(name: str, kind: str, key: str, since: date | None, value: str, source: str, *, is_own: bool, until: date | None = None) -> html.Tr:
    word = KINDS[kind]
    when = _("toujours") if since is None else _("{debut} au {fin}", debut=_day(since), fin=_day(until - timedelta(days=1))) if until else _day(since)
    take: Component | str = ""
    if is_own and since is not None:
        body = json.dumps({"kind": kind, "key": key, "since": since.isoformat()})
        take = html.Button(
            _("Retirer"), type="button", className="action",
            **{"data-post": "/api/v1/indicators/withdraw", "data-body": body, "data-said": _("Retiré : la valeur d’avant est en vigueur."), "aria-label": _("Retirer : {nom}, {quand}", nom=name, quand=when)},
        )  # fmt: skip
    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(_(word)),
            html.Td(html.Strong(value)),
            html.Td(when),
            html.Td(html.Span(source, className="cell-text")),
            html.Td(take, **{"data-answer": ""}),
        ]
    )


def _forms(one: Known) -> list[Component]:
    since, source = _field(_("À partir du"), entry("since", "date")), _field(_("Source, avec sa date"), entry("source"))
    forms = []
    if one.factors:
        names = [(key, f"{_(line[0].label)} ({_(line[0].unit)})") for key, line in one.factors.items()]
        forms.append(
            _form(
                _("Changer un facteur"),
                "/api/v1/indicators/factors",
                _("Facteur enregistré."),
                [_field(_("Facteur"), _select("key", names)), _field(_("Valeur"), _decimal("value")), since, source],
            )
        )
    names = [(each.key, f"{_target_name(each)} ({said.unit(each)})") for each in one.indicators]
    bounds = [_field(_("Au moins"), _decimal("low", required=False)), _field(_("Au plus"), _decimal("high", required=False))]
    forms.append(
        _form(
            _("Fixer une cible"),
            "/api/v1/indicators/targets",
            _("Cible enregistrée."),
            [_field(_("Indicateur"), _select("indicator", names)), *bounds, since, source],
        )
    )
    if one.volumes:
        names = [(volume.key, f"{_(volume.label)} ({_(volume.unit)})") for volume in one.volumes]
        period = [_field(_("Premier jour"), entry("since", "date")), _field(_("Jour qui suit le dernier"), entry("until", "date"))]
        forms.append(
            _form(
                _("Déclarer un volume"),
                "/api/v1/indicators/declared",
                _("Volume déclaré."),
                [_field(_("Volume"), _select("key", names)), *period, _field(_("Quantité"), _decimal("amount")), source],
            )
        )
    return forms


def _history(found: Agreements, layers: Mapping[str, Layer]) -> html.Section:
    head = html.Header([html.H2(_("Qui a changé quoi")), html.Span(_("Les cinquante derniers changements"), className="panel-context")], className="panel-head")
    labels = {each.key: _(each.label) for one in found.domains for line in one.factors.values() for each in line[:1]}
    labels |= {each.key: _target_name(each) for one in found.domains for each in one.indicators} | {
        each.key: _(each.label) for one in found.domains for each in one.volumes
    }
    rows = [
        html.Tr(
            [
                html.Th(fmt.moment(change.at), scope="row"),
                html.Td(change.by_name),
                html.Td([html.Span(labels.get(change.key, change.key)), html.Span(_name(change.layer, layers), className="cell-second")]),
                html.Td(_day(change.since)),
                html.Td(html.Span(_value(change, change.before), className="cell-text")),
                html.Td(html.Span(_value(change, change.after), className="cell-text")),
            ]
        )
        for change in found.changes
    ]
    if not rows:
        return html.Section(
            [head, html.P(_("Aucun changement n’a encore été fait."), className="panel-note-line")], className="panel", **{"data-testid": "accords-histoire"}
        )
    heads = html.Thead(html.Tr([html.Th(name, scope="col") for name in (_("Quand"), _("Qui"), _("Chiffre"), _("À partir du"), _("Avant"), _("Après"))]))
    table = html.Div(html.Table([heads, html.Tbody(rows)], className="admin-table"), className="table-scroll", tabIndex=0)
    return html.Section([head, table], className="panel", **{"data-testid": "accords-histoire"})


def _value(change: Change, side: Mapping[str, Any] | None) -> str:
    """« 0,19 €/kWh (avenant 3) », or a dash where there was nothing."""
    if side is None:
        return said.NOTHING
    if change.kind == "target":
        bounds = [
            _("au moins {value}", value=number(side["low"])) if side["low"] is not None else "",
            _("au plus {value}", value=number(side["high"])) if side["high"] is not None else "",
        ]
        return f"{', '.join(bound for bound in bounds if bound)} ({side['source']})"
    amount = side["value"] if change.kind == "factor" else side["amount"]
    until = f", {_('jusqu’au {jour}', jour=_day(date.fromisoformat(side['until']) - timedelta(days=1)))}" if change.kind == "declared" else ""
    unit = side["unit"]
    return f"{number(amount)} {_(unit)}{until} ({side['source']})"


def number(value: float) -> str:
    """With the decimals that it has, six at most."""
    decimals = f"{value:.{DECIMALS}f}".partition(".")[2].rstrip("0")
    return fmt.number(value, len(decimals))


def _target_name(indicator: Indicator) -> str:
    return _("{nom}, pour un an", nom=_(indicator.label)) if indicator.adds_up else _(indicator.label)


def _name(domain: str, layers: Mapping[str, Layer]) -> str:
    return said.domain(domain, {key: layer.label for key, layer in layers.items()})


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _form(title: str, path: str, text: str, fields: Sequence[Component]) -> html.Details:
    button = html.Button(_("Enregistrer"), type="submit", className="action action--primary")
    return html.Details(
        [html.Summary(title), html.Form([*fields, button], className="roster-form", **{"data-post": path, "data-said": text})], className="roster-fold"
    )


def _field(label: str, control: Component) -> html.Label:
    return html.Label([html.Span(label, className="form-label"), control], className="roster-field")


def _select(name: str, options: Sequence[tuple[str, str]]) -> html.Select:
    return html.Select([html.Option(label, value=value) for value, label in options], className="field", name=name)


def _decimal(name: str, *, required: bool = True) -> html.Span:
    return entry(name, "text", kind="decimal", required=required)
