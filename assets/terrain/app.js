// The agent's application: what it knows, what waits to be sent, how it is refreshed, and which view is shown. Views are in views.js, forms in forms.js.
(function () {
  "use strict";
  const Field = self.Field;
  const POLL_MS = 20000, RETRY_MS = 8000, STALE_MS = 10 * 60000;
  const byId = (id) => document.getElementById(id);
  // day: the last list read, or the one kept; read: when; pending: what waits; net: whether the server answered last; locked: the session has ended.
  const state = (Field.state = { me: "", day: null, read: 0, pending: [], notices: [], call: null, hidden: {}, net: navigator.onLine, locked: false, isStored: true });
  HV.readWords();

  Field.el = function (tag, className, ...content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...content.filter((one) => one !== null && one !== undefined && one !== ""));
    return made;
  };
  Field.press = function (word, run, isFirst) {
    const button = Field.el("button", isFirst ? "press press--first" : "press", word);
    button.type = "button";
    button.addEventListener("click", run);
    return button;
  };
  Field.hour = (iso) => HV.hour(Date.parse(iso), Date.now());

  let hiding = 0;
  Field.tell = function (text) {
    byId("avis").textContent = text;
    byId("avis").hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => (byId("avis").hidden = true), 7000);
  };

  // Acts ------------------------------------------------------------------------------------------------------------
  // An act is kept first and sent after: from that moment nothing can lose it but the person.
  Field.act = async function (act) {
    try {
      await Field.enqueue(Object.assign({ who: state.me }, act));
    } catch (refused) {
      return Field.tell(HV.t("NON enregistré : ce téléphone ne peut rien garder. Libérez de la place, ou appelez le poste."));
    }
    await reread();
    draw();
    send();
    return null;
  };
  Field.onIntervention = (one, verb, label, body, more) => Field.act(Object.assign({ verb, label, intervention: one.id, url: "/api/v1/interventions/" + one.id + "/" + verb, body: body || {} }, more));

  let sending = false;
  const send = async function () {
    if (sending || !state.me || state.locked) return;
    sending = true;
    draw();
    const ended = await Field.flush(state.me, function () { state.net = true; reread().then(draw); }).catch(() => "later");
    sending = false;
    if (ended === "locked") state.locked = true;
    if (ended === "later") state.net = false;
    await reread();
    draw();
    if (ended === "empty" && before > 0) refresh();
    before = mine().length;
  };
  let before = 0;
  const mine = () => state.pending.filter((one) => one.who === state.me && one.state === "waiting");
  const reread = async function () {
    state.pending = await Field.waiting();
    state.notices = ((await Field.meta("notices")) || []).filter((one) => one.who === state.me);
    const call = await Field.meta("call");
    state.call = call && call.who === state.me ? call : null;
    before = Math.max(before, mine().length);
  };
  Field.again = async function (entry) { await Field.putEntry(Object.assign(entry, { state: "waiting", error: "" })); await reread(); draw(); send(); };
  Field.drop = async function (entry) { await Field.dropEntry(entry.n); await reread(); draw(); };
  Field.understood = async function (key, value) {
    state.hidden[key] = value;
    await Field.setMeta("hidden", state.hidden);
    draw();
  };

  // The day's list --------------------------------------------------------------------------------------------------
  let reading = false;
  const refresh = async function () {
    if (reading) return;
    reading = true;
    try {
      const answer = await fetch("/api/v1/field/day", { credentials: "same-origin", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000) });
      state.net = answer.status < 500;
      if ([401, 403, 423].includes(answer.status)) state.locked = true;
      else if (answer.ok) await take(await answer.json());
    } catch (noNetwork) {
      state.net = false;
    }
    reading = false;
    draw();
    if (state.net && !state.locked && mine().length) send();
  };
  const take = async function (day) {
    state.day = day;
    state.read = Date.now();
    state.locked = false;
    if (state.me !== day.me.username) {
      state.me = day.me.username;
      await Field.setMeta("me", state.me);
      await reread();
    }
    await Field.csrf();
    await Field.setMeta("day", { who: state.me, read: state.read, sealed: await Field.sealJson(day) });
    // Another language, or another release, than the page that this phone keeps.
    if (day.locale !== HV.locale() && navigator.serviceWorker && navigator.serviceWorker.controller) navigator.serviceWorker.controller.postMessage("relire");
  };
  Field.refresh = refresh;

  // An intervention as it will be once what waits is received.
  const AFTER = { accept: ["accepted", "accepted_at"], refuse: ["refused", "ended_at"], "en-route": ["en_route", "departed_at"], "on-site": ["on_site", "arrived_at"], done: ["done", "ended_at"], impossible: ["impossible", "ended_at"], help: [null, "help_at"] };
  Field.interventions = function () {
    if (!state.day) return [];
    return state.day.interventions.map(function (one) {
      const waiting = state.pending.filter((entry) => entry.who === state.me && entry.intervention === one.id && entry.state === "waiting");
      const shown = Object.assign({}, one, { unsent: waiting.length, isMine: one.agent === state.me });
      for (const entry of waiting) {
        const step = AFTER[entry.verb];
        if (!step || !shown.isMine) continue;
        if (step[0]) shown.status = step[0];
        shown[step[1]] = entry.done_at;
      }
      return shown;
    });
  };
  Field.isStale = () => Boolean(state.day) && Date.now() - state.read > STALE_MS;
  Field.wait = mine;

  // What is shown ---------------------------------------------------------------------------------------------------
  const band = function () {
    const count = mine().length;
    const isOut = !state.net && !state.locked;
    byId("bandeau").hidden = !isOut && !state.locked && !(count && sending);
    byId("bandeau").dataset.etat = state.locked ? "session" : isOut ? "hors-ligne" : "envoi";
    byId("bandeau-titre").textContent = state.locked ? HV.t("Session expirée") : isOut ? HV.t("Hors ligne") : HV.t("Envoi…");
    byId("bandeau-texte").textContent = state.locked ? HV.tn("{n} action gardée", "{n} actions gardées", count) : count ? HV.tn("{n} action sera envoyée", "{n} actions seront envoyées", count) : HV.t("rien à envoyer");
    byId("liaison").textContent = state.locked ? "" : isOut ? HV.t("hors ligne") : state.read ? HV.t("à jour, {h}", { h: HV.time(state.read) }) : "";
    document.documentElement.dataset.liaison = Field.isStale() ? "perdue" : "direct";
  };
  // Said in the header of every view, from the list that the phone keeps: without a network an exercise is still one.
  const drill = function () {
    const running = state.day && state.day.exercise;
    byId("exercice").hidden = !running;
    byId("exercice-texte").textContent = running ? running.title : "";
  };
  let drawn = "";
  const draw = function () {
    band();
    drill();
    const path = location.hash.replace(/^#/, "") || "/";
    const view = byId("vue"), thumb = byId("pouce");
    const made = state.locked ? Field.views.locked() : Field.views.at(path);
    const isNew = drawn !== path + state.locked;
    view.replaceChildren(...made.body);
    thumb.replaceChildren(...(made.thumb || []));
    thumb.hidden = !made.thumb || !made.thumb.length;
    byId("onglets").hidden = Boolean(made.isDeep) || state.locked;
    byId("retour").hidden = !made.isDeep;
    byId("titre").textContent = made.title;
    document.title = made.title + " — " + HV.t("Vigie terrain");
    document.querySelectorAll("[data-onglet]").forEach((tab) => (tab.dataset.onglet === made.tab ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current")));
    drawn = path + state.locked;
    if (isNew) { scrollTo(0, 0); if (made.isDeep) view.focus({ preventScroll: true }); if (Field.leave) Field.leave(); }
    Field.leave = made.leave || null;
  };
  // The camera's picture and what is being typed must not be drawn again under the finger.
  Field.draw = () => (Field.leave ? (band(), drill()) : draw());
  addEventListener("hashchange", draw);
  byId("retour").addEventListener("click", function () { location.hash = "#/"; });

  // Position: only with an action, only when the person said so, or asks for help.
  Field.position = (within) => new Promise(function (resolve) {
    if (!navigator.geolocation) return resolve(null);
    const give = (found) => resolve(found && found.coords ? { lon: found.coords.longitude, lat: found.coords.latitude, accuracy_m: found.coords.accuracy } : null);
    setTimeout(() => resolve(null), within + 200);
    navigator.geolocation.getCurrentPosition(give, () => resolve(null), { enableHighAccuracy: true, timeout: within, maximumAge: 60000 });
  });
  Field.sharesPosition = () => { try { return localStorage.getItem("vigie.terrain-position") === "oui"; } catch (refused) { return false; } };

  Field.begin = async function () {
    try {
      state.me = (await Field.meta("me")) || "";
      state.hidden = (await Field.meta("hidden")) || {};
      const kept = await Field.meta("day");
      if (kept && kept.who === state.me) { state.day = await Field.unsealJson(kept.sealed); state.read = kept.read; }
      await reread();
    } catch (broken) {
      state.isStored = false;
    }
    draw();
    if (navigator.serviceWorker) navigator.serviceWorker.register("/terrain/sw.js", { scope: "/terrain" }).catch((refused) => console.warn("vigie: " + refused.message));
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
    await refresh();
    setInterval(() => !document.hidden && (state.net || mine().length) && refresh(), POLL_MS);
    setInterval(() => !document.hidden && (!state.net ? refresh() : mine().length ? send() : Field.draw()), RETRY_MS);
  };
  addEventListener("online", refresh);
  addEventListener("offline", function () { state.net = false; Field.draw(); });
  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener("message", () => reread().then(refresh));
})();
