// Alarms on the map: severity shapes with their domain beside them, the most severe with a count where several fall together, a label for what is critical.
(function () {
  "use strict";
  if (!window.L) return; // A page without a map.
  const PANE = "vigie-alarmes", LABELS_MOST = 4, TOGETHER_PX = 22;
  // Sides in pixels at console scale (pictures/README.md): waiting for an acknowledgement, then acknowledged.
  const SIDES = { critical: [36, 24], major: [30, 19], minor: [22, 15], info: [14, 14] };
  const RANK = { critical: 0, major: 1, minor: 2, info: 3 };
  const root = document.documentElement;
  const rem = () => parseFloat(getComputedStyle(root).fontSize) / 16;
  const isWaiting = (alarm) => alarm.priority !== "info" && (alarm.state === "unacknowledged" || alarm.state === "returned_unacknowledged");
  const side = (alarm) => SIDES[alarm.priority][isWaiting(alarm) ? 0 : 1];
  const text = (words, values) => (window.HV && window.HV.t ? window.HV.t(words, values) : words);

  const element = function (tag, className, ...children) {
    const made = document.createElement(tag);
    made.className = className;
    made.append(...children);
    return made;
  };

  // Most urgent first; each one takes in those whose shape would touch its own. Pure but for the projection it is given.
  const gather = function (alarms, project, scale) {
    const order = alarms.filter((alarm) => alarm.lon !== null && alarm.lat !== null).sort((a, b) => RANK[a.priority] - RANK[b.priority] || isWaiting(b) - isWaiting(a) || (a.raised_at < b.raised_at ? -1 : 1));
    const groups = [], cells = new Map(), reach = 64 * scale;
    for (const alarm of order) {
      const at = project(alarm), size = side(alarm) * scale;
      const column = Math.floor(at.x / reach), row = Math.floor(at.y / reach);
      let home = null;
      for (let dx = -1; dx <= 1 && !home; dx++) for (let dy = -1; dy <= 1 && !home; dy++) {
        for (const group of cells.get(column + dx + ":" + (row + dy)) || []) {
          const near = Math.max(TOGETHER_PX * scale, (group.size + size) * 0.45);
          if (Math.abs(group.at.x - at.x) < near && Math.abs(group.at.y - at.y) < near) { home = group; break; }
        }
      }
      if (home) home.alarms.push(alarm);
      else {
        const group = { lead: alarm, alarms: [alarm], at, size };
        groups.push(group);
        const key = column + ":" + row;
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push(group);
      }
    }
    return groups;
  };

  const layerOf = (key) => window.Vigie.layers.find((layer) => layer.key === key) || { label: key, icon: "" };
  const iconOf = function (alarm) {
    const layer = layerOf(alarm.layer), kind = (layer.kinds || []).find((each) => each.key === alarm.kind);
    return (kind && kind.icon) || layer.icon;
  };
  const isStale = (alarm) => window.Vigie.liaison.sources.some((source) => source.layer === alarm.layer && !source.fresh);
  const place = (alarm) => [alarm.asset_code, alarm.address || alarm.asset_name].filter((part, rank, all) => part && all.indexOf(part) === rank).join(", ");

  const label = function (alarm, toLeft) {
    const box = element("div", "map-label" + (toLeft ? " map-label--left" : ""), element("strong", "", text(alarm.title)), element("span", "", place(alarm), element("span", "when-lost", " · " + text("non actualisé"))));
    return [element("div", "map-leader" + (toLeft ? " map-leader--left" : "")), box];
  };

  // What a symbol shows, as a key: it is drawn again only when this changes.
  const faceOf = (group, withLabel, toLeft) => {
    const { lead, alarms } = group;
    return [lead.id, lead.version, lead.priority, lead.state, isStale(lead), alarms.length, withLabel, toLeft].join("|");
  };
  const draw = function (group, withLabel, toLeft) {
    const { lead, alarms } = group;
    const made = element("div", "map-symbol map-symbol--" + lead.priority + (isWaiting(lead) ? "" : " map-symbol--taken"));
    Object.assign(made.dataset, { id: lead.id, gravite: lead.priority, etat: lead.state, nombre: alarms.length });
    const shape = window.HV.shape({ severity: lead.priority, state: lead.state, stale: isStale(lead), label: "" });
    shape.style.fontSize = side(lead) / 16 + "rem";
    made.append(shape);
    const tag = element("span", "map-tag");
    const icon = iconOf(lead);
    if (icon && lead.priority !== "info") tag.append(window.HV.icon(icon));
    if (alarms.length > 1) tag.append(element("b", "", String(alarms.length)));
    if (tag.childNodes.length) made.append(tag);
    if (withLabel) made.append(...label(lead, toLeft));
    return made;
  };

  class Symbols {
    constructor(map) {
      this.map = map;
      this.markers = new Map();
      this.painted = new Map();
      const pane = map.getPane(PANE) || map.createPane(PANE);
      pane.style.zIndex = 620;
      this.selection = null;
      map.on({ zoomend: this.ask, moveend: this.ask, unload: this.remove }, this);
      Symbols.all.add(this);
      this.ask();
    }
    remove() { Symbols.all.delete(this); }
    ask() {
      if (this.asked) return;
      this.asked = true;
      requestAnimationFrame(() => { this.asked = false; this.paint(); });
    }

    paint() {
      const map = this.map, Vigie = window.Vigie, scale = rem();
      if (!map._loaded || map._animatingZoom || !window.HV || !window.HV.shape) return;
      const zoom = map.getZoom(), middle = map.getPixelBounds().getCenter();
      const groups = gather(Array.from(Vigie.alarms.values()), (alarm) => map.project([alarm.lat, alarm.lon], zoom), scale);
      const seen = new Set();
      let labels = 0;
      for (const group of groups) {
        const { lead } = group, key = lead.id;
        const withLabel = lead.asset_id === Vigie.selected || (lead.priority === "critical" && isWaiting(lead) && labels < LABELS_MOST);
        if (withLabel) labels++;
        const toLeft = group.at.x > middle.x, face = faceOf(group, withLabel, toLeft);
        seen.add(key);
        const held = this.markers.get(key);
        if (held && held.face === face) continue;
        const icon = window.L.divIcon({ html: draw(group, withLabel, toLeft), className: "map-symbol-frame", iconSize: null });
        if (held) {
          held.face = face;
          held.lead = lead;
          held.marker.setIcon(icon).setLatLng([lead.lat, lead.lon]).setZIndexOffset(this.height(lead));
        } else {
          const marker = window.L.marker([lead.lat, lead.lon], { icon, pane: PANE, keyboard: false, zIndexOffset: this.height(lead) }).addTo(map);
          const entry = { marker, face, lead };
          marker.on("click", () => Vigie.select(entry.lead.asset_id));
          this.markers.set(key, entry);
        }
      }
      for (const [key, { marker }] of this.markers) if (!seen.has(key)) { marker.remove(); this.markers.delete(key); }
      this.tell(groups);
    }
    height(lead) { return 10000 * (4 - RANK[lead.priority]) + (isWaiting(lead) ? 5000 : 0); }

    // A shape counts as painted when the frame that holds it has been handed over: a message posted in a frame is served after it.
    tell(groups) {
      const fresh = [], present = new Set();
      for (const { alarms } of groups) for (const alarm of alarms) {
        present.add(alarm.id);
        if (this.painted.get(alarm.id) !== alarm.version) fresh.push(alarm);
      }
      for (const id of this.painted.keys()) if (!present.has(id)) this.painted.delete(id);
      if (!fresh.length) return;
      fresh.forEach((alarm) => this.painted.set(alarm.id, alarm.version));
      const after = new MessageChannel();
      after.port1.onmessage = () => {
        const t = Date.now();
        fresh.forEach((alarm) => window.__hv.keep("paints", { id: alarm.id, t }));
        after.port1.close();
      };
      after.port2.postMessage(0);
    }

    select({ lon, lat }) {
      if (lon === undefined || lon === null) return;
      if (!this.selection) this.selection = window.L.marker([lat, lon], { pane: PANE, interactive: false, keyboard: false, icon: window.L.divIcon({ className: "map-selection", html: "", iconSize: null }), zIndexOffset: -1000 }).addTo(this.map);
      this.selection.setLatLng([lat, lon]);
      this.ask();
    }
  }
  Symbols.all = new Set();
  window.Vigie.gather = gather;

  const ask = () => Symbols.all.forEach((symbols) => symbols.ask());
  for (const name of ["vigie:snapshot", "vigie:alarm", "vigie:hello"]) document.addEventListener(name, ask);
  let silent = "";
  document.addEventListener("vigie:liaison", function (event) {
    const now = event.detail.sources.filter((source) => !source.fresh).map((source) => source.layer).join();
    if (now !== silent) ask();
    silent = now;
  });
  document.addEventListener("vigie:select", (event) => Symbols.all.forEach((symbols) => symbols.select(event.detail)));
  addEventListener("resize", ask);

  window.L.Map.addInitHook(function () {
    if (!/^carte/.test(this.getContainer().id)) return;
    this.whenReady(() => new Symbols(this));
  });
})();
