// Exploration: the question lives in the address and in the form, the answer comes from /api/v1/exploration. Long work shows its time and can be given up.
(function () {
  "use strict";
  const HV = window.HV;
  const DAY_MS = 86400000, ASK_AFTER_MS = 250, MOST_SHOWN = 500, CLASSES = 6;
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "5px 2px", "2px 6px"];
  const el = (id) => document.getElementById(id);
  const of = (id) => el("exploration-" + id);
  const make = function (tag, text, more) {
    const made = Object.assign(document.createElement(tag), more || {});
    if (text !== undefined) made.textContent = text;
    return made;
  };
  let root = null, layers = [], tab = "series", chosen = [], running = null, views = [], drawnFigure = null;

  // The form ----------------------------------------------------------------------------------------------------------
  const layerOf = (key) => layers.find((layer) => layer.key === key) || layers[0];
  const fill = function (select, choices, kept) {
    select.replaceChildren(...choices.map(([value, label]) => make("option", label, { value })));
    if (choices.some(([value]) => value === kept)) select.value = kept;
  };
  const fillLayers = function () {
    for (const id of ["s-couche", "couche"]) fill(of(id), layers.map((layer) => [layer.key, layer.label]), of(id).value);
    fillProperties();
  };
  const fillProperties = function () {
    const named = (layer) => layer.properties.map((prop) => [prop.key, prop.label + (prop.unit ? " (" + prop.unit + ")" : "")]);
    fill(of("s-grandeur"), named(layerOf(of("s-couche").value)), of("s-grandeur").value);
    fill(of("grandeur"), named(layerOf(of("couche").value)), of("grandeur").value);
    fillKinds();
  };
  const fillKinds = function () {
    const kinds = layerOf(of("couche").value).kinds.filter((kind) => kind.properties.includes(of("grandeur").value));
    fill(of("genre"), [["", HV.t("tous types")]].concat(kinds.map((kind) => [kind.key, kind.label])), of("genre").value);
  };
  const ticked = (id) => Boolean(of(id)) && of(id).getAttribute("aria-pressed") === "true";
  const tick = (id, on) => of(id) && of(id).setAttribute("aria-pressed", String(on));
  const labelOf = function (text) {
    const [kind, where, key] = text.split(":");
    const known = chosen.find((one) => one.text === text);
    if (known && known.label) return known.label;
    const layer = layerOf(where), prop = kind === "layer" && layer.properties.find((one) => one.key === key);
    return prop ? prop.label + ", " + layer.label : text;
  };

  const show = function () {
    root.querySelectorAll("[data-pour]").forEach((part) => { part.hidden = !part.dataset.pour.split(" ").includes(tab); });
    root.querySelectorAll("[data-onglet]").forEach((button) => button.setAttribute("aria-selected", String(button.dataset.onglet === tab)));
    of("s-equipement").closest("[data-champ]").hidden = of("s-portee").value !== "asset";
    of("ajouter").hidden = of("s-portee").value === "asset";
    of("choisies").replaceChildren(...chosen.map(function (one, rank) {
      const item = make("li"), key = make("span", "", { className: "key" }), drop = make("button", "", { type: "button" });
      key.style.borderTopStyle = rank === 0 ? "solid" : rank % 2 ? "dashed" : "dotted";
      drop.append(HV.icon("x"));
      drop.setAttribute("aria-label", HV.t("Retirer {what}", { what: labelOf(one.text) }));
      drop.addEventListener("click", function () { chosen = chosen.filter((other) => other !== one); show(); search(); });
      item.append(key, labelOf(one.text), drop);
      return item;
    }));
  };
  const add = function (text, label) {
    if (chosen.some((one) => one.text === text)) return;
    if (chosen.length >= 8) return say("echec", HV.t("Huit séries au plus : retirez-en une."));
    chosen = chosen.concat({ text, label });
    show();
    search();
  };

  // Equipment by name, code or address --------------------------------------------------------------------------------
  let asking = 0;
  const find = function () {
    clearTimeout(asking);
    asking = setTimeout(async function () {
      const words = of("s-equipement").value.trim(), list = of("trouves");
      list.hidden = true;
      if (words.length < 2) return;
      const answer = await fetch("/api/v1/search?limit=30&q=" + encodeURIComponent(words)).catch(() => null);
      if (!answer || !answer.ok) return;
      const layer = of("s-couche").value, found = (await answer.json()).items.filter((one) => one.type === "asset" && one.layer === layer);
      list.replaceChildren(...(found.length ? found.map(function (one) {
        const choice = make("button", one.label, { type: "button" });
        choice.setAttribute("role", "option");
        choice.append(make("small", one.detail));
        choice.addEventListener("click", function () {
          const prop = layerOf(layer).properties.find((each) => each.key === of("s-grandeur").value);
          list.hidden = true;
          add(["asset", one.asset_id, prop.key].join(":"), prop.label + ", " + one.label);
        });
        return choice;
      }) : [make("p", HV.t("Aucun équipement de cette couche ne porte ce nom"), { className: "exploration-word" })]));
      list.hidden = false;
    }, ASK_AFTER_MS);
  };

  // The address is the question ----------------------------------------------------------------------------------------
  const iso = (day, after) => { const at = window.Vigie.past.utc(day + "T00:00"); return new Date(after ? window.Vigie.past.utc(window.Vigie.past.local(at + 36 * 3600000).slice(0, 10) + "T00:00") : at).toISOString(); };
  const dayOf = (at) => window.Vigie.past.local(at).slice(0, 10);
  const FIELDS = { couche: "couche", grandeur: "grandeur", mesure: "mesure", genre: "genre", par: "par", de: "de", a: "a" };
  const write = function () {
    const asked = new URLSearchParams([["onglet", tab], ...chosen.map((one) => ["s", one.text])]);
    for (const [name, id] of Object.entries(FIELDS)) if (of(id).value) asked.set(name, of(id).value);
    if (ticked("grille")) asked.set("grille", "oui");
    return asked;
  };
  const readFrom = function (asked) {
    tab = asked.get("onglet") || "series";
    chosen = asked.getAll("s").map((text) => ({ text }));
    for (const name of ["couche", "grandeur", "mesure", "genre", "par", "de", "a"]) {
      if (name === "grandeur") fillProperties();
      if (name === "genre") fillKinds();
      if (asked.get(name)) of(FIELDS[name]).value = asked.get(name);
    }
    tick("grille", asked.get("grille") === "oui");
  };

  // Asking ------------------------------------------------------------------------------------------------------------
  const say = function (state, text) {
    of("reponse").dataset.etat = state;
    of("dit").textContent = text;
  };
  const QUESTIONS = {
    series: () => (chosen.length ? ["series", chosen.map((one) => ["s", one.text]), curves] : null),
    correlation: () => (chosen.length > 1 ? ["correlation", [["first", chosen[0].text], ["second", chosen[1].text]], cloud] : null),
    tableau: () => ["table", sentence().concat([["by", of("par").value]]), table],
    carte: () => ["map", sentence().concat(ticked("grille") ? [["grid", "true"]] : []), plan],
    qualite: () => ["completeness", [["layer", of("couche").value]], calendar],
  };
  const sentence = () => [["layer", of("couche").value], ["property", of("grandeur").value], ["measure", of("mesure").value]].concat(of("genre").value ? [["kind", of("genre").value]] : []);
  const HINTS = { series: () => HV.t("Ajoutez une série : une grandeur, de toute la couche ou d’un équipement."), correlation: () => HV.t("Choisissez deux séries : la première en abscisse, la deuxième en ordonnée.") };

  async function search() {
    if (running) running.abort();
    for (const id of ["dessin", "plan", "table", "prendre"]) of(id).hidden = true;
    history.replaceState(history.state, "", "/exploration?" + write());
    const question = QUESTIONS[tab]();
    if (!question) return say("vide", HINTS[tab]());
    const [name, values, draw] = question;
    const address = "/api/v1/exploration/" + name + "?" + new URLSearchParams(values.concat([["since", iso(of("de").value)], ["until", iso(of("a").value, true)]]));
    const mine = (running = new AbortController()), began = performance.now();
    of("annuler").hidden = false;
    const clock = setInterval(() => say("cours", HV.t("Recherche dans l’historique… {s} s", { s: Math.floor((performance.now() - began) / 1000) })), 1000);
    say("cours", HV.t("Recherche dans l’historique…"));
    try {
      const answer = await fetch(address, { signal: mine.signal });
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.detail || String(answer.status));
      if (mine === running) draw(found, address);
    } catch (failure) {
      if (mine === running) say("echec", mine.signal.aborted ? HV.t("Recherche abandonnée.") : HV.t("Pas de résultat : {why}", { why: failure.message }));
    }
    clearInterval(clock);
    if (mine === running) { running = null; of("annuler").hidden = true; }
  }

  // Answers -----------------------------------------------------------------------------------------------------------
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const INKS = ["encre", "lien", "encre3", "encre2"];
  const draw = function (data, layout) {
    drawnFigure = [data, layout];
    const axis = { gridcolor: ink("trait"), linecolor: ink("trait-actif"), zerolinecolor: ink("trait-actif"), tickfont: { color: ink("encre2") }, automargin: true };
    const whole = Object.assign({ autosize: true, font: { family: "B612, sans-serif", size: 14, color: ink("encre2") }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 60, r: 60, t: 10, b: 40 }, separators: ",\u00A0", showlegend: data.length > 1, legend: { orientation: "h", y: -0.15 }, hovermode: "x unified" }, layout);
    for (const name of ["xaxis", "yaxis", "yaxis2"]) if (whole[name]) whole[name] = Object.assign({}, axis, whole[name]);
    of("dessin").hidden = false;
    window.dash_clientside.set_props("exploration-graphe", { figure: { data, layout: whole } });
  };
  const redraw = () => drawnFigure && root && root.isConnected && !of("dessin").hidden && draw(...drawnFigure);
  const local = (at) => window.Vigie.past.local(at).replace("T", " ");
  const duration = (s) => (s >= 86400 ? HV.t("{n} j", { n: s / 86400 }) : s >= 3600 ? HV.t("{n} h", { n: s / 3600 }) : HV.t("{n} min", { n: s / 60 }));

  // The whole period that was asked, so that what is missing at its ends is seen to be missing.
  const span = (found) => ({ type: "date", range: [local(Date.parse(found.since)), local(Math.min(Date.parse(found.until), window.Vigie.now()))] });

  const curves = function (found) {
    const units = [...new Set(found.series.map((one) => one.unit))];
    const data = found.series.map(function (one, rank) {
      const colour = ink(INKS[rank % INKS.length]);
      return { type: "scatter", mode: one.points.length < 60 ? "lines+markers" : "lines", name: one.label, x: one.points.map((point) => local(point[0])), y: one.points.map((point) => point[1]), yaxis: units.indexOf(one.unit) === 1 ? "y2" : "y", line: { color: colour, dash: DASHES[rank], width: 1.5 }, connectgaps: false };
    });
    const note = found.series.map((one) => one.label + " : " + HV.tn("{n} mesure", "{n} mesures", one.n) + (one.bucket_s ? ", " + HV.t("moyenne de {d}", { d: duration(one.bucket_s) }) : "") + (one.gaps ? ", " + HV.tn("{n} trou", "{n} trous", one.gaps) : ""));
    if (!found.series.some((one) => one.points.length)) return say("vide", HV.t("Aucune mesure sur cette période. Élargissez-la ou choisissez une autre grandeur."));
    if (units.length > 2) note.unshift(HV.t("Plus de deux unités : celles d’après la deuxième partagent l’axe de gauche."));
    say("pret", note.join(" · "));
    draw(data, Object.assign({ xaxis: span(found), yaxis: { title: { text: units[0] } } }, units.length > 1 ? { yaxis2: { title: { text: units[1] }, overlaying: "y", side: "right", showgrid: false } } : {}));
    const rows = found.series.map((one) => { const known = one.points.filter((point) => point[1] !== null); return [one.label, HV.number(one.n), ...["1", "2", "3"].map((at) => number(at === "1" ? known.reduce((sum, point) => sum + point[1], 0) / known.length : at === "2" ? Math.min(...known.map((point) => point[2])) : Math.max(...known.map((point) => point[3])))), one.unit]; });
    tabulate([HV.t("Série"), HV.t("Mesures"), HV.t("Moyenne"), HV.t("Minimum"), HV.t("Maximum"), HV.t("Unité")], rows);
  };
  const number = (value) => (value === null || value === undefined || Number.isNaN(value) || !Number.isFinite(value) ? "–" : HV.number(value));

  const cloud = function (found) {
    if (!found.n) return say("vide", HV.t("Aucune heure commune aux deux séries sur cette période."));
    const coefficients = found.r === null ? HV.t("coefficient sans objet : une des séries ne varie pas") : HV.t("r de Pearson {r}, ρ de Spearman {rho}", { r: HV.number(found.r, 2), rho: HV.number(found.rho, 2) });
    say("pret", HV.tn("{n} heure commune", "{n} heures communes", found.n) + ", " + coefficients + ". " + HV.t("Deux grandeurs qui varient ensemble ne disent pas laquelle agit sur l’autre."));
    draw([{ type: "scatter", mode: "markers", x: found.pairs.map((pair) => pair[0]), y: found.pairs.map((pair) => pair[1]), marker: { color: ink("encre"), size: 5, opacity: 0.55 } }], { xaxis: { title: { text: found.labels[0] } }, yaxis: { title: { text: found.labels[1] } }, hovermode: "closest" });
  };

  const group = (found, row) => (found.by === "day" ? HV.dayShort(row.group) : found.by === "hour" ? HV.dayShort(row.group) + " " + HV.time(row.group) : row.group);
  const table = function (found, address) {
    if (!found.rows.length) return say("vide", HV.t("Aucune mesure sur cette période. Élargissez-la ou choisissez une autre grandeur."));
    say("pret", HV.tn("{n} ligne", "{n} lignes", found.rows.length) + (found.is_cut ? ", " + HV.t("les premières seulement : l’export a le reste") : ""));
    if (found.by === "day" || found.by === "hour") draw([{ type: "bar", x: found.rows.map((row) => local(Date.parse(row.group))), y: found.rows.map((row) => row.value), marker: { color: ink("encre2") }, name: found.label }], { xaxis: span(found), yaxis: { title: { text: found.unit } } });
    tabulate([HV.t("Groupe"), found.label + (found.unit ? " (" + found.unit + ")" : ""), HV.t("Mesures")], found.rows.slice(0, MOST_SHOWN).map((row) => [group(found, row), number(row.value), HV.number(row.n)]));
    take(address);
  };
  const take = function (address) {
    const link = (label, format) => { const made = make("a", label, { href: format ? address + "&format=" + format : address, className: "action" }); if (format) made.download = ""; return made; };
    of("prendre").replaceChildren(link("CSV", "csv"), link("Parquet", "parquet"), link(HV.t("Lien de l’API")));
    of("prendre").hidden = false;
  };
  const tabulate = function (heads, rows) {
    const made = make("table"), head = make("tr"), body = make("tbody");
    head.append(...heads.map((text) => make("th", text, { scope: "col" })));
    body.append(...rows.map(function (cells) {
      const row = make("tr");
      row.append(...cells.map((text, rank) => (rank ? make("td", text) : make("th", text, { scope: "row" }))));
      return row;
    }));
    const over = make("thead");
    over.append(head);
    made.append(over, body);
    of("table").replaceChildren(made);
    of("table").hidden = false;
  };

  // The map: outlines in metres, north up. Classes of equal width, their bounds printed; what has no value is drawn empty. -------------------
  const SVG = "http://www.w3.org/2000/svg";
  const plan = function (found) {
    const shown = found.cells.length ? found.cells : found.communes, values = shown.map((one) => one.value).filter((value) => value !== null);
    if (!values.length) return say("vide", HV.t("Aucune mesure sur cette période. Élargissez-la ou choisissez une autre grandeur."));
    const palette = of("plan").dataset.palette.split(" "), low = Math.min(...values), high = Math.max(...values), step = (high - low) / CLASSES || 1;
    const colour = (value) => palette[Math.min(CLASSES - 1, Math.floor((value - low) / step))];
    const all = found.communes.flatMap((commune) => commune.rings.flat()).concat(found.cells.map((cell) => [cell.x, cell.y]));
    const west = Math.min(...all.map(([x]) => x)), east = Math.max(...all.map(([x]) => x)), south = Math.min(...all.map(([, y]) => y)), north = Math.max(...all.map(([, y]) => y));
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", [0, 0, east - west, north - south].join(" "));
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", found.label);
    const path = function (rings, value, title) {
      const made = document.createElementNS(SVG, "path"), said = document.createElementNS(SVG, "title");
      made.setAttribute("d", rings.map((ring) => "M" + ring.map(([x, y]) => (x - west).toFixed(0) + " " + (north - y).toFixed(0)).join("L") + "z").join(""));
      if (value === null) made.setAttribute("class", "none");
      else made.style.fill = colour(value);
      said.textContent = title;
      made.append(said);
      svg.append(made);
    };
    const said = (one) => (one.value === null ? HV.t("sans donnée") : HV.quantity(one.value, found.unit));
    for (const commune of found.communes) path(commune.rings, found.cells.length ? null : commune.value, commune.name + " : " + said(commune));
    for (const cell of found.cells) path([[[cell.x, cell.y], [cell.x + found.cell_m, cell.y], [cell.x + found.cell_m, cell.y + found.cell_m], [cell.x, cell.y + found.cell_m]]], cell.value, said(cell));
    const legend = make("ul", undefined, { className: "exploration-legend" });
    legend.append(...palette.map(function (hue, rank) {
      const item = make("li"), mark = make("i");
      mark.style.background = hue;
      item.append(mark, HV.number(low + rank * step) + " – " + HV.quantity(low + (rank + 1) * step, found.unit));
      return item;
    }), make("li", HV.t("blanc : sans donnée")));
    of("plan").replaceChildren(svg, legend);
    of("plan").hidden = false;
    say("pret", found.label + ", " + HV.tn("{n} valeur", "{n} valeurs", values.length));
    tabulate([HV.t("Commune"), found.label + (found.unit ? " (" + found.unit + ")" : ""), HV.t("Mesures")], found.communes.slice().sort((a, b) => (b.value === null ? -Infinity : b.value) - (a.value === null ? -Infinity : a.value)).map((commune) => [commune.name, number(commune.value), HV.number(commune.n)]));
  };

  const calendar = function (found) {
    const made = make("table", undefined, { className: "exploration-days" }), head = make("tr"), body = make("tbody"), over = make("thead");
    head.append(make("th", HV.t("Grandeur"), { scope: "col" }), ...found.days.map((day) => make("th", new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", day: "2-digit", month: "2-digit" }).format(new Date(day)), { scope: "col" })));
    body.append(...found.properties.map(function (prop) {
      const row = make("tr");
      row.append(make("th", prop.label, { scope: "row" }), ...prop.shares.map(function (share) {
        const cell = make("td", share === null ? "" : HV.number(Math.round(Math.min(share, 9.99) * 100), 0));
        if (share === null) cell.dataset.manque = "";
        else cell.style.setProperty("--part", Math.min(1, share).toFixed(3));
        return cell;
      }));
      return row;
    }));
    over.append(head);
    made.append(over, body);
    of("table").replaceChildren(made);
    of("table").hidden = false;
    say("pret", HV.t("Mesures reçues pour 100 attendues, par jour : plus la case est foncée, plus la donnée est complète ; hachurée, rien n’était attendu."));
  };

  // Views -------------------------------------------------------------------------------------------------------------
  const csrf = () => document.querySelector(".frame").dataset.csrf;
  const list = async function () {
    if (!of("vues")) return;
    const answer = await fetch("/api/v1/exploration/views").catch(() => null);
    views = answer && answer.ok ? (await answer.json()).items : [];
    fill(of("vues"), [["", HV.t("Vues gardées ({n})", { n: views.length })]].concat(views.map((view) => [String(view.id), view.name + (view.is_shared ? " · " + view.owner_name : "")])), "");
    of("oublier").hidden = true;
  };
  const keep = async function () {
    const name = of("nom").value.trim();
    if (!name) return of("nom").focus();
    const answer = await fetch("/api/v1/exploration/views", {
      method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf(), "Idempotency-Key": crypto.randomUUID() },
      body: JSON.stringify({ name, body: { address: String(write()) }, is_shared: ticked("partager") }),
    }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (!answer || !answer.ok) return say("echec", HV.t("Vue NON gardée : {why}", { why: said.detail || HV.t("le serveur ne répond pas") }));
    of("dit").textContent = HV.t("Vue « {name} » gardée.", { name });
    list();
  };

  const mount = function (found) {
    root = found;
    layers = JSON.parse(root.dataset.couches);
    if (!layers.length) return say("vide", HV.t("Aucune couche dans votre périmètre."));
    drawnFigure = null;
    fillLayers();
    const now = window.Vigie.now();
    of("a").value = dayOf(now);
    of("de").value = dayOf(now - 7 * DAY_MS);
    readFrom(new URLSearchParams(location.search));
    root.querySelectorAll("[data-onglet]").forEach((button) => button.addEventListener("click", function () { tab = button.dataset.onglet; show(); search(); }));
    root.querySelectorAll("[data-jours]").forEach((button) => button.addEventListener("click", function () { of("a").value = dayOf(window.Vigie.now()); of("de").value = dayOf(window.Vigie.now() - Number(button.dataset.jours) * DAY_MS); search(); }));
    root.querySelectorAll("[data-demande]").forEach((button) => button.addEventListener("click", function () {
      of("genre").value = "";
      readFrom(new URLSearchParams(button.dataset.demande));
      of("a").value = dayOf(window.Vigie.now());
      of("de").value = dayOf(window.Vigie.now() - Number(button.dataset.depuis) * DAY_MS);
      show();
      search();
      of("reponse").focus();
    }));
    root.addEventListener("change", function ({ target }) {
      if (target.id === "exploration-s-couche" || target.id === "exploration-couche") fillProperties();
      if (target.id === "exploration-grandeur") fillKinds();
      if (target.id === "exploration-vues") {
        const view = views.find((one) => String(one.id) === target.value);
        if (!view) return;
        readFrom(new URLSearchParams(view.body.address || ""));
        show();
        of("oublier").hidden = view.owner !== root.dataset.moi;
        of("oublier").dataset.id = view.id;
        return search();
      }
      show();
    });
    root.addEventListener("input", ({ target }) => target.id === "exploration-s-equipement" && find());
    root.addEventListener("keydown", (event) => event.key === "Enter" && event.target.closest("input:not([type=search]), select") && search());
    of("ajouter").addEventListener("click", () => add(["layer", of("s-couche").value, of("s-grandeur").value].join(":")));
    for (const id of ["grille", "partager"]) if (of(id)) of(id).addEventListener("click", () => tick(id, !ticked(id)));
    of("chercher").addEventListener("click", search);
    of("annuler").addEventListener("click", () => running && running.abort());
    if (of("garder")) {
      of("garder").addEventListener("click", keep);
      of("oublier").addEventListener("click", async function () { await fetch("/api/v1/exploration/views/" + of("oublier").dataset.id, { method: "DELETE", headers: { "X-CSRFToken": csrf() } }).catch(() => null); list(); });
    }
    list();
    show();
    search();
  };
  document.addEventListener("vigie:theme", redraw);
  new MutationObserver(function () {
    const found = el("exploration");
    if (found && found !== root && of("a") && of("table")) mount(found);
  }).observe(document, { childList: true, subtree: true });
})();
