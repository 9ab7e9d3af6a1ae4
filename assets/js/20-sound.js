// Sounds of alarms and of a lost link, made by WebAudio (screens.md B.4, B.6). A page sounds when it is a wall, asks for it (data-son="oui"), or was chosen as sound post.
// <html data-son> says: actif, bloque (the browser waits for a gesture), coupe (this page does not sound, or is silenced for a minute).
(function () {
  "use strict";
  const root = document.documentElement;
  // [Hz, start ms, length ms]. Frequencies of B.6: neighbours differ by more than 20 % so that none masks another.
  const TONES = {
    S1: [[988, 0, 150], [784, 150, 150], [988, 300, 150]],
    S2: [[659, 0, 150], [659, 250, 150]],
    S3: [[440, 0, 200]],
    S0: [[330, 0, 250], [220, 250, 350]],
  };
  // code, repetition and how many at most, by priority (B.4).
  const RULES = { critical: { code: "S1", every: 4000, most: Infinity }, major: { code: "S2", every: 15000, most: 5 }, minor: { code: "S3", every: Infinity, most: 1 } };
  // A critical alarm that nobody has acknowledged for half a minute is heard twice as loud (B.4).
  const VOLUME = 0.5, LOUDER = 1;
  const isLouder = () => Array.from(Vigie.alarms.values()).some((alarm) => alarm.priority === "critical" && alarm.state === "unacknowledged" && alarm.escalation);
  const LINK_EVERY = 10000, SILENCE_MS = 60000, FLOOD_EVERY = 30000, FLOOD_IN_A_MINUTE = 30, TOGETHER_MS = 1000, CRITICAL_APART_MS = 700, NIGHT = [22, 6];
  const TOGETHER_READ_MS = 50;
  const ORDER = Object.keys(RULES);
  const Vigie = window.Vigie;

  let context = null, silentUntil = 0, linkAt = -LINK_EVERY, lastAt = -FLOOD_EVERY, lastPriority = "minor";
  const played = new Map(); // alarm id → {times, at, version}
  const arrivals = [];
  const saidLayers = new Set();

  const isPost = function () {
    if (root.dataset.liaison === "rejeu") return false; // Nobody must run for an alarm of yesterday.
    let chosen = null;
    try { chosen = localStorage.getItem("vigie.son"); } catch (refused) { chosen = null; } // A browser may forbid storage: then only walls sound.
    const asked = new URLSearchParams(location.search);
    // One screen of a room sounds: the first one, or the one whose address says so (?son=oui).
    if (document.querySelector("[data-testid=mur]")) return asked.has("son") ? asked.get("son") === "oui" : (asked.get("ecran") || "1") === "1" && chosen !== "non";
    return chosen !== "non" && (chosen === "oui" || document.querySelector("body [data-son=oui]") !== null);
  };
  const isSilenced = () => performance.now() < silentUntil;

  const audio = function () {
    if (!context && window.AudioContext) context = new AudioContext();
    return context;
  };
  const state = function () {
    if (!isPost() || isSilenced()) return "coupe";
    const made = audio();
    return made && made.state === "running" ? "actif" : "bloque";
  };
  const tellState = function () {
    const now = state();
    if (root.dataset.son === now) return;
    root.dataset.son = now;
    document.dispatchEvent(new CustomEvent("vigie:son", { detail: { state: now === "bloque" ? "bloqué" : now } }));
  };
  const unblock = () => context && context.state !== "running" && context.resume().then(tellState, tellState);

  // What should have sounded is recorded even where the browser holds it back: `state` tells whether it was heard.
  const play = function (code) {
    const now = state();
    if (now === "coupe") return;
    const loud = isLouder() ? LOUDER : VOLUME;
    window.__hv.keep("sounds", { t: Date.now(), code, state: now, volume: loud });
    if (now !== "actif") return;
    const start = context.currentTime + 0.01;
    for (const [hertz, at, length] of TONES[code]) {
      const tone = context.createOscillator(), volume = context.createGain();
      const from = start + at / 1000, to = from + length / 1000;
      tone.frequency.value = hertz;
      // Ten milliseconds in and out: a tone cut short clicks.
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(loud, from + 0.01);
      volume.gain.setValueAtTime(loud, to - 0.01);
      volume.gain.linearRampToValueAtTime(0, to);
      tone.connect(volume).connect(context.destination);
      tone.start(from);
      tone.stop(to);
    }
  };

  const clock = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", hourCycle: "h23", timeZone: "Europe/Paris" });
  const hour = () => Number(clock.format(Vigie.now()));
  const isNight = () => hour() >= NIGHT[0] || hour() < NIGHT[1];
  const asks = (alarm) => alarm.state === "unacknowledged" && RULES[alarm.priority] !== undefined;
  const isFlood = (now) => arrivals.filter((at) => now - at < 60000).length > FLOOD_IN_A_MINUTE;

  // One tone at a time, the most urgent that is due. An alarm that came back or got worse (another life of the same id) begins anew.
  const sound = function () {
    const now = performance.now();
    tellState();
    if (!isPost()) return;
    if (["perdue", "base"].includes(Vigie.liaison.state)) {
      // The state of alarms is unknown: their tones stop, the link's own is heard.
      if (now - linkAt >= LINK_EVERY) { linkAt = now; play("S0"); }
      return;
    }
    linkAt = -LINK_EVERY;
    for (const source of Vigie.liaison.sources) {
      if (source.fresh) saidLayers.delete(source.layer);
      else if (!saidLayers.has(source.layer)) { saidLayers.add(source.layer); play("S0"); }
    }
    for (const priority of Object.keys(RULES)) {
      const rule = RULES[priority];
      let isDue = false;
      for (const alarm of Vigie.alarms.values()) {
        if (alarm.priority !== priority || !asks(alarm)) continue;
        const life = alarm.raised_at + "|" + alarm.count + "|" + alarm.priority, held = played.get(alarm.id);
        const past = held && held.life === life ? held : { times: 0, at: -Infinity, life };
        // One that chatters has been heard: its further lives are counted and not sounded, but for the critical, which nobody may miss.
        const chatters = priority !== "critical" && window.HV && window.HV.chatter && window.HV.chatter.times(alarm) > 0;
        if (chatters || past.times >= rule.most || now - past.at < rule.every) { played.set(alarm.id, past); continue; }
        // What comes within a second of a tone that is as urgent was announced by it: twenty tones at once are a noise.
        const isTogether = ORDER.indexOf(priority) >= ORDER.indexOf(lastPriority) && now - lastAt < (priority === "critical" ? CRITICAL_APART_MS : TOGETHER_MS);
        // A critical one waits for a tone of its own, which comes in time (check 2: 1.2 s): it is never taken for the one before.
        if (isTogether && priority === "critical") continue;
        isDue = isDue || !isTogether;
        played.set(alarm.id, { times: past.times + 1, at: now, life });
      }
      if (!isDue || (priority === "minor" && isNight())) continue;
      // In an avalanche one tone per half minute is all that anybody can use.
      if (isFlood(now) && now - lastAt < FLOOD_EVERY) return;
      lastAt = now;
      lastPriority = priority;
      play(rule.code);
      return;
    }
  };

  // Of the alarms that the page holds, and of as many that it let go of.
  const PLAYED_MOST = 2000;
  const letGo = function () { for (const id of played.keys()) if (!Vigie.alarms.has(id)) played.delete(id); };

  // Alarms that come together are judged together: in an avalanche each would look at all the others.
  let waiting = 0;
  const soon = function () { waiting = waiting || setTimeout(function () { waiting = 0; sound(); }, TOGETHER_READ_MS); };
  document.addEventListener("vigie:alarm", function (event) {
    const { body, before } = event.detail;
    if (!before) { arrivals.push(performance.now()); if (arrivals.length > 200) arrivals.shift(); }
    if (!asks(body)) played.delete(body.id);
    if (played.size > PLAYED_MOST) letGo();
    soon();
  });
  document.addEventListener("vigie:snapshot", function () {
    letGo();
    sound();
  });
  document.addEventListener("vigie:liaison", sound);
  setInterval(sound, 250);
  for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, unblock, { passive: true });

  // The room's speaker rests for a minute; nothing is acknowledged by it.
  Vigie.silence = function (ms) { silentUntil = performance.now() + (ms === undefined ? SILENCE_MS : ms); tellState(); };
  // A tone of each kind, for the handover's test.
  Vigie.testSound = function (code) { unblock(); play(code || "S3"); };
  // Makes this page a sound post, or not.
  Vigie.setSound = function (on) {
    try { localStorage.setItem("vigie.son", on ? "oui" : "non"); } catch (refused) { return; } // Without storage the choice cannot be kept.
    if (on) unblock();
    tellState();
  };
})();
