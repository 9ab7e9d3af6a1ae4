// Exploration's answers as drawn: curves, cloud, table, completeness, and the line of words above them. The first of the page's scripts: what they share begins here.
(function () {
  "use strict";
  const MOST_SHOWN = 500;
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "5px 2px", "2px 6px"];
  const of = (id) => document.getElementById("exploration-" + id);
  const make = function (tag, text, more) {
    const made = Object.assign(document.createElement(tag), more || {});
    if (text !== undefined) made.textContent = text;
    return made;
  };
  // root: the page as mounted; layers: those of the reader's perimeter; chosen: the series, as {text, label}.
  const page = (HV.exploration = { root: null, layers: [], tab: "series", chosen: [], of, make });
  page.say = function (state, text) {
    of("reponse").dataset.etat = state;
    of("dit").textContent = text;
  };
  page.hasWords = (prop) => Object.keys(prop.words).length > 0;
  const { say, hasWords } = page;
  let drawnFigure = null;

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
  const redraw = () => drawnFigure && page.root && page.root.isConnected && !of("dessin").hidden && draw(...drawnFigure);
  const local = (at) => HV.dates.local(at).replace("T", " ");
  const duration = (s) => (s >= 86400 ? HV.t("{n} j", { n: s / 86400 }) : s >= 3600 ? HV.t("{n} h", { n: s / 3600 }) : HV.t("{n} min", { n: s / 60 }));

  // The whole period that was asked, so that what is missing at its ends is seen to be missing.
  const span = (found) => ({ type: "date", range: [local(Date.parse(found.since)), local(Math.min(Date.parse(found.until), window.Vigie.now()))] });

  // The words of a series whose values are words; null for figures.
  const wordsOf = function (one) {
    const key = one.key.split(":")[2], owner = page.layers.find((layer) => one.layer === layer.key), prop = owner && owner.properties.find((each) => each.key === key);
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

  page.forget = () => { drawnFigure = null; };
  Object.assign(page, { redraw, digitsOf, number, column, tabulate, curves, cloud, table, calendar });
})();
