import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, arrange, indexOf } from "../../assets/worker/points.js";

// Assets scattered over 3,000 km (a few cells of 2^15 units would be too many: the index must widen them), two channels.
const COUNT = 500;
const chance = (seed) => () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
const scattered = (spread) => {
  const next = chance(7), x = Int32Array.from({ length: COUNT }, () => Math.floor((next() - 0.5) * spread)), y = Int32Array.from({ length: COUNT }, () => Math.floor((next() - 0.5) * spread));
  return {
    layout: 3, count: COUNT, x, y, ids: Int32Array.from({ length: COUNT }, (_, i) => 1000 - i), kinds: new Uint8Array(COUNT), layers: [{ key: "a", icon: "dot", kinds: [{ key: "k", icon: "kay" }] }],
    channels: new Map([[4, { layer: 0, commune: 1, first: 0, size: 200 }], [9, { layer: 0, commune: 2, first: 200, size: 300 }]]),
  };
};

test("every asset keeps its place, id and channel through the sort", () => {
  for (const spread of [2 ** 31, 2 ** 20, 1]) {
    const found = scattered(spread), points = arrange(found);
    for (let i = 0; i < COUNT; i++) {
      const k = points.at[i];
      assert.deepEqual([points.x[k], points.y[k], points.ids[k], points.channels[points.channel[k]].commune], [found.x[i], found.y[i], found.ids[i], i < 200 ? 1 : 2]);
    }
    assert.equal(indexOf(points, 1000), points.at[0]);
    assert.equal(indexOf(points, 1), -1);
  }
});

test("a box finds all that is inside it, and little more", () => {
  const points = arrange(scattered(2 ** 24)), box = [-(2 ** 22), -(2 ** 21), 2 ** 22, 2 ** 22];
  const seen = new Set();
  points.within(...box, (from, to) => { for (let k = from; k < to; k++) seen.add(k); });
  for (let k = 0; k < COUNT; k++) {
    if (points.x[k] >= box[0] && points.x[k] <= box[2] && points.y[k] >= box[1] && points.y[k] <= box[3]) assert.ok(seen.has(k));
  }
  assert.ok(seen.size < COUNT / 2, String(seen.size));
  points.within(2 ** 29, 2 ** 29, 2 ** 30, 2 ** 30, () => assert.fail("nothing lies there"));
});

test("a slot of the wire reaches its own asset, and what is not drawn asks for no picture", () => {
  const found = scattered(2 ** 24), points = arrange(found);
  assert.ok(apply(points, { sections: [{ channel: 9, count: 1, slots: Uint32Array.of(299), looks: Uint8Array.of(4) }] }));
  assert.equal(points.looks[indexOf(points, found.ids[499])], 4);
  assert.equal(apply(points, { sections: [{ channel: 9, count: 1, slots: Uint32Array.of(299), looks: Uint8Array.of(4 | 64) }] }), false);
  assert.equal(apply(points, { sections: [{ channel: 5, count: 1, slots: Uint32Array.of(0), looks: Uint8Array.of(4) }] }), false); // Not in the perimeter.
  assert.equal(apply(points, { sections: [{ channel: 9, count: 1, slots: Uint32Array.of(300), looks: Uint8Array.of(3) }] }), false); // Beyond the channel.
});

test("an empty perimeter is a map without points", () => {
  const points = arrange({ layout: 1, count: 0, x: new Int32Array(0), y: new Int32Array(0), ids: new Int32Array(0), kinds: new Uint8Array(0), layers: [], channels: new Map() });
  points.within(0, 0, 1, 1, () => assert.fail("nothing lies there"));
  assert.equal(points.perUnit, 0);
});
