import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, counts, list } from "../../assets/worker/filter.js";
import { mercator } from "../../assets/worker/place.js";
import { apply, arrange } from "../../assets/worker/points.js";

// Two communes of lamps and one of valves: (layer, kind, commune, lon, look), slots in channel order. Ids are 11, 12, …
const ROWS = [["light", 0, 1, 5.0, 0x80], ["light", 1, 1, 5.1, 0x80 | 3 | 64], ["light", 0, 2, 5.2, 2 << 3], ["water", 0, 2, 5.3, 4 | 64], ["water", 0, 2, 5.4, 4]];
const world = () => {
  const points = arrange({
    layout: 1, count: ROWS.length, x: Int32Array.from(ROWS, (row) => mercator(row[3], 47)[0]), y: Int32Array.from(ROWS, () => mercator(5, 47)[1]),
    ids: Int32Array.from(ROWS, (_, i) => 11 + i), kinds: Uint8Array.from(ROWS, (row) => row[1]),
    layers: [{ key: "light", kinds: [{ key: "lamp" }, { key: "cabinet" }] }, { key: "water", kinds: [{ key: "valve" }] }],
    channels: new Map([[0, { layer: 0, commune: 1, first: 0, size: 2 }], [1, { layer: 0, commune: 2, first: 2, size: 1 }], [2, { layer: 1, commune: 2, first: 3, size: 2 }]]),
  });
  apply(points, { sections: [[0, 0, 2], [1, 2, 1], [2, 3, 2]].map(([channel, first, count]) => ({ channel, count, slots: null, looks: Uint8Array.from(ROWS.slice(first, first + count), (row) => row[4]) })) });
  return points;
};
const shown = (filter) => {
  const points = world(), { indices } = list(points, compile(filter, points), 0, 100, null);
  return indices.map((i) => points.ids[i]).sort();
};

test("each part of a filter narrows what is shown, and they narrow together", () => {
  assert.deepEqual(shown(null), [11, 12, 13, 14, 15]);
  assert.deepEqual(shown({ kinds: ["light:*"] }), [11, 12, 13]);
  assert.deepEqual(shown({ kinds: ["light:lamp", "water:valve"] }), [11, 13, 14, 15]);
  assert.deepEqual(shown({ kinds: [] }), []);
  assert.deepEqual(shown({ communes: [1] }), [11, 12]);
  assert.deepEqual(shown({ severities: [3, 4] }), [12, 14, 15]);
  assert.deepEqual(shown({ qualities: [2] }), [13]);
  assert.deepEqual(shown({ waiting: true }), [12, 14]);
  assert.deepEqual(shown({ active: false }), [13, 14, 15]);
  assert.deepEqual(shown({ among: [[11, 12, 14], [12, 14, 15]] }), [12, 14]);
  assert.deepEqual(shown({ area: [[5.05, 46], [5.35, 46], [5.35, 48], [5.05, 48]] }), [12, 13, 14]);
  assert.deepEqual(shown({ communes: [2], severities: [4], waiting: true }), [14]);
});

test("counts tell what a box holds even when it is not ticked, and what the filter shows", () => {
  const points = world(), found = counts(points, compile({ kinds: ["water:*"], communes: [2] }, points));
  assert.equal(found.total, 3);
  assert.equal(found.shown, 2);
  assert.deepEqual(found.kinds["light:lamp"], { n: 1, shown: 0, severities: [1, 0, 0, 0, 0], qualities: [0, 0, 1, 0, 0, 0, 0, 0], waiting: 0, active: 0 });
  assert.deepEqual(found.kinds["water:valve"], { n: 2, shown: 2, severities: [0, 0, 0, 0, 2], qualities: [2, 0, 0, 0, 0, 0, 0, 0], waiting: 1, active: 0 });
  assert.equal(found.kinds["light:cabinet"].n, 0);
  assert.deepEqual(found.communes, { 1: { n: 0, shown: 0, severities: [0, 0, 0, 0, 0] }, 2: { n: 3, shown: 2, severities: [1, 0, 0, 0, 2] } });
});

test("the list begins with the worst that waits, and is read in pages", () => {
  const points = world(), all = compile(null, points), ids = (from, limit) => list(points, all, from, limit, null).indices.map((i) => points.ids[i]);
  assert.deepEqual(ids(0, 10), [14, 15, 12, 11, 13]);
  assert.deepEqual([ids(0, 2), ids(2, 2), ids(4, 2), ids(6, 2)], [[14, 15], [12, 11], [13], []]);
  assert.equal(list(points, all, 4, 2, null).total, 5);
});
