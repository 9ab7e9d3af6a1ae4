// How the queue's columns fit in their panel: beside the whole row, a column that another one repeats gives way; in the street (a phone, a narrow window)
// the event says in its own cell how it stands, so that severity, what, where and age are read without moving sideways.
(function () {
  "use strict";
  const Desk = window.Desk;
  const root = document.documentElement;
  const rem = () => parseFloat(getComputedStyle(root).fontSize) / 16;
  // Heights in pixels at console scale. Two lines, three when the event says its state, and the head. EDGE: the row's border and a scrollbar.
  const ROW = 46, TALL = 68, HEAD = 34, EDGE = 20;
  // The age says the hour, the detail says who was told: they leave first, in this order.
  const REPEATED = ["heure", "astreinte"];
  const MERGED = ["heure", "etat", "decider", "astreinte"];

  // columns: {id: width}, room: both in pixels at console scale. The names of those that are not shown; MERGED when the event's cell says the rest.
  const hidden = function (columns, room) {
    const left = Object.assign({}, columns), gone = [];
    const wide = () => Object.values(left).reduce((sum, width) => sum + width, EDGE);
    for (const id of REPEATED) {
      if (wide() <= room) return gone;
      delete left[id];
      gone.push(id);
    }
    return wide() <= room ? gone : MERGED;
  };

  let watch = null, last = "";
  const fit = function (api, place) {
    if (!place.clientWidth) return;
    const scale = rem();
    const columns = api.getColumns().map((column) => column.getColDef()).filter((column) => !column.hide);
    const widths = Object.fromEntries(columns.map((column) => [column.colId, column.width || column.minWidth]));
    const gone = hidden(widths, place.clientWidth / scale);
    const said = scale + "|" + gone;
    if (said === last) return;
    last = said;
    Desk.isTight = gone === MERGED;
    Desk.rowHeight = Math.round((Desk.isTight ? TALL : ROW) * scale);
    place.classList.toggle("queue-rows--tight", Desk.isTight);
    api.setColumnsVisible(Object.keys(widths).filter((id) => !gone.includes(id)), true);
    api.setColumnsVisible(gone, false);
    api.setColumnWidths(columns.filter((column) => column.width).map((column) => ({ key: column.colId, newWidth: Math.round(column.width * scale) })));
    api.setGridOption("headerHeight", Math.round(HEAD * scale));
    api.setGridOption("rowHeight", Desk.rowHeight);
    api.resetRowHeights();
    api.refreshCells({ columns: ["evenement"], force: true });
  };

  // From the grid's first row on, for as long as its panel is there.
  Desk.rowHeight = ROW;
  Desk.isTight = false;
  Desk.hiddenColumns = hidden;
  Desk.fitQueue = function (api, place) {
    if (watch) watch.disconnect();
    last = "";
    watch = new ResizeObserver(() => fit(api, place));
    watch.observe(place);
    fit(api, place);
  };
})();
