// Exploration's map: outlines in metres, north up. Classes of equal width, their bounds printed; what has no value is drawn empty.
(function () {
  "use strict";
  const CLASSES = 6;
  const page = HV.exploration;
  const { of, make, say, digitsOf, number, column, tabulate } = page;
  const SVG = "http://www.w3.org/2000/svg";
  const drawn = function (kind, said) {
    const made = document.createElementNS(SVG, kind);
    for (const [name, value] of Object.entries(said)) made.setAttribute(name, value);
    return made;
  };
  const hatching = function (size) {
    const pattern = drawn("pattern", { id: "exploration-hachures", width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    pattern.append(drawn("line", { x1: 0, x2: 0, y1: 0, y2: size, "stroke-width": size / 4, class: "hatch" }));
    const made = drawn("defs", {});
    made.append(pattern);
    return made;
  };
  // A name at the middle of its commune's greatest outline, where it has the place: the table has them all.
  const name = function (svg, commune, west, north, size, isShaded) {
    const boxes = commune.rings.map((ring) => { const xs = ring.map(([x]) => x), ys = ring.map(([, y]) => y); return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]; });
    const [left, right, bottom, top] = boxes.sort((a, b) => (b[1] - b[0]) * (b[3] - b[2]) - (a[1] - a[0]) * (a[3] - a[2]))[0] || [0, 0, 0, 0];
    if (commune.name.length * size * 0.58 > (right - left) * 1.1) return;
    const made = drawn("text", { x: (left + right) / 2 - west, y: north - (top + bottom) / 2, "font-size": size, "stroke-width": size / 4, class: isShaded ? "shaded" : "" });
    made.textContent = commune.name;
    svg.append(made);
  };
  page.plan = function (found) {
    const shown = found.cells.length ? found.cells : found.communes, values = shown.map((one) => one.value).filter((value) => value !== null);
    if (!values.length) return say("vide", HV.t("Aucune mesure sur cette période. Élargissez-la ou choisissez une autre grandeur."));
    const palette = of("plan").dataset.palette.split(" "), low = Math.min(...values), high = Math.max(...values), step = (high - low) / CLASSES || 1;
    const digits = digitsOf(palette.map((_hue, rank) => low + rank * step).concat(high)), bound = (value) => number(value, digits);
    const colour = (value) => palette[Math.min(CLASSES - 1, Math.floor((value - low) / step))];
    const all = found.communes.flatMap((commune) => commune.rings.flat()).concat(found.cells.map((cell) => [cell.x, cell.y]));
    const west = Math.min(...all.map(([x]) => x)), east = Math.max(...all.map(([x]) => x)), south = Math.min(...all.map(([, y]) => y)), north = Math.max(...all.map(([, y]) => y));
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", [0, 0, east - west, north - south].join(" "));
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", found.label);
    svg.append(hatching((east - west) / 60));
    const path = function (rings, value, title) {
      const made = document.createElementNS(SVG, "path"), said = document.createElementNS(SVG, "title");
      made.setAttribute("d", rings.map((ring) => "M" + ring.map(([x, y]) => (x - west).toFixed(0) + " " + (north - y).toFixed(0)).join("L") + "z").join(""));
      if (value === undefined) made.setAttribute("class", "under");
      else if (value === null) made.setAttribute("fill", "url(#exploration-hachures)");
      else made.style.fill = colour(value);
      said.textContent = title;
      made.append(said);
      svg.append(made);
    };
    const said = (one) => (one.value === null ? HV.t("sans donnée") : HV.quantity(one.value, found.unit));
    for (const commune of found.communes) path(commune.rings, found.cells.length ? undefined : commune.value, commune.name + " : " + said(commune));
    for (const cell of found.cells) path([[[cell.x, cell.y], [cell.x + found.cell_m, cell.y], [cell.x + found.cell_m, cell.y + found.cell_m], [cell.x, cell.y + found.cell_m]]], cell.value, said(cell));
    for (const commune of found.communes) name(svg, commune, west, north, (east - west) / 62, !found.cells.length && commune.value !== null);
    const legend = make("ul", undefined, { className: "exploration-legend" });
    legend.append(...palette.map(function (hue, rank) {
      const item = make("li"), mark = make("i");
      mark.style.background = hue;
      item.append(mark, HV.t("{low} à {high}", { low: bound(low + rank * step), high: bound(low + (rank + 1) * step) }));
      return item;
    }));
    if (found.unit) legend.prepend(make("li", HV.t("Classes, en {unit}", { unit: found.unit }), { className: "exploration-classes" }));
    if (!found.cells.length && found.communes.some((one) => one.value === null)) {
      const item = make("li");
      item.append(make("i", undefined, { className: "exploration-none" }), HV.t("sans donnée"));
      legend.append(item);
    }
    of("plan").replaceChildren(svg, legend);
    of("plan").hidden = false;
    say("pret", found.label + ", " + HV.tn("{n} valeur", "{n} valeurs", values.length));
    const ordered = found.communes.slice().sort((a, b) => (b.value === null ? -Infinity : b.value) - (a.value === null ? -Infinity : a.value) || a.name.localeCompare(b.name)), figures = column(ordered.map((commune) => commune.value));
    tabulate([HV.t("Commune"), found.label + (found.unit ? " (" + found.unit + ")" : ""), HV.t("Mesures")], ordered.map((commune, rank) => [commune.name, figures[rank], HV.number(commune.n)]));
  };
})();
