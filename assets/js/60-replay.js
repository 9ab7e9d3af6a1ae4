// The past: turns the pages of history. The story (alarms with every step of their lives, log, tones, notes) is held here, the map's minutes by the worker (reel.js).
// What is drawn at a moment is computed from the story alone: no value of now ever enters this page.
(function () {
  "use strict";
  const Vigie = window.Vigie, HV = window.HV;
  const MINUTE = 60000, TICK_MS = 250, TURN_EVERY_MS = 500, SHOWN = 200, USUAL_MS = 3600000;
  const WAITING = new Set(["unacknowledged", "returned_unacknowledged", "latched_unacknowledged"]);
  const MASKED = new Set(["shelved", "suppressed_by_design", "out_of_service"]);
  const RANK = { critical: 0, major: 1, minor: 2, info: 3 };
  const el = (id) => document.getElementById(id);
  const ms = (iso) => Date.parse(iso);

  // Pure: the story at a moment ---------------------------------------------------------------------------------------
  const lastOf = function (steps, at) {
    let found = null;
    for (const step of steps) if (ms(step.at) <= at) found = step;
    return found;
  };
  // An alarm as it was, or null when it asked for nothing and held nothing.
  const alarmAt = function (alarm, at) {
    const step = lastOf(alarm.steps, at);
    if (!step || step.state === "normal") return null;
    const seen = alarm.steps.filter((one) => one.action === "acknowledge" && ms(one.at) <= at).pop();
    const waits = WAITING.has(step.state);
    return Object.assign({}, alarm, {
      state: step.state, acknowledged: !waits, acknowledged_name: waits || !seen ? null : seen.actor_name, acknowledged_at: waits || !seen ? null : seen.at,
      masks: MASKED.has(step.state) ? alarm.masks : [], event_id: null, version: alarm.steps.indexOf(step) + 1,
    });
  };
  const alarmsAt = (story, at) => story.alarms.map((alarm) => alarmAt(alarm, at)).filter(Boolean)
    .sort((a, b) => MASKED.has(a.state) - MASKED.has(b.state) || WAITING.has(b.state) - WAITING.has(a.state) || RANK[a.priority] - RANK[b.priority] || ms(b.raised_at) - ms(a.raised_at));
  const countsOf = function (alarms) {
    const counts = {};
    for (const { priority, state } of alarms) {
      counts[priority] = counts[priority] || {};
      counts[priority][state] = (counts[priority][state] || 0) + 1;
    }
    return counts;
  };
  // Moments when the room was asked something, in order.
  const calls = (story) => story.alarms.flatMap((alarm) => alarm.steps.filter((step, rank) => step.state === "unacknowledged" && (rank === 0 || alarm.steps[rank - 1].state !== "unacknowledged")).map((step) => ({ at: ms(step.at), alarm })))
    .filter((call) => call.alarm.priority !== "info").sort((a, b) => a.at - b.at);
  Vigie.past = { alarmAt, alarmsAt, countsOf, calls };

  // The page ----------------------------------------------------------------------------------------------------------
  let root = null, story = null, at = 0, since = 0, until = 0, speed = 1, isPlaying = false, lastTick = 0, turnedAt = 0, drawn = "", minute = null, told = null;

  const clamp = (moment) => Math.min(Math.max(moment, since), until);
  const state = function (name, text) {
    root.dataset.etat = name;
    el("rejeu-etat").textContent = text;
  };
  const moment = (when) => HV.dayShort(when) + " " + HV.timeS(when);

  async function load(from, to, wanted) {
    stop();
    state("chargement", HV.t("Lecture de l’historique…"));
    const address = "/api/v1/replay?since=" + encodeURIComponent(new Date(from).toISOString()) + "&until=" + encodeURIComponent(new Date(to).toISOString());
    let found;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      found = await answer.json();
      if (!answer.ok) throw new Error(found.detail || String(answer.status));
    } catch (failure) {
      return state("echec", HV.t("Historique non lu : {why} Changez la période ou réessayez.", { why: failure.message }));
    }
    story = found;
    Vigie.layers = found.layers;
    [since, until] = [ms(found.since), Math.min(ms(found.until), ms(found.now))];
    HV.dates.put(el("rejeu-de"), HV.dates.local(since));
    HV.dates.put(el("rejeu-a"), HV.dates.local(until));
    if (el("rejeu-dossier")) el("rejeu-dossier").href = address.replace("/replay?", "/replay/file?");
    state("pret", summary());
    document.dispatchEvent(new CustomEvent("vigie:story", { detail: { events: found.events } }));
    minute = null;
    drawn = "";
    line();
    go(wanted === undefined ? since : wanted);
  }
  const summary = function () {
    const n = calls(story).length, said = HV.tn("{n} alarme pendant la période", "{n} alarmes pendant la période", n);
    if (story.is_cut) return HV.t("Période trop chargée : seules les 5 000 alarmes les plus graves sont montrées. Réduisez-la.");
    return n ? said : HV.t("Aucune alarme pendant la période");
  };

  // What a complete file is asked for: the period that is shown; null before it is read.
  HV.pastScope = () => (story ? { since, until } : null);

  function go(to) {
    if (!story) return;
    at = clamp(to);
    const now = Math.floor(at / MINUTE) * MINUTE;
    if (now !== minute) {
      minute = now;
      Vigie.order("past", { minute, until });
    }
    draw();
  }

  function play() {
    if (!story) return;
    if (at >= until) at = since;
    isPlaying = true;
    lastTick = performance.now();
    face();
  }
  function stop() {
    isPlaying = false;
    face();
  }
  const face = function () {
    const button = root && el("rejeu-lecture");
    if (!button) return;
    button.replaceChildren(HV.icon(isPlaying ? "player-pause" : "player-play"));
    button.setAttribute("aria-label", isPlaying ? HV.t("Pause") : HV.t("Lecture"));
    button.setAttribute("aria-pressed", String(isPlaying));
  };
  // The clock of the past waits for its map: a minute that is still being read is not passed over.
  const tick = function () {
    const now = performance.now(), passed = now - lastTick;
    lastTick = now;
    if (!root || !isPlaying || !story) return;
    if (told !== minute) return;
    go(at + passed * speed);
    if (at >= until) stop();
  };
  setInterval(tick, TICK_MS);

  // Drawing -----------------------------------------------------------------------------------------------------------
  function draw() {
    const alarms = alarmsAt(story, at);
    el("rejeu-moment").textContent = moment(at);
    root.querySelector(".replay-mark").dataset.texte = HV.t("REJEU") + " " + HV.time(at);
    const cursor = el("rejeu-curseur");
    cursor.style.setProperty("--part", part(at));
    cursor.setAttribute("aria-valuemin", "0");
    cursor.setAttribute("aria-valuemax", String(Math.round((until - since) / 1000)));
    cursor.setAttribute("aria-valuenow", String(Math.round((at - since) / 1000)));
    cursor.setAttribute("aria-valuetext", moment(at));
    document.dispatchEvent(new CustomEvent("vigie:moment", { detail: { at, since, until, alarms } })); // The curves (60-replay-curves.js).
    // Ages change by the second, the rest when something happened.
    const signature = alarms.map((alarm) => alarm.id + "." + alarm.version).join() + "|" + Math.floor(at / 1000) + "|" + story.notes.length;
    if (signature === drawn) return;
    drawn = signature;
    Vigie.alarms.clear();
    for (const alarm of alarms) if (!MASKED.has(alarm.state)) Vigie.alarms.set(alarm.id, alarm);
    Vigie.counts = countsOf(alarms);
    document.dispatchEvent(new CustomEvent("vigie:snapshot", { detail: { missed: 0 } }));
    queue(alarms);
    log();
    notes();
    if (performance.now() - turnedAt > TURN_EVERY_MS) {
      turnedAt = performance.now();
      const address = new URL(location.href);
      address.searchParams.set("de", new Date(since).toISOString());
      address.searchParams.set("a", new Date(until).toISOString());
      address.searchParams.set("t", new Date(at).toISOString());
      history.replaceState(history.state, "", address);
    }
  }
  const part = (when) => (until > since ? (when - since) / (until - since) : 0).toFixed(5);

  const make = function (tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };
  const row = function (mark, title, place, when, then) {
    const item = make("li", "replay-row", mark), inside = make(then ? "button" : "div", "", make("strong", "", title), make("span", "replay-when", when), make("span", "replay-place", place));
    if (then) { inside.type = "button"; inside.addEventListener("click", then); item.append(inside); } else item.append(...inside.childNodes);
    return item;
  };
  const none = (text) => make("li", "replay-none", text);

  const STATE_WORDS = () => ({
    unacknowledged: HV.t("non acquittée"), acknowledged: HV.t("acquittée"), returned_unacknowledged: HV.t("revenue, à acquitter"), latched: HV.t("verrouillée, à réarmer"),
    latched_unacknowledged: HV.t("verrouillée, à acquitter"), shelved: HV.t("différée"), suppressed_by_design: HV.t("inhibée"), out_of_service: HV.t("hors service"),
  });
  const said = function (alarm) {
    const word = STATE_WORDS()[alarm.state] || alarm.state;
    return alarm.acknowledged_name ? word + " — " + alarm.acknowledged_name + " " + HV.timeS(alarm.acknowledged_at) : word;
  };
  const queue = function (alarms) {
    const waiting = alarms.filter((alarm) => WAITING.has(alarm.state)).length;
    el("rejeu-file-contexte").textContent = HV.t("{n} à acquitter sur {total}", { n: HV.number(waiting), total: HV.number(alarms.length) });
    el("rejeu-file-lignes").replaceChildren(...(alarms.length ? alarms.slice(0, SHOWN).map(function (alarm) {
      const item = row(HV.shape({ severity: alarm.priority, state: alarm.state }), HV.t(alarm.title), HV.place(alarm) + " · " + said(alarm), HV.age(at - ms(alarm.raised_at)), () => Vigie.select(alarm.asset_id));
      if (WAITING.has(alarm.state)) item.classList.add("replay-row--waits");
      item.dataset.id = alarm.id;
      item.dataset.etat = alarm.state;
      return item;
    }) : [none(HV.t("Rien à acquitter à ce moment"))]));
  };
  const TONE_WORDS = () => ({ S1: HV.t("son critique, répété toutes les 4 s jusqu’à l’acquittement"), S2: HV.t("son majeur, répété au plus 5 fois"), S3: HV.t("son mineur, une fois") });
  const log = function () {
    const lines = story.logbook.filter((line) => ms(line.at) <= at).map((line) => ({ at: line.at, seq: line.seq, mark: HV.icon("clipboard-list"), title: line.text, place: HV.t("n° {n}", { n: line.seq }) + " · " + line.actor_name }));
    const tones = story.tones.filter((tone) => ms(tone.at) <= at).map(function (tone) {
      const alarm = story.alarms.find((one) => one.id === tone.alarm_id);
      return { at: tone.at, mark: HV.icon("volume"), title: tone.code + ", " + TONE_WORDS()[tone.code], place: HV.t(alarm.title) + ", " + HV.place(alarm) };
    });
    const all = lines.concat(tones).sort((a, b) => ms(b.at) - ms(a.at) || (b.seq || 0) - (a.seq || 0)).slice(0, SHOWN);
    el("rejeu-journal-contexte").textContent = HV.tn("{n} mention", "{n} mentions", lines.length) + ", " + HV.tn("{n} son", "{n} sons", tones.length);
    el("rejeu-journal-lignes").replaceChildren(...(all.length ? all.map((one) => row(one.mark, one.title, one.place, HV.timeS(one.at))) : [none(HV.t("Rien n’est écrit jusqu’à ce moment"))]));
  };
  const notes = function () {
    if (!el("rejeu-notes")) return;
    el("rejeu-notes-contexte").textContent = story.notes.length ? HV.number(story.notes.length) : "";
    el("rejeu-notes-lignes").replaceChildren(...(story.notes.length ? story.notes.map(function (note) {
      const item = row(HV.icon(note.kind === "lesson" ? "notes" : "bookmark"), note.text || HV.t("Signet"), note.author_name, HV.timeS(note.at), () => go(ms(note.at)));
      item.dataset.nature = note.kind;
      return item;
    }) : [none(HV.t("Ni signet ni enseignement sur cette période"))]));
  };

  // The line: what asked for someone, what was noted, hours, and what is before the first day kept.
  const line = function () {
    const marks = calls(story).map(function (call) {
      const shape = HV.shape({ severity: call.alarm.priority, label: HV.severityWord(call.alarm.priority) + " : " + HV.t(call.alarm.title) + ", " + HV.timeS(call.at) });
      shape.style.setProperty("--part", part(call.at));
      shape.title = HV.t(call.alarm.title) + " · " + HV.timeS(call.at);
      return shape;
    });
    const flags = story.notes.map(function (note) {
      const flag = HV.icon("bookmark");
      flag.style.setProperty("--part", part(ms(note.at)));
      return flag;
    });
    el("rejeu-reperes").replaceChildren(...marks, ...flags);
    const span = until - since, every = [5, 10, 15, 30, 60, 120, 180, 240].map((n) => n * MINUTE).find((n) => span / n <= Math.max(3, el("rejeu-heures").clientWidth / 90)) || 6 * 60 * MINUTE;
    const hours = [];
    for (let tickAt = Math.ceil(since / every) * every; tickAt <= until; tickAt += every) {
      const label = make("span", "", HV.time(tickAt));
      label.style.setProperty("--part", part(tickAt));
      hours.push(label);
    }
    if (story.earliest && ms(story.earliest) > since) {
      const gone = make("span", "replay-gone");
      gone.style.setProperty("--part", part(Math.min(until, ms(story.earliest))));
      hours.push(gone);
      state("pret", HV.t("Rien n’est conservé avant le {when}", { when: moment(ms(story.earliest)) }) + " · " + summary());
    }
    el("rejeu-heures").replaceChildren(...hours);
  };

  const jump = function (direction) {
    const all = calls(story).map((call) => call.at);
    const next = direction > 0 ? all.find((when) => when > at) : all.filter((when) => when < Math.floor(at / 1000) * 1000).pop();
    if (next !== undefined) go(next);
  };

  // Notes -------------------------------------------------------------------------------------------------------------
  const leave = async function (kind, text) {
    const csrf = document.querySelector(".frame").dataset.csrf;
    try {
      const answer = await fetch("/api/v1/replay/notes", {
        method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf, "Idempotency-Key": HV.newKey() },
        body: JSON.stringify({ at: new Date(at).toISOString(), kind, text }),
      });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.detail || String(answer.status));
      story.notes = story.notes.concat(body).sort((a, b) => ms(a.at) - ms(b.at));
    } catch (failure) {
      state("echec", HV.t("Note NON enregistrée : {why}", { why: failure.message }));
      return false;
    }
    drawn = "";
    line();
    draw();
    return true;
  };
  const learn = async function () {
    const field = el("rejeu-note");
    if (!field.value.trim()) return field.focus();
    if (await leave("lesson", field.value.trim())) field.value = "";
  };

  // Keys and pointer --------------------------------------------------------------------------------------------------
  const KEYS = {
    " ": () => (isPlaying ? stop() : play()), ArrowLeft: (far) => go(at - (far ? 10 : 1) * MINUTE), ArrowRight: (far) => go(at + (far ? 10 : 1) * MINUTE), ArrowUp: () => jump(-1), ArrowDown: () => jump(1),
    b: () => el("rejeu-signet") && leave("bookmark", ""), l: () => el("rejeu-direct") && el("rejeu-direct").click(), Home: () => go(since), End: () => go(until),
  };
  document.addEventListener("keydown", function (event) {
    if (!root || !root.isConnected || !story || event.altKey || event.metaKey) return;
    if (event.ctrlKey) return void (event.key === "Enter" && event.target.id === "rejeu-note" && learn());
    if (event.target.closest("input, textarea, select, .leaflet-container, .replay-rows")) return;
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || (event.key === " " && event.target.closest("button, a"))) return;
    event.preventDefault();
    act(event.shiftKey);
  });
  const follow = function (event) {
    const box = el("rejeu-reperes").getBoundingClientRect();
    go(since + ((event.clientX - box.left) / box.width) * (until - since));
  };

  // An access by motive opens on its own window, and on nothing that an address asks for outside of it.
  const window_ = function (data, asked) {
    if (!data.depuis) return asked;
    const [from, to] = [ms(data.depuis), ms(data.jusque)], inside = (when) => when >= from && when <= to;
    return { t: inside(asked.t) ? asked.t : NaN, from: inside(asked.from) && inside(asked.to) ? asked.from : from, to: inside(asked.from) && inside(asked.to) ? asked.to : to };
  };
  // What was lent is given back: nothing of the window stays in the page, nor on it.
  HV.leavePast = function () {
    stop();
    story = null;
    location.replace("/rejeu");
  };

  const mount = function (found) {
    root = found;
    story = null;
    const on = (id, act) => el(id) && el(id).addEventListener("click", act);
    on("rejeu-lecture", () => (isPlaying ? stop() : play()));
    on("rejeu-recule", () => go(at - MINUTE));
    on("rejeu-avance", () => go(at + MINUTE));
    on("rejeu-precedent", () => story && jump(-1));
    on("rejeu-suivant", () => story && jump(1));
    on("rejeu-signet", () => story && leave("bookmark", ""));
    on("rejeu-noter", learn);
    on("rejeu-charger", function () {
      const [from, to] = [HV.dates.at(el("rejeu-de")), HV.dates.at(el("rejeu-a"))];
      if (Number.isNaN(from) || Number.isNaN(to)) return state("echec", HV.t("Écrivez le début et la fin de la période"));
      load(from, to);
    });
    root.querySelectorAll("[data-vitesse]").forEach((button) => button.addEventListener("click", function () {
      speed = Number(button.dataset.vitesse);
      root.querySelectorAll("[data-vitesse]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    }));
    const track = el("rejeu-frise");
    track.addEventListener("pointerdown", function (event) { if (!story) return; stop(); track.setPointerCapture(event.pointerId); follow(event); });
    track.addEventListener("pointermove", (event) => story && track.hasPointerCapture(event.pointerId) && follow(event));
    const asked = new URLSearchParams(location.search), of = (name) => (asked.get(name) ? ms(asked.get(name)) : NaN);
    const moments = window_(root.dataset, { t: of("t"), from: of("de"), to: of("a") });
    const to = moments.to || (moments.t ? moments.t + USUAL_MS / 2 : Date.now()), from = moments.from || (moments.t ? moments.t - USUAL_MS / 2 : to - USUAL_MS);
    load(from, to, moments.t || undefined);
  };
  document.addEventListener("vigie:past", function ({ detail }) {
    told = detail.minute;
    if (!root || !story) return;
    if (detail.failed) return state("echec", HV.t("Carte de {hour} non lue : {why}", { hour: HV.time(detail.minute), why: detail.failed }));
    const silent = (detail.silent || []).map((key) => (Vigie.layers.find((layer) => layer.key === key) || { label: key }).label);
    state("pret", silent.length ? HV.t("Sans données à ce moment : {names}", { names: silent.join(", ") }) : summary());
  });
  new MutationObserver(function () {
    const found = el("rejeu");
    if (found && found !== root && el("rejeu-a")) mount(found);
  }).observe(document, { childList: true, subtree: true });
})();
