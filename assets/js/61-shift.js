// What the frame of every screen says of posts: one's own in the header, the handover that is late or refused in a band. It also says every half minute
// that one is there, and locks the hands of a page left for a quarter of an hour: picture, alarms and sound stay (screens.md 1.0).
(function () {
  "use strict";
  const HV = window.HV;
  const SEEN_EVERY_MS = 30000, IDLE_MS = 15 * 60000, LOOK_MS = 5000;
  const KEY_INPUT = "vigie.saisie", KEY_LOCK = "vigie.verrou";
  const LOCKED = "oui", HELD = "tenu";
  let state = null, asked = null;
  const kept = { get(key) { try { return localStorage.getItem(key); } catch (refused) { return null; } }, set(key, value) { try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch (refused) { /* Without storage each page locks for itself. */ } } };
  const frame = () => document.querySelector(".frame");
  const page = () => (frame() || { dataset: {} }).dataset.page || "";
  const csrf = () => frame().dataset.csrf;

  const read = async function () {
    // Posts are not for officials nor for data's administrators: nothing is asked that would be refused.
    if (!frame() || frame().dataset.posts === undefined) return;
    const answer = await fetch("/api/v1/shifts/state").catch(() => null);
    if (!answer || !answer.ok) return;
    state = await answer.json();
    HV.paint();
  };
  HV.shiftState = () => state;
  // Each frame asks once, and again when the feed says that something has changed about posts, or after the link was lost.
  HV.onPaint(function () {
    if (!frame() || asked === frame()) return;
    asked = frame();
    read();
  });
  document.addEventListener("vigie:shift", read);
  document.addEventListener("vigie:snapshot", read);

  HV.onPaint(function () {
    const place = document.getElementById("poste-equipe-entete");
    if (place && state) {
      const held = state.stations.find((one) => one.holder), mine = state.mine;
      HV.write(place, mine ? mine.station + " · " + HV.t("Équipe {team}", { team: mine.team }) + " · " + mine.hours
        : page() === "mur" && held ? held.name + " · " + HV.t("relève {h}", { h: HV.time(held.due_at) }) : "");
    }
    const band = document.getElementById("bandeau-releve");
    if (!band || !state) return;
    const late = state.late[0], refused = state.refused[0];
    band.hidden = !late && !refused;
    if (late) {
      HV.write(band.querySelector(".band-title"), HV.t("Relève non signée"));
      HV.write(band.querySelector(".band-text"), page() === "mur" ? HV.t("{station}, due à {h}", { station: late.station, h: HV.time(late.due_at) }) : HV.t("{station}, sortant {name}, due à {h}", { station: late.station, name: late.name, h: HV.time(late.due_at) }));
    } else if (refused) {
      HV.write(band.querySelector(".band-title"), HV.t("Relève refusée"));
      HV.write(band.querySelector(".band-text"), page() === "mur" ? refused.station : HV.t("{station}, par {name} à {h} : {reason}", { station: refused.station, name: refused.by, h: HV.time(refused.at), reason: refused.reason }));
    }
  });

  setInterval(function () {
    if (state && state.mine && frame()) fetch("/api/v1/shifts/seen", { method: "POST", headers: { "X-CSRFToken": csrf() } }).catch(() => null);
  }, SEEN_EVERY_MS);

  // The lock ---------------------------------------------------------------------------------------------------------
  const isDesk = () => Boolean(frame()) && page() !== "mur" && Boolean(document.getElementById("compte"));
  let toldAt = 0;
  const touched = function () {
    const now = Date.now();
    if (now - toldAt > 1000 && !document.querySelector(".lock")) kept.set(KEY_INPUT, String((toldAt = now)));
  };
  for (const gesture of ["pointerdown", "keydown", "wheel", "touchstart"]) addEventListener(gesture, touched, { passive: true, capture: true });
  const lastInput = () => Math.max(Number(kept.get(KEY_INPUT)) || 0, opened);
  const opened = Date.now();

  // The server holds the session too, as soon as it can be told; until then the lock is this browser's.
  let telling = false;
  const tell = async function () {
    if (telling || kept.get(KEY_LOCK) === HELD) return;
    telling = true;
    const answer = await fetch("/api/v1/session/lock", { method: "POST", headers: { "X-CSRFToken": csrf() } }).catch(() => null);
    telling = false;
    if (answer && answer.ok && document.querySelector(".lock")) kept.set(KEY_LOCK, HELD);
  };
  const lock = function () {
    if (kept.get(KEY_LOCK) !== HELD) kept.set(KEY_LOCK, LOCKED);
    tell();
    frame().inert = true;
    document.documentElement.dataset.verrou = "oui";
    const box = document.createElement("div"), form = document.createElement("form"), el = (name, said) => Object.assign(document.createElement(name), said);
    box.className = "lock";
    box.dataset.testid = "verrou";
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", HV.t("Poste verrouillé"));
    const who = (document.querySelector(".account-name") || { textContent: "" }).textContent;
    const field = el("input", { type: "password", className: "field", autocomplete: "current-password", required: true });
    field.setAttribute("aria-label", HV.t("Mot de passe de {name}", { name: who }));
    const said = el("p", { className: "post-refusal", hidden: true });
    said.setAttribute("role", "alert");
    box.append(form);
    form.append(el("h2", { textContent: HV.t("Poste verrouillé après 15 min sans saisie") }), el("p", { className: "place", textContent: HV.t("Les alarmes, le son et la carte restent en direct. Mot de passe de {name} :", { name: who }) }), field, el("button", { type: "submit", className: "action action--primary", textContent: HV.t("Déverrouiller") }), said);
    form.addEventListener("submit", async function (event) {
      event.preventDefault();
      event.stopPropagation();
      const answer = await fetch("/api/v1/session/unlock", { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() }, body: JSON.stringify({ password: field.value }) }).catch(() => null);
      field.value = "";
      if (answer && answer.ok) return unlock();
      said.hidden = false;
      said.textContent = answer ? (await answer.json().catch(() => ({}))).detail || HV.t("Réessayez.") : HV.t("La liaison est perdue : réessayez.");
    });
    document.body.append(box);
    field.focus();
  };
  const unlock = function () {
    kept.set(KEY_LOCK, null);
    kept.set(KEY_INPUT, String(Date.now()));
    document.querySelectorAll(".lock").forEach((box) => box.remove());
    delete document.documentElement.dataset.verrou;
    if (frame()) frame().inert = false;
  };
  // Keys of the screens must not act behind the lock.
  addEventListener("keydown", function (event) {
    if (document.querySelector(".lock") && !event.target.closest(".lock")) { event.stopImmediatePropagation(); event.preventDefault(); }
  }, true);
  HV.look = function (now) {
    if (!isDesk()) return;
    const locked = document.querySelector(".lock");
    if (locked && kept.get(KEY_LOCK) === null) return unlock();
    if (!locked && (kept.get(KEY_LOCK) !== null || (now || Date.now()) - lastInput() >= IDLE_MS)) return lock();
    // A page that was redrawn behind the lock is held too.
    if (locked && !frame().inert) frame().inert = true;
    if (locked) tell();
  };
  // A page that the server has just given is not held by it: whoever unlocked it elsewhere typed the password.
  if (kept.get(KEY_LOCK) === HELD) kept.set(KEY_LOCK, null), kept.set(KEY_INPUT, String(Date.now()));
  // The session is held, and this page did not know.
  document.addEventListener("vigie:held", function () {
    kept.set(KEY_LOCK, HELD);
    HV.look();
  });
  setInterval(() => HV.look(), LOOK_MS);
  addEventListener("storage", () => HV.look());
})();
