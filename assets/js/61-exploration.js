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
  // Words (a lamp's status) are offered where they are told apart: for one asset, or counted. Their codes have no mean.
  const hasWords = (prop) => Object.keys(prop.words).length > 0;
  const fillProperties = function () {
    const named = (layer, words) => layer.properties.filter((prop) => words || !hasWords(prop)).map((prop) => [prop.key, prop.label + (prop.unit ? " (" + prop.unit + ")" : "")]);
    fill(of("s-grandeur"), named(layerOf(of("s-couche").value), tab === "series" && of("s-portee").value === "asset"), of("s-grandeur").value);
    fill(of("grandeur"), named(layerOf(of("couche").value), of("mesure").value === "count"), of("grandeur").value);
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
    of("reponse").dataset.vue = tab;
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
  const iso = (day, after) => { const at = HV.dates.utc(day + "T00:00"); return new Date(after ? HV.dates.utc(HV.dates.local(at + 36 * 3600000).slice(0, 10) + "T00:00") : at).toISOString(); };
  const dayOf = (at) => HV.dates.local(at).slice(0, 10);
  const since = function (days) {
    HV.dates.put(of("a"), dayOf(window.Vigie.now()));
    HV.dates.put(of("de"), dayOf(window.Vigie.now() - Number(days) * DAY_MS));
  };
  const FIELDS = { couche: "couche", grandeur: "grandeur", mesure: "mesure", genre: "genre", par: "par" }, DATES = ["de", "a"];
  const write = function () {
    const asked = new URLSearchParams([["onglet", tab], ...chosen.map((one) => ["s", one.text])]);
    for (const [name, id] of Object.entries(FIELDS)) if (of(id).value) asked.set(name, of(id).value);
    for (const name of DATES) asked.set(name, HV.dates.iso(of(name)));
    if (ticked("grille")) asked.set("grille", "oui");
    return asked;
  };
  const readFrom = function (asked) {
    tab = asked.get("onglet") || "series";
    chosen = asked.getAll("s").map((text) => ({ text }));
    for (const name of ["couche", "mesure", "grandeur", "genre", "par"]) {
      const select = of(FIELDS[name]), wanted = asked.get(name);
      if (name === "grandeur") fillProperties();
      if (name === "genre") fillKinds();
      // What an old link names and is no more leaves the choice as it was.
      if ([...select.options].some((option) => option.value === wanted)) select.value = wanted;
    }
    for (const name of DATES) if (asked.get(name)) HV.dates.put(of(name), asked.get(name));
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
    const question = QUESTIONS[tab](), isDated = DATES.every((name) => HV.dates.iso(of(name)));
    if (!isDated) return say("echec", HV.t("Écrivez le premier et le dernier jour ainsi : 20/11/2026"));
    if (!question) return say("vide", HINTS[tab]());
    const [name, values, draw] = question;
    const address = "/api/v1/exploration/" + name + "?" + new URLSearchParams(values.concat([["since", iso(HV.dates.iso(of("de")))], ["until", iso(HV.dates.iso(of("a")), true)]]));
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
    const whole = Object.assign({ autosize: true, font: { family: "B612, sans-serif", size: 0.875 * parseFloat(getComputedStyle(document.documentElement).fontSize), color: ink("encre2") }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 60, r: 60, t: 10, b: 40 }, separators: ",\u00A0", showlegend: data.length > 1, legend: { orientation: "h", y: -0.15 }, hovermode: "x unified" }, layout);
    for (const name of ["xaxis", "yaxis", "yaxis2"]) if (whole[name]) whole[name] = Object.assign({}, axis, whole[name]);
    of("dessin").hidden = false;
    window.dash_clientside.set_props("exploration-graphe", { figure: { data, layout: whole } });
  };
  const redraw = () => drawnFigure && root && root.isConnected && !of("dessin").hidden && draw(...drawnFigure);
  const local = (at) => HV.dates.local(at).replace("T", " ");
  const duration = (s) => (s >= 86400 ? HV.t("{n} j", { n: s / 86400 }) : s >= 3600 ? HV.t("{n} h", { n: s / 3600 }) : HV.t("{n} min", { n: s / 60 }));

  // The whole period that was asked, so that what is missing at its ends is seen to be missing.
  const span = (found) => ({ type: "date", range: [local(Date.parse(found.since)), local(Math.min(Date.parse(found.until), window.Vigie.now()))] });

  // The words of a series whose values are words; null for figures.
  const wordsOf = function (one) {
    const key = one.key.split(":")[2], owner = layers.find((layer) => one.layer === layer.key), prop = owner && owner.properties.find((each) => each.key === key);
    return prop && hasWords(prop) ? prop.words : null;
  };
  const curves = function (found) {
    const units = [...new Set(found.series.map((one) => one.unit))];
    const data = found.series.map(function (one, rank) {
      const colour = ink(INKS[rank % INKS.length]);
      return { type: "scatter", hovertemplate: "%{y}<extra>" + one.label + "</extra>", mode: one.points.length < 60 ? "lines+markers" : "lines", name: one.label, x: one.points.map((point) => local(point[0])), y: one.points.map((point) => point[1]), yaxis: units.indexOf(one.unit) === 1 ? "y2" : "y", line: { color: colour, dash: DASHES[rank], width: 1.5, shape: wordsOf(one) ? "hv" : "linear" }, connectgaps: false };
    });
    const note = found.series.map((one) => one.label + " : " + HV.tn("{n} mesure", "{n} mesures", one.n) + (one.bucket_s ? ", " + HV.t("moyenne de {d}", { d: duration(one.bucket_s) }) : "") + (one.gaps ? ", " + HV.tn("{n} trou", "{n} trous", one.gaps) : ""));
    if (!found.series.some((one) => one.points.length)) return say("vide", HV.t("Aucune mesure sur cette période. Élargissez-la ou choisissez une autre grandeur."));
    if (units.length > 2) note.unshift(HV.t("Plus de deux unités : celles d’après la deuxième partagent l’axe de gauche."));
    say("pret", note.join(" · "));
    const words = found.series.length === 1 && wordsOf(found.series[0]), ticks = words ? { tickvals: Object.keys(words).map(Number), ticktext: Object.values(words), range: [Math.min(...Object.keys(words)) - 0.3, Math.max(...Object.keys(words)) + 0.3] } : {};
    draw(data, Object.assign({ xaxis: span(found), yaxis: Object.assign({ title: { text: units[0] } }, ticks) }, units.length > 1 ? { yaxis2: { title: { text: units[1] }, overlaying: "y", side: "right", showgrid: false, tickmode: "auto" } } : {}));
    const rows = found.series.map(function (one) {
      const known = one.points.filter((point) => point[1] !== null);
      const said = [known.reduce((sum, point) => sum + point[1], 0) / known.length, Math.min(...known.map((point) => point[2])), Math.max(...known.map((point) => point[3]))];
      return [one.label, HV.number(one.n), ...(wordsOf(one) ? ["–", "–", "–"] : column(said)), one.unit];
    });
    tabulate([HV.t("Série"), HV.t("Mesures"), HV.t("Moyenne"), HV.t("Minimum"), HV.t("Maximum"), HV.t("Unité")], rows);
  };
  // A column is read down: all its figures have the decimals that its greatest deserves (412 · 88,4 · 4,23), none where all are whole.
  const digitsOf = function (values) {
    const known = values.filter(Number.isFinite), most = Math.max(0, ...known.map(Math.abs));
    return known.every(Number.isInteger) || most >= 100 ? 0 : most >= 10 ? 1 : 2;
  };
  const number = (value, digits) => (Number.isFinite(value) ? HV.number(value, digits) : "–");
  const column = (values) => { const digits = digitsOf(values); return values.map((value) => number(value, digits)); };

  const cloud = function (found) {
    if (found.n < 3) return say("vide", HV.t("Moins de trois heures communes aux deux séries : rien ne peut être comparé. Élargissez la période."));
    const coefficients = found.r === null ? HV.t("coefficient sans objet : une des séries ne varie pas") : HV.t("r de Pearson {r}, ρ de Spearman {rho}", { r: HV.number(found.r, 2), rho: HV.number(found.rho, 2) });
    say("pret", HV.tn("{n} heure commune", "{n} heures communes", found.n) + ", " + coefficients + ". " + HV.t("Deux grandeurs qui varient ensemble ne disent pas laquelle agit sur l’autre."));
    draw([{ type: "scatter", mode: "markers", x: found.pairs.map((pair) => pair[0]), y: found.pairs.map((pair) => pair[1]), marker: { color: ink("encre"), size: 5, opacity: 0.55 } }], { xaxis: { title: { text: found.labels[0] } }, yaxis: { title: { text: found.labels[1] } }, hovermode: "closest" });
  };

  const group = (found, row) => (found.by === "day" ? HV.dayShort(row.group) : found.by === "hour" ? HV.dayShort(row.group) + " " + HV.time(row.group) : row.group);
  const HEADS = () => ({ day: HV.t("Jour"), hour: HV.t("Heure"), commune: HV.t("Commune"), asset: HV.t("Équipement") });
  const table = function (found, address) {
    if (!found.rows.length) return say("vide", HV.t("Aucune mesure sur cette période. Élargissez-la ou choisissez une autre grandeur."));
    say("pret", HV.tn("{n} ligne", "{n} lignes", found.rows.length) + (found.is_cut ? ", " + HV.t("les premières seulement : l’export a le reste") : ""));
    if (found.by === "day" || found.by === "hour") draw([{ type: "bar", x: found.rows.map((row) => local(Date.parse(row.group))), y: found.rows.map((row) => row.value), marker: { color: ink("encre2") }, name: found.label }], { xaxis: span(found), yaxis: { title: { text: found.unit } } });
    const shown = found.rows.slice(0, MOST_SHOWN), values = column(shown.map((row) => row.value));
    tabulate([HEADS()[found.by], found.label + (found.unit ? " (" + found.unit + ")" : ""), HV.t("Mesures")], shown.map((row, rank) => [group(found, row), values[rank], HV.number(row.n)]));
    take(address);
  };
  const take = function (address) {
    const link = (label, format) => { const made = make("a", label, { href: format ? address + "&format=" + format : address, className: "action" }); if (format) made.download = ""; return made; };
    of("prendre").replaceChildren(link("CSV", "csv"), link("Parquet", "parquet"), link(HV.t("Lien de l’API")));
    of("prendre").hidden = false;
  };
  const tabulate = function (heads, rows) {
    const made = make("table", undefined, { className: heads.length > 3 ? "exploration-wide" : "" }), head = make("tr"), body = make("tbody");
    head.append(...heads.map((text) => make("th", text, { scope: "col" })));
    body.append(...rows.map(function (cells) {
      const row = make("tr");
      row.append(...cells.map((text, rank) => { const cell = rank ? make("td", text) : make("th", text, { scope: "row" }); cell.dataset.titre = heads[rank]; return cell; }));
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
  const plan = function (found) {
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
      method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf(), "Idempotency-Key": HV.newKey() },
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
    since(7);
    readFrom(new URLSearchParams(location.search));
    root.querySelectorAll("[data-onglet]").forEach((button) => button.addEventListener("click", function () { tab = button.dataset.onglet; fillProperties(); show(); search(); }));
    root.querySelectorAll("[data-jours]").forEach((button) => button.addEventListener("click", function () { since(button.dataset.jours); search(); }));
    root.querySelectorAll("[data-demande]").forEach((button) => button.addEventListener("click", function () {
      of("genre").value = "";
      readFrom(new URLSearchParams(button.dataset.demande));
      since(button.dataset.depuis);
      show();
      search();
      of("reponse").focus();
    }));
    root.addEventListener("change", function ({ target }) {
      if (["s-couche", "s-portee", "couche", "mesure"].some((id) => target === of(id))) fillProperties();
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
    for (const id of ["grille", "partager"]) if (of(id)) of(id).addEventListener("click", function () { tick(id, !ticked(id)); if (id === "grille") search(); });
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
