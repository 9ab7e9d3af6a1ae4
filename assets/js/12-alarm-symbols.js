// Alarms on the map: severity shapes with their domain beside them, the most severe with a count where several fall together, a label for what is critical.
(function () {
  "use strict";
  if (!window.L) return; // A page without a map.
  const PANE = "vigie-alarmes", LABELS_MOST = 4, TOGETHER_PX = 22, TAG_PX = 20;
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
          // The domain's tag stands at the right of a shape: two abreast need its room too.
          const abreast = near + (alarm.priority === "info" ? 0 : TAG_PX * scale);
          if (Math.abs(group.at.x - at.x) < abreast && Math.abs(group.at.y - at.y) < near) { home = group; break; }
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
  const title = (alarm) => (window.HV && window.HV.titleOf ? window.HV.titleOf(alarm) : text(alarm.title));
  const place = (alarm) => window.HV && window.HV.isVisit && window.HV.isVisit() && alarm.layer === "security" ? "" : [alarm.asset_code, alarm.address || alarm.asset_name].filter((part, rank, all) => part && all.indexOf(part) === rank).join(", ");

  // Where a label may stand: its near corner, in rem from the shape's centre. Rem of its text: measured once, B612 is wide.
  const CORNERS = { ne: [2.5, -4], nw: [-2.5, -4], se: [2.5, 4], sw: [-2.5, 4] };
  const TITLE_REM = 0.62, PLACE_REM = 0.55, BOX_REM = [1.8, 3.9];
  const label = (alarm, corner) => [
    element("div", "map-leader map-leader--" + corner),
    element("div", "map-label map-label--" + corner, element("strong", "", title(alarm)), element("span", "", place(alarm), element("span", "when-lost", " · " + window.HV.t("non actualisé")))),
  ];
  const boxOf = function (group, corner, px) {
    const width = (Math.min(26, Math.max(title(group.lead).length * TITLE_REM, (place(group.lead).length + 3) * PLACE_REM)) + BOX_REM[0]) * px, height = BOX_REM[1] * px;
    const x = group.at.x + CORNERS[corner][0] * px, y = group.at.y + CORNERS[corner][1] * px;
    return { left: corner[1] === "e" ? x : x - width, right: corner[1] === "e" ? x + width : x, top: corner[0] === "n" ? y - height : y, bottom: corner[0] === "n" ? y : y + height };
  };
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  // What stands over the map: its tools and its legend, as boxes in the map's pixels.
  const furniture = function (map, view) {
    const from = map.getContainer().getBoundingClientRect(), around = map.getContainer().closest("[data-testid=carte]");
    return Array.from(around ? around.parentElement.querySelectorAll(".tool-bar,.works-open,.map-coordinates,.legend") : [], (each) => each.getBoundingClientRect()).filter(({ width }) => width)
      .map((box) => ({ left: box.left - from.left + view.min.x, right: box.right - from.left + view.min.x, top: box.top - from.top + view.min.y, bottom: box.bottom - from.top + view.min.y }));
  };
  // Which corner each label takes: inside the view, over no other label, no tool and no shape as severe as a major; "" when there is no such place.
  const corners = function (groups, wanted, view, px, reserved) {
    const taken = reserved.concat(groups.filter(({ lead }) => RANK[lead.priority] < 2).map(({ at, size }) => ({ left: at.x - size / 2, right: at.x + size / 2 + 2 * px, top: at.y - size / 2, bottom: at.y + size / 2 })));
    const found = new Map();
    for (const group of wanted) {
      const corner = Object.keys(CORNERS).find(function (each) {
        const box = boxOf(group, each, px);
        return box.left >= view.min.x && box.right <= view.max.x && box.top >= view.min.y && box.bottom <= view.max.y && !taken.some((other) => meets(box, other));
      });
      if (corner) taken.push(boxOf(group, corner, px));
      found.set(group, corner || (group.lead.asset_id === window.Vigie.selected ? "ne" : ""));
    }
    return found;
  };

  // What a symbol shows, as a key: it is drawn again only when this changes.
  const faceOf = ({ lead, alarms }, corner) => [lead.id, lead.version, lead.priority, lead.state, isStale(lead), alarms.length, corner].join("|");
  const draw = function (group, corner) {
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
    if (corner) made.append(...label(lead, corner));
    return made;
  };

  // Leaflet places each marker in three dimensions, which makes a layer of the compositor of every shape: five hundred of them cost each frame more than what is in it.
  const Flat = window.L.Marker.extend({
    _setPos(at) {
      this._icon._leaflet_pos = at;
      this._icon.style.transform = "translate(" + at.x + "px," + at.y + "px)";
      this._zIndex = at.y + this.options.zIndexOffset;
      this._resetZIndex();
    },
  });
  // A quarter of a view on each side is drawn too: a drag shows what it brings in, and beyond it the shapes come when the map asks for them.
  const AROUND = 0.25;

  class Symbols {
    constructor(map) {
      this.map = map;
      this.markers = new Map();
      this.painted = new Map();
      const pane = map.getPane(PANE) || map.createPane(PANE);
      pane.style.zIndex = 620;
      this.selection = null;
      map.on({ zoomend: this.ask, moveend: this.ask, move: this.follow, unload: this.remove }, this);
      Symbols.all.add(this);
      this.ask();
    }
    remove() { Symbols.all.delete(this); }
    follow() { if (this.drawn && !this.map._animatingZoom && !this.drawn.contains(this.map.getBounds())) this.ask(); }
    ask() {
      if (this.asked) return;
      this.asked = true;
      requestAnimationFrame(() => { this.asked = false; this.paint(); });
    }

    paint() {
      const map = this.map, Vigie = window.Vigie, scale = rem();
      if (!map._loaded || map._animatingZoom || !window.HV || !window.HV.shape) return;
      const zoom = map.getZoom();
      this.drawn = map.getBounds().pad(AROUND);
      const west = this.drawn.getWest(), east = this.drawn.getEast(), south = this.drawn.getSouth(), north = this.drawn.getNorth();
      const isNear = (alarm) => alarm.lon >= west && alarm.lon <= east && alarm.lat >= south && alarm.lat <= north;
      const shown = [], away = [];
      const passes = (alarm) => !Vigie.passes || Vigie.passes(alarm) || (Vigie.staysOnMap && Vigie.staysOnMap(alarm));
      for (const alarm of Vigie.alarms.values()) if (passes(alarm)) (isNear(alarm) ? shown : away).push(alarm);
      const groups = gather(shown, (alarm) => map.project([alarm.lat, alarm.lon], zoom), scale);
      const seen = new Set();
      const isCritical = ({ lead }) => lead.priority === "critical" && isWaiting(lead);
      const wanted = [...groups.filter(({ lead }) => lead.asset_id === Vigie.selected), ...groups.filter((group) => isCritical(group) && group.lead.asset_id !== Vigie.selected).slice(0, LABELS_MOST)];
      const view = map.getPixelBounds(), places = corners(groups, wanted, view, 16 * scale, wanted.length ? furniture(map, view) : []);
      for (const group of groups) {
        const { lead } = group, key = lead.id;
        const corner = places.get(group) || "", face = faceOf(group, corner);
        seen.add(key);
        const held = this.markers.get(key);
        if (held && held.face === face) continue;
        const icon = window.L.divIcon({ html: draw(group, corner), className: "map-symbol-frame", iconSize: null });
        if (held) {
          held.face = face;
          held.lead = lead;
          held.marker.setIcon(icon).setLatLng([lead.lat, lead.lon]).setZIndexOffset(this.height(lead));
        } else {
          const marker = new Flat([lead.lat, lead.lon], { icon, pane: PANE, keyboard: false, zIndexOffset: this.height(lead) }).addTo(map);
          const entry = { marker, face, lead };
          marker.on("click", () => Vigie.select(entry.lead.asset_id));
          this.markers.set(key, entry);
        }
      }
      for (const [key, { marker }] of this.markers) if (!seen.has(key)) { marker.remove(); this.markers.delete(key); }
      this.groups = groups;
      this.tell(groups, away);
      const taken = groups.map(({ lead }) => lead.id).join();
      if (taken !== this.taken) document.dispatchEvent(new CustomEvent("vigie:shapes"));
      this.taken = taken;
    }
    height(lead) { return 10000 * (4 - RANK[lead.priority]) + (isWaiting(lead) ? 5000 : 0); }

    // A shape counts as painted when the frame that holds it has been handed over: a message posted in a frame is served after it.
    // One that was elsewhere when it came has no delay to tell when somebody brings it into view.
    tell(groups, away) {
      const fresh = [], present = new Set();
      for (const alarm of away) { present.add(alarm.id); this.painted.set(alarm.id, alarm.version); }
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
      if (!this.selection) this.selection = new Flat([lat, lon], { pane: PANE, interactive: false, keyboard: false, icon: window.L.divIcon({ className: "map-selection", html: "", iconSize: null }), zIndexOffset: -1000 }).addTo(this.map);
      this.selection.setLatLng([lat, lon]);
      this.ask();
    }
  }
  Symbols.all = new Set();
  window.Vigie.gather = gather;
  // Where the shapes of alarms stand on a map, with their domain's tag: names of places keep off.
  window.Vigie.alarmBoxes = function (map) {
    const symbols = Array.from(Symbols.all).find((each) => each.map === map), px = 16 * rem();
    return ((symbols && symbols.groups) || []).filter(({ lead }) => RANK[lead.priority] < 3).map(function ({ lead, size }) {
      const at = map.project([lead.lat, lead.lon], map.getZoom());
      return { left: at.x - size / 2, right: at.x + size / 2 + 2.5 * px, top: at.y - size / 2, bottom: at.y + size / 2 };
    });
  };

  const ask = () => Symbols.all.forEach((symbols) => symbols.ask());
  for (const name of ["vigie:snapshot", "vigie:hello", "vigie:filter"]) document.addEventListener(name, ask);
  document.addEventListener("vigie:alarm", window.HV.paced(() => Symbols.all.forEach((symbols) => symbols.paint())));
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
