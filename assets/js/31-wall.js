// The wall: critical band, list of at most eight rows, counts of the rest, headline tiles. Rendered from window.Vigie; rows are kept by alarm, never rebuilt.
(function () {
  "use strict";
  const HV = window.HV;
  const byId = (id) => document.getElementById(id);
  const SEVERITIES = ["critical", "major", "minor", "info"];
  const RANK = { critical: 0, major: 1, minor: 2, info: 3 };
  const ROW_REM = 4.75; // Least height of a row: three lines at 1.28, in rem. A wall read from afar has two (--ligne in 30-wall.css).
  const NBSP = "\u00A0";

  const element = function (tag, className, ...content) {
    const made = document.createElement(tag);
    made.className = className;
    made.append(...content);
    return made;
  };
  const layers = () => JSON.parse(byId("mur").dataset.layers || "{}");
  const isStale = (alarm) => HV.isLost() || HV.staleSince(alarm.layer) !== undefined;

  // To acknowledge first by priority, then the latest: what has just happened is read before what waits already.
  const ordered = (alarms) => alarms.sort((a, b) => isPinned(b) - isPinned(a) || RANK[a.priority] - RANK[b.priority] || (a.raised_at < b.raised_at ? 1 : a.raised_at > b.raised_at ? -1 : b.id - a.id));

  const stateWords = function (alarm) {
    const words = alarm.state === "returned_unacknowledged" ? HV.t("revenue, à acquitter") : HV.t("non acquittée");
    return isStale(alarm) ? words + HV.t(", non actualisé") : words;
  };
  // In visit mode nothing of the security domain is named (screens.md B.8).
  const isHidden = (alarm) => HV.isVisit && HV.isVisit() && alarm.layer === "security";
  HV.titleOf = (alarm) => (isHidden(alarm) ? HV.t("Événement de sécurité") : HV.t(alarm.title));
  HV.placeOf = (alarm) => (isHidden(alarm) ? "" : HV.place(alarm));
  const isPinned = (alarm) => Boolean(HV.pinned) && HV.pinned().includes(alarm.id);
  // What the scene shows. Counts are the feed's for the whole territory, and those of the held alarms for one domain.
  const inScene = (alarm) => !HV.inScene || HV.inScene(alarm);
  const sceneCount = (priority, states) => (HV.isNarrowed && HV.isNarrowed() ? HV.alarms().filter((alarm) => alarm.priority === priority && states.includes(alarm.state) && inScene(alarm)).length : HV.count(priority, states));
  const isKnown = (value) => value !== null && value !== undefined;

  // List -----------------------------------------------------------------------------------------------------------
  const rows = new Map();
  const newRow = function (alarm) {
    const parts = {
      mark: HV.shape({ severity: alarm.priority, state: alarm.state }),
      title: element("span", "row-title"), hour: element("time", "row-hour"),
      icon: HV.icon((layers()[alarm.layer] || {}).icon || "alert-triangle"),
      place: element("span", "row-place"), value: HV.newNumber("", false, "row-value"), limit: element("span", "row-limit"), words: element("span", ""), age: element("b", ""),
    };
    parts.icon.setAttribute("role", "img");
    parts.icon.removeAttribute("aria-hidden");
    parts.separator = element("span", "", "·");
    parts.value.lastChild.textContent = HV.t(", périmé");
    const row = element("li", "row", parts.mark, parts.title, parts.hour, element("div", "row-detail", parts.icon, parts.place, parts.separator, parts.value, parts.limit), element("div", "row-state", parts.words, " · ", parts.age));
    row.dataset.testid = "ligne-mur";
    row.dataset.id = alarm.id;
    row.parts = parts;
    return row;
  };
  const text = (target, value) => target.textContent !== value && (target.textContent = value);
  const fillRow = function (row, alarm, now) {
    const p = row.parts;
    const stale = isStale(alarm);
    row.className = `row row--${alarm.priority}` + (stale ? " row--stale" : "") + (HV.isFlashing(alarm) && !stale ? " flashing" : "");
    Object.assign(row.dataset, { gravite: alarm.priority, etat: alarm.state, layer: alarm.layer });
    Object.assign(p.mark.dataset, { shape: alarm.priority, state: alarm.state, stale: String(stale), label: HV.severityWord(alarm.priority) + (stale ? HV.t(", périmé") : "") });
    HV.fillShape(p.mark);
    text(p.title, HV.titleOf(alarm));
    text(p.hour, HV.hour(alarm.raised_at, now));
    p.hour.dateTime = alarm.raised_at;
    p.icon.setAttribute("aria-label", (layers()[alarm.layer] || {}).label || alarm.layer);
    text(p.place, HV.placeOf(alarm));
    // A value without unit is the code of a word (2 for « disjonctée »): the title says it better.
    const isMeasured = isKnown(alarm.value) && Boolean(alarm.unit) && !isHidden(alarm);
    p.value.hidden = p.separator.hidden = !isMeasured;
    HV.setNumber(p.value, isMeasured ? HV.quantity(alarm.value, alarm.unit) : "", isMeasured && !stale && HV.isLive());
    text(p.limit, isMeasured && isKnown(alarm.threshold) ? HV.t(", seuil {threshold}", { threshold: HV.number(alarm.threshold) }) : "");
    text(p.words, stateWords(alarm));
    text(p.age, HV.age(now - Date.parse(alarm.raised_at)));
  };

  // As many rows as stand whole in the list, at most eight: read from afar, fewer fit and the rest is counted.
  const places = function (list) {
    const most = Number(list.dataset.most);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    if (innerWidth < 36 * rem) return most;
    const row = parseFloat(getComputedStyle(list).getPropertyValue("--ligne")) || ROW_REM;
    return Math.max(1, Math.min(most, Math.floor((list.clientHeight + 0.375 * rem) / (row * rem + 0.375 * rem))));
  };

  const lastAlarm = function () {
    const closed = HV.alarms().filter((alarm) => !HV.isWaiting(alarm) && alarm.priority !== "info");
    return ordered(closed).sort((a, b) => (a.raised_at < b.raised_at ? 1 : -1))[0];
  };
  const paintEmpty = function (list, now) {
    let calm = list.querySelector(".list-empty");
    if (!calm) list.append((calm = element("li", "list-empty", element("strong", ""), element("span", ""))));
    const last = lastAlarm();
    text(calm.firstChild, HV.hasSnapshot ? (HV.isLive() ? HV.t("Aucun événement à acquitter") : HV.t("Aucun événement à acquitter au dernier état connu")) : HV.isLost() ? HV.t("Événements inconnus") : HV.t("Chargement des événements…"));
    text(calm.lastChild, !HV.hasSnapshot ? "" : last ? HV.t("Dernier : {hour} — {title}, {state}", { hour: HV.hour(last.raised_at, now), title: HV.titleOf(last), state: last.condition === "active" ? HV.t("acquittée") : HV.t("close") }) : HV.isLive() ? HV.t("Tout est calme sur le territoire.") : HV.t("Ce qui arrive depuis n’est pas connu."));
  };

  const paintList = function () {
    const list = byId("file-mur");
    if (!list) return;
    const now = HV.now();
    const waiting = ordered(HV.alarms().filter((alarm) => HV.isWaiting(alarm) && inScene(alarm)));
    const all = SEVERITIES.reduce((sum, priority) => sum + (priority === "info" ? 0 : sceneCount(priority, HV.WAITING)), 0);
    const most = places(list);
    const shown = waiting.slice(0, most);
    list.style.setProperty("--places", String(most));
    const kept = new Set(shown.map((alarm) => alarm.id));
    for (const [id, row] of rows) if (!kept.has(id) || row.parentNode !== list) { row.remove(); rows.delete(id); }
    shown.forEach(function (alarm, rank) {
      let row = rows.get(alarm.id);
      if (!row) rows.set(alarm.id, (row = newRow(alarm)));
      fillRow(row, alarm, now);
      if (list.children[rank] !== row) list.insertBefore(row, list.children[rank] || null);
    });
    if (shown.length) list.querySelectorAll(".list-empty").forEach((calm) => calm.remove());
    else paintEmpty(list, now);
    const context = HV.isLost() ? (HV.lastData() ? HV.t("arrêtée à {hour}, non actualisée", { hour: HV.timeS(HV.lastData()) }) : HV.t("non actualisée"))
      : all > shown.length ? HV.t("{shown} sur {all}", { shown: shown.length, all: HV.number(all) }) : all ? HV.tn("{n} alarme", "{n} alarmes", all) : "";
    text(byId("file-mur-contexte"), context);
    paintRest(shown);
  };

  // Counts by shape: of the alarms that wait below the list, and of those acknowledged that still run.
  const counts = function (of) {
    const made = element("span", "rest-counts");
    for (const priority of SEVERITIES.filter((key) => of[key] > 0)) made.append(element("span", "", HV.shape({ severity: priority, state: "acknowledged" }), HV.newNumber(HV.number(of[priority]), HV.isLive())));
    return made;
  };
  const tally = (count) => Object.fromEntries(SEVERITIES.map((priority) => [priority, count(priority)]));
  const total = (of) => SEVERITIES.reduce((sum, priority) => sum + Math.max(0, of[priority]), 0);
  let restKey = "";
  const paintRest = function (shown) {
    const rest = byId("file-mur-reste");
    const hidden = tally((priority) => (priority === "info" ? 0 : sceneCount(priority, HV.WAITING) - shown.filter((alarm) => alarm.priority === priority).length));
    const running = tally((priority) => sceneCount(priority, ["acknowledged"]));
    const key = JSON.stringify([HV.liaison(), HV.locale(), HV.hasSnapshot, hidden, running]);
    if (key === restKey && rest.childElementCount) return;
    restKey = key;
    if (HV.isLost()) return rest.replaceChildren(element("span", "", HV.t("Nombre inconnu depuis la coupure")));
    const parts = [];
    if (total(hidden)) parts.push(element("span", "rest-group rest-hidden", HV.tn("et {n} autre", "et {n} autres", total(hidden)), counts(hidden)));
    if (total(running) || !total(hidden)) parts.push(element("span", "rest-group rest-running", element("span", "", HV.t("Acquittées, en cours")), total(running) ? counts(running) : element("span", "", HV.hasSnapshot ? HV.t("aucune") : "")));
    rest.replaceChildren(...parts);
  };

  // Critical band -----------------------------------------------------------------------------------------------------
  let band = null;
  const paintBand = function () {
    const box = byId("bande-critique");
    if (!box) return;
    const critical = ordered(HV.alarms().filter((alarm) => alarm.priority === "critical" && HV.isWaiting(alarm)));
    box.hidden = critical.length === 0;
    HV.inBand = critical.length ? critical[0].id : null; // The escalation's band does not say it twice.
    if (!critical.length) return box.classList.remove("flashing");
    const alarm = critical[0], now = HV.now(), lost = isStale(alarm);
    if (!band || band.box !== box) {
      band = { box, mark: HV.shape({ severity: "critical" }), name: element("span", "critical-name"), comma: element("span", "critical-comma", ", "), place: element("span", ""), more: element("span", "critical-more"), since: element("span", "critical-words"), age: element("b", ""), due: element("span", "critical-due") };
      box.replaceChildren(band.mark, element("strong", ""), element("span", "critical-title", band.name, band.comma, element("span", "critical-place", band.place, band.more)), element("span", "critical-since", band.since, NBSP, band.age), band.due);
    }
    text(box.querySelector("strong"), HV.t("CRITIQUE"));
    box.classList.toggle("flashing", HV.isFlashing(alarm) && !lost);
    // Nobody has acknowledged for long: the band takes twice its height (screens.md B.4).
    box.classList.toggle("escalated", critical.some((one) => HV.isEscalated(one)));
    Object.assign(band.mark.dataset, { state: alarm.state, stale: String(lost), label: "" });
    HV.fillShape(band.mark);
    const others = critical.length - 1;
    text(band.name, HV.titleOf(alarm));
    text(band.more, others ? " — " + HV.tn("et {n} autre critique", "et {n} autres critiques", others) : "");
    text(band.place, HV.placeOf(alarm));
    band.comma.hidden = !HV.placeOf(alarm);
    text(band.since, alarm.state === "returned_unacknowledged" ? HV.t("revenue, à acquitter depuis") : HV.t("non acquittée depuis"));
    text(band.age, HV.age(now - Date.parse(alarm.raised_at)));
    const due = Date.parse(alarm.decide_before);
    band.due.hidden = !Number.isFinite(due);
    if (Number.isFinite(due)) {
      const parts = HV.isLost() ? [HV.t("délai inconnu")] : due > now ? [HV.t("à décider dans") + NBSP, element("b", "", HV.age(due - now))] : [HV.t("délai dépassé")];
      band.due.replaceChildren(...parts);
    }
  };

  // Headlines -----------------------------------------------------------------------------------------------------------
  const tiles = new Map();
  const newTile = function (key) {
    const p = { label: element("div", "tile-label"), value: HV.newNumber("–", false, "tile-value"), unit: element("span", "tile-unit"), note: element("div", "tile-note"), chip: element("span", "stale-chip"), words: element("span", "") };
    p.value.insertBefore(p.unit, p.value.lastChild);
    p.note.append(p.chip, p.words);
    const tile = element("div", "tile", p.label, p.value, HV.sparkline([]), p.note);
    tile.setAttribute("role", "listitem");
    tile.dataset.testid = "tuile-" + key;
    tile.parts = p;
    return tile;
  };
  const paintTiles = function () {
    const strip = byId("indicateurs");
    if (!strip) return;
    const headlines = (window.Vigie && window.Vigie.headlines) || [];
    for (const [key, tile] of tiles) if (tile.parentNode !== strip || !headlines.some((item) => item.key === key)) { tile.remove(); tiles.delete(key); }
    headlines.slice(0, 6).forEach(function (item, rank) {
      let tile = tiles.get(item.key);
      if (!tile) tiles.set(item.key, (tile = newTile(item.key)));
      const p = tile.parts;
      const known = isKnown(item.value);
      const live = known && item.fresh && HV.isLive();
      const figure = (value) => (item.unit === "s" ? HV.span(value) : HV.quantity(value, item.unit));
      const shown = !known ? "–" : item.unit === "s" ? HV.span(item.value) : HV.number(item.value);
      text(p.label, HV.t(item.label));
      HV.setNumber(p.value, shown, live);
      text(p.unit, item.unit === "s" ? "" : item.unit || "");
      Object.assign(tile.dataset, { valeur: shown, live: String(live) });
      tile.classList.toggle("tile--stale", known && !live);
      text(p.chip, HV.t("périmé"));
      const reference = !isKnown(item.reference) ? "" : HV.t("repère {value}", { value: figure(item.reference) }) + (item.reference_label ? " · " + HV.t(item.reference_label) : "");
      text(p.words, !known ? HV.t("aucune mesure") : live ? reference : item.as_of ? HV.t("· valeur de {hour}", { hour: HV.timeS(Math.min(Date.parse(item.as_of), HV.liaison() === "partiel" ? Infinity : (window.Vigie.liaison || {}).since || Infinity)) }) : "");
      const drawn = JSON.stringify([item.history, item.reference]);
      if (tile.drawn !== drawn) {
        tile.drawn = drawn;
        tile.querySelector("svg").replaceWith(HV.sparkline(item.history, item.reference));
      }
      if (strip.children[rank] !== tile) strip.insertBefore(tile, strip.children[rank] || null);
    });
  };

  // A wall has nobody to see that it froze: a fault in drawing is said, and the page begins again after 10 s, once in 10 minutes.
  HV.fault = function (fault) {
    if (HV.faulty || !byId("mur")) return;
    HV.faulty = true;
    let before = 0;
    try { before = Number(sessionStorage.getItem("vigie.fault")); sessionStorage.setItem("vigie.fault", String(Date.now())); } catch (refused) { before = Date.now(); } // Without memory, no reload: it could turn for ever.
    const again = Date.now() - before > 600000;
    const message = element("div", "fault", element("strong", "", HV.t("Affichage en défaut — consulter la console")), element("span", "", again ? HV.t("Il recommence dans 10 secondes.") : String(fault)));
    message.setAttribute("role", "alert");
    document.querySelector(".frame").append(message);
    if (again) setTimeout(() => location.reload(), 10000);
  };

  document.addEventListener("vigie:snapshot", () => (HV.hasSnapshot = true));
  addEventListener("resize", HV.paint);
  [paintBand, paintList, paintTiles].forEach(HV.onPaint);
})();
