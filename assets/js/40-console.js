// The console: what is selected, who reads, and the map around the selection. Queue, detail, logbook, actions and keys are in 41 to 45.
(function () {
  "use strict";
  const Desk = (window.Desk = { root: null, selected: null, map: null, mounts: [], watchers: [], resting: [] });
  const RADIUS_M = 250;
  const CLOSE_ZOOM = 16;

  // Runs `build` each time the console appears: a page of Dash comes and goes without a reload.
  Desk.onMount = (build) => Desk.mounts.push(build);
  // Runs `read(row or null, previous)` each time the selection, or what it holds, changes.
  Desk.onSelection = (read) => Desk.watchers.push(read);
  // What is costly of a choice, a question to the server or the map's move, waits until the choice rests: who runs down the queue reads none of it on the way.
  Desk.onRest = (read) => Desk.resting.push(read);

  Desk.me = () => (Desk.root ? Desk.root.dataset.moi : "");
  Desk.may = (permission) => Boolean(Desk.root) && Desk.root.dataset.droits.split(" ").includes(permission);
  Desk.csrf = () => (document.querySelector("[data-csrf]") || { dataset: {} }).dataset.csrf || "";
  Desk.now = () => (window.Vigie && window.Vigie.now ? window.Vigie.now() : Date.now());
  // Whether a write would reach the server and its database: B.1 disables actions otherwise.
  Desk.isCut = () => ["perdue", "base"].includes(document.documentElement.dataset.liaison);
  Desk.byId = (id) => document.getElementById(id);

  // A key for one act, however often it is sent.
  Desk.key = () => HV.newKey();

  // A request of the API, in the session and with its CSRF token. Gives the body; throws {status, detail} when refused, without status when no answer came.
  Desk.ask = async function (method, path, body, key, signal) {
    const headers = { Accept: "application/json" };
    if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": Desk.csrf() });
    if (key) headers["Idempotency-Key"] = key;
    const answer = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : undefined, credentials: "same-origin", signal });
    const read = await answer.json().catch(() => ({}));
    if (answer.status === 423) document.dispatchEvent(new CustomEvent("vigie:held"));
    if (!answer.ok) throw Object.assign(new Error(read.detail || String(answer.status)), { status: answer.status, detail: read.detail });
    return read;
  };

  Desk.toast = function (text, kind) {
    const close = { "aria-label": HV.t("Fermer la notification") };
    const stays = kind === "failed";
    const toast = { id: "avis-local-" + Math.random().toString(36).slice(2), action: "show", message: text, className: "toast toast--own toast--" + kind, autoClose: stays ? false : 6000, withBorder: true, role: stays ? "alert" : "status", closeButtonProps: close };
    window.dash_clientside.set_props("avis", { sendNotifications: [toast] });
  };

  // Dash says nothing of a callback that was refused (403: out of reach; 409: a page of another version): the sentence of the answer is a toast.
  const send = window.fetch;
  window.fetch = async function (what, ...how) {
    const answer = await send.call(window, what, ...how);
    if (Desk.root && [403, 409].includes(answer.status) && String(what.url || what).includes("/_dash-update-component"))
      answer.clone().json().then((read) => read.detail && Desk.toast(read.detail, "failed")).catch(() => null);
    return answer;
  };

  // Selects a row of the queue, or nothing. The Dash callback behind the store reads the sheet; the scripts draw the rest at once.
  Desk.select = function (row) {
    const before = Desk.selected;
    Desk.selected = row;
    Desk.watchers.forEach((read) => read(row, before));
    const now = performance.now(), pace = now - chosenAt;
    chosenAt = now;
    rest(pace < RHYTHM_MS ? Math.max(REST_MS, LATE * pace) : REST_MS);
  };
  // A choice rests when the next one is later than the rhythm of the last two: who keeps a rhythm, however slow the page has made it, is still on the way. After a longer
  // silence the first choice rests at once. On a busy page a choice seems to rest while the next key waits to be heard: what is costly begins in an idle moment, or after
  // a second without one.
  const REST_MS = 200, LATE = 1.5, RHYTHM_MS = 450, IDLE_MS = 1000;
  let chosenAt = -RHYTHM_MS;
  const idly = window.requestIdleCallback ? (act) => window.requestIdleCallback(act, { timeout: IDLE_MS }) : (act) => setTimeout(act);
  let resting = 0, turn = 0;
  let rested = null; // The row of which the sheet and the map speak.
  const rest = function (delay) {
    const mine = ++turn;
    clearTimeout(resting);
    resting = setTimeout(() => idly(() => mine === turn && settle()), delay);
  };
  Desk.restAgain = () => resting || rest(REST_MS);
  const settle = function () {
    const row = Desk.selected, isOther = !row || !rested || rested.key !== row.key;
    resting = 0;
    rested = row;
    if (!Desk.root) return;
    window.dash_clientside.set_props("selection", { data: row ? { alarm: row.alarmId, event: row.event ? row.event.id : null, version: row.signature } : null });
    Desk.resting.forEach((read) => read(row));
    if (row && isOther) Desk.showOnMap(row);
  };

  // The same row with newer facts: nothing moves, the sheet is read again when a version changed. A choice that is about to rest rests all the same: it speaks of the row as it is then.
  Desk.refresh = function (row) {
    const before = Desk.selected;
    Desk.selected = row;
    Desk.watchers.forEach((read) => read(row, before));
    if (before.signature !== row.signature && !resting) rest(REST_MS);
  };

  const KEYED_MS = 1000;
  let keyedAt = -KEYED_MS;
  document.addEventListener("keydown", () => { keyedAt = performance.now(); }, true);
  let circle = null;
  Desk.showOnMap = function (row) {
    const map = Desk.map;
    const note = Desk.byId("carte-perimetre");
    if (circle) circle.remove();
    circle = null;
    if (note) note.hidden = true;
    if (!map || !row || row.lat === null || row.lat === undefined) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    // By the keyboard the map jumps: a glide of half a second is thirty paintings, and the next key waits for them.
    map.setView([row.lat, row.lon], Math.max(map.getZoom(), CLOSE_ZOOM), { animate: !still && performance.now() - keyedAt > KEYED_MS, duration: 0.5 });
    circle = L.circle([row.lat, row.lon], { radius: RADIUS_M, className: "impact", fill: false, interactive: false, renderer: L.svg({ padding: 1 }) }).addTo(map);
    if (!note) return;
    note.textContent = HV.t("Périmètre de {m} m", { m: RADIUS_M });
    note.hidden = false;
  };

  const isLookedAt = window.Vigie.isLookedAt;
  window.Vigie.isLookedAt = (alarm) => isLookedAt(alarm) || Boolean(Desk.selected && Desk.selected.alarmId === alarm.id);

  if (window.L) {
    window.L.Map.addInitHook(function () {
      if (this.getContainer().id !== "carte") return;
      Desk.map = this;
      circle = null;
      this.on("unload", () => { if (Desk.map === this) Desk.map = null; });
      this.whenReady(() => setTimeout(() => Desk.selected && Desk.showOnMap(Desk.selected), 0));
    });
  }

  // The page is put in and taken out by Dash: the root's identity says which.
  const look = function () {
    const root = document.getElementById("console");
    if (root === Desk.root) return;
    Desk.root = root;
    Desk.selected = rested = null;
    turn += 1;
    clearTimeout(resting);
    resting = 0;
    if (root) Desk.mounts.forEach((build) => build(root));
  };
  const start = function () {
    new MutationObserver(look).observe(document.getElementById("react-entry-point") || document.body, { childList: true, subtree: true });
    look();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
