// An alarm that comes and goes (ANSI/ISA-18.2: three times or more in a minute): how often in the last ten minutes, so that it sounds, counts and reads as one.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const TIMES = 3, WITHIN_MS = 60000, WINDOW_MS = 600000;
  // As many keys are kept, the last heard, and those heard before them until as many more come: in a storm of others a contact must come again sooner to be known, and the page
  // does not grow with the storm. Two maps and not one that lets go of its oldest: finding that costs more the longer the storm lasts.
  const KEPT = 5000;
  // By asset and cause: once acknowledged and ended, the next life is another alarm.
  let heard = new Map(), before = new Map(); // key → {lives: [platform time, how many], id, count, since}
  let chattersUntil = -Infinity; // Platform time until which something chatters.

  const chatter = (HV.chatter = {});
  const now = () => (window.Vigie && window.Vigie.now ? window.Vigie.now() : Date.now());
  const key = (alarm) => `${alarm.asset_id}|${alarm.source || ""}|${alarm.cause || alarm.title}`;
  const find = (name) => heard.get(name) || before.get(name);
  const within = (lives, ms) => lives.filter(([at]) => now() - at <= ms);
  const total = (lives) => lives.reduce((sum, [, lived]) => sum + lived, 0);

  // Called for each alarm of the feed, before what sounds or counts it.
  chatter.note = function (alarm) {
    const count = alarm.count || 1, name = key(alarm), held = find(name);
    if (heard.size >= KEPT && !heard.has(name)) [before, heard] = [heard, new Map()];
    if (!held) {
      heard.set(name, { lives: [[now(), 1]], id: alarm.id, count, since: null });
      return;
    }
    const lived = held.id === alarm.id ? count - held.count : 1;
    const lives = within(held.lives, WINDOW_MS);
    if (lived > 0) lives.push([now(), lived]);
    const chatters = lived > 0 && total(within(lives, WITHIN_MS)) >= TIMES;
    if (chatters) chattersUntil = now() + WINDOW_MS;
    heard.set(name, { lives, id: alarm.id, count: Math.max(count, held.id === alarm.id ? held.count : 0), since: chatters ? now() : held.since });
  };
  // How often it came in the last ten minutes; 0 for an alarm that does not chatter.
  chatter.times = function (alarm) {
    if (now() > chattersUntil) return 0;
    const held = find(key(alarm));
    return held && held.since !== null && now() - held.since <= WINDOW_MS ? total(within(held.lives, WINDOW_MS)) : 0;
  };
  // In the capture phase: this page's other listeners read what is written here.
  document.addEventListener("vigie:snapshot", function () {
    for (const kept of [heard, before]) for (const [name, held] of kept) if (!within(held.lives, WINDOW_MS).length) kept.delete(name);
    window.Vigie.alarms.forEach(chatter.note);
  }, true);
  document.addEventListener("vigie:alarm", (event) => chatter.note(event.detail.body || event.detail), true);
})();
