// The tree of layers by domain and kind, with what each holds by state, live; and the filters of state, age, place and contractor. They act in the worker, on the points it has.
(function () {
  "use strict";
  const HV = window.HV, Tools = HV.Tools, el = Tools.element;
  const SEVERITIES = ["normal", "info", "minor", "major", "critical"];
  const AGES = () => [[[0, 6], HV.t("Fraîche")], [[1], HV.t("Retardée")], [[2], HV.t("Périmée")], [[3], HV.t("Invalide")], [[4], HV.t("Jamais reçue")], [[5], HV.t("Simulée")], [[7], HV.t("Inhibée")]];
  let tree = null, places = null, states = null, ages = null, waiting = null, contractors = null, drawn = "";

  const keys = () => (window.Vigie.layers || []).flatMap((layer) => layer.kinds.map((kind) => layer.key + ":" + kind.key));
  const isShown = (key) => !Tools.state.kinds || Tools.state.kinds.has(key) || Tools.state.kinds.has(key.split(":")[0] + ":*");
  // All boxes ticked is no filter: what a new import brings is then shown too.
  const choose = function (changed, on) {
    const all = keys(), chosen = new Set(all.filter(isShown));
    changed.forEach((key) => (on ? chosen.add(key) : chosen.delete(key)));
    Tools.change({ kinds: chosen.size === all.length ? null : chosen });
  };
  const chooseIn = function (name, all, values, on) {
    const chosen = new Set(Tools.state[name] || all);
    values.forEach((value) => (on ? chosen.add(value) : chosen.delete(value)));
    Tools.change({ [name]: chosen.size === all.length ? null : chosen });
  };

  const box = function (label, onchange, ...more) {
    const input = el("input", { type: "checkbox", onchange: (event) => onchange(event.target.checked) });
    const count = el("span", { class: "tree-count" });
    const row = el("label", { class: "tree-row" }, input, ...more, el("span", { class: "tree-label" }, label), count);
    return { row, input, count };
  };
  // « 3 ▲ 12 ◆ 34 026 »: the worst first, then how many in all; nothing is said of states that are not there.
  const fillCount = function (place, { n, severities }) {
    const said = [n, ...severities.slice(1)].join("|");
    if (place.said === said) return;
    place.said = said;
    const marks = [4, 3, 2, 1].filter((severity) => severities[severity]).map((severity) =>
      el("span", { class: "tree-mark" }, HV.shape({ severity: SEVERITIES[severity], state: "acknowledged" }), HV.number(severities[severity])));
    place.replaceChildren(...marks, el("span", { class: "tree-total" }, HV.number(n)));
  };

  const buildTree = function () {
    const rows = new Map();
    const layers = (window.Vigie.layers || []).slice().sort((a, b) => a.order - b.order);
    const items = layers.map(function (layer) {
      const own = layer.kinds.map((kind) => layer.key + ":" + kind.key);
      const domain = box(HV.t(layer.label), (on) => choose(own, on), HV.icon(layer.icon));
      rows.set(layer.key, { ...domain, own });
      const kinds = layer.kinds.map(function (kind) {
        const each = box(HV.t(kind.label), (on) => choose([layer.key + ":" + kind.key], on), HV.icon(kind.icon));
        rows.set(layer.key + ":" + kind.key, each);
        return el("li", {}, each.row);
      });
      // The box is beside the summary, not in it: one control in another cannot be reached by every screen reader.
      const fold = el("details", { class: "tree-kinds" }, el("summary", {}, el("span", { class: "visually-hidden" }, HV.t("Types de {layer}", { layer: HV.t(layer.label) }))), el("ul", {}, ...kinds));
      return el("li", { "data-couche": layer.key }, domain.row, fold);
    });
    tree.rows = rows;
    tree.replaceChildren(...items);
  };
  const fillTree = function () {
    const counts = window.Vigie.mapCounts, none = { n: 0, severities: [0, 0, 0, 0, 0] };
    for (const [key, { input, count, own }] of tree.rows) {
      const shown = own ? own.filter(isShown).length : Number(isShown(key));
      input.checked = shown > 0;
      input.indeterminate = Boolean(own) && shown > 0 && shown < own.length;
      if (!counts) continue;
      const found = (own || [key]).map((each) => counts.kinds[each] || none);
      fillCount(count, { n: found.reduce((sum, each) => sum + each.n, 0), severities: SEVERITIES.map((_word, rank) => found.reduce((sum, each) => sum + each.severities[rank], 0)) });
    }
  };

  const group = (title, ...content) => el("fieldset", { class: "tree-group" }, el("legend", {}, title), ...content);
  const buildFilters = function () {
    const all = SEVERITIES.map((_word, rank) => rank);
    states = SEVERITIES.map((word, rank) => ({ ...box(HV.severityWord(word), (on) => chooseIn("severities", all, [rank], on), HV.shape({ severity: word, state: "acknowledged", label: "" })), rank })).reverse();
    waiting = box(HV.t("Seulement ce qui attend un acquittement"), (on) => Tools.change({ waiting: on }));
    const qualities = AGES().flatMap(([values]) => values);
    ages = AGES().map(([values, word]) => ({ ...box(word, (on) => chooseIn("qualities", qualities, values, on)), values }));
    const communes = Object.entries(Tools.communes()).map(([id, name]) => ({ id: Number(id), name })).sort((a, b) => (a.id === 0) - (b.id === 0) || a.name.localeCompare(b.name, "fr"));
    places = communes.map(({ id, name }) => ({ ...box(name, (on) => chooseIn("communes", communes.map((each) => each.id), [id], on)), id }));
    contractors = el("select", { class: "field", "aria-label": HV.t("Prestataire"), "data-testid": "filtre-prestataire", onchange: (event) => Tools.change({ contractor: event.target.value }) }, el("option", { value: "" }, HV.t("Tous les prestataires")));
    const pick = (on) => el("button", { type: "button", class: "link", onclick: () => Tools.change({ communes: on ? null : new Set() }) }, on ? HV.t("Toutes") : HV.t("Aucune"));
    return [
      group(HV.t("État"), ...states.map(({ row }) => row), waiting.row),
      group(HV.t("Âge de la donnée"), ...ages.map(({ row }) => row)),
      group(HV.t("Commune"), el("div", { class: "tree-pick" }, pick(true), pick(false)), el("div", { class: "tree-places" }, ...places.map(({ row }) => row))),
      group(HV.t("Prestataire"), contractors),
    ];
  };
  const fillFilters = function () {
    const { severities, qualities, communes, contractor, waiting: only } = Tools.state, counts = window.Vigie.mapCounts;
    const total = (name, ranks) => HV.number(Object.values(counts.kinds).reduce((sum, kind) => sum + ranks.reduce((part, rank) => part + kind[name][rank], 0), 0));
    const set = (place, value) => place.textContent !== value && (place.textContent = value);
    for (const { input, count, rank } of states) { input.checked = !severities || severities.has(rank); if (counts) set(count, total("severities", [rank])); }
    for (const { input, count, values } of ages) { input.checked = !qualities || values.some((value) => qualities.has(value)); if (counts) set(count, total("qualities", values)); }
    for (const { input, count, id } of places) { input.checked = !communes || communes.has(id); if (counts && counts.communes[id]) fillCount(count, counts.communes[id]); }
    waiting.input.checked = only;
    if (contractor && !Array.from(contractors.options).some((option) => option.value === contractor)) contractors.append(el("option", { value: contractor }, contractor));
    contractors.value = contractor;
  };

  let wanted = false;
  const fetchContractors = function () {
    if (wanted) return;
    wanted = true;
    fetch("/api/v1/assets/contractors").then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))).then(function ({ items }) {
      const known = new Set(Array.from(contractors.options, (option) => option.value));
      contractors.append(...items.filter(({ name }) => !known.has(name)).map(({ name, n }) => el("option", { value: name }, HV.t("{name} ({n})", { name, n: HV.number(n) }))));
      fillFilters();
    }).catch(() => (wanted = false));
  };

  const paint = function () {
    if (Tools.opened !== "couches" || !tree || !tree.isConnected) return;
    const layers = JSON.stringify([HV.locale(), (window.Vigie.layers || []).map((layer) => [layer.key, layer.kinds.length])]);
    if (drawn !== layers || !tree.firstChild) { drawn = layers; buildTree(); }
    fillTree();
    fillFilters();
  };
  Tools.add({
    build() {
      tree = el("ul", { class: "tree", "data-testid": "arbre-couches" });
      tree.rows = new Map();
      wanted = false;
      const panel = Tools.panel("couches", HV.t("Couches et filtres"), el("div", { class: "tool-body" }, tree, ...buildFilters()));
      return { bar: Tools.button("couches", HV.t("Couches"), "stack-2"), panels: [panel] };
    },
    opened(name) {
      if (name !== "couches") return;
      fetchContractors();
      paint();
    },
    changed: paint,
  });
  HV.onPaint(paint);
})();
