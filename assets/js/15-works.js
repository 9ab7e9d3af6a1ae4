// Works on every live map: hatched while they last, dotted before, with what and until when. They are read again when the feed says that some changed: a window that begins is drawn without a reload.
(function () {
  "use strict";
  if (location.pathname === "/rejeu") return; // The past has its own works, which nobody keeps.
  const GATHER_MS = 200, SPREAD_MS = 400; // A room of screens does not ask in the same instant.
  const PANE = "vigie-travaux", HATCH = "works-hatch", LEAST_PX = 48;
  const Vigie = window.Vigie, HV = () => window.HV;
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  let asked = null;
  Vigie.works = [];

  // Promise of works planned and running, in the reader's perimeter; what was known stays when they cannot be read.
  Vigie.readWorks = async function () {
    const answer = await fetch("/api/v1/works?limit=500").then((got) => (got.ok ? got.json() : null)).catch(() => null);
    if (answer) Vigie.works = answer.items;
    document.dispatchEvent(new CustomEvent("vigie:works"));
    return Vigie.works;
  };
  const ask = function () {
    if (asked || !document.querySelector("[data-testid=carte]")) return;
    asked = setTimeout(() => { asked = null; Vigie.readWorks(); }, GATHER_MS + Math.random() * SPREAD_MS);
  };
  document.addEventListener("vigie:snapshot", ask);
  document.addEventListener("vigie:works-changed", ask);

  // Rings of an area, those of its holes too: [[lon, lat], …].
  const polygons = function (area) {
    if (!area) return [];
    if (area.type === "GeometryCollection") return area.geometries.flatMap(polygons);
    return area.type === "Polygon" ? [area.coordinates] : area.type === "MultiPolygon" ? area.coordinates : [];
  };
  const isInside = function (area, lon, lat) {
    let isIn = false;
    for (const ring of polygons(area).flat()) for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      if (ring[i][1] > lat !== ring[j][1] > lat && lon < ((ring[j][0] - ring[i][0]) * (lat - ring[i][1])) / (ring[j][1] - ring[i][1]) + ring[i][0]) isIn = !isIn;
    }
    return isIn;
  };
  const day = (iso) => HV().hour(Date.parse(iso), Vigie.now());
  const when = (one) => (one.state === "running" ? HV().t("travaux jusqu’à {end}", { end: day(one.ends_at) }) : HV().t("travaux du {start} au {end}", { start: day(one.starts_at), end: day(one.ends_at) }));
  // A wall's scene is of one domain; one that the public sees names nothing of security.
  const isShown = function ({ layers }) {
    const scene = HV().sceneLayer ? HV().sceneLayer() : "";
    return !layers || (layers.some((layer) => !(HV().isVisit && HV().isVisit() && layer === "security")) && (!scene || layers.includes(scene)));
  };
  if (!window.L) return; // A page without a map: the list alone.

  // Outlines reach half a view beyond each side. A movement that leaves half of that keeps them: to draw a hundred again costs a tenth of a second, which Leaflet would pay after each one.
  const Outlines = window.L.SVG.extend({
    options: { padding: 0.5 },
    _update() {
      const map = this._map, size = map.getSize(), spare = size.divideBy(4), origin = map.getPixelOrigin(), corner = map.containerPointToLayerPoint([0, 0]);
      if (this.origin && origin.equals(this.origin) && this._zoom === map.getZoom() && this._bounds.contains(window.L.bounds(corner.subtract(spare), corner.add(size).add(spare)))) return;
      window.L.SVG.prototype._update.call(this);
      this.origin = origin;
    },
  });

  class Works {
    constructor(map) {
      Object.assign(this, { map, drawn: [], key: "", tip: null });
      Object.assign((map.getPane(PANE) || map.createPane(PANE)).style, { zIndex: 340, pointerEvents: "none" });
      this.renderer = new Outlines({ pane: PANE });
      this.labels = map.getPane("vigie-lieux") ? "vigie-lieux" : PANE;
      map.on({ zoomend: this.name, moveend: this.name, unload: this.remove }, this);
      if (map.getContainer().id !== "carte-mur") map.on({ mousemove: this.hover, mouseout: this.unhover, movestart: this.unhover }, this);
      Works.all.add(this);
      ask(); // The snapshot may have come before there was a map.
    }
    remove() { Works.all.delete(this); }

    draw() {
      const works = Vigie.works.filter((one) => polygons(one.area).length && isShown(one)), key = JSON.stringify(works.map(({ id, version, state }) => [id, version, state]));
      if (key === this.key) return this.name();
      this.key = key;
      this.drawn.forEach(({ shape, label }) => { shape.remove(); if (label) label.remove(); });
      this.drawn = works.map((one) => ({ one, shape: this.shape(one), label: null }));
      if (works.length) this.hatch();
      return this.name();
    }
    shape(one) {
      const style = { renderer: this.renderer, pane: PANE, interactive: false, className: "works-area works-area--" + one.state, fill: true, fillColor: one.state === "running" ? `url(#${HATCH})` : "none", fillOpacity: 1 };
      const shape = window.L.geoJSON(one.area, { filter: (feature) => polygons(feature.geometry || feature).length > 0, style: () => style, interactive: false }).addTo(this.map);
      shape.eachLayer((path) => path.getElement && path.getElement().setAttribute("data-travaux", one.id));
      return shape;
    }
    // The renderer's own SVG holds the pattern: lines stay where they are while the map is dragged.
    hatch() {
      const svg = this.renderer._container;
      if (!svg || svg.querySelector("#" + HATCH)) return;
      const make = (tag, attributes) => Object.entries(attributes).reduce((made, [name, value]) => (made.setAttribute(name, value), made), document.createElementNS("http://www.w3.org/2000/svg", tag));
      const side = 9 * rem(), pattern = make("pattern", { id: HATCH, width: side, height: side, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
      pattern.append(make("rect", { class: "works-hatch", width: 1.5 * rem(), height: side }));
      const defs = make("defs", {});
      defs.append(pattern);
      svg.prepend(defs);
    }

    // On a wall nobody hovers: an area that can be told bears its name, the largest first, where it covers neither another one's nor an alarm's shape.
    name() {
      const map = this.map;
      if (!map._loaded || map.getContainer().id !== "carte-mur") return;
      const taken = window.Vigie.alarmBoxes ? window.Vigie.alarmBoxes(map) : [], meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      // Where names stand depends on the zoom and not on the place: a map that is dragged carries them.
      const named = JSON.stringify([this.key, map.getZoom(), rem(), taken]);
      if (named === this.named) return;
      this.named = named;
      for (const each of [...this.drawn].sort((a, b) => size(b) - size(a))) {
        if (each.label) each.label.remove();
        each.label = null;
        const bounds = each.shape.getBounds(), middle = map.project(bounds.getCenter());
        if (map.project(bounds.getNorthEast()).x - map.project(bounds.getSouthWest()).x < LEAST_PX * rem()) continue;
        const words = this.words(each.one, "works-label");
        each.label = window.L.marker(bounds.getCenter(), { icon: window.L.divIcon({ html: words, className: "map-place-frame", iconSize: null }), pane: this.labels, interactive: false, keyboard: false }).addTo(map);
        // In the middle, else under the area, else over it.
        const [x, y] = [words.offsetWidth / 2, words.offsetHeight / 2], south = map.project(bounds.getSouthWest()).y - middle.y + y, north = map.project(bounds.getNorthEast()).y - middle.y - y;
        const boxAt = (down) => ({ left: middle.x - x, right: middle.x + x, top: middle.y + down - y, bottom: middle.y + down + y });
        const down = [0, south, north].find((each) => !taken.some((other) => meets(boxAt(each), other)));
        if (down === undefined) { each.label.remove(); each.label = null; continue; }
        words.style.marginTop = down + "px";
        taken.push(boxAt(down));
      }
    }
    words(one, className) {
      const words = document.createElement("span"), title = document.createElement("b"), said = document.createElement("span");
      words.className = className;
      title.textContent = one.title;
      said.textContent = when(one);
      words.append(title, said);
      return words;
    }
    // Under the mouse, the smallest area says what it is; a click still chooses the equipment beneath.
    hover({ latlng, containerPoint }) {
      const found = this.drawn.filter(({ one }) => isInside(one.area, latlng.lng, latlng.lat)).sort((a, b) => size(a) - size(b))[0];
      if (!found) return this.unhover();
      if (!this.tip || this.tip.dataset.travaux !== String(found.one.id)) {
        this.unhover();
        this.tip = this.words(found.one, "works-tip");
        this.tip.dataset.travaux = found.one.id;
        this.map.getContainer().append(this.tip);
      }
      this.tip.style.transform = `translate(${Math.round(containerPoint.x)}px,${Math.round(containerPoint.y)}px)`;
      return undefined;
    }
    unhover() {
      if (this.tip) this.tip.remove();
      this.tip = null;
    }
  }
  const size = function ({ shape }) {
    const box = shape.getBounds();
    return (box.getEast() - box.getWest()) * (box.getNorth() - box.getSouth());
  };
  Works.all = new Set();
  const draw = () => Works.all.forEach((works) => works.draw());
  document.addEventListener("vigie:works", draw);
  document.addEventListener("vigie:filter", draw); // A wall's scene or its visit mode.
  window.L.Map.addInitHook(function () {
    if (/^carte/.test(this.getContainer().id)) this.whenReady(() => new Works(this));
  });
})();
