// The curves of the past: what the sensors of the chosen asset had said at the moment that is replayed.
// A value is drawn once it had been received, and nothing after: neither its line, nor its scale, nor a threshold of an alarm to come. What came next is read in /exploration.
(function () {
  "use strict";
  const HV = window.HV, INVALID = 3, ON_ITS_WAY_MS = 60000;
  const byId = (id) => document.getElementById(id);
  let page = null, chosen = null, told = null, asked = 0, now = null, drawn = "";

  // Pure: what was known ---------------------------------------------------------------------------------------------
  // points: [observed, received, value, quality]. Known: received by that moment. An invalid value breaks the line: it is no measure of anything.
  const knownAt = (points, at) => points.filter((point) => point[0] <= at && point[1] <= at);
  // Every value takes a second or so to arrive: only what took longer than a minute is worth saying.
  const lateAt = (points, at) => points.filter((point) => point[0] < at - ON_ITS_WAY_MS && point[1] > at).length;
  const lineOf = (points) => points.map((point) => ({ at: point[0], value: point[3] === INVALID ? null : point[2] }));
  const gapsOf = (points, period_s) => points.filter((point, rank) => rank && point[0] - points[rank - 1][0] > 3000 * period_s).length;
  // Levels of the alarms that stood then on that property, each once.
  const limitsAt = (alarms, asset, prop) => [...new Set(alarms.filter((alarm) => alarm.asset_id === asset && prop.rules.includes(alarm.rule) && alarm.threshold !== null && alarm.threshold !== undefined).map((alarm) => alarm.threshold))];
  // Since when a word holds, and the one before it; null while it has always been the same.
  const changeOf = function (points) {
    const rank = points.length - 1 - [...points].reverse().findIndex((point) => point[2] !== points[points.length - 1][2]);
    return points.length && rank < points.length ? { at: points[rank + 1][0], before: points[rank][2] } : null;
  };
  HV.pastCurves = { knownAt, lateAt, lineOf, gapsOf, limitsAt, changeOf };

  const make = function (tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };
  const say = function (text) {
    byId("rejeu-courbes-etat").textContent = text;
    byId("rejeu-courbes-lignes").replaceChildren();
  };

  // Choosing -----------------------------------------------------------------------------------------------------------
  const keep = function () {
    const address = new URL(location.href);
    if (chosen === null) address.searchParams.delete("equipement"); else address.searchParams.set("equipement", chosen);
    history.replaceState(history.state, "", address);
  };
  const close = function () {
    chosen = told = null;
    byId("rejeu-courbes").hidden = true;
    byId("rejeu").removeAttribute("data-courbes");
    keep();
    byId("rejeu-curseur")?.focus({ preventScroll: true }); // Not nowhere: the next key still turns the time.
  };
  const open = async function (asset) {
    const panel = byId("rejeu-courbes");
    if (!panel || !now) return;
    const mine = ++asked, isNew = panel.hidden;
    chosen = asset;
    told = null;
    drawn = "";
    panel.hidden = false;
    byId("rejeu").dataset.courbes = "oui";
    keep();
    say(HV.t("Lecture des mesures…"));
    if (isNew) panel.scrollIntoView({ block: "nearest" });
    const query = new URLSearchParams({ asset_id: asset, since: new Date(now.since).toISOString(), until: new Date(now.until).toISOString() });
    let found = null, why = HV.t("le serveur ne répond pas");
    try {
      const answer = await fetch("/api/v1/replay/curves?" + query, { headers: { Accept: "application/json" } });
      const body = await answer.json();
      if (answer.ok) found = body; else why = body.detail || String(answer.status);
    } catch (failure) { /* The sentence above says it. */ }
    if (mine !== asked || chosen !== asset) return;
    byId("rejeu-courbes-titre").textContent = found ? found.asset.name || found.asset.code : HV.t("Courbes");
    if (!found) return say(HV.t("Mesures non lues : {why} Choisissez une autre période ou réessayez.", { why }));
    // What an alarm of that moment watches comes first, and stays there while the time goes by.
    const isWatched = (prop) => limitsAt(now.alarms, asset, prop).length > 0;
    told = Object.assign(found, { properties: found.properties.filter(isWatched).concat(found.properties.filter((prop) => !isWatched(prop))) });
    draw();
  };

  // Drawing ------------------------------------------------------------------------------------------------------------
  const aged = function (prop, last) {
    const age = now.at - last[0], quality = HV.qualityAt(last[3], age, prop.period_s);
    const mark = quality === 2 ? HV.t("périmé à {h}", { h: HV.timeS(last[0]) }) : quality === INVALID ? HV.t("invalide") : "";
    return { mark, word: HV.t("{q}, {d}", { q: HV.qualityWord(quality), d: HV.delay(age) }) };
  };
  const block = function (prop) {
    const known = knownAt(prop.points, now.at), last = known[known.length - 1], late = lateAt(prop.points, now.at), isWord = Object.keys(prop.words).length > 0;
    const spoken = (value) => (isWord ? prop.words[String(value)] || HV.number(value) : HV.number(value));
    const value = make("span", "measure-value", last ? spoken(last[2]) : "–"), { mark, word } = last ? aged(prop, last) : { mark: "", word: HV.t("rien de reçu jusque-là") };
    if (last && prop.unit) value.append(make("span", "measure-unit", prop.unit));
    if (mark) value.append(make("span", "measure-stale", mark));
    const made = make("div", "measure replay-measure", make("div", "measure-head", make("h3", "", prop.label), make("span", "measure-quality", word)), value);
    made.dataset.grandeur = prop.key;
    const line = lineOf(known);
    if (!isWord && line.some((point) => point.value !== null)) {
      const label = HV.t("{p}, de {h} à {m}, dernière valeur connue {v}", { p: prop.label, h: HV.time(now.since), m: HV.timeS(now.at), v: HV.quantity(last[2], prop.unit) });
      const alarm = now.alarms.find((one) => one.asset_id === chosen && prop.rules.includes(one.rule));
      made.append(make("div", "curve", HV.curve({ points: line, since: now.since, until: now.until, period_s: prop.period_s, limits: limitsAt(now.alarms, chosen, prop), label, severity: alarm ? alarm.priority : "normal", moment: now.at })));
    } else made.classList.add("replay-measure--short");
    const gaps = isWord ? 0 : gapsOf(known, prop.period_s), notes = [];
    const change = isWord ? changeOf(known) : null;
    if (change) notes.push(HV.t("depuis {h}, {w} auparavant", { h: HV.timeS(change.at), w: spoken(change.before) }));
    if (gaps) notes.push(HV.tn("{n} trou", "{n} trous", gaps));
    if (late) notes.push(HV.tn("{n} mesure prise avant ce moment n’était pas encore arrivée", "{n} mesures prises avant ce moment n’étaient pas encore arrivées", late));
    if (notes.length) made.append(make("p", "replay-measure-note", notes.join(" · ")));
    return made;
  };
  const context = function () {
    const { asset } = told, day = HV.dayShort(now.since), last = HV.dayShort(now.until);
    const period = day === last ? HV.t("{d}, de {h} à {m}", { d: day, h: HV.time(now.since), m: HV.time(now.until) }) : HV.t("de {h} à {m}", { h: day + " " + HV.time(now.since), m: last + " " + HV.time(now.until) });
    byId("rejeu-courbes-contexte").textContent = [asset.kind, asset.code, period].filter(Boolean).join(" · ");
    const link = byId("rejeu-courbes-exploration"), figures = told.properties.filter((prop) => !Object.keys(prop.words).length).slice(0, 8);
    if (!link) return;
    link.hidden = !figures.length;
    const day_ = (at) => HV.dates.local(at).slice(0, 10);
    link.href = "/exploration?" + new URLSearchParams([["onglet", "series"], ...figures.map((prop) => ["s", ["asset", asset.id, prop.key].join(":")]), ["de", day_(now.since)], ["a", day_(now.until)]]);
  };
  function draw() {
    if (!told || !byId("rejeu-courbes")) return;
    // Its own second is the finest that a person reads on it.
    const signature = [chosen, now.since, now.until, Math.floor(now.at / 1000), now.alarms.filter((alarm) => alarm.asset_id === chosen).map((alarm) => alarm.id + "." + alarm.version).join()].join("|");
    if (signature === drawn) return;
    drawn = signature;
    context();
    const cut = told.read_until ? Date.parse(told.read_until) : null;
    byId("rejeu-courbes-etat").textContent = !told.properties.length ? HV.t("Rien n’est mesuré sur cet équipement.")
      : cut !== null && now.at > cut ? HV.t("Trop de mesures : elles ne sont lues que jusqu’à {h}. Réduisez la période.", { h: HV.timeS(cut) }) : "";
    // Words and figures without a line are short: side by side above the curves.
    const blocks = told.properties.map(block), isShort = (one) => one.classList.contains("replay-measure--short");
    byId("rejeu-courbes-lignes").replaceChildren(make("div", "replay-words", ...blocks.filter(isShort)), make("div", "replay-lines", ...blocks.filter((one) => !isShort(one))));
  }

  document.addEventListener("vigie:moment", function ({ detail }) {
    // Left and come back to, the page is another one: nothing is chosen in it.
    if (page !== byId("rejeu-courbes")) { page = byId("rejeu-courbes"); chosen = told = now = null; }
    const isSame = now && now.since === detail.since && now.until === detail.until;
    now = detail;
    if (isSame) return draw();
    // Another period, or the first: the same asset is read again in it, or the one that the address names.
    const named = Number(new URLSearchParams(location.search).get("equipement"));
    if (chosen !== null || named) open(chosen === null ? named : chosen);
  });
  document.addEventListener("vigie:select", ({ detail }) => byId("rejeu-courbes") && open(detail.asset_id));
  document.addEventListener("click", (event) => event.target.closest("#rejeu-courbes-fermer") && close());
})();
