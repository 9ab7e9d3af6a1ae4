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
  const READS = () => HV.t("Votre rôle lit sans agir");
  const masksOf = (row) => (row.alarm && row.alarm.masks) || [];
  const maskable = (row) => (!Desk.may("alarm:mask") ? HV.t("Votre rôle ne masque pas d’alarme") : !row.alarm ? HV.t("Aucune alarme ici") : "");
  const worked = (row, statuses, otherwise) => (!Desk.may("event:act") ? READS() : !row.event || !statuses.includes(row.event.status) ? otherwise : alone(row.event) ? HV.t("{name} en est responsable", { name: row.event.owner_name }) : "");
  // button → what forbids it now, as a sentence; nothing when it may be pressed.
  const RULES = {
    "btn-acquitter": function (row) {
      if (!Desk.may("alarm:act")) return READS();
      if (!row.alarm || row.alarm.priority === "info") return HV.t("Rien à acquitter");
      if (row.members) return groupOf(row).length ? "" : HV.t("Les alarmes critiques s’acquittent une à une : dépliez le groupe");
      return row.waits ? "" : HV.t("Déjà acquittée");
    },
    "btn-prendre": function (row) {
      if (!Desk.may("event:act")) return READS();
      if (row.event && ["resolved", "closed"].includes(row.event.status)) return HV.t("L’événement est résolu");
      return row.isMine && row.event.status === "in_progress" ? HV.t("Déjà à vous") : "";
    },
    "btn-affecter": function (row) {
      if (!Desk.may("event:act")) return READS();
      if (!row.isMine && !Desk.may("event:assign")) return HV.t("Prenez d’abord l’événement en charge : seul son responsable, ou le chef de salle, le transfère");
      return row.event && !["new"].concat(WORKED).includes(row.event.status) ? HV.t("L’événement est résolu") : "";
    },
    "btn-resoudre": function (row) {
      if (!Desk.may("event:act")) return READS();
      if (!row.event || !WORKED.includes(row.event.status)) return row.event && row.event.status === "resolved" ? HV.t("Déjà résolu") : HV.t("Prenez d’abord l’événement en charge");
      return alone(row.event) ? HV.t("{name} en est responsable", { name: row.event.owner_name }) : "";
    },
    "btn-clore": function (row) {
      if (!Desk.may("event:act")) return READS();
      if (!row.event || row.event.status !== "resolved") return HV.t("Résolvez d’abord l’événement");
      return alone(row.event) ? HV.t("{name} en est responsable", { name: row.event.owner_name }) : "";
    },
    "btn-commenter": (row) => (!Desk.may("alarm:act") ? READS() : row.alarmId ? "" : HV.t("Aucune alarme à commenter")),
    "btn-differer": (row) => maskable(row) || (row.alarm.highly_managed ? HV.t("Alarme hautement gérée : elle ne se diffère pas") : masksOf(row).includes("shelved") ? HV.t("Déjà différée") : ""),
    "btn-inhiber": (row) => maskable(row) || (masksOf(row).includes("suppressed") ? HV.t("Déjà inhibée") : ""),
    "btn-hors-service": (row) => maskable(row) || (masksOf(row).includes("out_of_service") ? HV.t("Déjà hors service") : ""),
    "btn-remettre": (row) => maskable(row) || (masksOf(row).length ? "" : HV.t("L’alarme n’est pas masquée")),
    "btn-rearmer": (row) => maskable(row) || (row.alarm.latched ? (row.alarm.condition === "active" ? HV.t("La cause dure encore") : "") : HV.t("L’alarme n’est pas verrouillée")),
    "btn-confirmer": (row) => (!Desk.may("alarm:act") ? READS() : !row.alarm ? HV.t("Aucune alarme à confirmer") : row.alarm.confirmed_at ? HV.t("Déjà confirmée par {name}", { name: row.alarm.confirmed_name }) : ""),
    "btn-attente": (row) => worked(row, ["in_progress"], HV.t("Prenez d’abord l’événement en charge")),
    "btn-rendre": (row) => worked(row, WORKED, HV.t("Personne ne l’a pris en charge")),
    "btn-fausse-alerte": (row) => worked(row, ["new"].concat(WORKED), HV.t("Prenez d’abord l’événement en charge")),
    "btn-scinder": (row) => worked(row, ["new"].concat(WORKED), HV.t("L’événement n’est pas ouvert")) || ((row.event.alarms || []).length > 1 ? "" : HV.t("L’événement n’a qu’une alarme")),
    "btn-regrouper": (row) => (!Desk.may("event:act") ? READS() : alone(row.event) ? HV.t("{name} en est responsable", { name: row.event.owner_name }) : row.event && row.event.status === "resolved" ? HV.t("L’événement est résolu") : ""),
    "btn-rouvrir": (row) => (!Desk.may("event:act") ? READS() : row.event && ["resolved", "closed", "false_positive"].includes(row.event.status) ? "" : HV.t("L’événement n’est pas fini")),
    "btn-acquitter-groupe": (row) => (!Desk.may("alarm:act") ? READS() : !row.members ? HV.t("Ce n’est pas un groupe") : groupOf(row).length ? "" : HV.t("Rien à acquitter dans ce groupe")),
  };
  const MOST_IN_GROUP = 50;
  // A critical alarm is acknowledged one by one (screens.md B.3).
  const groupOf = (row) => (row.members || []).filter((one) => one.waits && one.priority !== "critical").slice(0, MOST_IN_GROUP);
  const field = (id) => Desk.byId(id).value.trim();
  const choice = function (id) {
    const checked = Desk.byId(id).querySelector("input:checked");
    return checked ? { value: checked.value, label: checked.closest("label").textContent.trim() } : { value: "", label: "" };
  };
  const empty = (id) => { Desk.byId(id).value = ""; };
  const ofEvent = (row, verb) => "/api/v1/events/" + row.event.id + "/" + verb;
  const ofAlarm = (row, verb) => "/api/v1/alarms/" + row.alarmId + "/" + verb;
  const account = () => [choice("clore-issue").label, field("clore-compte-rendu")].filter(Boolean).join(" — ");
  const minutes = (id) => Number(Desk.byId(id).value);
  const checked = (id) => Array.from(Desk.byId(id).querySelectorAll("input:checked"), (box) => (box.value === "marked" ? box.value : Number(box.value)));
  const UNMASK = { out_of_service: "in-service", suppressed: "unsuppress", shelved: "unshelve" };
  // A mask's request: its reason, and until when; zero minutes is « once », until the condition ends.
  const masking = (name, verb, done) => ({
    to: (row) => ofAlarm(row, verb),
    body: () => Object.assign({ reason: Desk.byId(name + "-raison").value, comment: field(name + "-motif") }, minutes(name + "-duree") ? { duration_s: minutes(name + "-duree") * 60 } : { once: true }),
    done, fields: [name + "-motif"],
  });
  // button → its request on a row, what is missing to send it, what is said once it is written, and the fields to empty then.
  const ACTS = {
    "btn-acquitter": { to: (row) => ofAlarm(row, "acknowledge"), done: (alarm) => HV.t("Acquittée : {title}, {asset}.", { title: alarm.title, asset: alarm.asset_name }) },
    "btn-prendre": { to: (row) => (row.event ? ofEvent(row, "take") : ofAlarm(row, "take")), done: (event) => HV.t("{number} pris en charge.", event) },
    "valider-reprendre": {
      to: (row) => ofEvent(row, "take"), body: () => ({ comment: field("reprendre-motif") }), missing: () => (field("reprendre-motif") ? "" : HV.t("Écrivez le motif")),
      done: (event) => HV.t("{number} repris.", event), fields: ["reprendre-motif"],
    },
    "valider-affecter": {
      to: (row) => (row.event ? ofEvent(row, "assign") : ofAlarm(row, "assign")), body: () => ({ to: choice("affecter-a").value, comment: field("affecter-motif") }),
      missing: (row) => (!choice("affecter-a").value ? HV.t("Choisissez une personne") : row.event && row.event.owner && !field("affecter-motif") ? HV.t("Écrivez le motif") : ""),
      done: (event) => HV.t("{number} affecté à {name}.", { number: event.number, name: event.owner_name }), fields: ["affecter-motif"],
    },
    "btn-resoudre": { to: (row) => ofEvent(row, "resolve"), done: (event) => HV.t("{number} résolu. Le compte rendu reste à écrire.", event) },
    "valider-clore": {
      to: (row) => ofEvent(row, "close"), body: () => ({ outcome: account(), cause: field("clore-cause"), motive: field("clore-motif") }),
      missing: () => (!choice("clore-issue").value ? HV.t("Choisissez l’issue") : Desk.openSteps().length && !field("clore-motif") ? HV.t("Écrivez le motif des étapes laissées ouvertes") : ""),
      done: (event) => HV.t("{number} clos.", event), fields: ["clore-compte-rendu", "clore-cause", "clore-motif"],
    },
    "valider-commenter": {
      to: (row) => ofAlarm(row, "comment"), body: () => ({ comment: field("commentaire") }), missing: () => (field("commentaire") ? "" : HV.t("Écrivez le commentaire")),
      done: () => HV.t("Commentaire enregistré."), fields: ["commentaire"],
    },
    "valider-differer": masking("differer", "shelve", () => HV.t("Alarme différée.")),
    "valider-inhiber": masking("inhiber", "suppress", () => HV.t("Alarme inhibée.")),
    "valider-hors-service": masking("hors-service", "out-of-service", () => HV.t("Alarme hors service.")),
    "btn-remettre": { to: (row) => ofAlarm(row, UNMASK[Object.keys(UNMASK).find((mask) => masksOf(row).includes(mask))]), done: () => HV.t("Alarme reprise : elle se montre telle qu’elle est.") },
    "btn-rearmer": { to: (row) => ofAlarm(row, "reset"), done: () => HV.t("Alarme réarmée.") },
    "valider-confirmer": {
      to: (row) => ofAlarm(row, "confirm"), body: () => ({ comment: field("confirmer-constat") }), missing: () => (field("confirmer-constat") ? "" : HV.t("Écrivez le constat")),
      done: () => HV.t("Alarme confirmée sur le terrain."), fields: ["confirmer-constat"],
    },
    "valider-attente": {
      to: (row) => ofEvent(row, "hold"), body: () => ({ until: new Date(Desk.now() + minutes("attente-duree") * 60000).toISOString(), comment: field("attente-motif") }),
      done: (event) => HV.t("{number} en attente jusqu’à {h}.", { number: event.number, h: HV.hour(Date.parse(event.hold_until), Desk.now()) }), fields: ["attente-motif"],
    },
    "btn-rendre": { to: (row) => ofEvent(row, "release"), done: (event) => HV.t("{number} rendu à la salle.", event) },
    "btn-rouvrir": { to: (row) => ofEvent(row, "reopen"), done: (event) => HV.t("{number} rouvert.", event) },
    "valider-fausse-alerte": {
      to: (row) => ofEvent(row, "false-positive"), body: () => ({ comment: field("fausse-motif") }), missing: () => (field("fausse-motif") ? "" : HV.t("Écrivez le motif")),
      done: (event) => HV.t("{number} classé fausse alerte.", event), fields: ["fausse-motif"],
    },
    "valider-scinder": {
      to: (row) => ofEvent(row, "split"), body: () => ({ alarms: checked("scinder-choix") }), missing: () => (checked("scinder-choix").length ? "" : HV.t("Choisissez au moins une alarme")),
      done: (event) => HV.t("{number} ouvert avec ces alarmes.", event),
    },
    "valider-regrouper": {
      run: async (row, ask) => merge(row, checked("regrouper-choix")[0], ask), missing: () => (checked("regrouper-choix").length ? "" : HV.t("Choisissez un événement")),
      done: (event) => HV.t("Regroupé dans {number}.", event),
    },
    "valider-groupe": {
      run: async function (row, ask) { let done = 0; for (const one of groupOf(row)) { await ask("/api/v1/alarms/" + one.alarmId + "/acknowledge", {}).then(() => done++, passOver); } return { done }; },
      done: (all) => HV.tn("{n} alarme acquittée.", "{n} alarmes acquittées.", all.done),
    },
  };
  // Somebody was first on one of a group: the others go on.
  const passOver = function (error) { if (error.status !== 409) throw error; };
  // Brings rows into one event: those marked in the queue, or the selected one into the event chosen.
  const merge = async function (row, chosen, ask) {
    if (chosen !== "marked") return join(row, Number(chosen), ask);
    const event = row.event || (await ask("/api/v1/alarms/" + row.alarmId + "/take", {}));
    let last = event;
    for (const one of Desk.marked()) if (one.key !== row.key && !(one.event && one.event.id === event.id)) last = await join(one, event.id, ask);
    Desk.unmark();
    return last;
  };
  const join = (row, into, ask) => (row.event ? ask("/api/v1/events/" + row.event.id + "/merge", { into }) : ask("/api/v1/events/" + into + "/attach", { alarms: [row.alarmId] }));
  const SUBMITS = Object.keys(ACTS).filter((id) => !(id in RULES));
  const FAILURES = () => ({
    "btn-acquitter": HV.t("Acquittement NON enregistré"), "btn-prendre": HV.t("Prise en charge NON enregistrée"), "valider-reprendre": HV.t("Prise en charge NON enregistrée"),
    "valider-affecter": HV.t("Affectation NON enregistrée"), "btn-resoudre": HV.t("Résolution NON enregistrée"), "valider-clore": HV.t("Clôture NON enregistrée"), "valider-commenter": HV.t("Commentaire NON enregistré"),
  });
  const failure = (id) => FAILURES()[id] || HV.t("Action NON enregistrée");
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
  const FORMS = ["btn-affecter", "btn-clore", "btn-commenter", "btn-differer", "btn-inhiber", "btn-hors-service", "btn-attente", "btn-regrouper", "btn-scinder", "btn-confirmer", "btn-fausse-alerte", "btn-acquitter-groupe"];
  const FORM_OF = Object.fromEntries(FORMS.map((id) => [id, true]));
  // What a form offers depends on the row: written when it opens.
  const PREPARE = {
    "btn-affecter": () => offerPeople("affecter-a", "/api/v1/events/owners", (one) => one.display_name, HV.t("Personne ne peut le recevoir")),
    "btn-clore": function () {
      const steps = Desk.openSteps();
      Desk.byId("clore-fiche").hidden = !steps.length;
      Desk.byId("clore-etapes").textContent = HV.t("Étapes obligatoires encore ouvertes : {steps}", { steps: steps.join(", ") });
    },
    "btn-regrouper": (row) => offer("regrouper-choix", "radio", mergeable(row)),
    "btn-scinder": (row) => offer("scinder-choix", "checkbox", row.event.alarms.map((id) => [id, alarmWord(id)])),
    "btn-differer": (row) => limit("differer-duree", LONGEST[row.priority]),
    "btn-acquitter-groupe": (row) => { Desk.byId("groupe-dit").textContent = HV.tn("{n} alarme non critique sera acquittée en votre nom.", "{n} alarmes non critiques seront acquittées en votre nom.", groupOf(row).length); },
  };
  // The longest shelving of each priority, in minutes (domain/masking.py): the server refuses more.
  const LONGEST = { critical: 30, major: 120, minor: 480, info: 480 };
  const limit = (id, most) => Desk.byId(id).querySelectorAll("option").forEach((option) => { option.disabled = option.hidden = Number(option.value) > most; });
  const alarmWord = (id) => { const alarm = window.Vigie.alarms.get(id); return alarm ? HV.t(alarm.title) + " · " + HV.place(alarm) : HV.t("alarme n° {id}", { id }); };
  const offer = function (id, type, choices) {
    const made = choices.map(function ([value, said], rank) {
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type, name: id, value: String(value), checked: type === "radio" && rank === 0 });
      label.append(box, said);
      return label;
    });
    Desk.byId(id).replaceChildren(...made);
    if (!made.length) Desk.byId(id).textContent = HV.t("Aucun autre événement ouvert");
  };
  // Accounts to choose from, read when the form opens; nobody is chosen for the operator. word: one account → what is shown; none: what is said without any.
  const turns = new Map();
  const offerPeople = async function (id, path, word, none) {
    const turn = (turns.get(id) || 0) + 1;
    turns.set(id, turn);
    Desk.byId(id).replaceChildren(); // Who was chosen for another event is not chosen for this one.
    const read = await Desk.ask("GET", path).catch(() => null);
    const place = Desk.byId(id);
    if (!place || turns.get(id) !== turn) return;
    offer(id, "radio", read ? read.items.map((one) => [one.username, word(one)]) : []);
    place.querySelectorAll("input").forEach((box) => { box.checked = false; });
    if (!place.childElementCount) place.textContent = read ? none : HV.t("La liste n’a pas pu être lue : fermez ce formulaire et rouvrez-le.");
    const first = place.querySelector("input"), active = document.activeElement;
    const isAsOpened = active === document.body || (active === placed && !(active.tagName === "TEXTAREA" && active.value));
    if (first && !place.closest("[hidden]") && isAsOpened) first.focus();
  };
  const NEAR_M = 200, NEAR_MS = 2 * 3600 * 1000, OFFERED = 8;
  // Marked rows first, then live events: likely duplicates (within 200 m and 2 h, same layer), then the nearest.
  const mergeable = function (row) {
    const marked = Desk.marked().filter((one) => one.key !== row.key);
    const far = (event) => distance(row, event.location);
    const twin = (event) => event.layer === row.layer && far(event) <= NEAR_M && Math.abs(Date.parse(event.opened_at) - row.raised) <= NEAR_MS;
    const events = Array.from(window.Vigie.events.values()).filter((event) => (!row.event || event.id !== row.event.id) && event.status !== "resolved")
      .sort((a, b) => twin(b) - twin(a) || (b.type === row.type) - (a.type === row.type) || far(a) - far(b)).slice(0, OFFERED);
    return (marked.length ? [["marked", HV.tn("la ligne choisie", "les {n} lignes choisies", marked.length)]] : [])
      .concat(events.map((event) => [event.id, [event.number, HV.t(event.title), Number.isFinite(far(event)) ? HV.t("à {m} m", { m: HV.number(Math.round(far(event))) }) : "", twin(event) ? HV.t("doublon probable") : ""].filter(Boolean).join(" · ")]));
  };
  const distance = function (row, place) {
    if (typeof row.lat !== "number" || typeof place.lat !== "number") return Infinity;
    const rad = Math.PI / 180, x = (place.lon - row.lon) * rad * Math.cos(row.lat * rad), y = (place.lat - row.lat) * rad;
    return Math.hypot(x, y) * 6371000;
  };
  Desk.openForm = (id) => open(id);
  Desk.offerPeople = offerPeople;
  // Another script's action: the button's rule, its form's preparation, and the request behind the form's own button.
  Desk.addAction = function (id, { rule, prepare, submit, act }) {
    RULES[id] = rule;
    FORM_OF[id] = true;
    if (prepare) PREPARE[id] = prepare;
    ACTS[submit] = act;
    SUBMITS.push(submit);
  };
  const formOf = (id) => Desk.root.querySelector(`.form[data-de="${id}"]`);
  let placed = null; // What had the focus when the form had opened: from there alone it is moved.
  const open = function (id) {
    if (PREPARE[id]) PREPARE[id](Desk.selected);
    Desk.root.querySelectorAll(".form[data-de]").forEach((form) => { form.hidden = form.dataset.de !== id; });
    const field = formOf(id).querySelector("input, textarea, select");
    if (field) field.focus();
    placed = document.activeElement;
    // A field drawn for the form comes a little later; who is in the form by then stays where he is.
    setTimeout(function () {
      const form = formOf(id), first = form && form.querySelector("input, textarea, select, .form-submit");
      if (first && !form.contains(document.activeElement)) { first.focus(); placed = first; }
    }, 60);
  };
  Desk.closeForms = function () {
    const shown = Desk.root && Desk.root.querySelector(".form[data-de]:not([hidden])");
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
    const missing = act.missing && act.missing(row);
    if (missing) return Desk.toast(missing + ".", "told");
    const one = { slow: false, why: HV.t("le serveur ne répond pas"), given: new AbortController() };
    pending.set(key, one);
    const late = setTimeout(function () { one.slow = true; judge(); }, SLOW_MS);
    const lost = setTimeout(() => one.given.abort(), LOST_MS);
    judge();
    try {
      const ask = (path, body) => Desk.ask("POST", path, body, Desk.key(), one.given.signal);
      const written = act.run ? await act.run(row, ask) : await ask(act.to(row), act.body ? act.body() : {});
      (act.fields || []).forEach(empty);
      if (SUBMITS.includes(id) && Desk.selected && Desk.selected.key === row.key) Desk.closeForms();
      Desk.toast(act.done(written), "done");
    } catch (error) {
      // Somebody was first: nothing is wrong, and one should know.
      if (error.status === 409) Desk.toast(error.detail, "told");
      else Desk.toast(failure(id) + " : " + (error.status ? error.detail : one.why + ". " + HV.t("Au retour, la file dira s’il faut réessayer.")), "failed");
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
    if (button.id === "btn-acquitter" && Desk.selected && Desk.selected.members) return open("btn-acquitter-groupe");
    if (FORM_OF[button.id]) return open(button.id);
    if (button.id in ACTS && Desk.selected) send(button.id, Desk.selected);
  }, true);

  Desk.onSelection(function (row, before) {
    if (!row || !before || before.key !== row.key) Desk.root.querySelectorAll(".form[data-de]").forEach((form) => { form.hidden = true; });
    judge();
  });
  document.addEventListener("vigie:liaison", function () {
    if (Desk.isCut()) pending.forEach(function (one) { one.why = HV.t("liaison perdue"); one.given.abort(); });
    judge();
  });
})();
