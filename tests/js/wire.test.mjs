import assert from "node:assert/strict";
import { test } from "node:test";
import { DELTA, FULL, frame, positions } from "../../assets/worker/wire.js";

const bytes = (hex) => Uint8Array.from(hex.replace(/\s/g, "").match(/../g), (pair) => parseInt(pair, 16)).buffer;
// Head: DELTA, protocol 1, 2 sections, layout 9, map_seq 5, 0, hub time 1000, oldest 999.
const HEAD = (kind, sections) => `0${kind} 01 0${sections}00 09000000 05000000 00000000 0000000000408f40 0000000000388f40`;

test("a DELTA frame gives each channel's slots and looks", () => {
  const found = frame(bytes(HEAD(1, 2) + "2c01 0000 02000000 02000000 02010000 84 20 000000000000" + "0300 0000 01000000 07000000 05 000000"));
  assert.equal(found.kind, DELTA);
  assert.deepEqual([found.layout, found.seq, found.at, found.oldest], [9, 5, 1000, 999]);
  assert.deepEqual(found.sections.map(({ channel, slots, looks }) => [channel, [...slots], [...looks]]), [[300, [2, 258], [0x84, 0x20]], [3, [7], [5]]]);
});

test("a FULL frame gives each channel's looks alone", () => {
  const found = frame(bytes(HEAD(2, 1) + "0100 0000 03000000 010203 0000000000"));
  assert.equal(found.kind, FULL);
  assert.deepEqual([...found.sections[0].looks], [1, 2, 3]);
  assert.equal(found.sections[0].slots, null);
});

test("a server of another protocol is said, not misread", () => {
  assert.throws(() => frame(bytes(HEAD(1, 0).replace("01 01", "01 02"))), /protocol 2/);
});

test("positions are unfolded from planes of differences", () => {
  // 2 assets of channel 4 (layer 0, commune 12). x: 3 then 3 - 5 = -2 → zig-zag 6, 9; y: -1 then 255 → 1, 512; ids 100, 101 → 200, 2; quantum 4.
  const planes = "06 09 0000 0000 0000" + "01 00 00 02 0000 0000" + "c8 02 0000 0000 0000";
  const found = positions(bytes("56474d50 0100 0100 07000000 02000000 0d000000 04000000 0000000000000000" + "0400 00 00 0c000000 02000000 00000000" + Buffer.from('{"layers":[]}').toString("hex") + "000000" + planes + "01 00"));
  assert.deepEqual([...found.x], [48, -32]);
  assert.deepEqual([...found.y], [-16, 255 * 16]);
  assert.deepEqual([...found.ids], [100, 101]);
  assert.deepEqual([...found.kinds], [1, 0]);
  assert.deepEqual(found.channels.get(4), { layer: 0, commune: 12, size: 2, first: 0 });
  assert.equal(found.layout, 7);
});

test("something else than a snapshot is refused", () => {
  assert.throws(() => positions(new ArrayBuffer(64)), /format/);
});
