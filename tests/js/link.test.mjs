import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

// The socket without a network: `hear` is what the server says, `told` what the page is told.
let sockets = [], now = 0;
performance.now = () => now;
globalThis.self = { location: { href: "http://poste/console" } };
globalThis.WebSocket = class { static OPEN = 1; constructor() { this.readyState = 1; sockets.push(this); } send() {} close() {} };
const { openLink } = await import("../../assets/worker/link.js");

beforeEach(() => { sockets = []; now += 1000; mock.timers.enable({ apis: ["setTimeout", "setInterval"] }); });
afterEach(() => mock.timers.reset());
const later = (ms) => { now += ms; mock.timers.tick(ms); };

const open = function () {
  const told = [];
  openLink((type, body) => told.push([type, body]), { hello() {}, frame() {}, changed() {} });
  const hear = (message) => sockets[0].onmessage({ data: JSON.stringify(message) });
  const seqs = () => told.filter(([type]) => type === "messages").map(([, { messages }]) => messages.map((one) => one.seq));
  return { told, hear, seqs };
};

test("a lone fact is told at once, those that follow it together and in order", () => {
  const { hear, seqs } = open();
  hear({ t: "alarm", seq: 1 });
  assert.deepEqual(seqs(), [[1]]);
  for (const seq of [2, 3, 4]) hear({ t: "alarm", seq });
  later(19);
  assert.deepEqual(seqs(), [[1]]);
  later(1);
  assert.deepEqual(seqs(), [[1], [2, 3, 4]]);
  later(20);
  hear({ t: "alarm", seq: 5 });
  assert.deepEqual(seqs()[2], [5]);
});

test("a heartbeat does not pass before the facts that it counts", () => {
  const { told, hear } = open();
  hear({ t: "alarm", seq: 1 });
  hear({ t: "alarm", seq: 2 });
  hear({ t: "hb", now: 0, seq: 2, clock: { speed: 1 }, sources: [], deps: { database: "ok", redis: "ok", worker: "ok" }, last_ingest: null });
  const order = told.map(([type]) => type);
  assert.equal(told.filter(([type]) => type === "messages").length, 2);
  assert.ok(order.lastIndexOf("messages") < order.indexOf("hb"), String(order));
});

test("what came before the socket broke is told", () => {
  const { hear, seqs } = open();
  hear({ t: "alarm", seq: 1 });
  hear({ t: "alarm", seq: 2 });
  sockets[0].onclose({ code: 4401 });
  assert.deepEqual(seqs().flat(), [1, 2]);
});
