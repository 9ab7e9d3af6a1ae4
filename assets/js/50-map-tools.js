// The tools of a map: what is chosen (kept in the address, so that a page comes back as it was), the bar, and the panels of which one is open at a time.
// Each tool is a script of its own (51 to 54) that adds itself with Tools.add.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const byId = (id) => document.getElementById(id);
  const maps = new Map();
  if (window.L) {
    window.L.Map.addInitHook(function () {
      const box = this.getContainer();
      if (!/^carte/.test(box.id)) return;
      maps.set(box.id, this);
      this.on("moveend", () => keepView(this));
      this.on("unload", () => maps.get(box.id) === this && maps.delete(box.id));
    });
  }

  const Tools = (HV.Tools = { added: [], box: null });
  Tools.map = () => maps.values().next().value || null;
  Tools.add = (tool) => Tools.added.push(tool);
  Tools.element = function (tag, attributes, ...content) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...content.filter((part) => part !== null && part !== undefined && part !== ""));
    return made;
  };
  const el = Tools.element;
  Tools.communes = () => JSON.parse((Tools.box && Tools.box.dataset.communes) || "{}");
  Tools.layer = (key) => (window.Vigie.layers || []).find((layer) => layer.key === key) || { key, label: key, kinds: [] };
  Tools.kindLabel = function (layer, kind) {
    const found = (Tools.layer(layer).kinds || []).find((each) => each.key === kind);
    return HV.t(found ? found.label : kind);
  };
  // Moves the map there, at once for who asked for stillness.
  Tools.go = function (lon, lat, zoom, bounds) {
    const map = Tools.map();
    if (!map) return;
    const animate = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (bounds) map.fitBounds([[bounds[1], bounds[0]], [bounds[3], bounds[2]]], { animate, maxZoom: 18, padding: [40, 40] });
    else map.setView([lat, lon], zoom || Math.max(map.getZoom(), 17), { animate });
  };

  // What is chosen -----------------------------------------------------------------------------------------------------
  // kinds: null (all) or Set of "layer:kind"; severities, qualities: null or Set of numbers; communes: null or Set of ids; contractor: ""; waiting: false; area: null or [[lon, lat], …].
  const NOTHING = () => ({ kinds: null, severities: null, qualities: null, communes: null, contractor: "", waiting: false, area: null });
  Tools.state = NOTHING();
  let members = null; // ids of the contractor's assets, once they have come.

  const numbers = (written) => new Set(written.split(",").map(Number).filter(Number.isFinite));
  const READ = {
    couches: (written) => ({ kinds: new Set(written.split(",").filter(Boolean)) }),
    etat: (written) => ({ severities: numbers(written) }),
    age: (written) => ({ qualities: numbers(written) }),
    communes: (written) => ({ communes: numbers(written) }),
    prestataire: (written) => ({ contractor: written }),
    attente: (written) => ({ waiting: written === "1" }),
    zone: (written) => ({ area: written.split(";").map((place) => place.split(",").map(Number)).filter((place) => place.length === 2 && place.every(Number.isFinite)) }),
  };
  const WRITE = {
    couches: ({ kinds }) => kinds && Array.from(kinds).join(","),
    etat: ({ severities }) => severities && Array.from(severities).join(","),
    age: ({ qualities }) => qualities && Array.from(qualities).join(","),
    communes: ({ communes }) => communes && Array.from(communes).join(","),
    prestataire: ({ contractor }) => contractor || null,
    attente: ({ waiting }) => (waiting ? "1" : null),
    zone: ({ area }) => area && area.map(([lon, lat]) => lon.toFixed(6) + "," + lat.toFixed(6)).join(";"),
  };
  const address = function (change) {
    const query = new URLSearchParams(location.search);
    change(query);
    const written = query.toString().replace(/%2C/g, ",").replace(/%3B/g, ";").replace(/%3A/g, ":");
    history.replaceState(history.state, "", location.pathname + (written ? "?" + written : "") + location.hash);
  };
  Tools.read = function (query) {
    const state = NOTHING();
    for (const name of Object.keys(READ)) if (query.has(name)) Object.assign(state, READ[name](query.get(name)));
    if (state.area && state.area.length < 3) state.area = null;
    return state;
  };
  // A filter as the worker takes it; null when everything is shown.
  Tools.filterOf = function (state, ids) {
    const filter = {};
    if (state.kinds) filter.kinds = Array.from(state.kinds);
    for (const name of ["severities", "qualities", "communes"]) if (state[name]) filter[name] = Array.from(state[name]);
    if (state.waiting) filter.waiting = true;
    if (state.area) filter.area = state.area;
    // Until the contractor's list has come nothing is shown as his.
    if (state.contractor) filter.among = [ids || []];
    return Object.keys(filter).length ? filter : null;
  };

  let asked = "";
  const fetchMembers = function (name) {
    if (asked === name) return;
    asked = name;
    members = null;
    if (!name) return;
    fetch("/api/v1/assets/ids?contractor=" + encodeURIComponent(name)).then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status))).then(function (found) {
      if (asked !== name) return;
      members = Array.from(new Int32Array(found));
      apply();
    }).catch(function () {
      asked = "";
      Tools.say(HV.t("La liste du prestataire n’a pas pu être lue : réessayez."));
    });
  };
  const apply = function () {
    fetchMembers(Tools.state.contractor);
    if (window.Vigie.setFilter) window.Vigie.setFilter(Tools.filterOf(Tools.state, members));
    HV.paint();
  };
  Tools.change = function (part) {
    Object.assign(Tools.state, part);
    address((query) => Object.keys(WRITE).forEach(function (name) {
      const written = WRITE[name](Tools.state);
      if (written === null || written === undefined) query.delete(name);
      else query.set(name, written);
    }));
    apply();
    Tools.added.forEach((tool) => tool.changed && tool.changed());
  };
  Tools.clear = () => Tools.change(NOTHING());

  // The view is kept too: lat,lon,zoom. The page is laid out with it (layouts/parts/live_map.py).
  const keepView = function (map) {
    if (!Tools.box) return; // A wall's view is its scene's.
    const at = map.getCenter();
    address((query) => query.set("vue", [at.lat.toFixed(5), at.lng.toFixed(5), Number(map.getZoom().toFixed(2))].join(",")));
  };

  // Bar and panels -----------------------------------------------------------------------------------------------------
  const panels = new Map();
  Tools.panel = function (name, title, ...content) {
    const close = el("button", { type: "button", class: "action tool-close", "aria-label": HV.t("Fermer"), onclick: () => Tools.open(null) }, HV.icon("x"));
    const made = el("section", { id: "panneau-" + name, class: "tool-panel", "data-testid": "panneau-" + name, "aria-label": title, hidden: true }, el("div", { class: "tool-head" }, el("h2", {}, title), close), ...content);
    made.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), Tools.open(null)));
    panels.set(name, { panel: made, button: null });
    return made;
  };
  Tools.button = function (name, label, icon) {
    const made = el("button", { id: "outil-" + name, type: "button", class: "action tool", "data-testid": "outil-" + name, "aria-expanded": "false", "aria-controls": "panneau-" + name, onclick: () => Tools.open(Tools.opened === name ? null : name) }, HV.icon(icon), el("span", { class: "tool-word" }, label));
    panels.get(name).button = made;
    return made;
  };
  Tools.opened = null;
  Tools.open = function (name) {
    const before = Tools.opened;
    Tools.opened = name;
    for (const [each, { panel, button }] of panels) {
      panel.hidden = each !== name;
      if (button) button.setAttribute("aria-expanded", String(each === name));
    }
    Tools.added.forEach((tool) => tool.opened && tool.opened(name));
    if (!name && before && panels.get(before).button) panels.get(before).button.focus();
  };
  // One sentence for the eye and the ear, under the bar.
  Tools.say = function (sentence) {
    const place = byId("outils-phrase");
    if (!place) return;
    place.textContent = sentence;
    place.hidden = !sentence;
  };

  const note = function () {
    const place = byId("outils-filtre"), counts = window.Vigie && window.Vigie.mapCounts;
    if (!place) return;
    const isFiltered = Tools.filterOf(Tools.state, members) !== null;
    place.hidden = !isFiltered;
    if (!isFiltered) return;
    // The tree counts what passes places and lists; what is out of them is not on the map either.
    const all = window.__hv.map.n || (counts ? counts.total : 0);
    const text = counts ? HV.t("Carte filtrée : {shown} sur {all}", { shown: HV.number(counts.shown), all: HV.number(all) }) : HV.t("Carte filtrée");
    if (place.firstChild.textContent !== text) place.firstChild.textContent = text;
  };

  const build = function (box) {
    Tools.box = box;
    panels.clear();
    Tools.opened = null;
    Tools.state = Tools.read(new URLSearchParams(location.search));
    const parts = Tools.added.map((tool) => tool.build()).filter(Boolean);
    const filtered = el("div", { id: "outils-filtre", class: "tool-note", role: "status", "data-testid": "carte-filtree", hidden: true }, el("span", {}),
      el("button", { type: "button", class: "link", onclick: () => Tools.clear() }, HV.t("Tout afficher")));
    box.replaceChildren(el("div", { class: "tool-bar" }, ...parts.map((part) => part.bar).filter(Boolean)), filtered,
      el("p", { id: "outils-phrase", class: "tool-note", role: "status", hidden: true }), ...parts.flatMap((part) => part.panels || []));
    apply();
  };
  HV.onPaint(function () {
    const box = byId("outils-carte");
    if (!box) { Tools.box = null; return; }
    if (!box.firstChild && window.Vigie && HV.shape) build(box);
    note();
  });
  document.addEventListener("vigie:map-counts", HV.paintPaced);
})();
