// Names of places, over the points and under the alarms' shapes: with a halo, thinned so that none covers another or an alarm's shape. They ride on the map's pane: a drag costs nothing.
(function () {
  "use strict";
  if (!window.L) return; // A page without a map.
  const PANE = "vigie-lieux", ROOM = 0.5; // Share of the view on each side where names are ready before a drag reaches them.
  const GAP = [10, 4], LINE = 1.2;
  // Sizes in pixels at console scale.
  const SIZES = { commune: 15, station: 13, district: 14, neighbour: 13, river: 13 };
  const root = document.documentElement;
  const rem = () => parseFloat(getComputedStyle(root).fontSize) / 16;
  const brush = document.createElement("canvas").getContext("2d");
  const width = function (name, size) {
    brush.font = `${size}px B612, Arial, sans-serif`;
    return brush.measureText(name).width;
  };

  // Those that may be written, most important first: {place, box}. taken: boxes of the alarms' shapes. Pure but for the projection and the measure it is given.
  const thin = function (places, zoom, scale, project, measure, view, taken) {
    const kept = [], cells = new Map(), side = 128 * scale;
    const near = function (box, each) {
      for (let x = Math.floor(box.left / side); x <= Math.floor(box.right / side); x++) for (let y = Math.floor(box.top / side); y <= Math.floor(box.bottom / side); y++) each(x + ":" + y);
    };
    const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const take = (box) => near(box, (cell) => cells.set(cell, [...(cells.get(cell) || []), box]));
    taken.forEach(take);
    for (const place of places) {
      if (zoom < place.min_zoom || zoom > place.max_zoom) continue;
      const at = project(place), size = (SIZES[place.class] || 13) * scale, half = measure(place.name, size) / 2 + GAP[0] * scale, tall = (size * LINE) / 2 + GAP[1] * scale;
      const box = { left: at.x - half, right: at.x + half, top: at.y - tall, bottom: at.y + tall };
      if (!meets(box, view)) continue;
      let isFree = true;
      near(box, (cell) => (cells.get(cell) || []).forEach((other) => meets(box, other) && (isFree = false)));
      if (!isFree) continue;
      take(box);
      kept.push(place);
    }
    return kept;
  };
  window.Vigie.thinPlaces = thin;

  // Asked by the first map, once.
  let asked = null;
  const load = () => asked || (asked = window.Vigie.mapSource()
    .then((found) => (found.kind === "offline" ? fetch("/tiles/places.json").then((answer) => (answer.ok ? answer.json() : { items: [] })) : { items: [] }))
    .then(({ items }) => items.map((place, rank) => Object.assign(place, { rank }))).catch(() => []));

  // Leaflet moves a marker by a transform, which makes a layer of the compositor of each name: fifty of them cost each frame more than what changes in it. Placed, all are in one.
  const Placed = window.L.Marker.extend({
    options: { interactive: false, keyboard: false },
    onAdd(map) {
      this._zoomAnimated = false; // Hidden while the ground grows, rather than ahead of it.
      window.L.Marker.prototype.onAdd.call(this, map);
    },
    _setPos(at) {
      this._icon._leaflet_pos = at;
      Object.assign(this._icon.style, { left: at.x + "px", top: at.y + "px" });
    },
  });

  class Places {
    constructor(map, places) {
      Object.assign(this, { map, places, shown: new Map() });
      const pane = map.getPane(PANE) || map.createPane(PANE);
      pane.style.zIndex = 415;
      pane.style.pointerEvents = "none";
      pane.setAttribute("aria-hidden", "true");
      map.on({ moveend: this.ask, zoomend: this.ask, resize: this.ask, unload: this.remove }, this);
      Places.all.add(this);
      this.write();
    }
    remove() { Places.all.delete(this); }
    ask() {
      if (this.asked) return;
      this.asked = true;
      requestAnimationFrame(() => { this.asked = false; this.write(); });
    }

    write() {
      const map = this.map, zoom = map.getZoom(), scale = rem();
      if (!map._loaded || map._animatingZoom) return;
      const { min, max } = map.getPixelBounds(), room = map.getSize().multiplyBy(ROOM);
      const project = ({ lat, lon }) => map.project([lat, lon], zoom);
      const alarms = window.Vigie.alarmBoxes ? window.Vigie.alarmBoxes(map) : [];
      const kept = thin(this.places, zoom, scale, project, width, { left: min.x - room.x, right: max.x + room.x, top: min.y - room.y, bottom: max.y + room.y }, alarms);
      const ranks = new Set(kept.map(({ rank }) => rank));
      for (const [rank, marker] of this.shown) if (!ranks.has(rank)) { marker.remove(); this.shown.delete(rank); }
      for (const place of kept) {
        if (this.shown.has(place.rank)) continue;
        const words = document.createElement("span");
        words.className = "map-place map-place--" + place.class;
        words.textContent = place.name;
        const icon = window.L.divIcon({ html: words, className: "map-place-frame", iconSize: null });
        this.shown.set(place.rank, new Placed([place.lat, place.lon], { icon, pane: PANE }).addTo(map));
      }
    }
  }
  Places.all = new Set();
  const ask = () => Places.all.forEach((places) => places.ask());
  for (const name of ["vigie:shapes"]) document.addEventListener(name, ask);
  let scale = rem();
  new MutationObserver(function () {
    if (rem() !== scale) ask();
    scale = rem();
  }).observe(root, { attributes: true, attributeFilter: ["style"] });

  window.L.Map.addInitHook(function () {
    if (!/^(carte|fond)/.test(this.getContainer().id)) return;
    this.whenReady(() => load().then((places) => this._loaded && new Places(this, places)));
  });
})();
