"""The queue of alarms and events: tabs, filters, and an AG Grid that assets/js/41-queue.js fills from the feed."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import dash_ag_grid as dag
from dash import dcc, html

from hypervisor.domain.layer import Layer
from hypervisor.i18n import N_, _, current_locale
from layouts import ids
from layouts.parts.icon import icon
from layouts.parts.keys import cap_named
from layouts.still import drawn_still, still

TABS = (
    ("tous", N_("Tous")), ("a-acquitter", N_("À acquitter")), ("miens", N_("Les miens")), ("en-cours", N_("En cours")),
    ("differes", N_("Différés")), ("masques", N_("Masqués")), ("resolus", N_("Résolus")),
)  # fmt: skip
"""(name in data-testid, label) of the tabs, each with its count."""

LOCALE = Path(__file__).parents[2] / "assets" / "vendor" / "locale" / "ag-grid-fr.json"

COLUMNS = (
    {
        "colId": "gravite",
        "headerName": N_("Gr."),
        "headerTooltip": N_("Gravité"),
        "cellRenderer": "VigieSeverity",
        "width": 46,
        "cellClass": "cell-severity",
        "value": "mark",
    },
    {"colId": "heure", "headerName": N_("Heure"), "width": 60, "value": "hour"},
    {
        "colId": "evenement",
        "headerName": N_("Événement, lieu"),
        "cellRenderer": "VigieTitle",
        "cellClass": "cell-title",
        "flex": 1,
        "minWidth": 180,
        "value": "title",
    },
    {"colId": "etat", "headerName": N_("État"), "width": 128, "cellClass": "cell-words", "value": "state"},
    {"colId": "age", "headerName": N_("Âge"), "width": 74, "type": "rightAligned", "value": "age"},
    {"colId": "decider", "headerName": N_("Décider"), "headerTooltip": N_("Délai restant pour décider"), "width": 72, "type": "rightAligned", "value": "left"},
    {"colId": "astreinte", "headerName": N_("Prévenu"), "headerTooltip": N_("Astreinte prévenue"), "width": 100, "cellClass": "cell-words", "value": "told"},
    {"colId": "ordre", "hide": True, "sort": "asc", "field": "order"},
)
"""The grid's columns; labels are translated when drawn, `value` is the reading of assets/js/41-queue-words.js that fills the column.
The order is read from the row as it is: each transaction compares every row with others, and a reading costs ten times the comparison."""

UNTOLD = (
    "onSelectionChanged", "onRowDataUpdated", "onFilterChanged", "onSortChanged", "onCellClicked", "onCellDoubleClicked", "onDisplayedColumnsChanged", "onGridSizeChanged",
)  # fmt: skip
"""Events of the grid whose handlers in dash-ag-grid are left out: what it spreads last, `dashGridOptions`, wins."""

THEME = (
    "themeQuartz.withParams({fontFamily: 'inherit', fontSize: '0.90625rem', headerFontSize: '0.875rem', headerFontWeight: 400, backgroundColor: 'var(--surface)', "
    "foregroundColor: 'var(--encre)', headerTextColor: 'var(--encre2)', headerBackgroundColor: 'var(--surface)', headerColumnResizeHandleColor: 'transparent', borderColor: 'var(--trait)', "
    "rowHoverColor: 'var(--surface2)', selectedRowBackgroundColor: 'transparent', accentColor: 'var(--focus)', cellTextColor: 'var(--encre)', cellHorizontalPadding: '8px', wrapperBorder: false, "
    "wrapperBorderRadius: 0, borderRadius: 3, rangeSelectionBorderColor: 'transparent', tooltipBackgroundColor: 'var(--surface2)', tooltipTextColor: 'var(--encre)', browserColorScheme: 'inherit'})"
)
"""AG Grid's own theme in our tokens, so that a change of theme needs no redraw; the ready-made ones load from a CDN (screens.md 0)."""


def queue(layers: Sequence[Layer]) -> html.Section:
    """The panel of the queue; `layers` are those of the reader's perimeter, for the filter."""
    domains = [html.Option(_("Tous les domaines"), value=""), *(html.Option(_(layer.label), value=layer.key) for layer in layers)]
    return html.Section(
        [
            _tabs(),
            html.Div(
                [
                    html.Label(
                        [
                            icon("search"),
                            html.Span(_("Rechercher"), className="visually-hidden"),
                            dcc.Input(id="file-recherche", type="search", className="search-text", autoComplete="off", placeholder=_("Rechercher")),
                            cap_named("search"),
                        ],
                        className="search",
                    ),
                    html.Label(
                        [html.Span(_("Domaine"), className="visually-hidden"), still(html.Select(domains, id=ids.DOMAIN_FILTER, className="field"))],
                        className="domain",
                    ),
                    html.Span(_("Trié par priorité, puis âge"), className="queue-order"),
                ],
                className="queue-tools",
            ),
            html.Div(
                [
                    _grid(),
                    html.P(className="queue-empty", role="status", hidden=True),
                    html.Button(id="file-nouveaux", type="button", className="newcomers", hidden=True),
                ],
                className="queue-rows",
            ),
            html.Div(id="file-pied", className="queue-foot", role="status", **{"aria-live": "off"}),
        ],
        id=f"{ids.QUEUE}-cadre",
        className="panel queue",
        tabIndex=-1,
        **{"aria-label": _("File d’événements"), "data-testid": "file"},
    )


@drawn_still
def _tabs() -> html.Div:
    tabs = [
        html.Button(
            [html.Span(_(label)), " ", html.Strong("–", className="tab-count")],
            type="button",
            role="tab",
            className="tab",
            **{"data-onglet": name, "data-testid": f"onglet-{name}", "aria-selected": "true" if name == "tous" else "false"},
        )
        for name, label in TABS
    ]
    return html.Div(tabs, className="tabs", role="tablist", **{"aria-label": _("Filtres de la file")})


def _grid() -> dag.AgGrid:
    columns = [_column(**column) for column in COLUMNS]
    return dag.AgGrid(
        id=ids.QUEUE,
        className="queue-grid",
        columnDefs=columns,
        rowData=[],
        getRowId="params.data.key",
        defaultColDef={"resizable": False, "sortable": False, "suppressMovable": True, "suppressHeaderMenuButton": True},
        rowClassRules={
            "q--waits": "params.data.waits",
            "q--critical": "params.data.priority === 'critical'",
            "q--major": "params.data.priority === 'major'",
            "q--minor": "params.data.priority === 'minor'",
            "q--marked": "VigieQueue.marked(params.data)",
            "q--group": "Boolean(params.data.members)",
        },
        dashGridOptions={
            "theme": {"function": THEME},
            "rowHeight": 46,
            "headerHeight": 34,
            "animateRows": False,
            "suppressColumnVirtualisation": True,
            "ensureDomOrder": True,
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
            "suppressCellFocus": False,
            "tabToNextCell": {"function": "false"},
            "tabToNextHeader": {"function": "false"},
            "isExternalFilterPresent": {"function": "true"},
            "doesExternalFilterPass": {"function": "VigieQueue.passes(params.data)"},
            "localeText": _texts(),
            "suppressNoRowsOverlay": True,
            "suppressScrollOnNewData": True,
            "suppressAnimationFrame": True,
            "enableCellTextSelection": False,
            "tooltipShowDelay": 400,
            # The wrapper would tell Dash each choice, each transaction with every row and each width: nothing of ours reads them, and in an avalanche
            # the keys would wait for it. Our own listeners are those of assets/js/41-queue.js.
            **dict.fromkeys(UNTOLD),
        },
        style={"height": "100%", "width": "100%"},
    )


def _column(value: str = "", **column: Any) -> dict[str, Any]:
    said = {name: _(column[name]) for name in ("headerName", "headerTooltip") if name in column}
    return {**column, **said, **({"valueGetter": {"function": f"VigieQueue.{value}(params.data)"}} if value else {})}


def _texts() -> dict[str, str]:
    return _french() if current_locale.get() == "fr" else {}


@cache
def _french() -> dict[str, str]:
    return json.loads(LOCALE.read_text(encoding="utf-8")) if LOCALE.exists() else {}
