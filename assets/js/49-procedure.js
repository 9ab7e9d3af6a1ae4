// The procedure (fiche réflexe) of the selected row: its steps, ticked by keys 1 to 9, answered, set aside with a reason; buttons that act. Read from the API,
// again each time the event's version rises, so that every console shows the same.
(function () {
  "use strict";
  const Desk = window.Desk;
  const BUTTONS = () => ({
    call: ["phone", HV.t("Appeler"), HV.t("appelé")], message: ["send", HV.t("Préparer"), HV.t("message")],
    intervention: ["tool", HV.t("Demander"), HV.t("demandé")], suppress: ["bell-off", HV.t("Inhiber"), HV.t("alarmes inhibées")],
  });
  const NONE = () => HV.t("Aucune fiche réflexe en vigueur pour ce type d’événement : suivez l’action attendue.");
  const NOT_A_CALL = ["message", "intervention", "suppress"];
  let run = null; // what the API gave; null: none yet, or none at all
  let told = ""; // why there is none
  let of = ""; // the row that it is of
  let asked = 0;
  let editing = null; // {n, kind: skip, undo or act, words}
  const sending = new Set();

  const make = function (tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };
  const button = function (key, className, onClick, ...children) {
    const made = make("button", className, ...children);
    made.type = "button";
    made.dataset.cle = key;
    const why = forbidden();
    made.disabled = Boolean(why) || sending.size > 0;
    if (why) made.title = why;
    made.addEventListener("click", onClick);
    return made;
  };
  // Why nothing may be done now, as a sentence.
  const forbidden = function () {
    const row = Desk.selected;
    if (Desk.isCut()) return HV.t("Actions suspendues : la liaison est perdue");
    if (!Desk.may("event:act")) return HV.t("Votre rôle lit sans agir");
    if (!row || !row.event) return HV.t("Prenez d’abord l’événement en charge");
    return ["closed", "merged", "false_positive"].includes(row.event.status) ? HV.t("L’événement est terminé") : "";
  };
  // Mandatory steps that forbid closing the selected event.
  Desk.openSteps = () => (run && Desk.selected && of === Desk.selected.key ? run.open_mandatory : []);

  // Reading -------------------------------------------------------------------------------------------------------------
  const read = async function (row) {
    const turn = ++asked;
    const cause = row.type || (row.alarm && row.alarm.cause);
    if (!row.event && !cause) return show(null, NONE());
    const path = row.event ? "/api/v1/events/" + row.event.id + "/procedure" : "/api/v1/procedures/for?" + new URLSearchParams({ layer: row.layer, cause });
    try {
      const found = await Desk.ask("GET", path);
      if (turn === asked) show(found, "");
    } catch (error) {
      if (turn !== asked) return;
      show(null, error.status === 404 ? NONE() : HV.t("Fiche illisible pour l’instant : le serveur ne répond pas. Suivez la fiche imprimée."));
    }
  };
  const show = function (found, why) {
    run = found;
    told = why;
    draw();
  };

  // Acting --------------------------------------------------------------------------------------------------------------
  const post = async function (n, verb, body, said) {
    const event = Desk.selected && Desk.selected.event;
    if (!event || sending.has(n)) return;
    const kept = of;
    sending.add(n);
    draw();
    try {
      const found = await Desk.ask("POST", "/api/v1/events/" + event.id + "/procedure/steps/" + n + "/" + verb, body || {}, Desk.key());
      editing = null;
      if (kept === of) { asked++; run = found; }
      if (said) Desk.toast(said, "done");
    } catch (error) {
      if (error.status === 409) Desk.toast(error.detail, "told");
      else Desk.toast(HV.t("Étape {n} NON enregistrée : {why}", { n, why: error.detail || HV.t("le serveur ne répond pas") }), "failed");
      if (Desk.selected) read(Desk.selected);
    }
    sending.delete(n);
    draw();
  };
  const settle = (step) => (step.state === "open" ? post(step.n, "do") : open(step.n, "undo", ""));
  const open = function (n, kind, words) {
    editing = { n, kind, words };
    draw();
    const field = Desk.byId("fiche").querySelector(".form textarea");
    if (field) { field.focus(); field.closest(".procedure-step").scrollIntoView({ block: "nearest" }); field.setSelectionRange(field.value.length, field.value.length); }
  };
  const press = function (step) {
    if (NOT_A_CALL.includes(step.action.do)) return open(step.n, "act", step.action.text);
    if (step.action.tel) location.assign("tel:" + step.action.tel);
    post(step.n, "act", {}, HV.t("Appel noté : {who}.", { who: step.action.who }));
  };
  const submit = function () {
    const words = editing.words.trim();
    if (!words) return Desk.toast(HV.t("Écrivez le motif") + ".", "told");
    post(editing.n, editing.kind, editing.kind === "act" ? { words } : { reason: words });
  };

  // Drawing -------------------------------------------------------------------------------------------------------------
  // A redraw between press and release would take the button from under the hand, and the click with it: it waits for the release.
  let isPressed = false, isAwaited = false;
  const release = function () {
    if (isPressed) setTimeout(() => isAwaited && draw()); // After the click.
    isPressed = false;
  };
  document.addEventListener("pointerdown", ({ target }) => (isPressed = target instanceof Element && Boolean(target.closest("#fiche"))), true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, release, true);
  const draw = function () {
    const place = Desk.byId("fiche");
    if (!place) return;
    isAwaited = isPressed;
    if (isPressed) return;
    const focused = place.contains(document.activeElement) ? document.activeElement.dataset.cle : null;
    const caret = focused && document.activeElement.selectionStart;
    const title = Desk.byId("fiche-nom"), progress = Desk.byId("fiche-avancee");
    title.textContent = run ? run.key + " v" + run.version + " · " + run.title : "";
    progress.textContent = run ? HV.t("{n} sur {total}", { n: run.done, total: run.total }) : "";
    if (!run) place.replaceChildren(make("p", "panel-empty", Desk.selected ? told || HV.t("Lecture de la fiche…") : HV.t("La fiche réflexe de l’événement choisi s’affiche ici.")));
    else {
      const next = run.steps.find((step) => step.state === "open");
      place.replaceChildren(make("ol", "procedure-steps", ...run.steps.filter((step) => step.state !== "excluded").map((step) => line(step, step === next))));
    }
    if (focused === null) return;
    const back = place.querySelector('[data-cle="' + focused + '"]:not([disabled])');
    if (back) { back.focus(); if (caret !== undefined && caret !== null && back.setSelectionRange) back.setSelectionRange(caret, caret); }
    else Desk.byId("conduite-cadre").focus();
  };
  const line = function (step, isNext) {
    const item = make("li", "procedure-step");
    item.dataset.testid = "etape-" + step.n;
    item.dataset.etat = step.state;
    if (isNext) item.setAttribute("aria-current", "step");
    const cap = make("kbd", "cap", step.n <= 9 ? String(step.n) : "");
    const words = make("div", "procedure-words", make("p", "procedure-text", step.text), step.detail && isNext ? make("p", "procedure-detail", step.detail) : "", meta(step));
    if (step.answers.length) words.append(answers(step));
    item.append(make("div", "procedure-line", cap, step.answers.length ? mark(step) : tick(step), words, acts(step)));
    if (editing && editing.n === step.n) item.append(form(step));
    return item;
  };
  const tick = function (step) {
    const made = button("cocher-" + step.n, "procedure-tick", () => settle(step), step.state === "done" ? HV.icon("check") : "");
    made.setAttribute("role", "checkbox");
    made.setAttribute("aria-checked", String(step.state === "done"));
    made.setAttribute("aria-label", HV.t("Étape {n} : {text}", { n: step.n, text: step.text }));
    if (step.state === "waiting") made.disabled = true;
    if (step.state === "skipped") made.append("–");
    return made;
  };
  const mark = (step) => make("span", "procedure-tick procedure-tick--question", step.state === "done" ? HV.icon("check") : step.state === "skipped" ? "–" : "?");
  const answers = function (step) {
    const group = make("div", "procedure-answers");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", step.text);
    step.answers.filter((answer) => step.state !== "done" || step.answer === answer.value).forEach(function (answer) {
      const made = button("repondre-" + step.n + "-" + answer.value, "action", () => post(step.n, "answer", { answer: answer.value }), answer.label);
      made.setAttribute("aria-pressed", String(step.answer === answer.value));
      if (step.state !== "open") made.disabled = true;
      group.append(made);
    });
    return group;
  };
  const meta = function (step) {
    const said = [];
    if (step.state === "done" || step.state === "skipped") said.push(HV.timeS(step.at), step.by);
    if (step.state === "skipped") said.push(HV.t("sans objet : {reason}", { reason: step.reason }));
    if (step.state === "open") said.push(step.mandatory ? HV.t("obligatoire") : HV.t("facultative"));
    if (step.state === "waiting") said.push(HV.t("selon la réponse à l’étape qui précède"));
    step.acted.slice(-2).forEach((act) => said.push(HV.t("{what} : {who} à {h}", { what: BUTTONS()[step.action.do][2], who: act.outcome, h: HV.timeS(act.at) })));
    const made = make("p", "procedure-meta", said.join(" · "));
    if (step.due_at) made.append(make("span", "procedure-due"));
    if (step.due_at) made.lastChild.dataset.echeance = step.due_at;
    due(made);
    return made;
  };
  const due = (within) => within.querySelectorAll("[data-echeance]").forEach(function (place) {
    const ms = Date.parse(place.dataset.echeance) - Desk.now();
    const said = ms < 0 ? HV.t("en retard de {d}", { d: Desk.duration(ms) }) : HV.t("reste {d}", { d: Desk.duration(ms) });
    place.dataset.retard = String(ms < 0);
    if (place.textContent !== said) place.textContent = said;
  });
  const acts = function (step) {
    const made = make("div", "procedure-acts");
    const inHand = step.state === "open" || step.state === "done";
    if (step.state === "open") made.append(button("passer-" + step.n, "procedure-skip", () => open(step.n, "skip", ""), HV.t("Sans objet")));
    if (step.action && inHand) made.append(button("agir-" + step.n, "action", () => press(step), HV.icon(BUTTONS()[step.action.do][0]), make("span", "action-word", BUTTONS()[step.action.do][1])));
    if ((step.state === "done" && step.answers.length) || step.state === "skipped") made.append(button("reprendre-" + step.n, "procedure-skip", () => open(step.n, "undo", ""), HV.t("Reprendre")));
    return made;
  };
  const form = function (step) {
    const titles = { skip: HV.t("Pourquoi l’étape {n} est sans objet", { n: step.n }), undo: HV.t("Pourquoi reprendre l’étape {n}", { n: step.n }) };
    const title = titles[editing.kind] || [BUTTONS()[step.action.do][1], step.action.who, step.action.minutes ? HV.t("{n} min", { n: step.action.minutes }) : ""].filter(Boolean).join(" · ");
    const field = make("textarea", "field");
    field.rows = editing.kind === "act" ? 3 : 1;
    field.maxLength = editing.kind === "act" ? 2000 : 500;
    field.value = editing.words;
    field.dataset.cle = "mots-" + step.n;
    field.addEventListener("input", () => { editing.words = field.value; });
    const send = button("valider-" + step.n, "action action--primary form-submit", submit, editing.kind === "act" ? HV.t("Envoyer et noter") : HV.t("Enregistrer"));
    const cancel = make("button", "action", make("kbd", "cap", HV.t("Échap")), HV.t("Annuler"));
    cancel.type = "button";
    cancel.addEventListener("click", function () { editing = null; draw(); Desk.byId("conduite-cadre").focus(); });
    const made = make("div", "form procedure-form", make("label", "form-field", make("span", "form-label", title), field), make("div", "form-end", send, cancel));
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", title);
    return made;
  };

  // Keys ----------------------------------------------------------------------------------------------------------------
  // The digit of a step, by its place on the keyboard: AZERTY's « 1 » is « & » (screens.md B.7).
  Desk.tickStep = function (code) {
    const panel = Desk.byId("conduite-cadre");
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code);
    if (!digit || !panel || !panel.contains(document.activeElement) || !run) return false;
    const step = run.steps.find((one) => one.n === Number(digit[1]));
    const why = forbidden() || (!step || step.state === "excluded" ? HV.t("Pas d’étape {n} dans cette fiche", { n: digit[1] }) : step.state === "waiting" ? HV.t("Cette étape attend une réponse") : "");
    if (why) { Desk.toast(why + ".", "told"); return true; }
    view("fiche");
    const first = step.answers.length ? Desk.byId("fiche").querySelector('[data-testid="etape-' + step.n + '"] .procedure-answers button:not([disabled])') : null;
    if (first) first.focus();
    else if (step.answers.length) open(step.n, "undo", "");
    else settle(step);
    return true;
  };
  Desk.closeStepForm = function () {
    if (!editing) return false;
    editing = null;
    draw();
    Desk.byId("conduite-cadre").focus();
    return true;
  };
  // The panel shows the procedure, or what surrounds the event.
  const view = function (name) {
    const isContext = name === "contexte";
    const swap = Desk.byId("conduite-bascule");
    if (!swap) return;
    Desk.byId("fiche").hidden = isContext;
    Desk.byId("conduite").hidden = !isContext;
    swap.setAttribute("aria-pressed", String(isContext));
  };
  Desk.showProcedure = () => view("fiche");

  Desk.onSelection(function (row, before) {
    if (!row || !before || before.key !== row.key) { isPressed = false; run = null; told = ""; editing = null; of = row ? row.key : ""; asked++; draw(); }
    else if (row) draw();
  });
  Desk.onRest((row) => row && read(row));
  Desk.onMount(function () {
    run = null;
    editing = null;
    draw();
    const swap = Desk.byId("conduite-bascule");
    if (swap) swap.addEventListener("click", () => view(swap.getAttribute("aria-pressed") === "true" ? "fiche" : "contexte"));
  });
  document.addEventListener("vigie:liaison", () => Desk.root && draw());
  setInterval(() => Desk.root && !document.hidden && Desk.byId("fiche") && due(Desk.byId("fiche")), 1000);
})();
