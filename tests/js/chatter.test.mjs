import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const page = function () {
  const heard = {}, window = { Vigie: { now: () => page.at, alarms: new Map() } };
  page.at = 1_000_000;
  const document = { addEventListener: (name, hear) => { heard[name] = hear; } };
  vm.runInNewContext(readFileSync(new URL("../../assets/js/29-chatter.js", import.meta.url), "utf8"), { window, document });
  return { times: window.HV.chatter.times, say: (alarm) => heard["vigie:alarm"]({ detail: { body: alarm } }) };
};
const contact = (count) => ({ id: 1, asset_id: 7, source: "rule", cause: "door", count });
const others = (say, from, n) => { for (let id = from; id < from + n; id++) say({ id, asset_id: id, source: "rule", cause: "lamp", count: 1 }); };

test("a contact that comes three times in a minute is known in a storm of others", () => {
  const { say, times } = page();
  say(contact(1));
  others(say, 100, 4_000);
  say(contact(2));
  others(say, 10_000, 4_000);
  assert.equal(times(contact(2)), 0);
  say(contact(3));
  assert.equal(times(contact(3)), 3);
  page.at += 600_001;
  assert.equal(times(contact(3)), 0);
});

test("the page does not grow with the storm: what was last heard ten thousand others ago is new", () => {
  const { say, times } = page();
  say(contact(1));
  say(contact(2));
  others(say, 100, 10_100);
  say(contact(3));
  assert.equal(times(contact(3)), 0);
});
