import assert from "node:assert/strict";
import { test } from "node:test";
import { chapter, steps } from "../../assets/worker/reel.js";

const piece = function (bytes) {
  const made = new Uint8Array(8 + Math.ceil(bytes.length / 8) * 8);
  new DataView(made.buffer).setBigUint64(0, BigInt(bytes.length), true);
  made.set(bytes, 8);
  return [...made];
};
const frame = (layout) => new Uint8Array([2, 1, 0, 0, layout, 0, 0, 0, ...new Array(24).fill(0)]);

test("a chapter gives its moment, what was silent, and each minute's frame in a buffer of its own", () => {
  const head = new TextEncoder().encode('{"at":600000,"step_ms":60000,"silent":[[],["water"]]}');
  const found = chapter(Uint8Array.from([...piece(head), ...piece(frame(9)), ...piece(frame(9))]).buffer);
  assert.deepEqual([found.at, found.silent, found.layout], [600000, [[], ["water"]], 9]);
  assert.deepEqual(found.frames.map((one) => one.byteLength), [32, 32]);
});

test("going forward inside a chapter applies what follows, anything else begins with the frame that says everything", () => {
  assert.deepEqual(steps(null, 0, 3), [0, 3]);
  assert.deepEqual(steps({ first: 0, index: 2 }, 0, 5), [3, 5]);
  assert.deepEqual(steps({ first: 0, index: 5 }, 0, 2), [0, 2]);
  assert.deepEqual(steps({ first: 0, index: 5 }, 600000, 1), [0, 1]);
  // The same minute again: nothing to apply.
  assert.deepEqual(steps({ first: 0, index: 5 }, 0, 5), [6, 5]);
});
