// Measuring and drawing on the map, by the mouse or by the keyboard (the centre of the map is then the pencil), and the coordinates of a place in both systems.
(function () {
  "use strict";
  const HV = window.HV, Tools = HV.Tools, el = Tools.element;

  // Lambert-93 (EPSG:2154): conformal conic on GRS80, parallels 44° and 49°, origin 46.5° N 3° E, false origin 700 000 / 6 600 000 m (IGN, NT/G 71).
  const A = 6378137, E = 0.0818191910428158, RAD = Math.PI / 180;
  const conformal = (lat) => Math.tan(Math.PI / 4 - lat / 2) / ((1 - E * Math.sin(lat)) / (1 + E * Math.sin(lat))) ** (E / 2);
  const parallel = (lat) => Math.cos(lat) / Math.sqrt(1 - (E * Math.sin(lat)) ** 2);
  const [south, north, origin] = [44 * RAD, 49 * RAD, 46.5 * RAD];
  const N = Math.log(parallel(south) / parallel(north)) / Math.log(conformal(south) / conformal(north));
  const F = parallel(south) / (N * conformal(south) ** N);
  // Degrees → metres east and north.
  HV.lambert93 = function (lon, lat) {
    const radius = A * F * conformal(lat * RAD) ** N, from = A * F * conformal(origin) ** N, angle = N * (lon - 3) * RAD;
    return [700000 + radius * Math.sin(angle), 6600000 + from - radius * Math.cos(angle)];
  };
  HV.written = function (lon, lat, metres) {
    const [x, y] = metres || HV.lambert93(lon, lat);
    const degrees = (value) => HV.number(value, 5);
    return HV.t("{lat} N, {lon} E · Lambert-93 {x} {y}", { lat: degrees(lat), lon: degrees(lon), x: HV.number(Math.round(x)), y: HV.number(Math.round(y)) });
  };
  HV.length = (metres) => (metres < 1000 ? HV.quantity(Math.round(metres), "m") : HV.quantity(metres / 1000, "km", 2));
  HV.surface = (squareMetres) => (squareMetres < 10000 ? HV.quantity(Math.round(squareMetres), "m²") : squareMetres < 1e6 ? HV.quantity(squareMetres / 10000, "ha", 2) : HV.quantity(squareMetres / 1e6, "km²", 2));
  // Square metres of a ring of degrees, on the plane of Lambert-93 (its scale is true within 1 ‰ over the country).
  HV.surfaceOf = function (ring) {
    const flat = ring.map(([lon, lat]) => HV.lambert93(lon, lat));
    return Math.abs(flat.reduce((sum, [x, y], i) => { const [nx, ny] = flat[(i + 1) % flat.length]; return sum + x * ny - nx * y; }, 0)) / 2;
  };

  let drawing = null; // {what, points: [LatLng], line, marks}
  let area = null, said = null, place = null;
  const style = (what) => ({ className: "map-drawing map-drawing--" + what, interactive: false, pane: pane() });
  const pane = function () {
    const map = Tools.map();
    if (!map.getPane("vigie-dessin")) Object.assign(map.createPane("vigie-dessin").style, { zIndex: 600, pointerEvents: "none" });
    return "vigie-dessin";
  };
  const svg = () => (drawingSvg = drawingSvg && drawingSvg._map ? drawingSvg : window.L.svg({ pane: pane(), padding: 0.5 }).addTo(Tools.map()));
  let drawingSvg = null;

  const buttons = () => document.querySelectorAll("[data-dessin]");
  const tell = function () {
    buttons().forEach((button) => button.setAttribute("aria-pressed", String(Boolean(drawing) && button.dataset.dessin === drawing.what)));
    const map = Tools.map();
    if (map) map.getContainer().classList.toggle("map--drawing", Boolean(drawing));
    place.hidden = !drawing;
    if (!drawing) return;
    const { what, points } = drawing;
    const total = points.slice(1).reduce((sum, at, i) => sum + map.distance(points[i], at), 0);
    const surface = what === "zone" && points.length > 2 ? " · " + HV.surface(HV.surfaceOf(points.map(({ lng, lat }) => [lng, lat]))) : "";
    said.textContent = points.length < 2
      ? (what === "mesure" ? HV.t("Cliquez les points de la mesure, ou visez avec la croix.") : HV.t("Cliquez les sommets de la zone, ou visez avec la croix."))
      : HV.length(total) + surface;
    place.querySelector("[data-geste=finir]").disabled = points.length < (what === "zone" ? 3 : 2);
  };
  const add = function (at) {
    drawing.points.push(at);
    drawing.line.setLatLngs(drawing.points);
    tell();
  };
  const click = (event) => drawing && add(event.latlng);
  const doubleClick = function (event) {
    // The two clicks that a double click is have both added the same corner.
    if (!drawing) return;
    window.L.DomEvent.stop(event);
    drawing.points.pop();
    finish();
  };
  const start = function (what) {
    const map = Tools.map();
    if (!map || !window.L) return;
    const isSame = drawing && drawing.what === what;
    stop();
    if (isSame) return;
    const shape = what === "zone" ? window.L.polygon : window.L.polyline;
    drawing = { what, points: [], line: shape([], { ...style(what), renderer: svg() }).addTo(map) };
    map.doubleClickZoom.disable();
    map.on({ click, dblclick: doubleClick });
    window.Vigie.drawing = true;
    Tools.open(null); // What is drawn on must be seen.
    document.dispatchEvent(new CustomEvent("vigie:drawing"));
    tell();
    map.getContainer().focus({ preventScroll: true });
  };
  // keep: the measure stays on the map until the next one.
  const stop = function (keep) {
    const map = Tools.map();
    if (drawing && map) {
      map.off({ click, dblclick: doubleClick });
      map.doubleClickZoom.enable();
      if (!keep) drawing.line.remove();
    }
    drawing = null;
    window.Vigie.drawing = false;
    if (place) tell();
  };
  const finish = function () {
    const { what, points, line } = drawing;
    if (points.length < (what === "zone" ? 3 : 2)) return;
    if (what === "zone") {
      const ring = points.map(({ lng, lat }) => [lng, lat]);
      stop();
      Tools.change({ area: ring });
      Tools.say(HV.t("Zone de {surface} : la carte, les comptes et la liste s’y limitent.", { surface: HV.surface(HV.surfaceOf(ring)) }));
      Tools.open("liste");
      return;
    }
    const text = said.textContent;
    stop(true);
    if (measured) measured.remove();
    measured = line;
    Tools.say(HV.t("Mesure : {length}", { length: text }));
  };
  let measured = null;
  const showArea = function () {
    const map = Tools.map(), ring = Tools.state.area;
    if (!map || !window.L) return;
    if (area) { area.remove(); area = null; }
    if (ring) area = window.L.polygon(ring.map(([lon, lat]) => [lat, lon]), { ...style("zone"), renderer: svg() }).addTo(map);
  };

  const keys = function (event) {
    if (!drawing) return;
    const map = Tools.map();
    const act = { Enter: () => add(map.getCenter()), " ": () => add(map.getCenter()), Escape: () => stop(), Backspace: () => { drawing.points.pop(); drawing.line.setLatLngs(drawing.points); tell(); } }[event.key];
    if (!act || !event.target.closest(".leaflet-container")) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  document.addEventListener("keydown", keys, true);

  let following = null, readout = null;
  const follow = function () {
    const map = Tools.map();
    if (!map || map === following) return;
    following = map;
    map.on("mousemove", ({ latlng }) => readout && (readout.textContent = HV.written(latlng.lng, latlng.lat)));
    map.on("mouseout", () => readout && centre());
    map.on("moveend", () => readout && centre());
    centre();
    showArea();
  };
  const centre = function () {
    const at = following.getCenter();
    readout.textContent = HV.t("Centre : {place}", { place: HV.written(at.lng, at.lat) });
  };

  const toggle = (what, label, icon) => el("button", { type: "button", class: "action tool", "data-dessin": what, "data-testid": "outil-" + what, "aria-pressed": "false", onclick: () => start(what) }, HV.icon(icon), el("span", { class: "tool-word" }, label));
  Tools.add({
    build() {
      said = el("span", { role: "status", class: "draw-said" });
      const gesture = (name, label, act) => el("button", { type: "button", class: "action", "data-geste": name, onclick: act }, label);
      place = el("div", { class: "tool-note tool-drawing", hidden: true }, said, gesture("viser", HV.t("Point au centre"), () => add(Tools.map().getCenter())), gesture("finir", HV.t("Terminer"), finish), gesture("abandonner", HV.t("Abandonner"), () => stop()));
      readout = el("div", { class: "map-coordinates", "data-testid": "coordonnees" });
      following = null;
      return { bar: el("div", { class: "tool-pair" }, toggle("mesure", HV.t("Mesurer"), "ruler-measure"), toggle("zone", HV.t("Zone"), "polygon")), panels: [place, readout] };
    },
    changed: showArea,
  });
  HV.onPaint(() => Tools.box && readout && readout.isConnected && follow());
})();
