import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { compile } from "../../assets/worker/filter.js";
import { Painter, palette } from "../../assets/worker/paint.js";
import { apply, arrange } from "../../assets/worker/points.js";
import { ALL_FROM, EXTENT, Shapes, dash, levelOf } from "../../assets/worker/shapes.js";

const COLOURS = palette({ ink: [146, 155, 164], line: [11, 13, 15], ground: [20, 23, 26], severities: [[1, 0, 0], [2, 0, 0], [3, 0, 0], [4, 0, 0]] });
const STALE = 2 << 3, MAJOR = 3, CRITICAL = 4;

// A canvas that keeps what is asked of it: one entry per stroke or fill, in order. The first ones lie on top.
class FakePath {
  constructor() { this.parts = []; }
  addPath(path) { this.parts.push(path); }
  moveTo() {}
  lineTo() {}
  closePath() {}
}
const canvas = () => {
  const said = [];
  const made = { said, dashes: [], save() {}, restore() {}, beginPath() {}, clip() {}, setTransform() {} };
  made.rect = (...box) => (made.box = box);
  made.setLineDash = (dashes) => (made.dashes = dashes);
  made.stroke = (path) => said.push({ style: made.strokeStyle, width: made.lineWidth, dashed: made.dashes.length > 0, n: path.parts.length });
  made.fill = () => said.push({ style: made.fillStyle, filled: true });
  return made;
};
beforeEach(() => (globalThis.Path2D = FakePath));

// Three mains and an area in one channel; all of them in the tile that holds the middle of the world.
const world = (looks) => {
  const points = arrange({
    layout: 1, count: 4, x: Int32Array.of(1000, 2000, 3000, 4000), y: Int32Array.of(1000, 1000, 1000, 1000), ids: Int32Array.of(7, 8, 9, 10), kinds: Uint8Array.of(0, 0, 0, 1),
    layers: [{ key: "water", icon: "water", kinds: [{ key: "main", heard: false }, { key: "meter", heard: true }] }], channels: new Map([[0, { layer: 0, commune: 3, first: 0, size: 4 }]]),
  });
  apply(points, { sections: [{ channel: 0, count: 4, slots: null, looks: Uint8Array.from(looks) }] });
  return points;
};
const line = (id, slot, y) => ({ id, slot, channel: "water:3", isArea: false, rings: [Int32Array.of(0, y, 4000, y)] });
const area = (id, slot) => ({ id, slot, channel: "water:3", isArea: true, rings: [Int32Array.of(100, 2000, 4000, 2000, 4000, 6000, 100, 6000, 100, 2000)] });
const FEATURES = [line(7, 0, 100), line(8, 1, 800), line(9, 2, 1600), area(10, 3)];
const half = (zoom) => (256 * 2 ** zoom) / 2;
const view = (zoom) => ({ x: half(zoom), y: half(zoom), width: 500, height: 400, zoom, dpr: 1 });
const how = (points, more) => ({ colours: COLOURS, shown: compile(null, points), silent: null, isLost: false, ...more });

const opened = async (points, features = FEATURES) => {
  const asked = [];
  const shapes = new Shapes(async (z, x, y) => { asked.push([z, x, y].join("/")); return x === 2 ** (z - 1) && y === 2 ** (z - 1) ? features : []; }, () => {}, (failure) => { throw failure; });
  shapes.follow(points);
  shapes.paint(canvas(), view(15), how(points));
  await new Promise((resolve) => setTimeout(resolve));
  const paint = (zoom = 15, more = {}) => { const context = canvas(); const n = shapes.paint(context, view(zoom), how(points, more)); return { said: context.said, n, context }; };
  return { shapes, asked, paint };
};

test("lines are restyled by the asset's state without asking for a tile again", async () => {
  const points = world([0, 0, 0, 0]), { asked, paint } = await opened(points), before = asked.length;
  assert.ok(before > 0);
  assert.deepEqual(paint().said.map(({ n }) => n), [3, 1]); // three quiet mains in one stroke, the area's dots
  apply(points, { sections: [{ channel: 0, count: 1, slots: Uint32Array.of(1), looks: Uint8Array.of(CRITICAL) }] });
  const { said } = paint();
  assert.equal(said[0].style, "rgba(4,0,0,1)");
  assert.equal(said[0].n, 1);
  assert.ok(said[1].width > said[0].width, "its dark edge lies under it");
  assert.equal(said[2].n, 2);
  assert.equal(asked.length, before);
});

test("the worst is drawn first, that is on top", async () => {
  const { paint } = await opened(world([2, CRITICAL, MAJOR, 0])), strokes = paint().said.filter(({ style }) => /^rgba\([1-4],0,0,1\)/.test(style));
  assert.deepEqual(strokes.map(({ style }) => style), ["rgba(4,0,0,1)", "rgba(3,0,0,1)", "rgba(2,0,0,1)"]);
});

test("age is a dash, and ten ages are ten dashes", async () => {
  assert.equal(new Set(Array.from({ length: 10 }, (_, age) => JSON.stringify(dash(age)))).size, 10);
  const fresh = (await opened(world([CRITICAL, 0, 0, 0]))).paint().said[0], stale = (await opened(world([CRITICAL | STALE, 0, 0, 0]))).paint().said[0];
  assert.equal(fresh.style, stale.style);
  assert.deepEqual([fresh.dashed, stale.dashed], [false, true]);
});

test("nothing is expected of a pipe: it is not drawn as never received", async () => {
  const { said } = (await opened(world([4 << 3, 4 << 3, 4 << 3, 4 << 3]))).paint();
  assert.deepEqual(said.map(({ dashed, n }) => [dashed, n]), [[false, 3], [true, 1]]); // the meter is heard: its area keeps the pattern
});

test("when the link is lost normal lines leave and those in alarm are dashed, without fill", async () => {
  const { said } = (await opened(world([CRITICAL, 0, 0, MAJOR]))).paint(15, { isLost: true });
  assert.ok(said.every(({ filled }) => !filled));
  assert.deepEqual(said.map(({ n, dashed }) => [n, dashed]), [[1, true], [1, true], [1, true]]); // the main and its edge, the outline
});

test("an area in alarm is filled, a quiet one is an outline", async () => {
  assert.ok((await opened(world([0, 0, 0, MAJOR]))).paint().said.some(({ filled, style }) => filled && style.startsWith("rgba(3,0,0")));
  assert.ok((await opened(world([0, 0, 0, 0]))).paint().said.every(({ filled }) => !filled));
});

test("far away only what is in alarm is drawn whole, and a line's point stands for it", async () => {
  const points = world([0, CRITICAL, 0, 0]), { shapes, paint } = await opened(points);
  paint(ALL_FROM - 1);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(paint(ALL_FROM - 1).n, 1);
  assert.equal(paint(10).said.length, 0);
  const painted = (zoom) => { const pixels = new Uint32Array(500 * 400); return new Painter().paint(pixels, { ...view(zoom), x: half(zoom) - 250, y: half(zoom) - 200 }, points, { ...how(points), icons: () => null }); };
  assert.equal(painted(ALL_FROM - 1), 4);
  assert.equal(painted(ALL_FROM), 1); // the meter; three lines are lines
  assert.equal(shapes.points.lines.reduce((n, each) => n + each, 0), 3);
});

test("a filter hides lines as it hides points", async () => {
  const points = world([0, CRITICAL, 0, 0]), { paint } = await opened(points);
  assert.deepEqual(paint(15, { shown: compile({ severities: [4] }, points) }).said.map(({ n }) => n), [1, 1]);
  assert.equal(paint(15, { shown: compile({ kinds: [] }, points) }).said.length, 0);
});

test("until a tile comes, the one around it stands for it, cut to its place", async () => {
  const points = world([0, CRITICAL, 0, 0]), { paint, asked } = await opened(points), { said, context } = paint(16);
  assert.ok(asked.includes("14/8192/8192") && said.length > 0);
  assert.deepEqual(context.box.slice(2), [1024, 1024]);
});

test("features of another layout are left out", async () => {
  const { paint } = await opened(world([0, 0, 0, 0]), [{ ...line(7, 0, 100), id: 99 }, { ...line(8, 1, 100), channel: "water:4" }, { ...line(9, 44, 100) }]);
  assert.equal(paint().said.length, 0);
});

test("a click takes the line in alarm within 18 pixels, else a line within 12, else the area in alarm around it", async () => {
  const points = world([0, CRITICAL, 0, MAJOR]), { shapes } = await opened(points), zoom = 15;
  // A tile of zoom 13 is 1,024 pixels wide at zoom 15: eight units to the pixel. One pixel is 512 units of the world.
  const chosen = (px, py) => { const k = shapes.pick(px * 512, py * 512, zoom, how(points)); return k < 0 ? null : points.ids[k]; };
  assert.equal(levelOf(zoom), 13);
  assert.equal(EXTENT / 1024, 8);
  assert.equal(chosen(100, 100 / 8 + 11), 7);
  assert.equal(chosen(100, 100 / 8 - 13), null);
  assert.equal(chosen(100, 800 / 8 - 17), 8);
  assert.equal(chosen(100, 800 / 8 - 19), null);
  assert.equal(chosen(250, 4000 / 8), 10);
  points.looks[points.at[3]] = 0;
  assert.equal(chosen(250, 4000 / 8), null); // a quiet area has only its outline
  assert.equal(chosen(500, 4000 / 8), 10);
});
