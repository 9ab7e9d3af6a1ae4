// The detail panel: title, state, time left, measured value and its last two hours, from the feed and from /api/v1/observations.
(function () {
  "use strict";
  const Desk = window.Desk;
  const WINDOW_MS = 2 * 3600 * 1000;
  const REREAD_MS = 15000;
  const NO_CURVE = () => ({ asked: HV.t("Lecture de la courbe…"), read: HV.t("Pas de mesure dans les deux dernières heures"), refused: HV.t("Courbe indisponible") });
  let measured = null;
  let series = [];
  let readAt = 0;
  let reading = "asked"; // How far the selected row's series is: asked, read or refused. Nothing is said of it before it came.

  const text = (id, said) => { const place = Desk.byId(id); if (place && place.textContent !== said) place.textContent = said; };

  const head = function (row) {
    Desk.byId("detail-vide").hidden = Boolean(row);
    Desk.byId("detail-plein").hidden = !row;
    if (!row) return;
    const shape = Desk.byId("detail-forme");
    shape.replaceChildren(HV.shape({ severity: row.priority, state: row.alarm ? row.alarm.state : "acknowledged", stale: Desk.isCut() }));
    text("detail-titre", row.title);
    const word = HV.severityWord(row.priority);
    const said = [row.event && row.event.number, row.priority === "critical" ? word.toLocaleUpperCase() : word, state(row), row.alarm && row.alarm.count > 1 ? "×" + row.alarm.count : ""];
    text("detail-meta", said.filter(Boolean).join(" · "));
    masks(row);
    members(row);
    left();
  };
  // Under which masks the alarm is, by whom, until when and why; and who else looks at it.
  const masks = function (row) {
    const place = Desk.byId("detail-masques");
    if (!place) return;
    const worn = (row.alarm && row.alarm.masking) || [];
    const said = worn.map((mask) => [Desk.maskWord(mask), mask.name, mask.reason, mask.comment].filter(Boolean).join(" · "));
    if (row.event && row.event.hold_until) said.push(HV.t("Événement en attente jusqu’à {h}", { h: HV.hour(Date.parse(row.event.hold_until), Desk.now()) }));
    const returns = row.alarm ? HV.chatter.times(row.alarm) : 0;
    if (returns) said.push(HV.t("Papillotante : revenue {n} fois en 10 min. Différez-la, et demandez au chef de salle un délai ou une hystérésis.", { n: returns }));
    const others = Desk.lookers ? Desk.lookers(row) : [];
    if (others.length) said.push(HV.t("Aussi regardé par {names}", { names: others.join(", ") }));
    place.hidden = !said.length;
    const lines = said.map((text) => Object.assign(document.createElement("p"), { textContent: text }));
    if (place.textContent !== said.join("")) place.replaceChildren(...lines);
  };
  document.addEventListener("vigie:regards", () => Desk.root && Desk.selected && masks(Desk.selected));
  const MEMBERS_SHOWN = 30;
  // The rows behind a group, or the alarms that a cause explains: first out first.
  const members = function (row) {
    const place = Desk.byId("detail-groupe");
    if (!place) return;
    const all = row.members ? row.members.map((one) => one.alarm) : row.alarm && row.alarm.children ? children(row.alarm.id) : [];
    place.hidden = !all.length;
    if (!all.length) return;
    Desk.byId("btn-acquitter-groupe").hidden = !row.members;
    const total = row.members ? all.length : Math.max(all.length, row.alarm.children);
    text("groupe-titre", row.members ? HV.tn("{n} alarme du groupe, la première apparue d’abord", "{n} alarmes du groupe, la première apparue d’abord", total) : HV.tn("{n} alarme expliquée par celle-ci", "{n} alarmes expliquées par celle-ci", total));
    const items = all.slice(0, MEMBERS_SHOWN).map((alarm) => Object.assign(document.createElement("li"), { textContent: [HV.timeS(alarm.raised_at), HV.t(alarm.title), HV.place(alarm)].join(" · ") }));
    if (total > items.length) items.push(Object.assign(document.createElement("li"), { textContent: HV.tn("et {n} autre", "et {n} autres", total - items.length) }));
    Desk.byId("groupe-liste").replaceChildren(...items);
  };
  const children = (id) => HV.alarms().filter((alarm) => alarm.parent_id === id).sort((a, b) => Date.parse(a.raised_at) - Date.parse(b.raised_at));
  const state = function (row) {
    const alarm = row.alarm;
    const seen = !alarm ? "" : alarm.acknowledged && alarm.acknowledged_name
      ? HV.t("acquittée par {name} à {h}", { name: alarm.acknowledged_name, h: HV.timeS(alarm.acknowledged_at) }) : Desk.stateWord(alarm).toLocaleLowerCase();
    const worked = row.event ? [row.event.owner_name, Desk.eventWord(row.event).toLocaleLowerCase()].filter(Boolean).join(", ") : "";
    return [seen, worked].filter(Boolean).join(" · ");
  };
  const left = function () {
    const row = Desk.selected;
    const place = Desk.byId("detail-decider");
    if (!row || !place) return;
    place.hidden = !row.decide;
    if (!row.decide) return;
    const ms = row.decide - Desk.now();
    place.dataset.presse = String(ms < 180000);
    text("detail-delai", ms < 0 ? HV.t("dépassé de {d}", { d: Desk.duration(ms) }) : Desk.duration(ms));
  };

  // Measured value ---------------------------------------------------------------------------------------------------
  // Whether what is measured is this row's: the sheet of the one before may come late, and an event's alarm may be another by now.
  const isOf = (row) => Boolean(measured && row && row.alarm && row.alarm.id === measured.alarm);
  const value = function () {
    const row = Desk.selected;
    const place = Desk.byId("mesure");
    if (!place) return;
    place.hidden = !isOf(row);
    if (place.hidden) return;
    const last = series[series.length - 1] || (row.alarm.value === null ? null : { at: Date.parse(row.alarm.observed_at || row.alarm.raised_at), value: row.alarm.value, quality: 0 });
    text("mesure-titre", measured.label);
    const number = Desk.byId("mesure-valeur");
    number.dataset.layer = row.layer;
    if (!last) { number.replaceChildren("–"); text("mesure-qualite", HV.t("jamais reçue")); text("mesure-ecart", ""); return curve(); }
    const age = Desk.now() - last.at;
    const quality = HV.qualityAt(last.quality, age, measured.period_s);
    // Late is still the sensor's present, said so beside it; stale is not (screens.md B.2).
    const isLive = quality < 2 && !Desk.isCut();
    const unit = document.createElement("span");
    unit.className = "measure-unit";
    unit.textContent = measured.unit;
    number.replaceChildren(spoken(last.value), unit, ...(isLive ? [] : [stale(last.at)]));
    number.dataset.valeur = String(last.value);
    number.dataset.live = String(isLive);
    text("mesure-qualite", Desk.isCut() ? HV.t("périmée, {h}", { h: HV.timeS(last.at) }) : HV.t("{q}, {d}", { q: HV.qualityWord(quality), d: HV.delay(age) }));
    gap(row, last);
    curve();
  };
  const spoken = (value) => measured.words[String(value)] || HV.number(value);
  const stale = function (at) {
    const said = document.createElement("span");
    said.className = "measure-stale";
    said.textContent = HV.t("périmé à {h}", { h: HV.timeS(at) });
    return said;
  };
  const gap = function (row, last) {
    if (measured.threshold === null || measured.threshold === undefined || Object.keys(measured.words).length) return text("mesure-ecart", "");
    const over = last.value - measured.threshold;
    const said = over >= 0 ? HV.t("{v} au-dessus du seuil", { v: "+" + HV.number(over) }) : HV.t("{v} sous le seuil", { v: "−" + HV.number(-over) });
    text("mesure-ecart", said + ", " + HV.t("depuis {d}", { d: HV.delay(Desk.now() - row.raised) }));
  };

  const curve = function () {
    const place = Desk.byId("mesure-courbe");
    const row = Desk.selected;
    if (!place || !row) return;
    const coded = measured && Object.keys(measured.words).length > 0;
    if (!measured || series.length < 2 || coded) {
      place.replaceChildren();
      place.dataset.vide = coded ? "" : NO_CURVE()[reading];
      return;
    }
    delete place.dataset.vide;
    const until = Desk.now(), since = until - WINDOW_MS;
    const limits = measured.threshold === null || measured.threshold === undefined ? [] : [measured.threshold];
    const label = HV.t("{p}, deux dernières heures, dernier point {v}", { p: measured.label, v: HV.quantity(series[series.length - 1].value, measured.unit) });
    place.replaceChildren(HV.curve({ points: series, since, until, period_s: measured.period_s, limits, label, severity: row.priority }));
  };

  const fetchSeries = async function () {
    const row = Desk.selected;
    if (!isOf(row) || Desk.isCut()) return value();
    readAt = performance.now();
    const asked = measured;
    const query = new URLSearchParams({ asset_id: row.alarm.asset_id, property: measured.key, since: new Date(Desk.now() - WINDOW_MS).toISOString(), limit: "1000" });
    try {
      const answer = await Desk.ask("GET", "/api/v1/observations?" + query);
      if (measured !== asked) return;
      reading = "read";
      series = answer.items.map((one) => ({ at: Date.parse(one.observed_at), value: one.value, quality: one.quality || 0 })).sort((a, b) => a.at - b.at);
    } catch (refused) {
      if (measured !== asked) return;
      reading = "refused";
    }
    value();
  };

  // A sheet of another row than the chosen one, which is on its way or does not rest yet, is pale: nobody reads it as the chosen one's.
  let sheet = {};
  const fade = function () {
    const row = Desk.selected;
    const isOwn = !row || (row.alarmId ? sheet.alarm === row.alarmId : Boolean(row.event) && sheet.event === row.event.id);
    if (Desk.root) Desk.root.classList.toggle("has-other-sheet", !isOwn);
  };

  // The callback behind the sheet says of what it is and what is measured; until it answers nothing is guessed.
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {
    vigie_detail: { measured: function (data) {
      sheet = data || {};
      fade();
      const isLate = sheet.key && Desk.selected && Desk.selected.alarmId !== sheet.alarm;
      if (!isLate) { measured = sheet.key ? sheet : null; series = []; fetchSeries(); }
      return window.dash_clientside.no_update;
    } },
  });

  Desk.onSelection(function (row, before) {
    if (!row || !before || before.key !== row.key) { measured = null; series = []; reading = "asked"; }
    head(row);
    value();
    fade();
  });
  Desk.onMount(function () { sheet = {}; head(null); });
  // What was refused or lost on its way is asked again once there is somebody to answer.
  for (const name of ["vigie:snapshot", "vigie:liaison"]) document.addEventListener(name, () => Desk.root && Desk.root.classList.contains("has-other-sheet") && !Desk.isCut() && Desk.restAgain());
  document.addEventListener("vigie:liaison", () => Desk.root && Desk.selected && (head(Desk.selected), value()));
  document.addEventListener("click", function (event) {
    const link = event.target.closest && event.target.closest("[data-equipement]");
    if (link && Desk.root && window.Vigie && window.Vigie.select) window.Vigie.select(Number(link.dataset.equipement));
  });
  setInterval(function () {
    if (!Desk.root || !Desk.selected || document.hidden) return;
    left();
    if (performance.now() - readAt > REREAD_MS) fetchSeries();
    else if (measured) value();
  }, 1000);
})();
