// Avalanche (screens.md B.5): entered and left by the measured rate of new alarms, on the platform's clock, so that a page opened in the middle of one knows it.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const WINDOW_MS = 600000, MINUTE_MS = 60000;
  const PER_OPERATOR = 10, IN_A_MINUTE = 30, CALM = 5, CALM_MS = 300000;
  const times = new Map(); // alarm id and life → when the room was asked
  let calmSince = null;

  const flood = (HV.flood = { active: false, recent: 0, operators: 1 });
  const now = () => (window.Vigie && window.Vigie.now ? window.Vigie.now() : Date.now());

  // An alarm that asks, once for each of its lives; what a cause explains was not asked of anybody.
  flood.note = function (alarm) {
    if (!HV.isWaiting(alarm)) return;
    // A sensor that chatters is one alarm that asks, not an avalanche.
    if (HV.chatter && HV.chatter.times(alarm)) return;
    const life = alarm.id + "." + (alarm.count || 1);
    if (!times.has(life)) times.set(life, Date.parse(alarm.announced_at || alarm.raised_at));
  };
  flood.judge = function () {
    const at = now();
    for (const [life, asked] of times) if (at - asked > WINDOW_MS) times.delete(life);
    flood.recent = times.size;
    const lastMinute = Array.from(times.values()).filter((asked) => at - asked < MINUTE_MS).length;
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
