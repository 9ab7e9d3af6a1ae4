import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SCRIPT = readFileSync(new URL("../../assets/js/00-live.js", import.meta.url), "utf8");

// The page's side of the feed without a page: what the worker says goes in by `hear`, what the page tells its scripts is in `said`.
const page = function () {
  const said = [];
  class Worker { postMessage() {} }
  const document = { documentElement: { dataset: {} }, addEventListener() {}, querySelectorAll: () => [], dispatchEvent: (event) => said.push([event.type.slice(6), event.detail]) };
  class CustomEvent { constructor(type, { detail }) { Object.assign(this, { type, detail }); } }
  const window = {};
  let worker;
  const later = [];
  // A port whose message is served when the test says so; the clock moves on by a millisecond each time it is read.
  class MessageChannel { constructor() { this.port1 = {}; this.port2 = { postMessage: () => later.push(() => this.port1.onmessage()) }; } }
  let ms = 0;
  const context = vm.createContext({ MessageChannel, OffscreenCanvas: class {}, location: { pathname: "/console" }, window, document, CustomEvent, performance: { now: () => ms++ }, addEventListener() {}, setInterval() {}, console, Worker: class extends Worker { constructor() { super(); worker = this; } } });
  vm.runInContext(SCRIPT, context);
  const hear = (message) => worker.onmessage({ data: { type: "message", message: { seq: 1, ...message } } });
  const alarm = (version, condition, acknowledged = false) => hear({ t: "alarm", body: { id: 7, version, condition, acknowledged, priority: "major", state: condition } });
  const snapshot = (...alarms) => hear({ t: "snapshot", alarms, events: [], logbook: [], counts: {}, headlines: [] });
  const beat = (programs) => worker.onmessage({ data: { type: "hb", message: { now: 0, seq: 1, clock: { speed: 1 }, programs } } });
  const gathered = (...items) => worker.onmessage({ data: { type: "text", text: JSON.stringify({ t: "facts", seq: items.at(-1).seq, items }) } });
  return { Vigie: window.Vigie, hv: window.__hv, said, hear, alarm, snapshot, beat, gathered, later };
};

test("an older fact that comes after the end does not bring an alarm back", () => {
  const { Vigie, said, alarm } = page();
  alarm(1, "active");
  alarm(3, "normal", true);
  alarm(2, "active", true);
  assert.equal(Vigie.alarms.size, 0);
  assert.deepEqual(said.map(([, detail]) => detail.body.version), [1, 3]);
});

test("the same end told twice is told twice, and a newer version reopens", () => {
  const { Vigie, alarm } = page();
  alarm(1, "active");
  alarm(2, "normal", true);
  alarm(2, "normal", true);
  assert.equal(Vigie.alarms.size, 0);
  alarm(3, "active");
  assert.equal(Vigie.alarms.get(7).version, 3);
});

test("an event that ended stays ended until a newer fact", () => {
  const { Vigie, hear } = page();
  const event = (version, status) => hear({ t: "event", body: { id: 7, version, status } });
  event(1, "new");
  event(4, "closed");
  event(3, "resolved");
  assert.equal(Vigie.events.size, 0);
  event(5, "in_progress");
  assert.equal(Vigie.events.size, 1);
});

test("what was done for an event leaves with it, and comes back when it is told again", () => {
  const { Vigie, hear } = page();
  const event = (version, status) => hear({ t: "event", body: { id: 7, version, status } });
  const sent = (version, status) => hear({ t: "intervention", body: { id: 3, event_id: 7, version, status } });
  event(1, "in_progress");
  sent(5, "on_site");
  sent(6, "done");
  assert.equal(Vigie.interventions.size, 1);
  event(2, "closed");
  assert.equal(Vigie.interventions.size, 0);
  sent(7, "done"); // A note that comes late.
  assert.equal(Vigie.interventions.size, 0);
  event(3, "in_progress");
  sent(7, "done");
  assert.equal(Vigie.interventions.size, 1);
});

test("lines of the logbook stand by their number, whatever the order they come in, and once each", () => {
  const { Vigie, hear } = page();
  Vigie.logbook = [];
  for (const seq of [1, 2, 5, 3, 5, 6, 2]) hear({ t: "logbook", body: { seq } });
  assert.deepEqual([...Vigie.logbook].map((line) => line.seq), [1, 2, 3, 5, 6]);
});

test("somebody who is still out stays on the screen when the event ends", () => {
  const { Vigie, hear } = page();
  hear({ t: "intervention", body: { id: 3, event_id: 7, version: 1, status: "en_route" } });
  hear({ t: "event", body: { id: 7, version: 2, status: "closed" } });
  assert.equal(Vigie.interventions.size, 1);
});

test("what a snapshot holds is live whatever was heard before", () => {
  const { Vigie, alarm, snapshot } = page();
  alarm(9, "normal", true);
  snapshot({ id: 7, version: 2, condition: "active", acknowledged: false });
  alarm(3, "active");
  assert.equal(Vigie.alarms.get(7).version, 3);
});

test("programs that do not stay alive are told once, and their return too", () => {
  const { said, beat } = page();
  for (const programs of [[], ["jobs"], ["jobs"], []]) beat(programs);
  assert.deepEqual(said.filter(([name]) => name === "programs").map(([, detail]) => [...detail.programs]), [["jobs"], []]);
});

test("the ends of a flood do not fill the memory, and the latest are kept", () => {
  const { Vigie, hear } = page();
  const end = (id, version, condition) => hear({ t: "alarm", body: { id, version, condition, acknowledged: true, priority: "minor", state: condition } });
  for (let id = 1; id <= 600; id += 1) end(id, 2, "normal");
  end(600, 1, "active");
  assert.equal(Vigie.alarms.size, 0);
  end(1, 1, "active");
  assert.equal(Vigie.alarms.size, 1, "the first was forgotten, as promised");
});

test("a page lets go of the last alarms in the server's order, keeps what is worked on or looked at, and takes the server's counts", () => {
  const { Vigie, hear } = page();
  const raise = (id, more) => hear({ t: "alarm", body: { id, version: 1, asset_id: id, condition: "active", acknowledged: false, priority: "minor", state: "unacknowledged", raised_at: new Date(id * 1000).toISOString(), ...more } });
  Vigie.selected = 990;
  for (let id = 1; id <= 989; id += 1) raise(id);
  raise(990);
  raise(991, { event_id: 3 });
  raise(992, { priority: "critical" });
  for (let id = 993; id <= 1001; id += 1) raise(id);
  assert.equal(Vigie.alarms.size, 502);
  for (const id of [1, 499, 990, 991, 992]) assert.ok(Vigie.alarms.has(id), String(id));
  assert.ok(!Vigie.alarms.has(500));
  assert.equal(Vigie.counts.minor.unacknowledged, 1000, "what is let go is still counted");
  hear({ t: "counts", counts: { minor: { unacknowledged: 60000 } } });
  assert.equal(Vigie.counts.minor.unacknowledged, 60000);
});

test("facts that come together are taken in slices and in their order, and what follows waits for them", () => {
  const { hv, said, gathered, later, snapshot } = page();
  const line = (seq) => ({ t: "logbook", seq, body: { seq } });
  gathered(...Array.from({ length: 20 }, (_none, rank) => line(rank + 1)));
  const first = said.length;
  assert.ok(first > 0 && first < 20, `${first} taken in the first slice`);
  assert.equal(hv.seq, first);
  snapshot();
  assert.equal(said.length, first);
  while (later.length) later.shift()();
  assert.deepEqual(said.map(([name]) => name), [...Array(20).fill("logbook"), "snapshot"]);
  assert.deepEqual(said.slice(0, 20).map(([, detail]) => detail.seq), Array.from({ length: 20 }, (_none, rank) => rank + 1));
});
