// The actions: what may be done now and why not, forms, what is on its way. An act is one request of the API, bound to the row chosen at the click:
// a Dash callback reads the selection later, and « A » then « J » acknowledged the alarm below (ADR 15).
(function () {
  "use strict";
  const Desk = window.Desk;
  const SLOW_MS = 1000;
  const LOST_MS = 10000;
  const WORKED = ["in_progress", "on_hold"];

  const theirs = (event) => Boolean(event && event.owner && event.owner !== Desk.me());
  const alone = (event) => theirs(event) && !Desk.may("event:assign");
  // button → what forbids it now, as a sentence; nothing when it may be pressed.
  const RULES = {
    "btn-acquitter": function (row) {
      if (!Desk.may("alarm:act")) return HV.t("Votre rôle lit sans agir");
      if (!row.alarm || row.alarm.priority === "info") return HV.t("Rien à acquitter");
      return row.waits ? "" : HV.t("Déjà acquittée");
    },
    "btn-prendre": function (row) {
      if (!Desk.may("event:act")) return HV.t("Votre rôle lit sans agir");
      if (row.event && ["resolved", "closed"].includes(row.event.status)) return HV.t("L’événement est résolu");
      return row.isMine && row.event.status === "in_progress" ? HV.t("Déjà à vous") : "";
    },
    "btn-affecter": function (row) {
      if (!Desk.may("event:assign")) return HV.t("L’affectation revient au chef de salle");
      return row.event && !["new"].concat(WORKED).includes(row.event.status) ? HV.t("L’événement est résolu") : "";
    },
    "btn-resoudre": function (row) {
      if (!Desk.may("event:act")) return HV.t("Votre rôle lit sans agir");
      if (!row.event || !WORKED.includes(row.event.status)) return row.event && row.event.status === "resolved" ? HV.t("Déjà résolu") : HV.t("Prenez d’abord l’événement en charge");
      return alone(row.event) ? HV.t("{name} en est responsable", { name: row.event.owner_name }) : "";
    },
    "btn-clore": function (row) {
      if (!Desk.may("event:act")) return HV.t("Votre rôle lit sans agir");
      if (!row.event || row.event.status !== "resolved") return HV.t("Résolvez d’abord l’événement");
      return alone(row.event) ? HV.t("{name} en est responsable", { name: row.event.owner_name }) : "";
    },
    "btn-commenter": (row) => (!Desk.may("alarm:act") ? HV.t("Votre rôle lit sans agir") : row.alarmId ? "" : HV.t("Aucune alarme à commenter")),
  };
  const field = (id) => Desk.byId(id).value.trim();
  const choice = function (id) {
    const checked = Desk.byId(id).querySelector("input:checked");
    return checked ? { value: checked.value, label: checked.closest("label").textContent.trim() } : { value: "", label: "" };
  };
  const empty = (id) => { Desk.byId(id).value = ""; };
  const ofEvent = (row, verb) => "/api/v1/events/" + row.event.id + "/" + verb;
  const ofAlarm = (row, verb) => "/api/v1/alarms/" + row.alarmId + "/" + verb;
  const account = () => [choice("clore-issue").label, field("clore-compte-rendu")].filter(Boolean).join(" — ");
  // button → its request on a row, what is missing to send it, what is said once it is written, and the fields to empty then.
  const ACTS = {
    "btn-acquitter": { to: (row) => ofAlarm(row, "acknowledge"), done: (alarm) => HV.t("Acquittée : {title}, {asset}.", { title: alarm.title, asset: alarm.asset_name }) },
    "btn-prendre": { to: (row) => (row.event ? ofEvent(row, "take") : ofAlarm(row, "take")), done: (event) => HV.t("{number} pris en charge.", event) },
    "valider-reprendre": {
      to: (row) => ofEvent(row, "take"), body: () => ({ comment: field("reprendre-motif") }), missing: () => (field("reprendre-motif") ? "" : HV.t("Écrivez le motif")),
      done: (event) => HV.t("{number} repris.", event), fields: ["reprendre-motif"],
    },
    "valider-affecter": {
      to: (row) => (row.event ? ofEvent(row, "assign") : ofAlarm(row, "assign")), body: () => ({ to: choice("affecter-a").value }),
      missing: () => (choice("affecter-a").value ? "" : HV.t("Choisissez une personne")), done: (event) => HV.t("{number} affecté à {name}.", { number: event.number, name: event.owner_name }),
    },
    "btn-resoudre": { to: (row) => ofEvent(row, "resolve"), done: (event) => HV.t("{number} résolu. Le compte rendu reste à écrire.", event) },
    "valider-clore": {
      to: (row) => ofEvent(row, "close"), body: () => ({ outcome: account() }), missing: () => (choice("clore-issue").value ? "" : HV.t("Choisissez l’issue")),
      done: (event) => HV.t("{number} clos.", event), fields: ["clore-compte-rendu"],
    },
    "valider-commenter": {
      to: (row) => ofAlarm(row, "comment"), body: () => ({ comment: field("commentaire") }), missing: () => (field("commentaire") ? "" : HV.t("Écrivez le commentaire")),
      done: () => HV.t("Commentaire enregistré."), fields: ["commentaire"],
    },
  };
  const SUBMITS = Object.keys(ACTS).filter((id) => !(id in RULES));
  const FAILURES = () => ({
    "btn-acquitter": HV.t("Acquittement NON enregistré"), "btn-prendre": HV.t("Prise en charge NON enregistrée"), "valider-reprendre": HV.t("Prise en charge NON enregistrée"),
    "valider-affecter": HV.t("Affectation NON enregistrée"), "btn-resoudre": HV.t("Résolution NON enregistrée"), "valider-clore": HV.t("Clôture NON enregistrée"), "valider-commenter": HV.t("Commentaire NON enregistré"),
  });
  // What was sent and is not settled: one entry for each act on each row, so that the next alarm does not wait for the last one's answer.
  const pending = new Map();
  const keyOf = (id, row) => id + " " + row.key;

  const judge = function () {
    const row = Desk.selected;
    if (!Desk.root || !row) return;
    const cut = Desk.isCut() ? HV.t("Actions suspendues : la liaison est perdue") : "";
    for (const id in RULES) {
      const button = Desk.byId(id);
      if (!button) continue;
      const why = cut || RULES[id](row);
      const sending = pending.get(keyOf(id, row));
      button.disabled = Boolean(why) || Boolean(sending);
      busy(button, Boolean(sending && sending.slow));
      button.title = why;
      button.dataset.raison = why;
    }
    SUBMITS.forEach((id) => { const button = Desk.byId(id); if (button) button.disabled = Boolean(cut) || pending.has(keyOf(id, row)); });
    // One primary button: the next step of this alarm's life.
    const next = ["btn-acquitter", "btn-prendre", "btn-resoudre", "btn-clore"].find((id) => Desk.byId(id) && !Desk.byId(id).dataset.raison);
    for (const id in RULES) Desk.byId(id) && Desk.byId(id).classList.toggle("action--primary", id === next);
    const said = Desk.byId("detail-raison");
    said.hidden = !cut;
    if (said.textContent !== cut) said.textContent = cut;
  };

  // Forms -----------------------------------------------------------------------------------------------------------
  const FORM_OF = { "btn-affecter": true, "btn-clore": true, "btn-commenter": true };
  const formOf = (id) => Desk.root.querySelector(`.form[data-de="${id}"]`);
  const open = function (id) {
    Desk.root.querySelectorAll(".form").forEach((form) => { form.hidden = form.dataset.de !== id; });
    const field = formOf(id).querySelector("input, textarea");
    setTimeout(() => { const first = formOf(id) && formOf(id).querySelector("input, textarea"); if (first) first.focus(); }, 60);
    if (field) field.focus();
  };
  Desk.closeForms = function () {
    const shown = Desk.root && Desk.root.querySelector(".form:not([hidden])");
    if (!shown) return false;
    shown.hidden = true;
    const opener = Desk.byId(shown.dataset.de);
    if (opener) opener.focus();
    return true;
  };

  // On its way --------------------------------------------------------------------------------------------------------
  const busy = function (button, on) {
    const word = button.querySelector(".action-word") || button;
    if (on === button.hasAttribute("aria-busy")) return;
    if (on) { word.dataset.said = word.textContent; word.textContent = HV.t("Envoi…"); button.setAttribute("aria-busy", "true"); }
    else { word.textContent = word.dataset.said; button.removeAttribute("aria-busy"); }
  };
  const send = async function (id, row) {
    const act = ACTS[id];
    const key = keyOf(id, row);
    if (pending.has(key)) return;
    const missing = act.missing && act.missing();
    if (missing) return Desk.toast(missing + ".", "told");
    const one = { slow: false, why: HV.t("le serveur ne répond pas"), given: new AbortController() };
    pending.set(key, one);
    const late = setTimeout(function () { one.slow = true; judge(); }, SLOW_MS);
    const lost = setTimeout(() => one.given.abort(), LOST_MS);
    judge();
    try {
      const written = await Desk.ask("POST", act.to(row), act.body ? act.body() : {}, Desk.key(), one.given.signal);
      (act.fields || []).forEach(empty);
      if (SUBMITS.includes(id) && Desk.selected && Desk.selected.key === row.key) Desk.closeForms();
      Desk.toast(act.done(written), "done");
    } catch (error) {
      // Somebody was first: nothing is wrong, and one should know.
      if (error.status === 409) Desk.toast(error.detail, "told");
      else Desk.toast(FAILURES()[id] + " : " + (error.status ? error.detail : one.why + ". " + HV.t("Au retour, la file dira s’il faut réessayer.")), "failed");
    }
    clearTimeout(late);
    clearTimeout(lost);
    pending.delete(key);
    judge();
  };

  // A capture listener comes before React's: it may stop a click that would be refused, and opens forms instead of acting.
  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("button");
    if (!button || !Desk.root || !Desk.root.contains(button)) return;
    if (button.classList.contains("form-cancel")) return Desk.closeForms();
    if (button.id === "btn-prendre" && Desk.selected && theirs(Desk.selected.event)) {
      event.stopPropagation();
      return open("btn-prendre");
    }
    if (FORM_OF[button.id]) return open(button.id);
    if (button.id in ACTS && Desk.selected) send(button.id, Desk.selected);
  }, true);

  Desk.onSelection(function (row, before) {
    if (!row || !before || before.key !== row.key) Desk.root.querySelectorAll(".form").forEach((form) => { form.hidden = true; });
    judge();
  });
  document.addEventListener("vigie:liaison", function () {
    if (Desk.isCut()) pending.forEach(function (one) { one.why = HV.t("liaison perdue"); one.given.abort(); });
    judge();
  });
})();
