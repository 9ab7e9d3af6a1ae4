// The offline base map: vector tiles of our own server, drawn in the page with the colours of the theme. Quieter than anything that lives on it.
(function () {
  "use strict";
  if (!window.L) return; // A page without a map.
  const root = document.documentElement;
  const TILES = "/tiles/{z}/{x}/{y}.mvt";
  const MAX_DATA_ZOOM = 16; // Beyond, the same geometry is drawn larger.
  const AREAS = ["commune", "urban", "block", "park", "wood", "water"];
  // Widths in pixels at zoom 15 (demonstration territory); thinnest and quietest first, so that great roads cross over small ones.
  const ROADS = [["track", 3.4], ["service", 4.8], ["residential", 5.5], ["tertiary", 8], ["secondary", 10], ["primary", 13], ["motorway", 16]];
  const CASED_FROM = 14;
  const FONT = "B612, Arial, sans-serif";

  const colour = (name) => getComputedStyle(root).getPropertyValue("--carte-" + name).trim();
  const rem = () => parseFloat(getComputedStyle(root).fontSize) / 16;
  // Halves at each level below 15, as the ground does; above, grows less than the ground: a street is not a field.
  const width = (at15, least) => (zoom) => Math.max(least, at15 * (zoom <= 15 ? 2 ** (zoom - 15) : 1.5 ** (zoom - 15)));
  const ofClass = (name) => (_zoom, feature) => feature.props.class === name;

  function rules() {
    const P = window.protomapsL;
    const area = (name) => ({ dataLayer: "area", filter: ofClass(name), symbolizer: new P.PolygonSymbolizer({ fill: colour(name) }) });
    const line = (name, options, more) => Object.assign({ dataLayer: "line", filter: ofClass(name), symbolizer: new P.LineSymbolizer(options) }, more);
    const round = { lineCap: "round", lineJoin: "round" };
    return [
      ...AREAS.map(area),
      line("river", Object.assign({ color: colour("water"), width: width(40, 1) }, round)),
      line("stream", Object.assign({ color: colour("water"), width: width(6, 0.8) }, round)),
      { dataLayer: "area", filter: ofClass("commune"), maxzoom: 14, symbolizer: new P.LineSymbolizer({ color: colour("limit"), width: 1, dash: [6, 3, 1, 3] }) },
      ...ROADS.map(([name, size]) => line(name, Object.assign({ color: colour("casing"), width: (zoom) => width(size, 0.6)(zoom) + 2 }, round), { minzoom: CASED_FROM })),
      ...ROADS.map(([name, size]) => line(name, Object.assign({ color: colour(name), width: width(size, 0.6) }, round))),
      line("rail", { color: colour("rail"), width: width(4, 0.7), dash: [6, 4] }),
    ];
  }

  function labels() {
    const P = window.protomapsL, scale = rem();
    const font = (size, weight) => ({ fontFamily: FONT, fontSize: Math.round(size * scale), fontWeight: weight || 400, stroke: colour("halo"), width: 3 });
    const street = ([name]) => ({ dataLayer: "line", filter: ofClass(name), minzoom: name === "residential" || name === "service" ? 17 : 15, symbolizer: new P.LineLabelSymbolizer(Object.assign(font(12.5), { fill: colour("label-far"), repeatDistance: 600 })) });
    // Names of places are written over the points (14-places.js), those of streets on their street.
    return ROADS.slice(1).reverse().map(street);
  }

  // The library forgets the labels of all but 16 tiles. A wall shows fifty: tiles would push each other out and be drawn again for ever, in a loop that freezes the page (5.1.0).
  const LABELLED_TILES = 600;
  const drawn = new Set();
  const style = function (layer) {
    layer.paintRules = rules();
    layer.labelRules = labels();
    layer.backgroundColor = colour("outside");
  };
  const restyle = function () {
    for (const layer of drawn) {
      style(layer);
      layer.clearLayout();
      layer.labelers.maxLabeledTiles = LABELLED_TILES;
      layer.rerenderTiles();
    }
  };

  // What could not be had (the link, the server, PostgreSQL) is asked again, or a wall would keep the hole for as long as it stays open: neither library does it.
  const AGAIN_MS = [2000, 5000, 10000, 30000];
  const patient = function () {
    let tries = 0, timer = 0, acts = new Set();
    const again = function () {
      const due = acts;
      timer = 0;
      acts = new Set();
      due.forEach((act) => act());
    };
    const later = function (act) {
      acts.add(act);
      if (!timer) timer = setTimeout(again, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
    };
    later.well = () => (tries = 0);
    return later;
  };
  // Of vector tiles: those that came are in the library's memory, the others alone are asked again.
  const insist = function (layer) {
    const later = patient(), rerender = () => layer._map && layer.rerenderTiles();
    for (const view of layer.views.values()) {
      const { source } = view.tileCache, get = source.get.bind(source);
      source.get = (...which) => get(...which).then((found) => (later.well(), found), (failure) => {
        if (failure.name !== "AbortError") later(rerender);
        throw failure;
      });
    }
    return layer;
  };

  // Offline tiles of our own server unless the settings name another base map (hypervisor/feed/tiles.py): PMTiles are drawn like ours, images are greyed by the style sheet.
  const FLAVOURS = { jour: "grayscale", nuit: "dark", "nuit-profonde": "black" };
  const SOURCES = {
    offline: function (map) {
      const layer = window.protomapsL.leafletLayer({ url: TILES, maxDataZoom: MAX_DATA_ZOOM, levelDiff: 0, noWrap: true, attribution: "", lang: "fr", paintRules: rules(), labelRules: labels(), backgroundColor: colour("outside") });
      layer.labelers.maxLabeledTiles = LABELLED_TILES;
      insist(layer);
      drawn.add(layer);
      map.on("unload", () => drawn.delete(layer));
      return layer;
    },
    pmtiles: (map, { url }) => insist(window.protomapsL.leafletLayer({ url, noWrap: true, attribution: "", lang: "fr", flavor: FLAVOURS[root.dataset.theme] || "dark" })),
    xyz: function (map, { url }) {
      const layer = window.L.tileLayer(url, { noWrap: true, maxZoom: 20, maxNativeZoom: 19, className: "base-image" });
      const later = patient();
      return layer.on("tileerror", ({ tile }) => later(() => (tile.src = tile.src))).on("tileload", later.well);
    },
  };
  // Asked by the first map, once: a page without one belongs to people who may not read the map, and each refusal is a line of the audit.
  let asked = null;
  const source = () => asked || (asked = fetch("/tiles/source.json").then((answer) => answer.json()).then((found) => (SOURCES[found.kind] ? found : { kind: "offline" })).catch(() => ({ kind: "offline" })));

  function addTo(map, found) {
    if (found.kind !== "xyz" && !window.protomapsL) return; // The library is not installed: the ground keeps its plain colour.
    SOURCES[found.kind](map, found).addTo(map);
    if (found.attribution) window.L.control.attribution({ prefix: false, position: "bottomright" }).addAttribution(found.attribution).addTo(map);
  }

  // A text measured before its font has come would be cut; a font that never comes must not cost the map.
  const fonts = (document.fonts ? document.fonts.load("15px B612", "é") : Promise.resolve()).catch(() => undefined);
  window.Vigie.mapSource = source;
  window.L.Map.addInitHook(function () {
    if (!/^(carte|fond)/.test(this.getContainer().id)) return; // `fond`: a map of the ground alone.
    this.whenReady(() => Promise.all([source(), fonts]).then(([found]) => addTo(this, found)));
  });
  // Names grow with the wall's scale, which its script sets on the root after the map was made.
  let last = root.dataset.theme + rem();
  new MutationObserver(function () {
    const now = root.dataset.theme + rem();
    if (now !== last) restyle();
    last = now;
  }).observe(root, { attributes: true, attributeFilter: ["data-theme", "style"] });
})();
