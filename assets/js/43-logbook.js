// The logbook: last lines from the feed, and the note form. A note written while the link is lost waits on this machine and is sent once when it is back.
(function () {
  "use strict";
  const Desk = window.Desk;
  const SHOWN = 40;
  const WAITING = "vigie.notes";

  const cell = function (className, said) {
    const made = document.createElement("span");
    made.className = className;
    made.textContent = said;
    made.title = said;
    return made;
  };
  const line = function (of, kinds) {
    const item = document.createElement("li");
    item.className = "log-line";
    item.dataset.testid = "mention-" + of.seq;
    const event = of.event_id && window.Vigie.events.get(of.event_id);
    const kind = kinds.getAttribute("data-kind-" + of.kind.replace("_", "-")) || of.kind;
    item.append(cell("log-number", String(of.seq)), cell("log-time", HV.timeS(of.at)), cell("log-kind", kind), cell("log-who", of.actor_name), cell("log-text", (of.exercise ? HV.t("EXERCICE") + " — " : "") + of.text), cell("log-event", event ? event.number.replace(/^(EV)-\d+-0*/, "$1-…") : ""));
    return item;
  };
  const draw = function () {
    const place = Desk.byId("main-courante-lignes");
    if (!place || !window.Vigie || !window.Vigie.logbook) return;
    const lines = window.Vigie.logbook.slice(-SHOWN).reverse();
    place.replaceChildren(...queued().map(waiting), ...lines.map((one) => line(one, place)));
    place.dataset.vide = HV.t("Aucune mention encore");
    const day = Desk.byId("main-courante-jour");
    day.textContent = HV.weekday(Desk.now()) + " " + HV.day(Desk.now()) + (lines.length ? " · " + HV.t("dernière mention n° {n}", { n: lines[0].seq }) : "");
  };
  const waiting = function (note) {
    const item = document.createElement("li");
    item.className = "log-line log-line--waiting";
    item.append(cell("log-number", "–"), cell("log-time", HV.timeS(note.at)), cell("log-kind", HV.t("À envoyer")), cell("log-who", ""), cell("log-text", note.body.text), cell("log-event", ""));
    return item;
  };

  // Notes written while the link is lost ------------------------------------------------------------------------------
  const queued = function () {
    try { return JSON.parse(localStorage.getItem(WAITING) || "[]").filter((note) => note.by === Desk.me()); } catch (unreadable) { return []; }
  };
  const keep = function (notes) {
    try { localStorage.setItem(WAITING, JSON.stringify(notes)); return true; } catch (refused) { return false; }
  };
  const send = async function (note) {
    const written = await Desk.ask("POST", "/api/v1/logbook", note.body, note.key);
    Desk.toast(HV.t("Mention n° {n} enregistrée", { n: written.seq }), "done");
  };
  let flushing = false;
  const flush = async function () {
    if (flushing || !Desk.root || Desk.isCut() || !document.documentElement.dataset.liaison) return;
    flushing = true;
    for (const note of queued()) {
      try {
        await send(note);
      } catch (error) {
        if (!error.status || error.status >= 500) break;
        Desk.toast(HV.t("Mention NON enregistrée : {why}", { why: error.detail || error.status }), "failed");
      }
      keep(queued().filter((one) => one.key !== note.key));
      draw();
    }
    flushing = false;
  };

  const write = async function () {
    const field = Desk.byId("note-texte");
    if (!field || !field.value.trim()) return field && field.focus();
    const chosen = Desk.selected;
    const body = { kind: Desk.byId("note-type").value, text: field.value.trim(), alarm_id: chosen ? chosen.alarmId : null, event_id: chosen && chosen.event ? chosen.event.id : null };
    const note = { key: Desk.key(), at: Desk.now(), by: Desk.me(), body };
    const button = Desk.byId("btn-noter");
    if (button.disabled) return;
    button.disabled = true;
    try {
      if (Desk.isCut()) throw new Error("cut");
      await send(note);
      field.value = "";
    } catch (error) {
      if (error.status && error.status < 500) Desk.toast(HV.t("Mention NON enregistrée : {why}", { why: error.detail || error.status }), "failed");
      else if (keep(queued().concat(note))) {
        field.value = "";
        Desk.toast(HV.t("Liaison perdue : la mention est gardée sur ce poste et sera envoyée au retour"), "told");
        draw();
      } else Desk.toast(HV.t("Mention NON enregistrée : liaison perdue, et ce navigateur refuse de la garder"), "failed");
    }
    button.disabled = false;
  };
  Desk.writeNote = write;

  Desk.onMount(function (root) {
    draw();
    const button = Desk.byId("btn-noter");
    if (button) button.addEventListener("click", write);
  });
  Desk.onSelection(function (row) {
    const field = Desk.byId("note-texte");
    if (field) field.placeholder = row ? HV.t("Écrire une mention, liée à {what}", { what: row.event ? row.event.number : row.title }) : HV.t("Écrire une mention");
  });
  const soon = HV.paced(() => Desk.root && draw());
  ["vigie:snapshot", "vigie:logbook", "vigie:event"].forEach((name) => document.addEventListener(name, soon));
  document.addEventListener("vigie:snapshot", flush);
  document.addEventListener("vigie:liaison", (event) => event.detail.state === "direct" && flush());
})();
