// The queue: its rows (41-queue-rows.js) into AG Grid by transactions, in words (41-queue-words.js). A row never moves under the operator's eyes: the selected one keeps its place on the screen.
(function () {
  "use strict";
  const Desk = window.Desk;
  const { FILTERS, read, exact, unfolded } = Desk.queueRows;
  let api = null;
  let rows = new Map();
  let tab = "tous";
  let domain = "";
  let words = "";
  let seen = false;
  let newcomers = 0;

  // What the grid asks of the queue itself.
  Object.assign(window.dashAgGridFunctions.VigieQueue, {
    marked: (data) => marks.has(data.key),
    passes: (data) => FILTERS[tab](data) && (!domain || data.layer === domain) && (!words || words.split(/\s+/).every((word) => data.search.includes(word))),
  });

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

  // Opens or closes the chosen group of an avalanche; false when it is not one.
  Desk.unfold = function () {
    const chosen = Desk.selected;
    if (!chosen || !chosen.group) return false;
    if (!unfolded.delete(chosen.group)) unfolded.add(chosen.group);
    apply(); // What a person asks for waits for no frame of facts.
    return true;
  };

  // Rows ------------------------------------------------------------------------------------------------------------
  const later = HV.paced(() => apply());
  const apply = function () {
    if (!api || !Desk.root || !window.Vigie || !seen) return;
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
  };

  // The selected row, or the first one seen, stays at the same height on the screen while others enter above it.
  const keepingPlace = function (change, added) {
    const port = Desk.root.querySelector(".ag-body-viewport");
    const anchor = anchorOf(port);
    const before = anchor ? anchor.rowTop : 0, held = isInside(document.activeElement);
    // The grid gives its focus to whatever row comes to stand at the same rank, and the browser lays the page out for it: let go of, the focus stays with its own row.
    if (api.getFocusedCell()) api.clearFocusedCell();
    change();
    const after = anchor && api.getRowNode(anchor.id);
    if (port && after && after.displayed && after.rowTop !== before) {
      port.scrollTop += after.rowTop - before;
      // Far from where it was, the grid draws the row anew when it hears of the scroll, at the head of the next frame, and the focus is lost with the old one.
      if (held) requestAnimationFrame(() => { if (Desk.root && document.activeElement === document.body) Desk.focusQueue(); });
    }
    if (!port || port.scrollTop < 1) newcomers = 0;
    else newcomers += added.filter((one) => { const node = api.getRowNode(one.key); return node && node.displayed && node.rowTop < port.scrollTop; }).length;
    chip();
  };
  const anchorOf = function (port) {
    const chosen = Desk.selected && api.getRowNode(Desk.selected.key);
    const shown = (node) => node && node.displayed && port && node.rowTop + node.rowHeight > port.scrollTop && node.rowTop < port.scrollTop + port.clientHeight;
    if (shown(chosen)) return { id: chosen.id, rowTop: chosen.rowTop };
    if (!port || port.scrollTop < 1) return null;
    const first = api.getDisplayedRowAtIndex(Math.floor(port.scrollTop / Desk.rowHeight));
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
    ended.delete(chosen.key); // Told once: it will not change again.
    return last ? Object.assign({}, chosen, last, { waits: false, signature: chosen.signature + "+" }) : null;
  };
  const ended = new Map();
  const remember = function (key, field, body) {
    if (!Desk.selected || (Desk.selected.key !== key && !(field === "event" && Desk.selected.event && "e" + Desk.selected.event.id === key))) return;
    ended.clear();
    ended.set(Desk.selected.key, { [field]: body });
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
    // The keyboard's place is where the eyes are: without it the next Tab would begin at the top of the page. Inside the grid it follows when the choice rests,
    // because it makes the browser lay the whole page out before the next key.
    if (isInside(document.activeElement)) isBehind = true;
    else Desk.focusQueue();
  };
  let isBehind = false;
  const isInside = (element) => Boolean(element && element.closest(".queue-rows .ag-root"));
  Desk.onRest(function () {
    // A row that left the screen took the focus with it.
    if (isBehind && (isInside(document.activeElement) || document.activeElement === document.body)) Desk.focusQueue();
  });
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
    isBehind = false;
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
    hush(root.querySelector(".queue-rows"));
    window.dash_ag_grid.getApiAsync("file").then(function (found) {
      if (Desk.root !== root) return;
      api = found;
      // Asked of every row at each transaction: the wrapper would read the option's text again each time.
      api.setGridOption("doesExternalFilterPass", ({ data }) => window.dashAgGridFunctions.VigieQueue.passes(data));
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
      Desk.fitQueue(api, root.querySelector(".queue-rows"));
      // A grid is empty after each navigation: what the page already holds fills it, the feed keeps it.
      seen = seen || Boolean(window.Vigie && window.Vigie.alarms && (window.Vigie.alarms.size || window.__hv && window.__hv.seq));
      later();
    });
  });
  // One voice speaks on a page (30-frame.js): the grid's own would say counts of rows between two alarms. It is silent
  // from the task in which it is drawn, some 100 ms before its API answers.
  const hush = function (place) {
    const watch = new MutationObserver(() => silence());
    const silence = function () {
      const voice = place.querySelector(".ag-aria-description-container");
      if (!voice) return;
      voice.setAttribute("aria-live", "off");
      watch.disconnect();
    };
    watch.observe(place, { childList: true, subtree: true });
    silence();
  };
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
    api.refreshCells({ columns: ["age", "decider", "heure", ...(Desk.isTight ? ["evenement"] : [])] });
    if (seen) foot(Array.from(rows.values()));
  }, 1000);
})();
