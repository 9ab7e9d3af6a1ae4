import assert from "node:assert/strict";
import { test } from "node:test";
import { CELL, DENSE, Painter, WIDE_CELL, cellSide, markSide, palette, pixel, side } from "../../assets/worker/paint.js";
import { compile } from "../../assets/worker/filter.js";
import { degrees, mercator, pick } from "../../assets/worker/place.js";
import { apply, arrange } from "../../assets/worker/points.js";
import { stencil } from "../../assets/worker/stencils.js";

const COLOURS = palette({ ink: [146, 155, 164], line: [11, 13, 15], ground: [20, 23, 26], severities: [[1, 0, 0], [2, 0, 0], [3, 0, 0], [4, 0, 0]] });
const LIT = 0x80, STALE = 2 << 3, MINOR = 2, MAJOR = 3, CRITICAL = 4;
// At zoom 16 one CSS pixel is 2^32 / (256 × 65,536) = 256 units of the int32 Mercator: points are placed by pixel here, origin at the middle of the world. Far, one pixel is 16 times more.
const UNIT = 256, ZOOM = 16, MIDDLE = (256 * 2 ** ZOOM) / 2, FAR = 12, FAR_UNIT = UNIT * 16, FAR_MIDDLE = (256 * 2 ** FAR) / 2;
const crowd = (places, unit = UNIT) => {
  const points = arrange({
    layout: 1, count: places.length, x: Int32Array.from(places, (p) => p[0] * unit), y: Int32Array.from(places, (p) => p[1] * unit), ids: Int32Array.from(places, (_, i) => 100 - i),
    kinds: new Uint8Array(places.length), layers: [{ key: "light", icon: "bulb", kinds: [{ key: "lamp", icon: "lamp" }] }], channels: new Map([[0, { layer: 0, commune: 1, first: 0, size: places.length }]]),
  });
  places.forEach((p, i) => (points.looks[points.at[i]] = p[2]));
  return points;
};
const view = (width, height, more = {}) => ({ x: MIDDLE, y: MIDDLE, width, height, zoom: ZOOM, dpr: 1, ...more });
const farView = (width, height, more = {}) => view(width, height, { x: FAR_MIDDLE, y: FAR_MIDDLE, zoom: FAR, ...more });
const draw = (points, seen = view(40, 30), more = {}) => {
  const width = seen.width * seen.dpr, pixels = new Uint32Array(width * seen.height * seen.dpr);
  const painted = new Painter().paint(pixels, seen, points, { colours: COLOURS, shown: compile(null, points), silent: null, isLost: false, icons: () => null, ...more });
  const at = (x, y) => pixels[y * width + x];
  return { painted, at, pixels, inked: pixels.reduce((n, p) => n + (p !== 0), 0), of: (colour) => pixels.reduce((n, p) => n + (p === colour), 0) };
};
const NEAR_LIT = COLOURS.near[8], FAR_LIT = COLOURS.far[8];

test("a normal point is a square of the zoom's size around its place", () => {
  const { at, inked, painted } = draw(crowd([[20, 15, LIT]]));
  assert.equal(painted, 1);
  assert.equal(inked, side(ZOOM) ** 2);
  assert.equal(at(20, 15), NEAR_LIT);
  assert.equal(at(20 - (side(ZOOM) >> 1), 15), NEAR_LIT);
  assert.equal(at(19 - (side(ZOOM) >> 1), 15), 0);
});

test("lit and unlit differ by light, not by hue", () => {
  for (const tints of [COLOURS.far, COLOURS.near]) {
    assert.equal(tints[0] & 0xffffff, tints[8] & 0xffffff);
    assert.ok(tints[8] >>> 24 > tints[0] >>> 24);
  }
});

test("the worst is on top wherever it stands in the list", () => {
  const { at } = draw(crowd([[20, 15, 4], [20, 15, 1], [20, 15, LIT], [20, 15, 3]]));
  assert.equal(at(20, 15), COLOURS.severities[4]);
});

test("when the link is lost normal points leave and abnormal ones are hollow and dashed", () => {
  const { at, painted } = draw(crowd([[10, 10, LIT], [30, 15, 4]]), view(40, 30), { isLost: true });
  assert.equal(painted, 1);
  assert.equal(at(10, 10), 0);
  assert.equal(at(30, 15), 0); // hollow
  const size = side(ZOOM) + 3, left = 30 - (size >> 1), top = 15 - (size >> 1);
  assert.equal(at(left, top), COLOURS.severities[4]); // a corner is drawn
  assert.equal(at(left + (size >> 1), top), 0); // the middle of a side is open
});

test("the eight ages, the silent source and the lost link are ten different patterns, none of them empty", () => {
  for (const size of [7, 10, 14, 20]) {
    const drawn = Array.from({ length: 10 }, (_, age) => stencil(age, size).join(""));
    assert.equal(new Set(drawn).size, 10, "size " + size);
    assert.ok(drawn.every((ink) => ink.includes("1")));
  }
});

test("an old value, a silent source and a late value are told apart in the picture by their pattern", () => {
  const points = crowd([[20, 15, STALE | LIT]]), size = side(ZOOM), fresh = draw(crowd([[20, 15, LIT]]));
  for (const [drawn, age] of [[draw(points), 2], [draw(points, view(40, 30), { silent: Uint8Array.of(1) }), 8], [draw(crowd([[20, 15, LIT | (1 << 3)]])), 1]]) {
    assert.equal(drawn.inked, stencil(age, size).reduce((n, ink) => n + ink, 0));
    assert.ok(drawn.inked < fresh.inked);
    assert.deepEqual([...new Set(drawn.pixels)].sort(), [0, NEAR_LIT].sort()); // the same ink
  }
});

// Far: 16 × 16 pixels hold four cells of 8; the world's middle is a multiple of the cell.
const narrow = (places) => Object.assign(crowd(places, FAR_UNIT), { perUnit: 0 }); // Cells of 8, however dense the ground is.
const filled = (n, abnormal = {}, look = LIT) => Array.from({ length: n }, (_, i) => [(i % 6) + 1, (Math.floor(i / 6) % 6) + 1, abnormal[i] === undefined ? look : abnormal[i]]);

test("a cell of few assets shows each where it is", () => {
  const { at, painted } = draw(narrow([[1, 1, LIT], [6, 1, LIT], [1, 6, LIT]]), farView(16, 16));
  assert.equal(painted, 3);
  assert.ok(DENSE > 3 && cellSide(FAR, 0) === CELL);
  assert.deepEqual([at(1, 1), at(6, 1), at(1, 6), at(6, 6)], [FAR_LIT, FAR_LIT, FAR_LIT, 0]);
});

test("a full cell is one mark, larger when it holds more, and every asset counts", () => {
  const inked = [5, 30, 300].map((n) => {
    const drawn = draw(narrow(filled(n)), farView(8, 8));
    assert.equal(drawn.painted, n);
    return drawn.inked;
  });
  assert.deepEqual(inked, [5, 30, 300].map((n) => Math.round(markSide(n, CELL)) ** 2));
  assert.ok(inked[0] < inked[1] && inked[1] < inked[2]);
});

test("the coloured part of a mark is the share in alarm, the worst at its heart", () => {
  const half = draw(narrow(filled(100, Object.fromEntries(Array.from({ length: 50 }, (_, i) => [2 * i, MINOR])))), farView(16, 16));
  const mark = Math.round(markSide(100, CELL)) ** 2, coloured = half.of(COLOURS.severities[MINOR]) / mark;
  assert.ok(Math.abs(coloured - 0.5) < 0.15, String(coloured)); // A square of whole pixels.
  assert.equal(draw(narrow(filled(100, {}, MINOR | LIT)), farView(16, 16)).of(COLOURS.severities[MINOR]), mark);
  const both = draw(narrow(filled(100, Object.fromEntries(Array.from({ length: 60 }, (_, i) => [i, i === 7 ? CRITICAL : MINOR])))), farView(16, 16));
  assert.equal(both.at(4, 4), COLOURS.severities[CRITICAL]);
  assert.ok(both.of(COLOURS.severities[MINOR]) > 0);
});

test("one fault among a thousand is seen, and does not cover the others", () => {
  for (const severity of [1, 2, 3, 4]) {
    const { of } = draw(narrow(filled(1000, { 500: severity })), farView(16, 16));
    assert.ok(of(COLOURS.severities[severity]) >= 4, String(severity));
    assert.ok(of(FAR_LIT) > of(COLOURS.severities[severity]), String(severity));
  }
});

test("a city with one fault in a hundred looks neither all in alarm nor all well", () => {
  // 400 cells of 60 assets, faults spread evenly.
  const places = Array.from({ length: 24000 }, (_, i) => [((i * 7919) % 160) + 0.5, ((i * 104729) % 1600) / 10, i % 100 === 0 ? MAJOR : LIT]);
  const points = crowd(places, FAR_UNIT), { of, inked } = draw(points, farView(160, 160)), share = of(COLOURS.severities[MAJOR]) / inked;
  assert.equal(cellSide(FAR, points.perUnit), WIDE_CELL);
  assert.ok(share > 0.005 && share < 0.12, String(share));
});

test("the hole of a mark is the share of old values", () => {
  const inked = [0, 0.5, 1].map((share) => draw(narrow(filled(100, Object.fromEntries(Array.from({ length: 100 * share }, (_, i) => [i, STALE | LIT])))), farView(16, 16)).inked);
  assert.ok(inked[0] > inked[1] && inked[1] > inked[2] && inked[2] > 0, String(inked));
});

test("the grid stands still on the ground while the map moves", () => {
  const points = narrow(filled(40, { 3: MAJOR })), still = draw(points, farView(32, 32, { x: FAR_MIDDLE - 8, y: FAR_MIDDLE - 8 })), moved = draw(points, farView(32, 32, { x: FAR_MIDDLE - 11, y: FAR_MIDDLE - 13 }));
  for (let y = 0; y < 24; y++) for (let x = 0; x < 24; x++) assert.equal(still.at(x, y), moved.at(x + 3, y + 5));
});

test("a filter acts on points and on cells", () => {
  const points = narrow(filled(40, { 3: MAJOR })), faults = compile({ severities: [3] }, points);
  const { painted, of } = draw(points, farView(16, 16), { shown: faults });
  assert.equal(painted, 1);
  assert.equal(of(FAR_LIT), 0);
  assert.equal(draw(points, farView(16, 16), { shown: compile({ kinds: [] }, points) }).inked, 0);
});

test("near, an asset bears its domain's icon, whose plate takes the severity and whose frame the age", () => {
  const asked = [], icons = (name, size) => { asked.push(name); return new Uint8Array(size * size).fill(255); };
  const seen = view(60, 60, { zoom: 18, x: 256 * 2 ** 18 / 2, y: 256 * 2 ** 18 / 2 });
  const normal = draw(crowd([[30, 30, LIT]], UNIT / 4), seen, { icons });
  assert.deepEqual(asked, ["lamp"]);
  assert.equal(normal.at(30, 30) & 0xffffff, NEAR_LIT & 0xffffff);
  assert.ok(draw(crowd([[30, 30, CRITICAL]], UNIT / 4), seen, { icons }).of(COLOURS.severities[CRITICAL]) > 50);
  const stale = draw(crowd([[30, 30, CRITICAL | STALE]], UNIT / 4), seen, { icons: (_, size) => new Uint8Array(size * size) });
  assert.equal(stale.at(30, 30), COLOURS.plate); // hollow
  assert.equal(stale.at(20, 20), COLOURS.severities[CRITICAL]);
});

test("points outside the view cost nothing and those on its edge are cut, not wrapped", () => {
  const { painted, at } = draw(crowd([[0, 15, LIT], [-500, 15, LIT], [39, 29, LIT]]));
  assert.equal(painted, 2);
  assert.equal(at(0, 15), NEAR_LIT);
  assert.equal(at(39, 14), 0); // the square at the left edge does not come out at the right
});

test("on a dense screen a point keeps its size and place in CSS pixels", () => {
  const { at, inked } = draw(crowd([[20, 15, LIT]]), view(40, 30, { dpr: 2 }));
  assert.equal(inked, (2 * side(ZOOM)) ** 2);
  assert.equal(at(40, 30), NEAR_LIT);
});

test("a fractional zoom puts points between those of its neighbours", () => {
  const zoom = 16.5, middle = (256 * 2 ** zoom) / 2;
  const { at } = draw(crowd([[20, 10, 4]]), { x: middle, y: middle, width: 40, height: 30, zoom, dpr: 1 });
  assert.equal(at(Math.floor(20 * Math.SQRT2), Math.floor(10 * Math.SQRT2)), COLOURS.severities[4]);
});

test("a colour keeps its channels in the order of ImageData", () => {
  assert.deepEqual([...new Uint8Array(Uint32Array.of(pixel([1, 2, 3], 1)).buffer)], [1, 2, 3, 255]);
});

test("a click takes the abnormal within 18 pixels, else the nearest within 12, and the lowest id of equals", () => {
  const points = crowd([[0, 0, 0], [15, 0, 3], [5, 0, 0], [5, 0, 0]]), all = compile(null, points), chosen = (x, y) => { const k = pick(points, x, y, ZOOM, all); return k < 0 ? null : points.ids[k]; };
  assert.equal(chosen(0, 0), 99);
  points.looks[points.at[1]] = 0;
  assert.equal(chosen(0, 0), 100);
  assert.equal(chosen(5 * UNIT, 0), 97); // ids go down: the last of the two equals has the lower one
  assert.equal(chosen(-13 * UNIT, 0), null);
  assert.equal(pick(points, 0, 0, ZOOM, compile({ severities: [3] }, points)), -1); // what the filter hides cannot be clicked
});

test("degrees come back from Mercator", () => {
  const [lon, lat] = degrees(...mercator(5.0415, 47.3216));
  assert.ok(Math.abs(lon - 5.0415) < 1e-7 && Math.abs(lat - 47.3216) < 1e-7);
});

// A painter that keeps its counts must never differ from one that begins anew: changes of look, drags of any length, filters, silent sources, the lost link, in any order.
test("counts kept from one picture to the next give the same picture as counting anew", () => {
  let seed = 7;
  const chance = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31, upTo = (n) => Math.floor(chance() * n);
  const LOOKS = [0, LIT, LIT | MINOR, MAJOR, CRITICAL, STALE, STALE | LIT, STALE | MAJOR];
  const points = narrow(Array.from({ length: 6000 }, () => [chance() * 600 - 150, chance() * 500 - 120, LOOKS[upTo(LOOKS.length)]]));
  const kept = new Painter(), channel = 0;
  let shown = compile(null, points), silent = null, isLost = false, x = FAR_MIDDLE, y = FAR_MIDDLE, fullCounts = 0;
  const count = kept.count;
  kept.count = function (grid, crowd, how, west, north, east, south) {
    if (!west && !north && east === grid.columns && south === grid.rows) fullCounts++;
    return count.call(this, grid, crowd, how, west, north, east, south);
  };
  const rounds = 150;
  for (let round = 0; round < rounds; round++) {
    const changed = upTo(40), slots = Uint32Array.from({ length: changed }, () => upTo(6000));
    apply(points, { sections: [{ channel, count: changed, slots, looks: Uint8Array.from(slots, () => LOOKS[upTo(LOOKS.length)]) }] });
    if (chance() < 0.5) [x, y] = [x + upTo(60) - 30, y + upTo(60) - 30];
    if (chance() < 0.05) shown = compile(chance() < 0.8 ? null : { severities: [0, 3] }, points);
    if (chance() < 0.05) silent = chance() < 0.5 ? null : Uint8Array.of(1);
    if (isLost || chance() < 0.03) isLost = !isLost;
    const seen = { x, y, width: 200 + 8 * upTo(3), height: 160, zoom: FAR, dpr: 1 }, how = { colours: COLOURS, shown, silent, isLost, icons: () => null };
    const pictures = [kept, new Painter()].map((painter) => {
      const before = points.changes.count, pixels = new Uint32Array(seen.width * seen.height);
      if (painter !== kept) points.changes.count = 0;
      const painted = painter.paint(pixels, seen, points, how);
      return { painted, pixels, before };
    });
    assert.equal(pictures[0].painted, pictures[1].painted, "round " + round);
    assert.deepEqual(pictures[0].pixels, pictures[1].pixels, "round " + round);
  }
  assert.ok(fullCounts < rounds / 2, `${fullCounts} of ${rounds} pictures were counted anew`);
});

test("more changes than are kept are counted anew, and none is lost", () => {
  const points = narrow(filled(40)), painter = new Painter(), paint = () => { const pixels = new Uint32Array(256); painter.paint(pixels, farView(16, 16), points, { colours: COLOURS, shown: compile(null, points), silent: null, isLost: false, icons: () => null }); return pixels; };
  paint();
  for (let i = 0; i < 70000; i++) apply(points, { sections: [{ channel: 0, count: 1, slots: Uint32Array.of(i % 40), looks: Uint8Array.of(i > 69990 ? CRITICAL : i % 2 ? LIT : 0) }] });
  assert.ok(paint().includes(COLOURS.severities[CRITICAL]));
});
