// The rows of the queue, read from what the feed told: an alarm or an event each, in an avalanche groups of them; and under which tab each stands.
(function () {
  "use strict";
  const Desk = window.Desk;
  const WAITING = new Set(["unacknowledged", "returned_unacknowledged", "latched_unacknowledged"]);
  const RANK = { critical: 1, major: 2, minor: 3, info: 4 };
  const WORKED = new Set(["in_progress", "on_hold"]);
  const FILTERS = {
    // What a mask hides is in its own lists, with who hid it, until when and why.
    tous: (row) => !row.mask,
    "a-acquitter": (row) => row.waits,
    miens: (row) => row.isMine,
    differes: (row) => Boolean(row.mask && row.mask.mask === "shelved") || Boolean(row.event && row.event.status === "on_hold"),
    masques: (row) => Boolean(row.mask && row.mask.mask !== "shelved"),
    "en-cours": (row) => Boolean(row.event) && WORKED.has(row.event.status),
    resolus: (row) => Boolean(row.event) && row.event.status === "resolved",
  };

  const layerOf = (key) => ((window.Vigie && window.Vigie.layers) || []).find((layer) => layer.key === key) || { label: key, kinds: [] };
  const iconOf = function (layer, kind) {
    const found = layerOf(layer);
    const icon = (found.kinds.find((one) => one.key === kind) || {}).icon || found.icon;
    return icon || "alert-circle";
  };

  // The mask that wins, in the law's order (domain/alarm.py).
  const MASK_ORDER = ["out_of_service", "suppressed", "shelved"];
  const maskOf = (alarm) => (alarm.masking || []).slice().sort((a, b) => MASK_ORDER.indexOf(a.mask) - MASK_ORDER.indexOf(b.mask))[0] || null;
  // A cause says how many it explains: « Armoire hors tension — 37 alarmes expliquées ».
  const counted = function (alarm) {
    if (alarm.children) return alarm.title + " — " + HV.tn("{n} alarme expliquée", "{n} alarmes expliquées", alarm.children);
    return HV.chatter.times(alarm) ? alarm.title + " ×" + alarm.count : alarm.title;
  };

  const row = function (key, of, alarm, event) {
    const waits = Boolean(alarm) && WAITING.has(alarm.state);
    const raised = Date.parse(alarm ? alarm.raised_at : of.opened_at);
    const mask = alarm ? maskOf(alarm) : null;
    const place = alarm ? [alarm.asset_code || alarm.asset_name, alarm.address].filter(Boolean).join(", ") : [event.address, event.number].filter(Boolean).join(", ");
    return {
      key, alarm, event, waits, raised, mask, place: mask ? [place, [mask.name, mask.reason].filter(Boolean).join(HV.t(" : "))].filter(Boolean).join(" · ") : place,
      alarmId: alarm ? alarm.id : event.alarms[event.alarms.length - 1] || null,
      priority: of.priority, type: alarm ? alarm.cause : event.type, title: alarm ? counted(alarm) : event.title, layer: of.layer, icon: iconOf(of.layer, alarm ? alarm.kind : ""),
      decide: Date.parse((alarm && alarm.decide_before) || (event && event.decide_before)) || null,
      lon: alarm ? alarm.lon : event.location.lon, lat: alarm ? alarm.lat : event.location.lat,
      isMine: Boolean(event) && event.owner === Desk.me(),
      // Not acknowledged first, then priority, then the newest.
      order: ((waits ? 0 : 10) + (RANK[of.priority] || 5)) * 1e13 - raised,
      signature: [alarm ? alarm.version : 0, event ? event.version : 0, event && Desk.fieldMark ? Desk.fieldMark(event) : ""].join("."),
      search: [alarm && alarm.title, place, event && event.number, event && event.title, layerOf(of.layer).label].filter(Boolean).join(" ").toLocaleLowerCase(),
    };
  };

  const read = function () {
    const found = new Map();
    const covered = new Set();
    for (const alarm of window.Vigie.alarms.values()) {
      const event = alarm.event_id ? window.Vigie.events.get(alarm.event_id) : null;
      if (event) covered.add(event.id);
      found.set("a" + alarm.id, row("a" + alarm.id, alarm, alarm, event || null));
    }
    for (const event of window.Vigie.events.values()) {
      if (!covered.has(event.id)) found.set("e" + event.id, row("e" + event.id, event, null, event));
    }
    return HV.flood && HV.flood.active ? grouped(found) : found;
  };

  // Avalanche: rows of one cause in one area stand behind the first that appeared, minors behind a single one. Critical alarms, what somebody works on,
  // what is masked, the chosen row and what was unfolded stay as they are; nothing leaves the log.
  const unfolded = new Set();
  const LEAST = 3;
  const groupKey = (one) => (one.priority === "minor" ? "minor" : [one.type, one.layer, one.alarm.commune_id].join("|"));
  const grouped = function (found) {
    const groups = new Map();
    for (const one of found.values()) {
      const alone = !one.alarm || one.mask || one.priority === "critical" || one.event || !one.waits || (Desk.selected && Desk.selected.key === one.key);
      if (!alone) groups.set(groupKey(one), (groups.get(groupKey(one)) || []).concat(one));
    }
    const left = new Map(found);
    for (const [name, members] of groups) {
      if (members.length < LEAST) continue;
      members.sort((a, b) => a.raised - b.raised);
      const first = members[0];
      const open = unfolded.has(name);
      const title = name === "minor" ? HV.tn("{n} alarme mineure", "{n} alarmes mineures", members.length) : first.title + " — " + HV.tn("{n} alarme", "{n} alarmes", members.length);
      left.set("g" + name, Object.assign({}, first, {
        key: "g" + name, group: name, members, title, place: HV.t("première : {place}", { place: first.place }), order: Math.min(...members.map((one) => one.order)) - 0.5,
        signature: members.length + ":" + members.reduce((sum, one) => sum + one.alarm.version, 0) + (open ? "+" : ""), isMine: false, event: null,
      }));
      if (!open) members.forEach((one) => left.delete(one.key));
    }
    HV.flood.rows = Array.from(left.values()).filter((one) => one.waits && !one.mask).length;
    return left;
  };

  // The feed counts every open alarm, the page holds 500 of them: a tab of states says the feed's count.
  const STATES = { tous: (state) => !MASKED.includes(state), "a-acquitter": (state) => WAITING.has(state), masques: (state) => MASKED.slice(1).includes(state) };
  const MASKED = ["shelved", "suppressed_by_design", "out_of_service"];
  const exact = function (name) {
    if (!STATES[name]) return 0;
    const asks = name === "a-acquitter";
    return Object.entries(window.Vigie.counts || {}).filter(([priority]) => !asks || priority !== "info")
      .flatMap(([, by]) => Object.entries(by)).reduce((sum, [state, n]) => sum + (STATES[name](state) ? n : 0), 0);
  };

  Desk.queueRows = { FILTERS, read, exact, unfolded };
})();
