// The queue: rows from the feed into AG Grid by transactions. A row never moves under the operator's eyes: the selected one keeps its place on the screen.
(function () {
  "use strict";
  const Desk = window.Desk;
  // Facts enter the queue together: at once when that costs nothing, four times a second at most while keys are pressed and it does, so that the keys come first.
  const SETTLE_MS = 30, BUSY_MS = 250, KEYS_MS = 500, COSTS_MS = 8;
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
  let api = null;
  let rows = new Map();
  let tab = "tous";
  let domain = "";
  let words = "";
  let timer = 0;
  let pressedAt = -KEYS_MS;
  let cost = 0; // Of the last time, milliseconds.
  let seen = false;
  let newcomers = 0;

  // Reading the feed ------------------------------------------------------------------------------------------------
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
  Desk.unfold = function () {
    const chosen = Desk.selected;
    if (!chosen || !chosen.group) return false;
    if (!unfolded.delete(chosen.group)) unfolded.add(chosen.group);
    later();
    return true;
  };

  const EVENT_WORDS = () => ({ new: HV.t("À qualifier"), in_progress: HV.t("en cours"), on_hold: HV.t("en attente"), resolved: HV.t("résolu"), closed: HV.t("clos"), merged: HV.t("regroupé"), false_positive: HV.t("fausse alarme") });
  const STATE_WORDS = () => ({
    unacknowledged: HV.t("Non acquittée"), acknowledged: HV.t("Acquittée"), returned_unacknowledged: HV.t("Revenue, à acquitter"), normal: HV.t("Revenue à la normale"),
    latched: HV.t("Verrouillée, à réarmer"), latched_unacknowledged: HV.t("Verrouillée, à acquitter"),
    shelved: HV.t("Différée"), suppressed_by_design: HV.t("Inhibée"), out_of_service: HV.t("Hors service"),
  });
  Desk.stateWord = (alarm) => STATE_WORDS()[alarm.state] || alarm.state;
  Desk.maskWord = function (mask) {
    const word = STATE_WORDS()[{ shelved: "shelved", suppressed: "suppressed_by_design", out_of_service: "out_of_service" }[mask.mask]];
    return mask.once || !mask.until ? word : HV.t("{word} jusqu’à {h}", { word, h: HV.hour(Date.parse(mask.until), Desk.now()) });
  };
  // Work is one line for who reads it (screens.md B.3): while the event is open, how far the field has come.
  Desk.eventWord = (event) => (event.status === "in_progress" && Desk.fieldWord && Desk.fieldWord(event)) || EVENT_WORDS()[event.status] || event.status;
  Desk.duration = function (ms) {
    const s = Math.floor(Math.abs(ms) / 1000);
    return s < 36000 ? HV.age(Math.abs(ms)).replace(/^0(\d)/, "$1") : s < 172800 ? Math.floor(s / 3600) + "\u00A0h" : Math.floor(s / 86400) + "\u00A0j";
  };

  // What each column shows; the grid redraws a cell when its value changes.
  const VigieQueue = {
    mark: (data) => [data.priority, data.alarm ? data.alarm.state : "acknowledged", Desk.isCut()].join("|"),
    hour: (data) => HV.hour(data.raised, Desk.now()),
    title: (data) => [data.title, data.place, data.icon].join("|"),
    age: (data) => Desk.duration(Desk.now() - data.raised),
    order: (data) => data.order,
    marked: (data) => marks.has(data.key),
    state: function (data) {
      if (data.mask) return Desk.maskWord(data.mask);
      if (data.waits && !(data.event && data.event.owner)) return Desk.stateWord(data.alarm);
      if (data.event && data.event.owner) return data.event.owner_name + " · " + Desk.eventWord(data.event);
      if (data.alarm && data.alarm.priority === "info") return HV.t("Information");
      if (data.alarm && data.alarm.acknowledged_name) return HV.t("Acquittée · {name}", { name: data.alarm.acknowledged_name });
      return data.alarm ? Desk.stateWord(data.alarm) : Desk.eventWord(data.event);
    },
    // Who was told last that nobody acknowledges, and when.
    told: function (data) {
      const last = data.alarm && data.alarm.escalation;
      if (!last || last.rung === "louder") return "";
      const who = last.tells === "chief" ? HV.t("Chef de salle") : last.tells === "service" ? HV.t("Service") : last.name || HV.t("Personne");
      return who + " " + HV.time(last.at);
    },
    left: function (data) {
      if (!data.decide || (data.alarm && data.alarm.acknowledged && data.event)) return "–";
      const left = data.decide - Desk.now();
      return left < 0 ? HV.t("dépassé") : Desk.duration(left);
    },
    passes: (data) => FILTERS[tab](data) && (!domain || data.layer === domain) && (!words || words.split(/\s+/).every((word) => data.search.includes(word))),
  };
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, { VigieQueue });

  // Cells -----------------------------------------------------------------------------------------------------------
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const filled = (className, fill) => React.createElement("span", { className, ref: (span) => span && span.replaceChildren(...fill()) });
  cells.VigieSeverity = function (props) {
    const { priority, alarm } = props.data;
    return filled("severity", () => [HV.shape({ severity: priority, state: alarm ? alarm.state : "acknowledged", stale: Desk.isCut() })]);
  };
  cells.VigieTitle = function (props) {
    const e = React.createElement;
    return e("span", { className: "two-lines" }, e("span", { className: "event-title", title: props.data.title }, props.data.title),
      e("span", { className: "event-place", title: props.data.place }, filled("event-icon", () => [HV.icon(props.data.icon)]), e("span", null, props.data.place)));
  };

  // Rows marked beside the selected one, for acts on several (Shift and an arrow).
  const marks = new Set();
  Desk.marked = () => Array.from(marks, (key) => rows.get(key)).filter(Boolean);
  Desk.unmark = function () { const keys = Array.from(marks); marks.clear(); redraw(keys); };
  Desk.mark = function (step) {
    if (!Desk.selected) return Desk.move(step);
    marks.add(Desk.selected.key);
    const node = api && api.getRowNode(Desk.selected.key);
    const next = node && api.getDisplayedRowAtIndex(node.rowIndex + step);
    if (next) { marks.add(next.data.key); choose(next); }
    redraw(Array.from(marks));
  };
  const redraw = (keys) => api && api.redrawRows({ rowNodes: keys.map((key) => api.getRowNode(key)).filter(Boolean) });

  // Rows ------------------------------------------------------------------------------------------------------------
  const later = function () {
    if (timer) return;
    const isPressed = performance.now() - pressedAt < KEYS_MS;
    timer = setTimeout(apply, cost > COSTS_MS ? (isPressed ? BUSY_MS : Math.min(BUSY_MS, 4 * cost)) : SETTLE_MS);
  };
  document.addEventListener("keydown", () => { pressedAt = performance.now(); }, true);

  const apply = function () {
    timer = 0;
    if (!api || !Desk.root || !window.Vigie || !seen) return;
    const began = performance.now();
    const now = read();
    const add = [], update = [], remove = [];
    for (const [key, one] of now) {
      const before = rows.get(key);
      if (!before) add.push(one);
      else if (before.signature !== one.signature || before.icon !== one.icon) update.push(one);
    }
    for (const [key, one] of rows) if (!now.has(key)) remove.push(one);
    rows = now;
    if (add.length || update.length || remove.length) keepingPlace(() => api.applyTransaction({ add, update, remove }), add);
    follow();
    if (wanted !== null) Desk.chooseEvent(wanted);
    tell();
    cost = performance.now() - began;
  };

  // The selected row, or the first one seen, stays at the same height on the screen while others enter above it.
  const keepingPlace = function (change, added) {
    const port = Desk.root.querySelector(".ag-body-viewport");
    const anchor = anchorOf(port);
    const before = anchor ? anchor.rowTop : 0;
    change();
    const after = anchor && api.getRowNode(anchor.id);
    if (port && after && after.displayed && after.rowTop !== before) port.scrollTop += after.rowTop - before;
    if (!port || port.scrollTop < 1) newcomers = 0;
    else newcomers += added.filter((one) => { const node = api.getRowNode(one.key); return node && node.displayed && node.rowTop < port.scrollTop; }).length;
    chip();
  };
  const anchorOf = function (port) {
    const chosen = Desk.selected && api.getRowNode(Desk.selected.key);
    const shown = (node) => node && node.displayed && port && node.rowTop + node.rowHeight > port.scrollTop && node.rowTop < port.scrollTop + port.clientHeight;
    if (shown(chosen)) return { id: chosen.id, rowTop: chosen.rowTop };
    if (!port || port.scrollTop < 1) return null;
    const first = api.getDisplayedRowAtIndex(Math.floor(port.scrollTop / 46));
    return first ? { id: first.id, rowTop: first.rowTop } : null;
  };
  const chip = function () {
    const button = Desk.byId("file-nouveaux");
    if (!button) return;
    button.hidden = newcomers < 1;
    button.replaceChildren(HV.tn("{n} nouveau", "{n} nouveaux", newcomers), HV.icon("chevron-up"));
  };

  // The selection after its facts changed. A row that has left keeps its detail until another is chosen.
  const follow = function () {
    const chosen = Desk.selected;
    if (!chosen) return;
    const same = rows.get(chosen.key) || (chosen.alarm && !chosen.group && rows.get("a" + chosen.alarm.id)) || (chosen.event && rows.get("e" + chosen.event.id)) || gone(chosen);
    if (same && (same.signature !== chosen.signature || same.key !== chosen.key)) Desk.refresh(same);
  };
  const gone = function (chosen) {
    const last = ended.get(chosen.key);
    return last ? Object.assign({}, chosen, last, { waits: false, signature: chosen.signature + "+" }) : null;
  };
  const ended = new Map();
  const remember = function (key, field, body) {
    if (!Desk.selected || (Desk.selected.key !== key && !(field === "event" && Desk.selected.event && "e" + Desk.selected.event.id === key))) return;
    ended.clear();
    ended.set(Desk.selected.key, { [field]: body });
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
  const tell = function () {
    const all = Array.from(rows.values());
    Desk.root.querySelectorAll("[data-onglet]").forEach(function (button) {
      const count = all.filter(FILTERS[button.dataset.onglet]).reduce((sum, one) => sum + (one.members && !unfolded.has(one.group) ? one.members.length : one.members ? 0 : 1), 0);
      button.querySelector(".tab-count").textContent = HV.number(Math.max(count, exact(button.dataset.onglet)));
      button.setAttribute("aria-selected", String(button.dataset.onglet === tab));
    });
    foot(all);
    empty(all);
  };
  const foot = function (all) {
    const shown = api.getDisplayedRowCount();
    const last = all.reduce((most, one) => Math.max(most, one.raised), 0);
    const counted = HV.tn("{n} événement visible", "{n} événements visibles", shown) + " " + HV.t("sur {n}", { n: HV.number(all.length) });
    const received = last ? " · " + HV.t("dernier reçu il y a {d}", { d: HV.delay(Desk.now() - last) }) : "";
    Desk.byId("file-pied").textContent = Desk.isCut() ? HV.t("Non actualisé") + " · " + counted : counted + received;
  };
  const empty = function (all) {
    const place = Desk.root.querySelector(".queue-empty");
    place.hidden = api.getDisplayedRowCount() > 0;
    if (place.hidden) return;
    const working = all.filter(FILTERS["en-cours"]).length;
    const said = all.length && tab !== "tous" ? HV.t("Rien dans cet onglet") : HV.t("Rien à acquitter");
    const { since } = window.Vigie.liaison || {};
    const checked = HV.isLive() ? HV.t("vérifié à {h}", { h: HV.timeS(Desk.now()) }) : since ? HV.t("non vérifié depuis {h}", { h: HV.timeS(since) }) : HV.t("non vérifié");
    place.textContent = said + " · " + checked + (working ? " · " + HV.t("En cours : {n}", { n: working }) : "");
  };

  const filter = function () {
    if (!api) return;
    api.onFilterChanged();
    tell();
  };

  // Moving in the queue ---------------------------------------------------------------------------------------------
  Desk.move = function (step) {
    if (!api || !api.getDisplayedRowCount()) return false;
    const node = Desk.selected && api.getRowNode(Desk.selected.key);
    const from = node && node.displayed ? node.rowIndex : step > 0 ? -1 : 0;
    choose(api.getDisplayedRowAtIndex(Math.min(Math.max(from + step, 0), api.getDisplayedRowCount() - 1)));
    // The keyboard's place is where the eyes are: without it the next Tab would begin at the top of the page.
    Desk.focusQueue();
  };
  const choose = function (node) {
    if (!node) return;
    api.ensureIndexVisible(node.rowIndex);
    node.setSelected(true, true);
    if (!Desk.selected || Desk.selected.key !== node.data.key) Desk.select(node.data);
  };
  Desk.chooseAsset = function (assetId) {
    const found = Array.from(rows.values()).filter((one) => one.alarm && one.alarm.asset_id === assetId).sort((a, b) => a.order - b.order)[0];
    if (found) choose(api.getRowNode(found.key));
    return Boolean(found);
  };
  // The row of an event, now or as soon as the feed brings it.
  let wanted = null;
  Desk.chooseEvent = function (eventId) {
    wanted = eventId;
    const found = Array.from(rows.values()).find((one) => one.event && one.event.id === eventId);
    if (!found) return;
    wanted = null;
    if (tab !== "tous") { tab = "tous"; filter(); }
    choose(api.getRowNode(found.key));
    Desk.focusQueue();
  };
  Desk.focusQueue = function () {
    const node = api && ((Desk.selected && api.getRowNode(Desk.selected.key)) || api.getDisplayedRowAtIndex(0));
    if (!node || !node.displayed) return Desk.byId("file-cadre").focus();
    api.setFocusedCell(node.rowIndex, "evenement");
  };

  // Mounting --------------------------------------------------------------------------------------------------------
  Desk.onMount(function (root) {
    api = null;
    rows = new Map();
    newcomers = 0;
    marks.clear();
    unfolded.clear();
    [tab, domain, words] = ["tous", "", ""];
    root.querySelectorAll("[data-onglet]").forEach((button) => button.addEventListener("click", function () { tab = button.dataset.onglet; filter(); }));
    Desk.byId("filtre-domaine").addEventListener("change", function (event) { domain = event.target.value; filter(); });
    root.addEventListener("input", function (event) {
      if (event.target.id !== "file-recherche") return;
      words = event.target.value.trim().toLocaleLowerCase();
      filter();
    });
    // The grid tells its events in a later task, and a key pressed meanwhile would act on the row chosen before: a click chooses at once.
    root.querySelector(".queue-rows").addEventListener("click", function (event) {
      const place = event.target.closest(".ag-row");
      if (api && place) choose(api.getRowNode(place.getAttribute("row-id")));
    }, true);
    Desk.byId("file-nouveaux").addEventListener("click", function () { newcomers = 0; api.ensureIndexVisible(0, "top"); chip(); });
    skeleton(root);
    window.dash_ag_grid.getApiAsync("file").then(function (found) {
      if (Desk.root !== root) return;
      api = found;
      api.addEventListener("rowSelected", function (event) {
        if (!event.node.isSelected() || (Desk.selected && Desk.selected.key === event.data.key)) return;
        // The grid's wrapper selects again what it last told Dash, and may be late: a person's choice alone changes ours.
        const ours = event.source === "api" && Desk.selected ? api.getRowNode(Desk.selected.key) : null;
        if (ours) ours.setSelected(true, true);
        else Desk.select(event.data);
      });
      api.addEventListener("bodyScroll", function () {
        const port = root.querySelector(".ag-body-viewport");
        if (port && port.scrollTop < 1 && newcomers) { newcomers = 0; chip(); }
      });
      // A grid is empty after each navigation: what the page already holds fills it, the feed keeps it.
      seen = seen || Boolean(window.Vigie && window.Vigie.alarms && (window.Vigie.alarms.size || window.__hv && window.__hv.seq));
      later();
    });
  });
  // Eight rows of nothing while the first snapshot is on its way: never an empty queue that looks calm.
  const skeleton = function (root) {
    if (seen) return;
    const rowsPlace = root.querySelector(".queue-rows");
    const waiting = document.createElement("div");
    waiting.className = "skeleton";
    waiting.append(...Array.from({ length: 8 }, () => document.createElement("div")));
    rowsPlace.appendChild(waiting);
    Desk.byId("file-pied").textContent = HV.t("Chargement de la file…");
  };

  const arrived = function () {
    seen = true;
    document.querySelectorAll(".queue .skeleton").forEach((one) => one.remove());
    later();
  };
  document.addEventListener("vigie:snapshot", arrived);
  document.addEventListener("vigie:hello", later);
  document.addEventListener("vigie:alarm", function (event) { remember("a" + event.detail.body.id, "alarm", event.detail.body); later(); });
  document.addEventListener("vigie:event", function (event) { remember("e" + event.detail.body.id, "event", event.detail.body); later(); });
  document.addEventListener("vigie:intervention", later);
  document.addEventListener("vigie:liaison", function () { if (api && Desk.root) { api.refreshCells({ columns: ["gravite"] }); tell(); } });
  document.addEventListener("vigie:avalanche", later);
  document.addEventListener("vigie:select", (event) => Desk.root && Desk.chooseAsset(event.detail.asset_id));
  setInterval(function () {
    if (!api || !Desk.root || document.hidden) return;
    api.refreshCells({ columns: ["age", "decider", "heure"] });
    if (seen) foot(Array.from(rows.values()));
  }, 1000);
})();
