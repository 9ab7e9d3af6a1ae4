// The legend's marks, drawn with the painter's own stencils: what the legend says is what the map shows. And, on the map, which sources are silent and since when.
(function () {
  "use strict";
  const root = document.documentElement;
  const AGES = { retard: 1, perime: 2, invalide: 3, jamais: 4, simulee: 5, muet: 8 };
  const SIDE = 14;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const rgb = function (name) {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    probe.fillStyle = colour(name) || "#888";
    probe.fillRect(0, 0, 1, 1);
    return Array.from(probe.getImageData(0, 0, 1, 1).data).slice(0, 3);
  };

  const stamp = function (context, stencil, age, fill) {
    const ink = stencil(age, SIDE);
    context.fillStyle = fill;
    for (let i = 0; i < ink.length; i++) if (ink[i]) context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
  };
  // A third in alarm, one critical among them.
  const group = function (context) {
    for (const [name, side] of [["--encre3", 14], ["--contour-sev", 10], ["--majeure", 8], ["--critique", 4]]) {
      context.fillStyle = colour(name);
      context.fillRect((SIDE - side) / 2, (SIDE - side) / 2, side, side);
    }
  };
  const draw = function ({ stencil }) {
    for (const mark of document.querySelectorAll(".map-mark[data-marque]")) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SIDE;
      const context = canvas.getContext("2d");
      if (mark.dataset.marque === "groupe") group(context);
      else stamp(context, stencil, AGES[mark.dataset.marque], `rgb(${rgb("--encre2")})`);
      mark.replaceChildren(canvas);
    }
  };
  const paint = () => document.querySelector(".map-mark[data-marque]") && import("/live/stencils.js").then(draw, () => undefined);

  // « Eau : aucune donnée depuis 06:12 », hatched like the points of that domain.
  const tellSilent = function () {
    const legend = document.querySelector(".wall-map .legend");
    if (!legend) return;
    let box = legend.querySelector(".legend-line--silent");
    const silent = window.HV && window.HV.isLive && window.Vigie.liaison.state === "partiel" ? window.Vigie.liaison.sources.filter((source) => !source.fresh) : [];
    if (!silent.length) return box && box.remove();
    if (!box) {
      box = document.createElement("div");
      box.className = "legend-line legend-line--silent";
      legend.prepend(box);
    }
    const words = silent.map(function ({ layer, since }) {
      const { label } = window.Vigie.layers.find((each) => each.key === layer) || { label: layer };
      return window.HV.t("{layer} : aucune donnée depuis {hour}", { layer: window.HV.t(label), hour: since ? window.HV.hour(since, window.Vigie.now()) : window.HV.t("une durée inconnue") });
    }).join(" · ");
    if (box.textContent !== words) box.textContent = words;
  };

  // The legend holds what the map holds: on a quiet day one line, and never a word for what nobody can see.
  const QUALITIES = { retard: 1, perime: 2, invalide: 3, jamais: 4, simulee: 5 };
  const holds = function () {
    const counts = window.Vigie.mapCounts, kinds = counts ? Object.values(counts.kinds) : [], { sources } = window.Vigie.liaison;
    const found = { revenue: Array.from(window.Vigie.alarms.values()).some((alarm) => alarm.state === "returned_unacknowledged"), perdu: !(window.HV && window.HV.isLive()), muet: sources.some((source) => !source.fresh), groupe: kinds.length > 0 };
    for (const state of ["running", "planned"]) found["travaux-" + state] = (window.Vigie.works || []).some((one) => one.area && one.state === state);
    for (const [name, quality] of Object.entries(QUALITIES)) found[name] = kinds.some(({ qualities }) => qualities[quality] > 0);
    return found;
  };
  const choose = function () {
    const entries = document.querySelectorAll(".legend-entry[data-quand]");
    if (!entries.length) return;
    if (document.querySelector(".map-mark[data-marque]:empty")) paint(); // The feed may speak before the page is laid out.
    const now = holds();
    for (const entry of entries) {
      const isHidden = entry.dataset.quand !== "" && !now[entry.dataset.quand];
      if (entry.hidden !== isHidden) entry.hidden = isHidden;
    }
  };
  // A territory without assets says so, and where they come from: an empty map could be a map that does not work.
  const tellEmpty = function () {
    for (const map of document.querySelectorAll("[data-testid=carte]")) {
      const said = map.querySelector(".map-empty"), isEmpty = window.Vigie.assets === 0;
      if (said && !isEmpty) said.remove();
      if (isEmpty && !said) map.append(Object.assign(document.createElement("p"), { className: "map-empty", textContent: window.HV.t("Aucun équipement dans ce périmètre : un inventaire importé s’affiche ici.") }));
    }
  };
  for (const name of ["hello", "snapshot", "liaison", "headlines"]) document.addEventListener("vigie:" + name, tellEmpty);
  for (const name of ["snapshot", "liaison", "map-counts", "works"]) document.addEventListener("vigie:" + name, choose);
  document.addEventListener("vigie:alarm", window.HV.paced(choose));
  document.addEventListener("vigie:hello", paint);
  document.addEventListener("vigie:theme", paint);
  document.addEventListener("vigie:liaison", tellSilent);
  new MutationObserver(paint).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
})();
