import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

// A script of the page, run with the least of a browser: only the pure `thinPlaces` is used.
const window = { L: { Map: { addInitHook() {} }, Marker: { extend() {} } }, Vigie: {} };
const document = { documentElement: {}, createElement: () => ({ getContext: () => ({}) }), addEventListener() {} };
vm.runInNewContext(readFileSync(new URL("../../assets/js/14-places.js", import.meta.url), "utf8"), {
  window, document, getComputedStyle: () => ({ fontSize: "16px" }), MutationObserver: class { observe() {} },
});
const VIEW = { left: 0, right: 1000, top: 0, bottom: 600 };
const place = (name, x, y, more = {}) => ({ name, x, y, class: "district", min_zoom: 10, max_zoom: 16, ...more });
const thin = (places, zoom = 12, taken = []) => Array.from(window.Vigie.thinPlaces(places, zoom, 1, ({ x, y }) => ({ x, y }), (name) => 8 * name.length, VIEW, taken), ({ name }) => name);

test("of two names that would touch, the more important one is written", () => {
  assert.deepEqual(thin([place("Valmorin", 300, 300), place("Les Halles", 330, 305), place("La Serre", 300, 340)]), ["Valmorin", "La Serre"]);
});

test("a name keeps off the shape of an alarm", () => {
  const alarm = { left: 320, right: 360, top: 280, bottom: 320 };
  assert.deepEqual(thin([place("Valmorin", 300, 300), place("Sermoray", 700, 300)], 12, [alarm]), ["Sermoray"]);
});

test("a name is written between its zooms and where it can be seen", () => {
  const places = [place("Centre", 500, 300, { max_zoom: 13 }), place("Gare", 500, 400, { min_zoom: 14 }), place("Ailleurs", 5000, 300)];
  assert.deepEqual(thin(places, 12), ["Centre"]);
  assert.deepEqual(thin(places, 15), ["Gare"]);
});
