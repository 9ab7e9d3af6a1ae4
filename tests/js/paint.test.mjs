import assert from "node:assert/strict";
import { test } from "node:test";
import { degrees, mercator, paint, palette, pick, pixel, side } from "../../assets/worker/paint.js";

const COLOURS = palette({ ink: [146, 155, 164], line: [11, 13, 15], severities: [[1, 0, 0], [2, 0, 0], [3, 0, 0], [4, 0, 0]] });
const LIT = 0x80, STALE = 2 << 3;
// At zoom 16 one CSS pixel is 2^32 / (256 × 65,536) = 256 units of the int32 Mercator: points are placed by pixel here, origin at the middle of the world.
const UNIT = 256, ZOOM = 16, MIDDLE = (256 * 2 ** ZOOM) / 2;
const crowd = (...places) => ({
  count: places.length, x: Int32Array.from(places, (p) => p[0] * UNIT), y: Int32Array.from(places, (p) => p[1] * UNIT), looks: Uint8Array.from(places, (p) => p[2]), ids: Int32Array.from(places, (_, i) => 100 - i),
});
const view = (width, height, more = {}) => ({ x: MIDDLE, y: MIDDLE, width, height, zoom: ZOOM, dpr: 1, ...more });
const draw = (points, seen = view(40, 30), lost = false) => {
  const width = seen.width * seen.dpr, pixels = new Uint32Array(width * seen.height * seen.dpr);
  const painted = paint(pixels, seen, points, COLOURS, lost);
  const at = (x, y) => pixels[y * width + x];
  return { painted, at, inked: pixels.reduce((n, p) => n + (p !== 0), 0) };
};

test("a normal point is a square of the zoom's size around its place", () => {
  const { at, inked, painted } = draw(crowd([20, 15, LIT]));
  assert.equal(painted, 1);
  assert.equal(inked, side(ZOOM) ** 2);
  assert.equal(at(20, 15), COLOURS.near.lit);
  assert.equal(at(17, 12), COLOURS.near.lit);
  assert.equal(at(16, 12), 0);
});

test("lit and unlit differ by light, not by hue", () => {
  for (const { lit, normal } of [COLOURS, COLOURS.near]) {
    assert.equal(lit & 0xffffff, normal & 0xffffff);
    assert.ok(lit >>> 24 > normal >>> 24);
  }
});

test("the worst is on top wherever it stands in the list", () => {
  const { at } = draw(crowd([20, 15, 4], [20, 15, 1], [20, 15, LIT], [20, 15, 3]));
  assert.equal(at(20, 15), COLOURS.severities[4]);
});

test("when the link is lost normal points leave and abnormal ones are hollow and dashed", () => {
  const { at, painted } = draw(crowd([10, 10, LIT], [30, 15, 4]), view(40, 30), true);
  assert.equal(painted, 1);
  assert.equal(at(10, 10), 0);
  assert.equal(at(30, 15), 0); // hollow
  const size = side(ZOOM) + 3, left = 30 - (size >> 1), top = 15 - (size >> 1);
  assert.equal(at(left, top), COLOURS.severities[4]); // a corner is drawn
  assert.equal(at(left + Math.floor(size * 0.4), top), 0); // the middle of a side is open
});

test("a stale point is hollow", () => {
  const { at } = draw(crowd([20, 15, STALE]));
  assert.equal(at(20, 15), 0);
  assert.notEqual(at(17, 12), 0);
});

test("far away one normal point stands for its cell, and no abnormal one is lost", () => {
  // At zoom 12 a pixel is 4096 units: a hundred lamps within two pixels, and a fault among them.
  const places = Array.from({ length: 100 }, (_, i) => [(i % 10) * 3, Math.floor(i / 10) * 3, LIT]);
  const seen = { x: 256 * 2 ** 12 / 2 - 10, y: 256 * 2 ** 12 / 2 - 10, width: 40, height: 30, zoom: 12, dpr: 1 };
  const normal = draw(crowd(...places), seen);
  assert.equal(normal.painted, 100);
  assert.ok(normal.inked <= 4 * 9, String(normal.inked));
  places[37][2] = 2;
  const { at } = draw(crowd(...places), seen);
  assert.equal(at(10 + Math.floor((7 * 3 * UNIT) / 4096), 10 + Math.floor((3 * 3 * UNIT) / 4096)), COLOURS.severities[2]);
});

test("points outside the view cost nothing and those on its edge are cut, not wrapped", () => {
  const { painted, at } = draw(crowd([0, 15, LIT], [-500, 15, LIT], [39, 29, LIT]));
  assert.equal(painted, 2);
  assert.equal(at(0, 15), COLOURS.near.lit);
  assert.equal(at(39, 14), 0); // the square at the left edge does not come out at the right
});

test("on a dense screen a point keeps its size and place in CSS pixels", () => {
  const { at, inked } = draw(crowd([20, 15, LIT]), view(40, 30, { dpr: 2 }));
  assert.equal(inked, (2 * side(ZOOM)) ** 2);
  assert.equal(at(40, 30), COLOURS.near.lit);
});

test("a fractional zoom puts points between those of its neighbours", () => {
  const zoom = 16.5, middle = (256 * 2 ** zoom) / 2;
  const { at } = draw(crowd([20, 10, 4]), { x: middle, y: middle, width: 40, height: 30, zoom, dpr: 1 });
  assert.equal(at(Math.floor(20 * Math.SQRT2), Math.floor(10 * Math.SQRT2)), COLOURS.severities[4]);
});

test("what was painted before is gone", () => {
  const pixels = new Uint32Array(40 * 30).fill(7);
  paint(pixels, view(40, 30), crowd(), COLOURS);
  assert.ok(pixels.every((p) => p === 0));
});

test("a colour keeps its channels in the order of ImageData", () => {
  assert.deepEqual([...new Uint8Array(Uint32Array.of(pixel([1, 2, 3], 1)).buffer)], [1, 2, 3, 255]);
});

test("a click takes the abnormal within 18 pixels, else the nearest within 12, and the lowest id of equals", () => {
  const points = crowd([0, 0, 0], [15, 0, 3], [5, 0, 0], [5, 0, 0]);
  assert.equal(pick(points, 0, 0, ZOOM), 1);
  points.looks[1] = 0;
  assert.equal(pick(points, 0, 0, ZOOM), 0);
  assert.equal(pick(points, 5 * UNIT, 0, ZOOM), 3); // ids go down: the last of the two equals has the lower one
  assert.equal(pick(points, -13 * UNIT, 0, ZOOM), -1);
});

test("degrees come back from Mercator", () => {
  const [lon, lat] = degrees(...mercator(5.0415, 47.3216));
  assert.ok(Math.abs(lon - 5.0415) < 1e-7 && Math.abs(lat - 47.3216) < 1e-7);
});
