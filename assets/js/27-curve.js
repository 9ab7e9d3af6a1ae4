// A measurement over time: grid, hours, threshold, and a line that breaks where nothing was heard. One drawing for the console's sheet and for the past.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const SVG = "http://www.w3.org/2000/svg";
  const BOX = { width: 500, height: 132, left: 44, right: 12, top: 10, bottom: 22 }, WITH_MOMENT = 20, WORD_ROOM = 130;

  const draw = function (name, attributes, parent, said) {
    const made = document.createElementNS(SVG, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (said !== undefined) made.textContent = said;
    parent.appendChild(made);
    return made;
  };
  // Round numbers for three or four lines of the grid.
  const ticks = function (low, high) {
    const rough = (high - low) / 3 || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const first = Math.floor(low / step) * step;
    return Array.from({ length: Math.ceil((high - first) / step) + 1 }, (_, i) => first + i * step);
  };
  // A silence longer than three periods is a gap in the line, not a straight stroke across it; a point without value breaks it too.
  const path = function (points, period_s, x, y) {
    let said = "", before = null;
    for (const point of points) {
      if (point.value === null) { before = null; continue; }
      const isNew = before === null || point.at - before > 3000 * period_s;
      // A stroke of no length is a dot, by its round cap: a point alone between two gaps is seen.
      said += (isNew ? "M" : "L") + x(point.at).toFixed(1) + " " + y(point.value).toFixed(1) + (isNew ? "h0" : "");
      before = point.at;
    }
    return said;
  };

  // points: [{at: epoch ms, value}], oldest first; since, until: epoch ms; limits: numbers; severity: that of the last point's dot.
  // moment: the instant that is replayed: it is marked, and what is after it is said not to be known yet.
  HV.curve = function ({ points, since, until, period_s, limits, label, severity, moment }) {
    const known = points.filter((point) => point.value !== null), values = known.map((point) => point.value).concat(limits);
    const lines = ticks(Math.min(...values), Math.max(...values)), [low, high] = [lines[0], lines[lines.length - 1]];
    const top = moment === undefined ? BOX.top : WITH_MOMENT, right = BOX.width - BOX.right, foot = BOX.height - BOX.bottom;
    const x = (at) => BOX.left + ((at - since) / (until - since || 1)) * (right - BOX.left);
    const y = (v) => top + (1 - (v - low) / (high - low || 1)) * (foot - top);
    const svg = draw("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, role: "img", "aria-label": label }, document.createDocumentFragment());
    const isAhead = moment !== undefined && moment < until;
    if (isAhead) draw("rect", { x: x(moment), y: top, width: right - x(moment), height: foot - top, class: "ahead" }, svg);
    lines.forEach(function (v) {
      draw("line", { x1: BOX.left, x2: right, y1: y(v), y2: y(v), class: "grid" }, svg);
      draw("text", { x: BOX.left - 8, y: y(v) + 4, class: "axis", "text-anchor": "end" }, svg, HV.number(v));
    });
    if (isAhead && right - x(moment) > WORD_ROOM) draw("text", { x: (x(moment) + right) / 2, y: (top + foot) / 2 + 4, class: "axis ahead-word", "text-anchor": "middle" }, svg, HV.t("pas encore connu"));
    for (let i = 0; i <= 4; i++) {
      const at = since + (i * (until - since)) / 4;
      draw("text", { x: x(at), y: BOX.height - 4, class: "axis", "text-anchor": i === 0 ? "start" : i === 4 ? "end" : "middle" }, svg, HV.time(at));
    }
    for (const limit of limits) {
      draw("line", { x1: BOX.left, x2: right, y1: y(limit), y2: y(limit), class: "limit" }, svg);
      draw("text", { x: BOX.left + 6, y: y(limit) - 5, class: "limit-word" }, svg, HV.t("seuil {v}", { v: HV.number(limit) }));
    }
    draw("path", { d: path(points, period_s, x, y), class: "line" }, svg);
    const last = known[known.length - 1];
    if (last) draw("circle", { cx: x(last.at), cy: y(last.value), r: 4.5, class: "last last--" + severity }, svg);
    if (moment !== undefined) {
      const at = x(moment);
      draw("line", { x1: at, x2: at, y1: top - 4, y2: foot, class: "moment" }, svg);
      draw("text", { x: at, y: top - 7, class: "moment-word", "text-anchor": at < BOX.left + 30 ? "start" : at > right - 30 ? "end" : "middle" }, svg, HV.timeS(moment));
    }
    return svg;
  };
})();
