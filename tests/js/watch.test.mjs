import assert from "node:assert/strict";
import { test } from "node:test";
import { differs, judge, patience } from "../../assets/worker/watch.js";

const OK = { database: "ok", redis: "ok", worker: "ok" };
const beat = (more = {}) => ({ now: 1_000_000, last_ingest: 999_000, deps: OK, sources: [{ layer: "water", fresh: true, since: null }], clock: { speed: 1 }, ...more });
const heard = (more, at = 10_000) => ({ at, wall: 5_000_000, message: beat(more) });
const state = (h, now = 10_100, ...rest) => judge(h, 0, now, 5_000_100, ...rest).state;

test("nothing is said before the first heartbeat could come, then the link is lost", () => {
  assert.equal(judge(null, 0, 2_400).state, "");
  assert.equal(judge(null, 0, 2_500).state, "perdue");
});

test("direct while heartbeats come, lost 2.5 s after the last", () => {
  assert.equal(state(heard(), 12_500), "direct");
  assert.equal(state(heard(), 12_501), "perdue");
});

test("a dependency that is down is worse than late data and better than no link", () => {
  const down = { deps: { ...OK, redis: "down" }, last_ingest: 0 };
  assert.equal(state(heard(down)), "base");
  assert.equal(judge(heard(down), 0, 10_100).cause, "redis");
  assert.equal(state(heard(down), 13_000), "perdue");
});

test("data older than ten seconds of platform time is late, and says by how much", () => {
  assert.equal(state(heard({ last_ingest: 990_000 })), "direct");
  const late = judge(heard({ last_ingest: 986_000 }), 0, 10_100);
  assert.equal(late.state, "retard");
  assert.equal(late.lag, 14_000);
});

test("an accelerated clock does not make data late", () => {
  assert.equal(state(heard({ last_ingest: 940_000, clock: { speed: 60 } })), "direct");
});

test("a platform that never received anything is not late", () => {
  assert.equal(state(heard({ last_ingest: null })), "direct");
});

test("a silent source is partial and named, with the time it stopped", () => {
  const found = judge(heard({ sources: [{ layer: "water", fresh: false, since: "2026-02-11T05:12:00Z" }] }), 0, 10_100);
  assert.equal(found.state, "partiel");
  assert.equal(found.cause, "water");
  assert.equal(found.since, Date.parse("2026-02-11T05:12:00Z"));
});

test("on waking, a clock that stood still does not make old values current", () => {
  const asleep = heard();
  assert.equal(judge(asleep, 0, 10_100, 5_000_000 + 3_600_000, true).state, "perdue");
  assert.equal(judge(asleep, 0, 10_100, 5_000_100, true).state, "direct");
});

test("only what changes the page's words is told again", () => {
  const a = judge(heard(), 0, 10_100), b = judge(heard(), 0, 11_000);
  assert.equal(differs(a, b), false);
  assert.equal(differs(a, judge(heard(), 0, 14_000)), true);
});

test("attempts go on for ever, at most 15 s apart, and not all at once", () => {
  assert.ok(patience(0, 0) >= 125);
  assert.ok(patience(1000, 1) <= 15_000);
  assert.notEqual(patience(3, 0.1), patience(3, 0.9));
});
