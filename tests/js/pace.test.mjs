import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

// The least of a browser, with a time of its own: each frame is drawn by `frame`, and what was posted in it is served after.
const page = function () {
  const frames = [], posted = [], drawn = [];
  let at = 0;
  const window = {};
  class MessageChannel {
    constructor() {
      this.port1 = { close() {} };
      this.port2 = { postMessage: () => posted.push(() => this.port1.onmessage()) };
    }
  }
  vm.runInNewContext(readFileSync(new URL("../../assets/js/06-pace.js", import.meta.url), "utf8"), {
    window, MessageChannel, performance: { now: () => at }, console: { error() {} }, requestAnimationFrame: (draw) => frames.push(draw),
    setTimeout: (act, ms) => { at += ms; act(); },
  });
  const frame = function () {
    drawn.length = 0;
    const draw = frames.shift();
    try { draw(); } finally { posted.splice(0).forEach((serve) => serve()); }
    return drawn.join();
  };
  const act = (name, ms) => window.HV.paced(() => { at += ms; drawn.push(name); });
  return { window, frames, frame, act };
};

test("short parts are drawn in one frame, once however often they are asked for", () => {
  const { frames, frame, act } = page(), [queue, map] = [act("queue", 2), act("map", 3)];
  queue(), map(), queue();
  assert.equal(frame(), "queue,map");
  assert.equal(frames.length, 0);
});

test("a long part leaves the others to the next frames, each in its turn", () => {
  const { frames, frame, act } = page(), [queue, map, log] = [act("queue", 40), act("map", 20), act("log", 1)];
  queue(), map(), log();
  assert.equal(frame(), "queue");
  queue(); // Asked for again meanwhile, it comes after those that wait.
  assert.deepEqual([frame(), frame(), frames.length], ["map", "log,queue", 0]);
});

test("the next frame comes even where what failed cannot be said", () => {
  const { window, frame, act } = page(), map = act("map", 1);
  window.HV.fault = () => { throw new Error("no place to say it"); };
  window.HV.paced(() => { throw new Error("broken"); })();
  map();
  assert.throws(frame, /no place to say it/);
  assert.equal(frame(), "map");
});
