// Who is looking: says what this desk has open, hears what the others have. A look ends by itself when it is not said again (api/presence.py).
(function () {
  "use strict";
  const Desk = window.Desk;
  const AGAIN_MS = 20000;
  const looks = new Map(); // session → what the server said
  let timer = 0, saidKey = "";

  const tell = () => document.dispatchEvent(new CustomEvent("vigie:regards"));
  const hear = function (look) {
    looks.set(look.session || look.by, look);
    count();
    tell();
  };
  const live = () => Array.from(looks.values()).filter((look) => look.until > Desk.now());
  // As many operators as there are people at a desk: the avalanche is measured for each of them (screens.md B.5).
  const count = function () {
    for (const [session, look] of looks) if (look.until <= Desk.now()) looks.delete(session);
    if (HV.flood) HV.flood.operators = Math.max(1, new Set(live().map((look) => look.by)).size);
  };
  // Names of the others who have this row open.
  Desk.lookers = function (row) {
    const sees = (look) => look.by !== Desk.me() && ((row.alarmId && look.alarm_id === row.alarmId) || (row.event && look.event_id === row.event.id));
    return Array.from(new Set(live().filter(sees).map((look) => look.name)));
  };
  const say = function () {
    clearTimeout(timer);
    if (!Desk.root || !Desk.may("event:act")) return;
    timer = setTimeout(say, AGAIN_MS);
    if (Desk.isCut() || document.hidden) return;
    const row = Desk.selected;
    const body = row ? { alarm_id: row.alarmId || null, event_id: row.event ? row.event.id : null } : {};
    Desk.ask("POST", "/api/v1/presence", body).catch(() => null); // A look that is not heard is said again in twenty seconds.
  };
  Desk.onSelection(function (row) {
    const key = row ? row.key + (row.event ? row.event.id : "") : "";
    if (key === saidKey) return;
    saidKey = key;
    clearTimeout(timer);
    // Whoever runs down the queue looks at nothing on the way.
    timer = setTimeout(say, 500);
  });
  Desk.onMount(function () {
    saidKey = "";
    if (!Desk.may("event:act")) return;
    Desk.ask("GET", "/api/v1/presence").then((answer) => answer.items.forEach(hear)).catch(() => null); // The others say it again by themselves.
    say();
  });
  document.addEventListener("vigie:presence", (event) => hear(event.detail));
  setInterval(function () { if (Desk.root) { count(); tell(); } }, 5000);
})();
