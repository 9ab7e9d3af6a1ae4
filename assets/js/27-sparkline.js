// A sparkline: the trace, its last point, and the reference as a dashed line. No axis: the figure beside it says how much.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const SVG = "http://www.w3.org/2000/svg";

  // Points of a trace in a box, and the height of the reference; pure, so that node can test it. Values oldest first; null is a gap left out.
  HV.tracePoints = function (values, reference, width, height) {
    const known = values.filter((value) => Number.isFinite(value));
    if (known.length < 2) return null;
    const all = Number.isFinite(reference) ? known.concat(reference) : known;
    const low = Math.min(...all), high = Math.max(...all);
    // A flat trace lies in the middle: it must not look like a fall to zero.
    const y = (value) => (high === low ? height / 2 : height - ((value - low) / (high - low)) * height);
    const step = width / (values.length - 1);
    const points = values.map((value, rank) => (Number.isFinite(value) ? [rank * step, y(value)] : null)).filter(Boolean);
    return { points, limit: Number.isFinite(reference) ? y(reference) : null };
  };

  HV.sparkline = function (values, reference) {
    const width = 80, height = 32;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("class", "tile-spark");
    svg.setAttribute("aria-hidden", "true");
    const drawn = HV.tracePoints(values || [], reference, width, height);
    if (!drawn) return svg;
    const add = function (name, attributes) {
      const made = document.createElementNS(SVG, name);
      for (const key in attributes) made.setAttribute(key, attributes[key]);
      svg.appendChild(made);
    };
    if (drawn.limit !== null) add("line", { class: "limit", x1: 0, x2: width, y1: drawn.limit, y2: drawn.limit });
    add("polyline", { class: "trace", points: drawn.points.map((p) => p.map((n) => n.toFixed(1)).join(",")).join(" ") });
    const last = drawn.points[drawn.points.length - 1];
    add("circle", { cx: last[0], cy: last[1], r: 3.2 });
    return svg;
  };
})();
