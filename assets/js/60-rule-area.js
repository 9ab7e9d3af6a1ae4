// The area of a rule, drawn on a map of the ground: by clicks, or by the keyboard with the centre of the map as the pencil. The map is made when it is first asked for.
(function () {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const field = () => document.querySelector("#regle-editeur [data-champ=area]");
  const isClosed = () => document.querySelector("#regle-editeur [data-lecture]") !== null;
  let map = null, shape = null, corners = [], isDrawing = false;

  const ringOf = (area) => (area.type === "MultiPolygon" ? area.coordinates[0][0] : area.coordinates[0]).slice(0, -1);
  const make = function () {
    const box = byId("fond-regle"), place = byId("regle-zone-place").dataset;
    if (map && map.getContainer() === box) return;
    if (map) map.remove();
    map = window.L.map(box, { center: [Number(place.lat), Number(place.lon)], zoom: Number(place.zoom), zoomSnap: 0.25, attributionControl: false, doubleClickZoom: false });
    map.on("click", (event) => isDrawing && add(event.latlng));
    map.on("dblclick", finish);
    shape = null;
  };
  const draw = function () {
    if (!map) return;
    if (shape) shape.remove();
    const options = { className: "map-drawing map-drawing--zone", interactive: false };
    shape = (corners.length > 2 ? window.L.polygon : window.L.polyline)(corners, options).addTo(map);
    byId("fond-regle").classList.toggle("map--drawing", isDrawing);
    byId("regle-zone-defaire").disabled = !isDrawing || !corners.length;
    byId("regle-zone-finir").disabled = !isDrawing || corners.length < 3;
    byId("regle-zone-viser").disabled = !isDrawing;
  };
  const add = function (at) {
    const last = corners[corners.length - 1];
    if (!last || !last.equals(at)) corners.push(at); // The two clicks of a double click are one corner.
    draw();
  };
  const say = function (area) {
    field().dataset.valeur = area ? JSON.stringify(area) : "";
    document.dispatchEvent(new CustomEvent("regle:dessinee"));
  };
  const finish = function () {
    if (!isDrawing || corners.length < 3) return;
    isDrawing = false;
    const ring = corners.map(({ lng, lat }) => [Number(lng.toFixed(6)), Number(lat.toFixed(6))]);
    say({ type: "Polygon", coordinates: [[...ring, ring[0]]] });
    draw();
    byId("regle-zone-ouvrir").focus();
  };
  // What the field holds, shown; an empty field is a zone to draw.
  const read = function () {
    const held = field() && field().dataset.valeur ? JSON.parse(field().dataset.valeur) : null;
    corners = held ? ringOf(held).map(([lon, lat]) => window.L.latLng(lat, lon)) : [];
    isDrawing = !held && !isClosed();
    draw();
    if (held && map) map.fitBounds(window.L.latLngBounds(corners), { padding: [24, 24] });
  };
  const open = function () {
    const place = byId("regle-zone-place");
    place.hidden = !place.hidden;
    byId("regle-zone-ouvrir").setAttribute("aria-expanded", String(!place.hidden));
    if (place.hidden || !window.L) return;
    make();
    read();
    if (!isClosed()) byId("fond-regle").focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  };
  const CLICKS = {
    "regle-zone-ouvrir": open,
    "regle-zone-effacer": () => { corners = []; isDrawing = true; say(null); draw(); },
    "regle-zone-viser": () => add(map.getCenter()),
    "regle-zone-defaire": () => { corners.pop(); draw(); },
    "regle-zone-finir": finish,
  };
  document.addEventListener("click", function (event) {
    const button = event.target.closest("#regle-editeur button");
    if (button && CLICKS[button.id] && !button.disabled) CLICKS[button.id]();
  });
  document.addEventListener("keydown", function (event) {
    if (event.target.id !== "fond-regle" || !isDrawing) return;
    const act = { Enter: () => add(map.getCenter()), " ": () => add(map.getCenter()), Backspace: CLICKS["regle-zone-defaire"], Escape: open }[event.key];
    if (!act || event.ctrlKey) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("regle:zone", () => { if (map && byId("regle-zone-place") && !byId("regle-zone-place").hidden) read(); });
})();
