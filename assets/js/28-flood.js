// Avalanche (screens.md B.5): entered and left by the measured rate of new alarms, on the platform's clock, so that a page opened in the middle of one knows it.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const WINDOW_MS = 600000, MINUTE_MS = 60000;
  const PER_OPERATOR = 10, IN_A_MINUTE = 30, CALM = 5, CALM_MS = 300000;
  // What is kept of ten minutes at a thousand alarms a second is read ten times a second: a count for each second, and of each alarm its last life alone.
  const SECOND_MS = 1000;
  const lives = new Map(); // alarm id → { life, second }: the last of its lives that asked, and when the room was asked
  const seconds = new Map(); // second → ids of the alarms that asked then
  let calmSince = null;

  const flood = (HV.flood = { active: false, recent: 0, operators: 1 });
  const now = () => (window.Vigie && window.Vigie.now ? window.Vigie.now() : Date.now());

  // An alarm that asks, once for each of its lives; what a cause explains was not asked of anybody.
  flood.note = function (alarm) {
    if (!HV.isWaiting(alarm)) return;
    // A sensor that chatters is one alarm that asks, not an avalanche.
    if (HV.chatter && HV.chatter.times(alarm)) return;
    const life = alarm.count || 1, held = lives.get(alarm.id);
    if (held && held.life >= life) return;
    const second = Math.floor(Date.parse(alarm.announced_at || alarm.raised_at) / SECOND_MS);
    lives.set(alarm.id, { life, second });
    if (!seconds.has(second)) seconds.set(second, []);
    seconds.get(second).push(alarm.id);
  };
  const forget = function (second) {
    for (const id of seconds.get(second)) if ((lives.get(id) || {}).second === second) lives.delete(id); // Twice there when it asked twice in that second.
    seconds.delete(second);
  };
  flood.judge = function () {
    const at = now();
    let recent = 0, lastMinute = 0;
    for (const [second, ids] of seconds) {
      const age = at - second * SECOND_MS;
      if (age > WINDOW_MS) { forget(second); continue; }
      recent += ids.length;
      if (age < MINUTE_MS) lastMinute += ids.length;
    }
    flood.recent = recent;
    const before = flood.active;
    if (flood.recent > PER_OPERATOR * Math.max(1, flood.operators) || lastMinute > IN_A_MINUTE) flood.active = true;
    calmSince = flood.recent < CALM ? (calmSince === null ? at : calmSince) : null;
    if (flood.active && calmSince !== null && at - calmSince >= CALM_MS) flood.active = false;
    if (flood.active !== before) document.dispatchEvent(new CustomEvent("vigie:avalanche", { detail: { active: flood.active, recent: flood.recent } }));
    return flood.active;
  };
  // At once, then ten times a second at most: a thousand alarms a second would each look at all those of ten minutes.
  const AGAIN_MS = 100;
  let judgedAt = -AGAIN_MS, later = 0;
  const soon = function () {
    if (later) return;
    const rests = judgedAt + AGAIN_MS - performance.now();
    if (rests > 0) later = setTimeout(function () { later = 0; judged(); }, rests);
    else judged();
  };
  const judged = function () {
    judgedAt = performance.now();
    flood.judge();
  };
  document.addEventListener("vigie:snapshot", function () { HV.alarms().forEach(flood.note); flood.judge(); });
  document.addEventListener("vigie:alarm", function (event) { flood.note(event.detail.body || event.detail); soon(); });
  setInterval(flood.judge, 1000);
})();
