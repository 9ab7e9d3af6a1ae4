// The posture on every page: level in the header, band of an exercise, and on a desk the panel where levels are proposed and decided, exercises entered and left.
// What it says is the situation of the feed, or the one that the page came with; what it asks goes through /api/v1/posture.
(function () {
  "use strict";
  const HV = window.HV;
  const LEVELS = [() => HV.t("Veille"), () => HV.t("Vigilance"), () => HV.t("Alerte"), () => HV.t("Crise")];
  const HOURS = [1, 2, 4, 8, 24, 48, 72];
  const byId = (id) => document.getElementById(id);
  const levelOf = (level) => level + " · " + LEVELS[level]();
  // As the server writes it (fmt.moment): « mer. 11 févr. 2026, 18:04 ».
  const moment = (iso) => HV.dayShort(iso) + " " + new Date(iso).getFullYear() + ", " + HV.time(iso);
  const make = function (tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children.filter((one) => one !== null));
    return made;
  };

  const carried = () => { const place = document.querySelector("[data-situation]"); return place ? JSON.parse(place.dataset.situation) : null; };
  const now = () => window.Vigie.posture || carried();
  const draw = function () {
    const said = now();
    if (!said) return;
    if (byId("posture-niveau")) byId("posture-niveau").textContent = levelOf(said.level);
    const band = byId("bandeau-exercice"), drill = said.exercise;
    if (band) {
      band.hidden = !drill;
      if (drill) band.querySelector(".band-text").textContent = drill.sends
        ? HV.t("{title}, jusqu’au {until}. Les SMS et les appels PARTENT.", { title: drill.title, until: moment(drill.until) })
        : HV.t("{title}, jusqu’au {until}. Aucun SMS ni appel ne part.", { title: drill.title, until: moment(drill.until) });
    }
    const pending = byId("posture-proposee");
    if (pending) {
      pending.hidden = !said.pending;
      pending.textContent = said.pending ? HV.t("proposée : {level}", { level: levelOf(said.pending.level) }) : "";
    }
    fill(said);
  };

  // The panel: built anew when what it says changes, so that nobody's typing is lost meanwhile --------------------------------------
  let built = "";
  const fill = function (said) {
    const panel = byId("posture-panneau");
    if (!panel) return;
    const key = JSON.stringify(said) + HV.locale();
    if (panel.dataset.built && built === key) return;
    built = key;
    panel.dataset.built = "oui";
    const may = (act) => panel.dataset.rights.split(" ").includes(act);
    const parts = [level(said)];
    if (said.pending) parts.push(decision(said.pending, panel.dataset.me, may));
    else if (may("posture:propose")) parts.push(proposal(said));
    if (said.exercise) parts.push(running(said.exercise, may("exercise:run")));
    else if (may("exercise:run") && !said.pending) parts.push(entrance());
    panel.replaceChildren(...parts, make("p", "posture-answer"));
    panel.lastChild.setAttribute("role", "status");
  };
  const level = function (said) {
    const facts = said.since ? HV.t("{level} depuis {moment}, décidée par {name} : {reason}", { level: levelOf(said.level), moment: moment(said.since), name: said.by, reason: said.reason }) : HV.t("{level} : la posture n’a pas changé.", { level: levelOf(said.level) });
    const played = said.exercise && said.level !== said.real_level ? HV.t("Niveau joué dans l’exercice. La posture réelle reste {level}.", { level: levelOf(said.real_level) }) : null;
    return make("section", "posture-part", make("h2", "menu-title", HV.t("Posture du territoire")), make("p", "", facts), played ? make("p", "", played) : null);
  };
  const proposal = function (said) {
    const choice = make("select", "field", ...LEVELS.map((_word, n) => Object.assign(make("option", "", levelOf(n)), { value: n, disabled: n === said.level })));
    choice.value = String(said.level < 3 ? said.level + 1 : said.level - 1);
    const reason = field("textarea", 500);
    const send = button(HV.t("Proposer ce niveau"), () => post("proposals", { level: Number(choice.value), reason: reason.value }));
    return fold(HV.t("Proposer un autre niveau"), labelled(HV.t("Niveau"), choice), labelled(HV.t("Motif"), reason), make("p", "posture-note", HV.t("Le cadre d’astreinte le valide : rien ne change avant.")), send);
  };
  const decision = function (pending, me, may) {
    const asked = make("p", "", HV.t("{name} propose « {level} » depuis {hour} : {reason}", { name: pending.by_name, level: levelOf(pending.level), hour: HV.time(pending.at), reason: pending.reason }));
    const path = "proposals/" + pending.id + "/";
    const acts = [];
    if (pending.by === me) acts.push(button(HV.t("Retirer ma proposition"), () => post(path + "withdraw")));
    else if (may("posture:decide")) {
      const reason = field("textarea", 500);
      acts.push(button(HV.t("Valider ce niveau"), () => post(path + "accept")), labelled(HV.t("Motif d’un refus"), reason), button(HV.t("Refuser"), () => post(path + "refuse", { reason: reason.value })));
    } else acts.push(make("p", "posture-note", HV.t("Le cadre d’astreinte décide.")));
    return make("section", "posture-part", make("h2", "menu-title", HV.t("Niveau proposé")), asked, ...acts);
  };
  const entrance = function () {
    const title = field("input", 120), reason = field("textarea", 500), sends = make("input");
    sends.type = "checkbox";
    const lasts = make("select", "field", ...HOURS.map((n) => Object.assign(make("option", "", HV.tn("{n} heure", "{n} heures", n)), { value: n })));
    lasts.value = "4";
    const warned = make("p", "posture-note");
    const warn = () => (warned.textContent = sends.checked ? HV.t("Les SMS et les appels partiront pour de vrai, précédés de « EXERCICE ».") : HV.t("Aucun SMS ni appel ne partira, même pour une alarme réelle : une urgence réelle demande de quitter l’exercice."));
    sends.addEventListener("change", warn);
    warn();
    const enter = button(HV.t("Entrer en exercice"), () => post("exercises", { title: title.value, reason: reason.value, hours: Number(lasts.value), sends: sends.checked }));
    const armed = make("label", "posture-check", sends, HV.t("Armer les SMS et les appels"));
    return fold(HV.t("Entrer en exercice…"), labelled(HV.t("Scénario"), title), labelled(HV.t("Motif"), reason), labelled(HV.t("Durée, puis il se termine de lui-même"), lasts), armed, warned, enter);
  };
  const running = function (drill, mayEnd) {
    const parts = [make("p", "", HV.t("« {title} », commencé par {name} à {hour} : {reason}", { title: drill.title, name: drill.by, hour: HV.time(drill.started_at), reason: drill.reason }))];
    if (mayEnd) {
      const reason = field("textarea", 500);
      parts.push(labelled(HV.t("Motif"), reason), button(HV.t("Quitter l’exercice"), () => post("exercises/" + drill.id + "/end", { reason: reason.value })));
    }
    return make("section", "posture-part", make("h2", "menu-title", HV.t("Exercice en cours")), ...parts);
  };

  // Parts ------------------------------------------------------------------------------------------------------------------------
  const field = function (tag, most) {
    const made = make(tag, "field");
    Object.assign(made, { maxLength: most, autocomplete: "off" });
    if (tag === "textarea") made.rows = 2;
    return made;
  };
  const labelled = (word, control) => make("label", "form-field posture-field", make("span", "form-label", word), control);
  const fold = (word, ...parts) => make("details", "posture-part posture-fold", make("summary", "", word), ...parts);
  const button = function (word, run) {
    const made = make("button", "action", make("span", "action-word", word));
    made.type = "button";
    made.addEventListener("click", run);
    return made;
  };
  let sending = false;
  const post = async function (path, body) {
    if (sending) return;
    sending = true;
    const panel = byId("posture-panneau"), answer = panel.querySelector(".posture-answer");
    answer.textContent = HV.t("Envoi…");
    panel.setAttribute("aria-busy", "true");
    try {
      const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": document.querySelector(".frame").dataset.csrf, "Idempotency-Key": HV.newKey() };
      const told = await fetch("/api/v1/posture/" + path, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(body || {}) });
      const read = await told.json().catch(() => ({}));
      if (told.ok) { window.Vigie.posture = read; draw(); } else answer.textContent = HV.t("Non enregistré : {why}", { why: read.detail || told.status });
    } catch (refused) { answer.textContent = HV.t("Non enregistré : {why}", { why: HV.t("le serveur ne répond pas") }); }
    panel.removeAttribute("aria-busy");
    sending = false;
  };

  document.addEventListener("vigie:posture", draw);
  // A page that comes with its own situation, newer than none at all.
  HV.onPaint(() => byId("posture-panneau") && !byId("posture-panneau").dataset.built && draw());
  document.addEventListener("keydown", function (event) {
    const open = byId("posture");
    if (event.key === "Escape" && open && open.open) { open.open = false; open.querySelector("summary").focus(); }
  });
})();
