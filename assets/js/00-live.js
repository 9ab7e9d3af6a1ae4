// The feed, on the page: starts the worker, keeps window.Vigie and window.__hv, tells every other script by events on document (docs/live-protocol.md §7).
(function () {
  "use strict";
  const root = document.documentElement;
  const KEPT = 500, LINES = 200;
  const keep = (list, entry) => { list.push(entry); if (list.length > KEPT) list.shift(); };

  const hv = (window.__hv = { liaison: "", lastHb: null, seq: 0, sounds: [], paints: [], map: { n: 0, painted: 0, zoom: 0 }, version: "" });
  hv.keep = (list, entry) => keep(hv[list], entry);

  const Vigie = (window.Vigie = {
    alarms: new Map(), events: new Map(), interventions: new Map(), logbook: [], headlines: [], counts: {}, layers: [], programs: [], posture: null, liaison: { state: "", since: null, cause: "", lag: 0, sources: [] },
  });
  const say = (name, detail) => document.dispatchEvent(new CustomEvent("vigie:" + name, { detail }));

  // Platform time runs on the page's monotonic clock between heartbeats, at the platform's speed.
  let anchor = null;
  const setAnchor = (now, speed) => (anchor = { now, at: performance.now(), speed: speed || 1 });
  Vigie.now = () => (anchor ? anchor.now + (performance.now() - anchor.at) * anchor.speed : Date.now());

  // Whether values of that layer may be shown as current; no layer: of anything.
  Vigie.fresh = function (layer) {
    const { state, sources } = Vigie.liaison;
    if (state !== "direct" && state !== "partiel") return false;
    return !layer || !sources.some((source) => source.layer === layer && !source.fresh);
  };

  // The engine has a thread of its own. A browser without OffscreenCanvas runs the same code here (orders wait for it to load); its map is as true and its page a little slower.
  let worker = null, take = null;
  const early = [];
  // The page of the past has no feed: its engine reads history (60-replay.js turns its pages). Going from it to a live page loads the page anew.
  const isPast = location.pathname === "/rejeu";
  const order = function (type, body, transfer) {
    const said = Object.assign({ type }, body);
    if (worker) worker.postMessage(said, transfer || []);
    else if (take) take(said);
    else early.push(said);
  };
  const start = function () {
    if (typeof OffscreenCanvas !== "undefined") {
      worker = new Worker(isPast ? "/live/past.js" : "/live/live.js", { type: "module" });
      worker.onmessage = ({ data }) => HEAR[data.type](data);
      worker.onerror = broken;
      return;
    }
    Promise.all([import("/live/engine.js"), isPast ? import("/live/reel.js") : {}]).then(function ([engine, past]) {
      take = engine.begin((type, body) => HEAR[type](Object.assign({ type }, body)), past.openPast);
      early.splice(0).forEach(take);
    }, broken);
  };
  // Without its engine the page knows nothing: it says so rather than show what it had.
  const broken = () => applyLink({ state: "perdue", since: hv.lastHb, cause: "worker", lag: 0, sources: [] });
  Vigie.order = order;

  // Facts -----------------------------------------------------------------------------------------------------------
  const newer = (held, body) => !held || body.version >= held.version;
  const isOpen = (alarm) => (alarm.is_open === undefined ? alarm.condition === "active" || !alarm.acknowledged : alarm.is_open);
  const LIVE = new Set(["new", "in_progress", "on_hold", "resolved"]);
  // One that is done stays beside its live event: what was found there is what closes it.
  const SENT = new Set(["requested", "accepted", "en_route", "on_site", "refused", "impossible"]);
  const isSent = (one) => SENT.has(one.status) || (one.status === "done" && Boolean(one.event_id) && !endedIn.get(Vigie.events).has(one.event_id));
  const letGoOfDone = (event_id) => Vigie.interventions.forEach((one) => one.event_id === event_id && !isSent(one) && Vigie.interventions.delete(one.id));
  // Versions at which alarms and events ended: an older fact that comes late must not bring one back.
  const ENDED_KEPT = 500;
  const endedIn = new Map([[Vigie.alarms, new Map()], [Vigie.events, new Map()], [Vigie.interventions, new Map()]]);
  const remember = function (map, body, isLive) {
    const before = map.get(body.id), ended = endedIn.get(map);
    if (!newer(before, body) || body.version < ended.get(body.id)) return null;
    if (isLive) map.set(body.id, body);
    else {
      map.delete(body.id);
      ended.delete(body.id);
      ended.set(body.id, body.version);
      if (ended.size > ENDED_KEPT) ended.delete(ended.keys().next().value);
    }
    return { before };
  };
  const count = function (alarm, by) {
    if (!alarm || !isOpen(alarm)) return;
    const states = (Vigie.counts[alarm.priority] = Vigie.counts[alarm.priority] || {});
    states[alarm.state] = Math.max(0, (states[alarm.state] || 0) + by);
  };

  // A page holds the alarms that a snapshot would hold, and as many that came since: beyond that it lets go of the last in the server's order (store/snapshot.py), which
  // counts them for it. What somebody works on or looks at stays.
  const ALARMS_LEAST = 500, ALARMS_MOST = 1000;
  const RANK = { critical: 1, major: 2, minor: 3, info: 4 };
  const isMasked = (alarm) => Boolean(alarm.masking && alarm.masking.length);
  const inOrder = (a, b) => isMasked(a) - isMasked(b) || (RANK[a.priority] || 5) - (RANK[b.priority] || 5) || Date.parse(a.raised_at) - Date.parse(b.raised_at) || a.id - b.id;
  Vigie.isLookedAt = (alarm) => alarm.asset_id === Vigie.selected; // The console adds its own choice (40-console.js).
  const forget = function () {
    for (const alarm of Array.from(Vigie.alarms.values()).sort(inOrder).slice(ALARMS_LEAST)) {
      if (!alarm.event_id && !Vigie.isLookedAt(alarm)) Vigie.alarms.delete(alarm.id);
    }
  };

  const TAKE = {
    hello(message) {
      hv.version = message.version;
      Vigie.layers = message.layers;
      Vigie.assets = message.assets;
      setAnchor(message.now, message.clock.speed);
      say("hello", message);
    },
    snapshot(message) {
      replace(Vigie.alarms, message.alarms);
      replace(Vigie.events, message.events);
      replace(Vigie.interventions, message.interventions || []);
      Vigie.logbook = message.logbook;
      Vigie.counts = message.counts;
      if (message.headlines.length) Vigie.headlines = message.headlines;
      if (message.posture) situate(message.posture);
      say("snapshot", message);
    },
    alarm(message) {
      const done = remember(Vigie.alarms, message.body, isOpen(message.body));
      if (!done) return;
      if (Vigie.alarms.size > ALARMS_MOST) forget();
      count(done.before, -1);
      count(message.body, 1);
      say("alarm", { body: message.body, seq: message.seq, before: done.before });
    },
    event(message) {
      const isLive = LIVE.has(message.body.status), done = remember(Vigie.events, message.body, isLive);
      if (done && isLive) endedIn.get(Vigie.events).delete(message.body.id);
      if (done && !isLive) letGoOfDone(message.body.id);
      if (done) say("event", { body: message.body, seq: message.seq, before: done.before });
    },
    intervention(message) {
      const done = remember(Vigie.interventions, message.body, isSent(message.body));
      if (done) say("intervention", { body: message.body, seq: message.seq, before: done.before });
    },
    logbook(message) {
      const { seq } = message.body, last = Vigie.logbook[Vigie.logbook.length - 1];
      const isLate = Boolean(last) && seq <= last.seq;
      if (isLate && Vigie.logbook.some((line) => line.seq === seq)) return;
      Vigie.logbook.push(message.body);
      if (isLate) Vigie.logbook.sort((a, b) => a.seq - b.seq);
      if (Vigie.logbook.length > LINES) Vigie.logbook.shift();
      say("logbook", { body: message.body, seq: message.seq });
    },
    headlines(message) {
      Vigie.headlines = message.items;
      say("headlines", message);
    },
    counts(message) {
      Vigie.counts = message.counts;
      say("counts", message);
    },
    layout: (message) => say("layout", message),
    wall: (message) => say("wall", message),
    posture: (message) => situate(message.body),
    works: (message) => say("works-changed", message),
    shift: (message) => say("shift", message),
    source: (message) => say("source", message),
    presence: (message) => say("presence", message.body),
  };
  const situate = function (situation) {
    Vigie.posture = situation;
    say("posture", situation);
  };
  // The lists of a snapshot replace ours: what is not in them has ended while we were not listening.
  const replace = function (map, shapes) {
    map.clear();
    for (const shape of shapes) {
      map.set(shape.id, shape);
      endedIn.get(map).delete(shape.id);
    }
  };

  // Link ------------------------------------------------------------------------------------------------------------
  const applyLink = function (link) {
    const state = link.state;
    Vigie.liaison = link;
    hv.liaison = state;
    if (state) root.dataset.liaison = state;
    else delete root.dataset.liaison;
    markValues();
    say("liaison", Object.assign({ age_s: hv.lastHb === null ? null : Math.max(0, (Vigie.now() - hv.lastHb) / 1000) }, link));
  };
  // A number may only become current again by its own script, which knows its value; here it can only cease to be.
  const markValues = function () {
    for (const element of document.querySelectorAll("[data-valeur]:not([data-live=false])")) {
      const owner = element.closest("[data-layer]");
      if (!Vigie.fresh(owner ? owner.dataset.layer : "")) element.dataset.live = "false";
    }
  };
  setInterval(() => Vigie.liaison.state !== "direct" && applyLink(Vigie.liaison), 1000);
  const wake = () => order("wake", { hidden: document.hidden });
  document.addEventListener("visibilitychange", wake);
  addEventListener("pageshow", wake);

  // Questions to the worker -------------------------------------------------------------------------------------------
  let asked = 0;
  const answers = new Map();
  const ask = (type, body) => new Promise(function (resolve) {
    answers.set(++asked, resolve);
    order(type, Object.assign({ ask: asked }, body));
  });
  const answer = function (body) {
    const resolve = answers.get(body.ask);
    answers.delete(body.ask);
    if (resolve) resolve(body);
  };
  Vigie.ask = ask;
  Vigie.pick = (lon, lat, zoom) => ask("pick", { lon, lat, zoom: zoom === undefined ? 16 : zoom }).then((found) => found.asset_id);
  Vigie.pickPlace = (lon, lat, zoom) => ask("pick", { lon, lat, zoom });
  Vigie.select = async function (assetId) {
    const found = await ask("locate", { id: assetId });
    Vigie.selected = assetId;
    say("select", { asset_id: assetId, lon: found.lon, lat: found.lat });
  };
  Vigie.setTheme = function (name) {
    if (window.HV && window.HV.setTheme) return window.HV.setTheme(name);
    root.dataset.theme = name;
    say("theme", { theme: name });
  };

  // Facts that come together are taken in slices, in their order: a key waits for one slice at most.
  const SLICE_MS = 5;
  const untaken = [], turn = new MessageChannel();
  let isTaking = false;
  const takeOne = function (message) {
    if (message.seq > hv.seq) hv.seq = message.seq;
    if (TAKE[message.t]) TAKE[message.t](message);
  };
  const takeSome = function () {
    const ends = performance.now() + SLICE_MS;
    let taken = 0;
    try {
      while (taken < untaken.length && performance.now() < ends) takeOne(untaken[taken++]);
    } finally { // One that fails does not hold the others back.
      untaken.splice(0, taken);
      isTaking = untaken.length > 0;
      if (isTaking) turn.port2.postMessage(0);
    }
  };
  turn.port1.onmessage = takeSome;
  const takeAll = function (messages) {
    untaken.push(...messages);
    if (!isTaking) takeSome();
  };

  const HEAR = {
    hb({ message }) {
      hv.lastHb = message.now;
      hv.seq = Math.max(hv.seq, message.seq);
      setAnchor(message.now, message.clock.speed);
      const programs = message.programs || [];
      if (String(programs) !== String(Vigie.programs)) {
        Vigie.programs = programs;
        say("programs", { programs });
      }
    },
    message: ({ message }) => takeAll(message.t === "facts" ? message.items : [message]),
    text: ({ text }) => takeAll(JSON.parse(text).items),
    link: ({ link }) => applyLink(link),
    points({ count: n }) {
      hv.map.n = n;
    },
    bitmap: (body) => Vigie.onBitmap ? Vigie.onBitmap(body) : body.bitmap && body.bitmap.close(),
    still: (body) => Vigie.onStill && Vigie.onStill(body),
    painted: (body) => Vigie.onPainted && Vigie.onPainted(body),
    icon: ({ name, size }) => Vigie.onIcon && Vigie.onIcon(name, size),
    picked: (body) => answer(body),
    listed: (body) => answer(body),
    past: (body) => say("past", body),
    counts: ({ counts }) => Vigie.onCounts && Vigie.onCounts(counts),
    // The session has ended: the server's own page says what to do next.
    ended: () => location.reload(),
    trouble: ({ text }) => console.warn("vigie: " + text),
  };
  start();
})();
