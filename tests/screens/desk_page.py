"""The console of the screens' tests: its scripts on a grid that keeps the grid's own promise."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from dash import html
from playwright.sync_api import Page

from layouts.pages import console
from layouts.parts.queue import COLUMNS
from tests.screens.conftest import TERRITORY
from tests.screens.harness import say

SCRIPTS = tuple(
    f"assets/js/{name}.js"
    for name in (
        "40-console",
        "41-queue-fit",
        "41-queue-rows",
        "41-queue-words",
        "41-queue",
        "42-detail",
        "43-logbook",
        "44-actions",
        "45-keyboard",
        "47-create",
        "48-presence",
        "49-procedure",
    )
)
# The grid's own promise, kept by a list: rows by id, filtered and sorted as the columns say.
GRID = """
window.sent = [];
window.dash_clientside = { no_update: null, set_props: (id, props) => sent.push([id, props]) };
window.React = { createElement: () => null };
window.dash_ag_grid = { getApiAsync: () => Promise.resolve(grid) };
const held = new Map(), folded = new Set(), widths = {}, options = {}; Object.assign(window, { held, folded, widths, options });
const displayed = () => Array.from(held.values()).filter((row) => dashAgGridFunctions.VigieQueue.passes(row)).sort((a, b) => a.order - b.order);
const node = (row) => { const rank = displayed().indexOf(row); return { id: row.key, data: row, displayed: rank >= 0, rowIndex: rank, rowTop: rank * 46, rowHeight: 46, setSelected() {}, isSelected: () => false }; };
window.grid = {
  applyTransaction({ add, update, remove }) { remove.forEach((row) => held.delete(row.key)); add.concat(update).forEach((row) => held.set(row.key, row)); },
  getRowNode: (key) => (held.has(key) ? node(held.get(key)) : undefined), getDisplayedRowAtIndex: (rank) => displayed()[rank] && node(displayed()[rank]), getDisplayedRowCount: () => displayed().length,
  addEventListener() {}, onFilterChanged() {}, refreshCells() {}, redrawRows() {}, ensureIndexVisible() {}, setFocusedCell() {}, getFocusedCell: () => null, clearFocusedCell() {},
  getColumns: () => columns.map((column) => ({ getColDef: () => column })), setColumnsVisible(ids, isShown) { ids.forEach((id) => (isShown ? folded.delete(id) : folded.add(id))); },
  setColumnWidths(sizes) { sizes.forEach((size) => { widths[size.key] = size.newWidth; }); }, setGridOption(name, value) { options[name] = value; }, resetRowHeights() {},
};
Vigie.silence = () => {};
window.shown = () => displayed().map((row) => [row.title, row.members ? row.members.length : 1, row.priority, row.place]);
"""


def open_desk(open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> Page:
    """The console, its link direct; every question to the API has an empty answer. `world` must be there."""
    monkeypatch.setattr("layouts.pages.console.territory", lambda _h, _who: TERRITORY)
    monkeypatch.setattr("layouts.parts.toasts.provided", lambda children: html.Div(children, className="provided"))
    page = open_page(console.layout(), css=("assets/40-console.css",))
    page.evaluate(f"window.columns = {json.dumps(COLUMNS)}")
    page.evaluate(GRID)
    page.route("**/api/v1/**", lambda route: route.fulfill(json={"items": []}))
    for script in SCRIPTS:
        page.add_script_tag(url=f"/{script}")
    page.evaluate("Desk.mounts.forEach(build => build(Desk.root))")
    say(page, "liaison", "direct")
    return page


def rows(page: Page) -> list[Any]:
    """What the queue shows, once it is drawn: [title, how many it stands for, priority, place]."""
    page.evaluate("new Promise(done => HV.paced(done)())")  # Asked for last, drawn last: the queue is drawn then.
    return page.evaluate("shown()")
