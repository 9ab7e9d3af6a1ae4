// What a wall shows: scenes without reload, their rotation, the orders of a console, visit mode, and the flight to a critical alarm out of the view.
// The address says what the wall does by itself (?ecran=&scene=&rotation=&visite=1&vue=lat,lon,zoom); an order of a console wins until the console gives the wall back.
(function () {
  "use strict";
  const HV = window.HV;
  const byId = (id) => document.getElementById(id);
  const HOLD_MS = 60000; // After an order nobody but the console moves the map for a minute.
  const query = new URLSearchParams(location.search);
  const screen = Number(query.get("ecran")) || 1;
  const orders = new Map(); // screen (0: all) → order
  let scene = "", turnedAt = 0, home = null, wall = null, flownTo = null, orderedAt = -HOLD_MS, map = null;

  if (window.L) {
    window.L.Map.addInitHook(function () {
      if (this.getContainer().id !== "carte-mur") return;
      map = this;
      this.whenReady(function () {
        const { lon, lat, zoom } = byId("carte-mur-cadre").dataset;
        home = { lon: Number(lon), lat: Number(lat), zoom: Number(zoom) };
        // The size of a wall is known when its scale is: the scene's view is set then.
        setTimeout(apply, 0);
      });
      this.on("unload", () => (map = null));
    });
  }

  const folded = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const layers = () => (wall ? JSON.parse(wall.dataset.layers || "{}") : {});
  const scenes = () => ["territoire", ...Object.keys(layers())];
  // A scene that is chosen and never comes by rotation: every domain, and of each what is critical or major alone.
  const CRISIS = "crise", CRISIS_SEVERITIES = [3, 4];
  // A scene by its key or by the word that people read: « eau » is the layer `water`.
  const named = function (word) {
    const said = folded(word || "");
    return said === CRISIS ? CRISIS : scenes().find((key) => key === said || (layers()[key] && folded(layers()[key].label) === said)) || "territoire";
  };
  const order = () => orders.get(screen) || orders.get(0) || {};
  const rotation = function () {
    const { rotation_s: ordered, scene: held } = order();
    if (ordered !== undefined) return ordered * 1000;
    return held || order().view ? 0 : (Number(query.get("rotation")) || 0) * 1000;
  };
  const isSteered = () => ["scene", "view", "rotation_s", "visit", "theme", "pattern", "pinned"].some((part) => order()[part] !== undefined);
  const critical = () => HV.alarms().filter((alarm) => alarm.priority === "critical" && alarm.state === "unacknowledged");
  HV.isVisit = () => Boolean(wall) && (order().visit === true || query.get("visite") === "1");
  HV.pinned = () => order().pinned || [];
  // A critical alarm belongs to every scene.
  HV.isNarrowed = () => scene !== "" && scene !== "territoire";
  HV.sceneLayer = () => (HV.isNarrowed() && scene !== CRISIS ? scene : "");
  HV.inScene = (alarm) => !HV.isNarrowed() || alarm.priority === "critical" || (scene === CRISIS ? alarm.priority === "major" : alarm.layer === scene) || HV.pinned().includes(alarm.id);

  // The shapes of critical alarms of other domains stay on a scene's map; points of their layers do not, nor what a visitor may not see.
  window.Vigie.staysOnMap = (alarm) => Boolean(wall) && HV.isNarrowed() && HV.inScene(alarm) && !(HV.isVisit() && alarm.layer === "security");

  const view = function () {
    if (order().view) return order().view;
    const written = (query.get("vue") || "").split(",").map(Number);
    return written.length === 3 && written.every(Number.isFinite) ? { lat: written[0], lon: written[1], zoom: written[2] } : home;
  };
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  // false: the map is on its way elsewhere, and would not hear; the next paint asks again.
  const look = function ({ lon, lat, zoom }) {
    if (map && map._animatingZoom) return false;
    if (!map || (Math.abs(map.getCenter().lng - lon) < 1e-6 && Math.abs(map.getCenter().lat - lat) < 1e-6 && map.getZoom() === zoom)) return true;
    map.setView([lat, lon], zoom, { animate: !still.matches, duration: 0.6 });
    return true;
  };
  const filter = function () {
    const all = Object.keys(layers());
    const kept = (HV.sceneLayer() ? [scene] : all).filter((key) => !(HV.isVisit() && key === "security"));
    const kinds = kept.length < all.length ? { kinds: kept.map((key) => key + ":*") } : null;
    return scene === CRISIS ? { severities: CRISIS_SEVERITIES, ...kinds } : kinds;
  };

  let applied = "";
  const apply = function () {
    if (!wall) return;
    const wanted = JSON.stringify([scene, order(), HV.isVisit(), Boolean(map), Boolean(home)]);
    if (wanted === applied) return;
    applied = wanted;
    wall.dataset.scene = scene;
    document.documentElement.dataset.visite = String(HV.isVisit());
    if (window.Vigie.setFilter) window.Vigie.setFilter(filter());
    if (home && !flownTo && !look(view())) applied = "";
    const { theme } = order();
    if (HV.steerTheme) HV.steerTheme(theme || "");
    HV.paint();
  };
  // The pattern is a page of the server's: the one thing here that goes by a reload.
  const pattern = function () {
    const wanted = order().pattern === true, shown = query.get("mire") === "1";
    if (!byId("mur") && !byId("mire")) return;
    if (wanted && !shown) { query.set("mire", "1"); query.set("pilote", "1"); location.search = query.toString(); }
    else if (!wanted && shown && query.get("pilote") === "1") { query.delete("mire"); query.delete("pilote"); location.search = query.toString(); }
  };

  const turn = function () {
    if (!wall) return;
    const every = rotation();
    if (every > 0 && critical().length) {
      // Rotation stops: everything is shown until somebody has acknowledged.
      scene = "territoire";
      turnedAt = performance.now();
    } else if (every > 0 && performance.now() - turnedAt >= every) {
      const all = scenes();
      scene = all[(all.indexOf(scene) + 1) % all.length];
      turnedAt = performance.now();
    } else if (!every) scene = named(order().scene || query.get("scene"));
    apply();
  };
  // Out of the view, a new critical alarm brings the map to it; acknowledged, the map goes back to its scene.
  const fly = function () {
    if (!map || !wall) return;
    const open = critical().filter((alarm) => alarm.lon !== null && !(HV.isVisit() && alarm.layer === "security"));
    if (flownTo && !open.some((alarm) => alarm.id === flownTo) && look(view())) flownTo = null;
    if (flownTo || performance.now() - orderedAt < HOLD_MS) return;
    const outside = open.find((alarm) => !map.getBounds().contains([alarm.lat, alarm.lon]));
    if (!outside) return;
    if (look({ lon: outside.lon, lat: outside.lat, zoom: Math.max(map.getZoom(), 14) })) flownTo = outside.id;
  };

  const note = function () {
    const place = byId("mur-etat");
    if (!place) return;
    const label = layers()[scene] ? HV.t(layers()[scene].label) : scene === CRISIS ? HV.t("Crise, critiques et majeures seules") : HV.t("Territoire");
    const many = rotation() > 0;
    const said = [
      HV.isNarrowed() || many ? HV.t("Scène {scene}", { scene: label }) : "",
      many ? (critical().length ? HV.t("rotation arrêtée : alarme critique") : HV.t("rotation {s} s", { s: rotation() / 1000 })) : "",
      isSteered() ? (HV.isVisit() ? HV.t("piloté depuis une console") : HV.t("piloté par {name}", { name: order().by_name })) : "",
      HV.isVisit() ? HV.t("mode visite") : "",
    ].filter(Boolean).join(" · ");
    place.hidden = !said;
    if (place.textContent !== said) place.textContent = said;
  };

  const hear = function (body) {
    if (body.screen === 0) orders.clear();
    const held = orders.get(body.screen);
    if (held && held.version > body.version) return;
    orders.set(body.screen, body);
    if (body.screen !== 0 && body.screen !== screen) return;
    orderedAt = performance.now();
    flownTo = null;
    turnedAt = performance.now();
    turn();
    pattern();
  };
  // What is heard between the question and its answer is newer than the answer.
  const fetchOrders = function () {
    const known = new Map(orders);
    fetch("/api/v1/walls/steering").then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))).then(function ({ items }) {
      for (const [which, one] of known) if (orders.get(which) === one) orders.delete(which);
      const isOld = (each, which) => orders.has(which) && orders.get(which).version > each.version;
      items.filter((each) => !isOld(each, each.screen) && !isOld(each, 0)).forEach((each) => orders.set(each.screen, each)); // 0: every wall.
      turn();
      pattern();
    }).catch(() => undefined); // Without an answer the wall follows its address; the next snapshot asks again.
  };

  const isWall = () => byId("mur") || byId("mire");
  document.addEventListener("vigie:wall", (event) => isWall() && hear(event.detail.body));
  document.addEventListener("vigie:snapshot", () => isWall() && fetchOrders());
  HV.onPaint(function () {
    const found = byId("mur");
    if (found !== wall) {
      wall = found;
      applied = "";
      scene = wall ? named(query.get("scene")) : "";
      turnedAt = performance.now();
    }
    if (!wall) return;
    turn();
    fly();
    note();
  });

  // Keys of a wall that has a keyboard (screens.md 1.1).
  let isPaused = false;
  addEventListener("keydown", function (event) {
    if (!wall || event.ctrlKey || event.altKey || event.metaKey) return;
    const rank = /^Digit([1-8])$/.exec(event.code);
    if (rank && scenes()[rank[1] - 1]) { query.set("scene", scenes()[rank[1] - 1]); query.delete("rotation"); }
    else if (event.key === " ") { isPaused = !isPaused; query.set("rotation", isPaused ? "0" : "40"); }
    else if (event.key === "0" || event.code === "Digit0") { if (home) look(home); }
    else if (event.key.toLowerCase() === "v") query.set("visite", query.get("visite") === "1" ? "0" : "1");
    else if ((event.key === "+" || event.key === "-") && map) map.setZoom(map.getZoom() + (event.key === "+" ? 1 : -1));
    else return;
    event.preventDefault();
    applied = "";
    turn();
    note();
  });
})();
