// The agent's list: open alarms and events of his perimeter from the feed, and one big button for the next act. Acts go through /api/v1; the list changes by the feed.
(function () {
  "use strict";
  const page = document.getElementById("terrain");
  const Vigie = window.Vigie;
  const RANK = { critical: 1, major: 2, minor: 3, info: 4 };
  const WAITING = new Set(["unacknowledged", "returned_unacknowledged"]);
  const byId = (id) => document.getElementById(id);
  const may = (right) => page.dataset.droits.split(" ").includes(right);
  const cards = new Map();
  const sending = new Set();
  let filter = "a-acquitter";
  let seen = false;
  let timer = 0;
  HV.readWords();

  const isCut = () => ["perdue", "base"].includes(document.documentElement.dataset.liaison) || !document.documentElement.dataset.liaison;
  const eventOf = (alarm) => (alarm.event_id ? Vigie.events.get(alarm.event_id) : null) || null;
  const isMine = (alarm) => { const event = eventOf(alarm); return Boolean(event) && event.owner === page.dataset.moi && event.status !== "resolved"; };
  const PASSES = { "a-acquitter": (alarm) => WAITING.has(alarm.state), miens: isMine, toutes: () => true };
  const order = (alarm) => (WAITING.has(alarm.state) ? 0 : 10) + (RANK[alarm.priority] || 5);
  const sorted = () => Array.from(Vigie.alarms.values()).sort((a, b) => order(a) - order(b) || Date.parse(b.raised_at) - Date.parse(a.raised_at));

  const element = function (tag, className, ...content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };

  // What may be done next, the first is the big one. `said` is what a failure calls it.
  const steps = function (alarm) {
    const event = eventOf(alarm);
    const list = [];
    if (WAITING.has(alarm.state) && may("alarm:act")) list.push({ verb: "acknowledge", word: HV.t("Acquitter"), done: HV.t("Acquittée"), said: HV.t("Acquittement NON enregistré"), path: `/api/v1/alarms/${alarm.id}/acknowledge` });
    if (may("event:act") && (!event || event.status === "new")) list.push({ verb: "take", word: HV.t("Prendre en charge"), done: HV.t("Prise en charge"), said: HV.t("Prise en charge NON enregistrée"), path: `/api/v1/alarms/${alarm.id}/take` });
    if (isMine(alarm)) list.push({ verb: "resolve", word: HV.t("C’est réparé"), done: HV.t("Résolu"), said: HV.t("Résolution NON enregistrée"), path: `/api/v1/events/${event.id}/resolve` });
    return list;
  };
  const act = async function (alarm, step) {
    const key = alarm.id + step.verb;
    if (sending.has(key) || isCut()) return;
    sending.add(key);
    later();
    try {
      const answer = await fetch(step.path, {
        method: "POST", credentials: "same-origin", body: "{}",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": page.dataset.csrf, "Idempotency-Key": key + "." + alarm.version },
      });
      const read = await answer.json().catch(() => ({}));
      if (answer.ok) tell(step.done + " : " + alarm.title, 6000);
      else if (answer.status === 409) tell(read.detail, 12000);
      else tell(step.said + " : " + (read.detail || answer.status), 0);
    } catch (refused) {
      tell(step.said + " : " + HV.t("liaison perdue. Réessayez."), 0);
    }
    sending.delete(key);
    later();
  };

  let hiding = 0;
  const tell = function (text, forMs) {
    const toast = byId("terrain-avis");
    toast.firstElementChild.textContent = text;
    toast.hidden = false;
    clearTimeout(hiding);
    if (forMs) hiding = setTimeout(() => (toast.hidden = true), forMs);
  };
  byId("terrain-avis").querySelector("button").addEventListener("click", () => (byId("terrain-avis").hidden = true));

  // Cards -----------------------------------------------------------------------------------------------------------
  const state = function (alarm) {
    const event = eventOf(alarm);
    if (event && event.owner) return HV.t("prise en charge par {name}", { name: event.owner_name });
    if (alarm.state === "returned_unacknowledged") return HV.t("revenue, à acquitter");
    if (WAITING.has(alarm.state)) return HV.t("non acquittée");
    return alarm.acknowledged_name ? HV.t("acquittée par {name}", { name: alarm.acknowledged_name }) : HV.t("information");
  };
  const fact = (word, said) => element("div", "", element("dt", "", word), element("dd", "", said));
  const facts = function (alarm) {
    const event = eventOf(alarm);
    const list = element("dl", "field-facts", fact(HV.t("Équipement"), [alarm.asset_name, alarm.asset_code].filter(Boolean).join(" · ")));
    // A value without a unit is a code, whose word the alarm's title says.
    if (alarm.value !== null && alarm.unit) list.append(fact(HV.t("Mesure"), HV.quantity(alarm.value, alarm.unit)));
    if (alarm.threshold !== null && alarm.unit) list.append(fact(HV.t("Seuil"), HV.quantity(alarm.threshold, alarm.unit)));
    if (event) list.append(fact(HV.t("Événement"), event.number));
    return list;
  };
  const card = function (alarm) {
    const title = element("h2", "", alarm.title);
    const where = [alarm.address, alarm.asset_code || alarm.asset_name].filter(Boolean).join(", ");
    const word = element("strong", "", alarm.priority === "critical" ? HV.severityWord("critical").toLocaleUpperCase() : HV.severityWord(alarm.priority));
    const age = element("span", "age");
    age.dataset.depuis = alarm.raised_at;
    const when = element("div", "when", word, " · ", age, " · ", state(alarm));
    const chevron = element("span", "field-chevron", HV.icon("chevron-down"));
    const summary = element("summary", "", HV.shape({ severity: alarm.priority, state: alarm.state, stale: isCut() }), title, element("div", "where", where), when, chevron);
    const details = element("details", "", summary, facts(alarm));
    const go = element("a", "field-action", HV.t("Itinéraire"));
    go.href = `geo:${alarm.lat},${alarm.lon}?q=${alarm.lat},${alarm.lon}`;
    details.append(element("div", "field-actions", go));
    const buttons = steps(alarm).map(function (step, rank) {
      const button = element("button", rank ? "field-action" : "field-action field-action--primary", sending.has(alarm.id + step.verb) ? HV.t("Envoi…") : step.word);
      button.type = "button";
      button.dataset.testid = "terrain-action";
      button.dataset.verbe = step.verb;
      button.disabled = isCut() || sending.has(alarm.id + step.verb);
      button.addEventListener("click", () => act(alarm, step));
      return button;
    });
    const item = element("li", "field-card field-card--" + (WAITING.has(alarm.state) ? alarm.priority : "known"), details, element("div", "field-actions", ...buttons));
    Object.assign(item.dataset, { id: alarm.id, gravite: alarm.priority, etat: alarm.state });
    return item;
  };
  const key = (alarm) => { const event = eventOf(alarm); return [alarm.version, event ? event.version : 0, isCut(), steps(alarm).map((step) => sending.has(alarm.id + step.verb)).join()].join("|"); };

  const draw = function () {
    timer = 0;
    if (!seen) return;
    const all = sorted();
    const shown = all.filter(PASSES[filter]);
    const wanted = new Set(shown.map((alarm) => alarm.id));
    cards.forEach(function (held, id) { if (!wanted.has(id)) { held.item.remove(); cards.delete(id); } });
    const list = byId("terrain-liste");
    shown.forEach(function (alarm, rank) {
      const held = cards.get(alarm.id);
      const now = key(alarm);
      let item = held && held.item;
      if (!held || held.key !== now) {
        const wasOpen = Boolean(held) && held.item.querySelector("details").open;
        item = card(alarm);
        item.querySelector("details").open = wasOpen;
        if (held) held.item.replaceWith(item);
        cards.set(alarm.id, { item, key: now });
      }
      if (list.children[rank] !== item) list.insertBefore(item, list.children[rank] || null);
    });
    byId("terrain-compte").textContent = HV.number(all.length);
    document.querySelectorAll("[data-filtre]").forEach(function (button) {
      button.querySelector("strong").textContent = HV.number(all.filter(PASSES[button.dataset.filtre]).length);
      button.setAttribute("aria-pressed", String(button.dataset.filtre === filter));
    });
    const empty = byId("terrain-vide");
    empty.hidden = shown.length > 0;
    empty.textContent = { "a-acquitter": HV.t("Rien à acquitter dans votre périmètre."), miens: HV.t("Aucune alarme à votre charge."), toutes: HV.t("Aucune alarme ouverte.") }[filter];
    ages();
  };
  const later = () => { if (!timer) timer = setTimeout(draw, 30); };
  const ages = function () {
    document.querySelectorAll("[data-depuis]").forEach((place) => { place.textContent = HV.age(Vigie.now() - Date.parse(place.dataset.depuis)); });
    byId("terrain-heure").textContent = HV.time(Vigie.now());
  };
  document.querySelectorAll("[data-filtre]").forEach((button) => button.addEventListener("click", function () { filter = button.dataset.filtre; draw(); }));

  // Link ------------------------------------------------------------------------------------------------------------
  const WORDS = () => ({ direct: HV.t("EN DIRECT"), retard: HV.t("EN RETARD"), partiel: HV.t("PARTIEL"), perdue: HV.t("Hors ligne"), base: HV.t("Base indisponible") });
  const link = function (event) {
    const now = event.detail.state;
    byId("terrain-liaison").textContent = WORDS()[now] || HV.t("CONNEXION");
    const band = byId("terrain-bandeau");
    band.hidden = !["perdue", "base"].includes(now);
    if (!band.hidden) {
      byId("terrain-bandeau-titre").textContent = WORDS()[now];
      const last = window.__hv.lastHb;
      byId("terrain-bandeau-texte").textContent = (last ? HV.t("Liste de {h}, non actualisée. ", { h: HV.timeS(last) }) : "") + HV.t("Les actions reprendront avec la liaison.");
    }
    later();
  };
  document.addEventListener("vigie:liaison", link);
  document.addEventListener("vigie:posture", function (event) {
    const drill = event.detail.exercise, band = byId("terrain-exercice");
    band.hidden = !drill;
    band.querySelector("span").textContent = drill ? drill.title : "";
  });
  document.addEventListener("vigie:snapshot", () => { seen = true; later(); });
  ["vigie:alarm", "vigie:event"].forEach((name) => document.addEventListener(name, later));
  setInterval(ages, 1000);

  // By day unless the agent asked for night: outdoors is where this page is read.
  const theme = byId("terrain-theme");
  const label = () => { theme.textContent = theme.dataset[document.documentElement.dataset.theme]; };
  theme.addEventListener("click", function () {
    const root = document.documentElement;
    root.dataset.theme = root.dataset.theme === "jour" ? "nuit" : "jour";
    try { localStorage.setItem("vigie.terrain-theme", root.dataset.theme); } catch (refused) { /* Then the choice lasts as long as the page. */ }
    label();
  });
  label();
})();
