// The frame on every page: clock, counters, bands, live region, window title, theme, scale, and the one phase of all that flashes.
// It reads window.Vigie (00-live.js) and the `vigie:*` events; it decides nothing about alarms.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const FLASH_MS = 60000; // After a minute the frame is steady (screens.md 2.6).
  const SPEAK_EVERY_MS = 3000;
  const RESUME_SHOWN_MS = 20000;

  HV.now = () => (window.Vigie && window.Vigie.now ? window.Vigie.now() : Date.now());
  HV.alarms = () => (window.Vigie && window.Vigie.alarms ? Array.from(window.Vigie.alarms.values()) : []);
  HV.liaison = () => root.dataset.liaison || "";
  HV.isLost = () => HV.liaison() === "perdue" || HV.liaison() === "base";
  HV.isLive = () => HV.liaison() === "direct" || HV.liaison() === "partiel";
  HV.isWaiting = (alarm) => alarm.priority !== "info" && (alarm.state === "unacknowledged" || alarm.state === "returned_unacknowledged");
  // Counts are the feed's, exact over every open alarm: the page itself holds 500 of them at most.
  // Whether the ladder has climbed for this wait: an alarm that was acknowledged since is over with it.
  HV.isEscalated = (alarm) => Boolean(alarm.escalation) && alarm.state === "unacknowledged";
  HV.count = function (priority, states) {
    const said = window.Vigie && window.Vigie.counts;
    if (said) return states.reduce((sum, state) => sum + ((said[priority] || {})[state] || 0), 0);
    return HV.alarms().filter((alarm) => alarm.priority === priority && states.includes(alarm.state)).length;
  };
  HV.WAITING = ["unacknowledged", "returned_unacknowledged"];
  HV.staleSince = (layer) => lateLayers.get(layer);

  // Text that is drawn each frame of an avalanche is written when it changes: written again, it would have the browser lay the page out.
  const write = (HV.write = (element, text) => { if (element && element.textContent !== text) element.textContent = text; });

  // The only way to change a live number: its text, data-valeur and data-live stay true together.
  HV.setNumber = function (element, text, isLive) {
    if (!element) return;
    const shown = element.querySelector(".number-text") || element;
    write(shown, text);
    element.dataset.valeur = text;
    element.dataset.live = String(Boolean(isLive));
  };
  HV.newNumber = function (text, isLive, className) {
    const span = document.createElement("span");
    span.className = "number " + (className || "");
    const shown = document.createElement("span");
    shown.className = "number-text";
    const stale = document.createElement("span");
    stale.className = "number-stale";
    stale.textContent = " " + HV.t("périmé");
    span.append(shown, stale);
    HV.setNumber(span, text, isLive);
    return span;
  };

  // Drawing asked for any number of times is done once per frame. A page that is not shown is not drawn.
  const painters = [];
  let asked = false;
  HV.paint = function () {
    if (asked) return;
    asked = true;
    requestAnimationFrame(function () {
      asked = false;
      paint();
    });
  };
  const paint = () => painters.forEach(HV.guarded);
  // What facts change may wait for their next frame (06-pace.js).
  HV.paintPaced = HV.paced(paint);
  // Who comes after the first frame is drawn in the next one.
  HV.onPaint = function (painter) {
    painters.push(painter);
    HV.paint();
  };

  // Clock, counters, title --------------------------------------------------------------------------------------
  const paintClock = function () {
    const now = HV.now();
    const clock = byId("horloge"), day = byId("date");
    if (!clock) return;
    write(clock, HV.timeS(now));
    if (document.querySelector(".header--wall")) {
      if (day.dataset.day !== HV.day(now) + HV.locale()) {
        day.dataset.day = HV.day(now) + HV.locale();
        day.replaceChildren(HV.weekday(now), document.createElement("br"), HV.day(now));
      }
    } else write(day, HV.dayShort(now));
  };

  const paintCounters = function () {
    const isKnown = Boolean(window.Vigie && window.Vigie.alarms) && snapshotSeen;
    let waiting = 0;
    for (const severity of ["critical", "major", "minor"]) {
      const count = HV.count(severity, HV.WAITING);
      waiting += count;
      HV.setNumber(byId("compteur-" + severity), isKnown ? HV.number(count) : "–", isKnown && HV.isLive());
    }
    const frame = document.querySelector(".frame");
    const title = frame && (waiting && HV.liaison() !== "rejeu" ? "(" + waiting + ") " : "") + frame.dataset.title + " — Vigie";
    if (title && document.title !== title) document.title = title;
  };

  // Bands -------------------------------------------------------------------------------------------------------
  let liaison = { state: "", since: null, cause: "" };
  let snapshotSeen = false;
  let resumed = null;
  const lateLayers = new Map();

  const WORDS = {
    direct: () => HV.t("EN DIRECT"), retard: () => HV.t("EN RETARD"), perdue: () => HV.t("LIAISON PERDUE"),
    partiel: () => HV.t("PARTIEL"), base: () => HV.t("BASE INDISPONIBLE"), rejeu: () => HV.t("REJEU"), "": () => HV.t("CONNEXION"),
  };
  const bold = function (text) {
    const made = document.createElement("strong");
    made.textContent = text;
    return made;
  };
  // A sentence whose {places} are filled with elements, so that a figure in it can be bold.
  HV.sentence = (text, places) => HV.t(text).split(/(\{\w+\})/).map((part) => (/^\{\w+\}$/.test(part) ? places[part.slice(1, -1)] : part));

  // When the last heartbeat came, and how long ago, on the platform's clock.
  HV.lastData = () => (window.__hv && window.__hv.lastHb) || null;
  const dataAge = () => Math.max(0, HV.now() - HV.lastData());
  const layerLabel = function (key) {
    const wall = document.querySelector("[data-layers]");
    const layers = wall ? JSON.parse(wall.dataset.layers) : {};
    return layers[key] ? layers[key].label : key;
  };
  const CAUSES = { database: () => HV.t("la base de données ne répond pas"), redis: () => HV.t("l’état en direct ne répond pas"), worker: () => HV.t("le moteur d’alarmes ne répond pas") };
  const bandText = {
    perdue: function () {
      const last = HV.lastData();
      if (!last) return [HV.t("Aucune donnée reçue depuis l’ouverture de cette page")];
      return HV.sentence("Dernière donnée reçue il y a {delay}, à {hour} — valeurs {not}", { delay: bold(HV.delay(dataAge())), hour: HV.timeS(last), not: bold(HV.t("NON actuelles")) });
    },
    base: function () {
      const cause = CAUSES[liaison.cause] ? CAUSES[liaison.cause]() : liaison.cause || HV.t("cause inconnue");
      return HV.sentence("{cause} — valeurs {not}, rien ne peut être enregistré", { cause: cause.charAt(0).toUpperCase() + cause.slice(1), not: bold(HV.t("NON actuelles")) });
    },
    retard: () => HV.sentence("Données en retard de {delay}", { delay: bold(HV.delay(HV.now() - (liaison.since || HV.now()))) }),
    partiel: () => [Array.from(lateLayers, ([layer, since]) => HV.t("{layer} : aucune donnée depuis {hour}", { layer: layerLabel(layer), hour: since ? HV.hour(since, HV.now()) : HV.t("une durée inconnue") })).join(" · ") || liaison.cause || ""],
  };

  const PROGRAMS = {
    worker: () => HV.t("Moteur"), jobs: () => HV.t("Tâches"), ingest: () => HV.t("Porte d’entrée"), web: () => HV.t("Serveur des écrans"), wall: () => HV.t("Serveur des murs"),
    mqtt: () => HV.t("Abonné MQTT"), simulator: () => HV.t("Simulateur"), postgres: () => "PostgreSQL", valkey: () => "Redis",
  };

  // Whom the ladder has told last, as a sentence.
  // A wall is seen by visitors: it names nobody.
  const nameOf = (last) => (document.querySelector("[data-testid=mur]") ? "" : last.name);
  const STEPS = ["chief", "on_call", "decision"];
  const TOLD = {
    chief: (last) => HV.t("chef de salle prévenu à {h}", { h: HV.time(last.at) }),
    on_call: (last) => (last.name ? [HV.t("astreinte prévenue à {h}", { h: HV.time(last.at) }), nameOf(last)].filter(Boolean).join(", ") : HV.t("personne d’astreinte n’a pu être prévenu à {h}", { h: HV.time(last.at) })),
    decision: (last) => (last.name ? [HV.t("astreinte de décision prévenue à {h}", { h: HV.time(last.at) }), nameOf(last)].filter(Boolean).join(", ") : HV.t("personne d’astreinte n’a pu être prévenu à {h}", { h: HV.time(last.at) })),
  };
  // A wall read from afar leaves it to its list (30-wall.css).
  const which = function (alarm) {
    const named = document.createElement("span");
    named.className = "band-which";
    named.append(" : ", bold((HV.titleOf || ((one) => HV.t(one.title)))(alarm)), ", ", (HV.placeOf || HV.place)(alarm));
    return named;
  };
  const showBand = function (id, title, parts) {
    const band = byId(id);
    if (!band) return;
    if (band.hidden !== (parts === null)) band.hidden = parts === null;
    if (parts === null) return;
    write(band.querySelector(".band-title"), title);
    const place = band.querySelector(".band-text"), said = parts.map((part) => part.outerHTML || part).join("");
    if (place.said === said && place.hasChildNodes()) return;
    place.said = said;
    place.replaceChildren(...parts);
  };
  const paintBands = function () {
    const state = HV.liaison();
    const word = document.querySelector("#liaison .liaison-word");
    const said = (WORDS[state] || WORDS[""])();
    write(word, said);
    showBand("bandeau-liaison", said, bandText[state] ? bandText[state]() : null);
    if (resumed && Date.now() - resumed.shownAt > RESUME_SHOWN_MS) resumed = null;
    showBand("bandeau-reprise", HV.t("Reprise"), resumed && !HV.isLost() ? [resumed.missed ? HV.tn("{n} événement reçu pendant la coupure", "{n} événements reçus pendant la coupure", resumed.missed) : HV.t("aucun événement pendant la coupure")] : null);
    const stopped = window.Vigie.programs || [];
    showBand("bandeau-programmes", HV.t("PROGRAMME ARRÊTÉ"), stopped.length ? [HV.t("{names} : ne reste pas en marche, prévenez l’administrateur (Santé)", { names: stopped.map((name) => (PROGRAMS[name] ? PROGRAMS[name]() : name)).join(", ") })] : null);
    showBand("bandeau-avalanche", HV.t("AVALANCHE"), HV.flood.active ? [HV.tn("{n} alarme en 10 min", "{n} alarmes en 10 min", HV.flood.recent), HV.flood.rows ? HV.tn(" — regroupées en {n} ligne", " — regroupées en {n} lignes", HV.flood.rows) : ""] : null);
    // The one that has climbed highest is named, then the oldest.
    const late = HV.alarms().filter((alarm) => HV.isEscalated(alarm) && STEPS.includes(alarm.escalation.tells))
      .sort((one, other) => STEPS.indexOf(other.escalation.tells) - STEPS.indexOf(one.escalation.tells) || Date.parse(one.raised_at) - Date.parse(other.raised_at));
    showBand("bandeau-escalade", HV.t("NON ACQUITTÉE"), late.length ? late.length === 1 && late[0].id === HV.inBand ? [TOLD[late[0].escalation.tells](late[0].escalation)] : [TOLD[late[0].escalation.tells](late[0].escalation), which(late[0]), late.length > 1 ? HV.tn(" — et {n} autre", " — et {n} autres", late.length - 1) : ""] : null);
    const son = byId("bandeau-son");
    if (son) son.hidden = root.dataset.sound !== "bloque";
  };

  // Live region ---------------------------------------------------------------------------------------------------
  let unsaid = [];
  let spokeAt = -SPEAK_EVERY_MS;
  const speak = function () {
    const region = byId("annonces");
    if (!region || !unsaid.length || performance.now() - spokeAt < SPEAK_EVERY_MS) return;
    spokeAt = performance.now();
    const critical = unsaid.filter((alarm) => alarm.priority === "critical");
    region.textContent = unsaid.length > 3 || critical.length > 1
      ? HV.tn("{n} nouvelle alarme", "{n} nouvelles alarmes", unsaid.length)
      : critical.length ? HV.t("Nouvelle alarme critique : {title}, {place}", { title: (HV.titleOf || ((alarm) => HV.t(alarm.title)))(critical[0]), place: (HV.placeOf || HV.place)(critical[0]) }) : "";
    unsaid = [];
  };
  HV.place = (alarm) => [alarm.asset_code, alarm.address || alarm.asset_name].filter((part, rank, all) => part && all.indexOf(part) === rank).join(", ");

  // Flashing: one phase for the whole page, two steps a second, and none when nothing flashes. -----------------------
  const seenAt = new Map();
  // Of the alarms that the page holds; the others are let go of when they are as many again.
  const SEEN_MOST = 2000;
  const letGo = function () {
    for (const id of seenAt.keys()) if (window.Vigie && window.Vigie.alarms && !window.Vigie.alarms.has(id)) seenAt.delete(id);
  };
  HV.seenAt = (id) => seenAt.get(id);
  HV.isFlashing = (alarm) => HV.isWaiting(alarm) && alarm.priority === "critical" && Date.now() - (seenAt.get(alarm.id) || 0) < FLASH_MS;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const flash = function () {
    const on = !still.matches && document.querySelector(".flashing") !== null;
    if (on) root.dataset.phase = String(Math.floor(Date.now() / 500) % 2);
    else delete root.dataset.phase;
  };

  // What the feed says ------------------------------------------------------------------------------------------------
  document.addEventListener("vigie:snapshot", function (event) {
    const missed = event.detail && event.detail.missed;
    if (snapshotSeen && (missed || HV.wasLost)) resumed = { missed: missed || 0, shownAt: Date.now() };
    // What was there before this page opened has flashed elsewhere already: its minute runs from when it was raised.
    for (const alarm of HV.alarms()) if (!seenAt.has(alarm.id)) seenAt.set(alarm.id, Date.now() - Math.max(0, HV.now() - Date.parse(alarm.raised_at)));
    letGo();
    snapshotSeen = true;
    HV.wasLost = false;
    HV.paint();
  });
  document.addEventListener("vigie:alarm", function (event) {
    const alarm = (event.detail && (event.detail.body || event.detail)) || {};
    if (!seenAt.has(alarm.id)) {
      seenAt.set(alarm.id, Date.now());
      if (seenAt.size > SEEN_MOST) letGo();
      if (HV.isWaiting(alarm)) {
        unsaid.push(alarm);
        speak();
      }
    }
    HV.paintPaced();
  });
  document.addEventListener("vigie:liaison", function (event) {
    liaison = Object.assign({}, event.detail);
    if (HV.isLost()) HV.wasLost = true;
    lateLayers.clear();
    for (const source of liaison.sources || []) if (!source.fresh) lateLayers.set(source.layer, source.since);
    HV.paint();
  });
  document.addEventListener("vigie:headlines", HV.paintPaced);
  document.addEventListener("vigie:counts", HV.paintPaced);
  document.addEventListener("vigie:programs", HV.paint);
  document.addEventListener("vigie:son", (event) => (root.dataset.sound = event.detail.state.replace("é", "e")));
  // The switch of the header: a post that is mute sounds, a post that sounds falls mute; where the browser holds the sound, the click itself frees it.
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-testid=son]") || root.dataset.sound === "bloque") return;
    window.Vigie.setSound(root.dataset.sound !== "actif");
  });

  // Theme, scale, account ---------------------------------------------------------------------------------------------
  const keep = function (key, value) {
    try { localStorage.setItem(key, value); } catch (refused) { return; } // A browser may forbid storage: the choice holds until the page closes.
  };
  const kept = function (key) {
    try { return localStorage.getItem(key); } catch (refused) { return null; }
  };
  const query = new URLSearchParams(location.search);
  const THEMES = ["nuit", "jour", "nuit-profonde"];
  // name: nuit, jour, nuit-profonde, or auto (day while the sun is up over the territory).
  HV.setTheme = function (name) {
    keep("vigie.theme", name);
    applyTheme(name);
    if (name !== "auto") prefer({ theme: name });
  };
  // The choice follows the person to another machine; without a session, or refused, it stays on this one.
  const prefer = (choice) => fetch("/api/v1/me", { method: "PATCH", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() }, body: JSON.stringify(choice) }).catch(() => null);
  const csrf = () => document.querySelector(".frame").dataset.csrf;
  const applyTheme = function (name) {
    const shown = name === "auto" ? HV.themeOfSun(HV.now()) : THEMES.includes(name) ? name : "nuit";
    if (root.dataset.theme !== shown) {
      root.dataset.theme = shown;
      keep("vigie.theme-shown", shown);
      document.dispatchEvent(new CustomEvent("vigie:theme", { detail: { theme: shown } }));
    }
    document.querySelectorAll("[data-set-theme]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.setTheme === name)));
  };
  // A wall's theme as a console ordered it; "" gives it back. Kept nowhere: the order is.
  let steered = "";
  HV.steerTheme = function (name) {
    if (steered === name) return;
    steered = name;
    applyTheme(chosenTheme());
  };
  const chosenTheme = () => steered || query.get("theme") || kept("vigie.theme") || (document.querySelector("[data-preferred-theme]") || { dataset: {} }).dataset.preferredTheme || "nuit";

  // Font size for 20 arc-minutes of capital height at the farthest seat, over the 18 px that a title has at scale 1 (screens.md 2.4).
  HV.fontFor = function (minutes, diagonalInches, distanceM, widthPx, heightPx) {
    const widthMm = (diagonalInches * 25.4 * widthPx) / Math.hypot(widthPx, heightPx);
    return ((2 * distanceM * 1000 * Math.tan(((minutes / 60) * Math.PI) / 360)) / 0.75) * (widthPx / widthMm);
  };
  const scale = function () {
    if (!document.querySelector(".frame--mur")) return root.style.removeProperty("--echelle");
    const diag = parseFloat(query.get("diag")), dist = parseFloat(query.get("dist"));
    const asked = diag > 0 && dist > 0 ? HV.fontFor(20, diag, dist, innerWidth, innerHeight) / 18 : Math.min(innerWidth / 1920, innerHeight / 1080);
    root.style.setProperty("--echelle", String(Math.max(1, asked)));
    document.querySelectorAll("[data-minutes]").forEach(function (line) {
      line.style.fontSize = (diag > 0 && dist > 0 ? HV.fontFor(Number(line.dataset.minutes), diag, dist, innerWidth, innerHeight) : Number(line.dataset.minutes)) + "px";
    });
    const measures = byId("mire-mesures");
    if (measures) measures.textContent = diag > 0 && dist > 0 ? HV.t("Écran de {diag} pouces à {dist} m, {w} × {h} points.", { diag: HV.number(diag), dist: HV.number(dist), w: innerWidth, h: innerHeight }) : HV.t("Ajoutez à l’adresse la diagonale en pouces et la distance en mètres : ?mire=1&diag=55&dist=4");
    HV.paint();
  };
  addEventListener("resize", scale);

  document.addEventListener("click", function (event) {
    const theme = event.target.closest("[data-set-theme]"), language = event.target.closest("[data-set-locale]");
    if (theme) HV.setTheme(theme.dataset.setTheme);
    if (language) prefer({ locale: language.dataset.setLocale }).then(() => location.reload());
    if (event.target.closest("#quitter")) fetch("/api/v1/session", { method: "DELETE", headers: { "X-CSRFToken": csrf() } }).finally(() => location.assign("/"));
  });

  // Pages come and go inside one document: each new frame is dressed once, and empty shapes are drawn wherever they appear. --
  let dressed = null;
  const dress = function () {
    const frame = document.querySelector(".frame");
    if (frame === dressed) return;
    dressed = frame;
    if (!frame) return;
    HV.fillShapes(document);
    HV.readWords();
    applyTheme(chosenTheme());
    document.querySelectorAll("[data-set-locale]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.setLocale === HV.locale())));
    scale();
    HV.paint();
  };
  // In the task that changed the page: a frame of its own would cost as much as the change.
  const dresser = new MutationObserver(function (changes) {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE && node.isConnected) HV.fillShapes(node);
    dress();
    dresser.takeRecords();
  });
  dresser.observe(document, { childList: true, subtree: true });
  new MutationObserver(HV.paint).observe(root, { attributes: true, attributeFilter: ["data-liaison", "data-sound"] });

  HV.onPaint(paintClock);
  HV.onPaint(paintCounters);
  HV.onPaint(paintBands);
  // On the second, of the time shown; the phase on the half second.
  const tick = function () {
    HV.paint();
    paintCountersHidden();
    speak();
    if (chosenTheme() === "auto") applyTheme("auto");
    setTimeout(tick, 1000 - (HV.now() % 1000));
  };
  // A hidden tab is not painted, but its title still counts.
  const paintCountersHidden = () => document.hidden && paintCounters();
  setInterval(flash, 250);
  tick();
})();
