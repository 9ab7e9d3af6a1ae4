// The actions: what may be done now and why not, forms, what is on its way. The acts themselves are Dash callbacks on the same buttons.
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
  const SUBMITS = ["valider-affecter", "valider-clore", "valider-reprendre", "valider-commenter"];
  const FAILURES = () => ({
    "btn-acquitter": HV.t("Acquittement NON enregistré"), "btn-prendre": HV.t("Prise en charge NON enregistrée"), "valider-reprendre": HV.t("Prise en charge NON enregistrée"),
    "valider-affecter": HV.t("Affectation NON enregistrée"), "btn-resoudre": HV.t("Résolution NON enregistrée"), "valider-clore": HV.t("Clôture NON enregistrée"), "valider-commenter": HV.t("Commentaire NON enregistré"),
  });
  const pending = new Map();

  const judge = function () {
    const row = Desk.selected;
    if (!Desk.root || !row) return;
    const cut = Desk.isCut() ? HV.t("Actions suspendues : la liaison est perdue") : "";
    for (const id in RULES) {
      const button = Desk.byId(id);
      if (!button) continue;
      const why = cut || RULES[id](row);
      button.disabled = Boolean(why) || pending.has(id);
      button.title = why;
      button.dataset.raison = why;
    }
    SUBMITS.forEach((id) => { const button = Desk.byId(id); if (button) button.disabled = Boolean(cut) || pending.has(id); });
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
  const sent = function (id) {
    if (pending.has(id)) return;
    const button = Desk.byId(id);
    const word = button.querySelector(".action-word") || button;
    const said = word.textContent;
    const slow = setTimeout(function () { button.setAttribute("aria-busy", "true"); word.textContent = HV.t("Envoi…"); }, SLOW_MS);
    const lost = setTimeout(() => failed(HV.t("le serveur ne répond pas")), LOST_MS);
    pending.set(id, function () {
      clearTimeout(slow);
      clearTimeout(lost);
      button.removeAttribute("aria-busy");
      word.textContent = said;
    });
    judge();
  };
  const settled = function () {
    pending.forEach((end) => end());
    pending.clear();
    judge();
  };
  const failed = function (why) {
    const ids = Array.from(pending.keys());
    settled();
    ids.forEach((id) => Desk.toast(FAILURES()[id] + " : " + why + ". " + HV.t("Au retour, la file dira s’il faut réessayer."), "failed"));
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
    // After React has seen the click: a button disabled before would swallow it.
    if (button.id in RULES || SUBMITS.includes(button.id)) setTimeout(() => sent(button.id), 0);
  }, true);

  Desk.onMount(function (root) {
    pending.clear();
    const watch = new MutationObserver(function (changes) {
      const said = changes.flatMap((change) => Array.from(change.addedNodes)).filter((node) => node.nodeType === 1 && (node.matches(".toast") || node.querySelector(".toast")));
      if (!said.length) return;
      const failedNow = said.some((node) => node.matches(".toast--failed, .toast--told") || node.querySelector(".toast--failed, .toast--told"));
      if (pending.size && !failedNow) root.querySelectorAll(".form").forEach((form) => { form.hidden = true; });
      settled();
    });
    // The tray is put in a portal at the end of the body.
    const attach = function () {
      const trays = document.querySelectorAll(".mantine-Notifications-root");
      trays.forEach((tray) => watch.observe(tray, { childList: true, subtree: true }));
      if (!trays.length && Desk.root === root) setTimeout(attach, 200);
    };
    attach();
  });
  Desk.onSelection(function (row, before) {
    if (!row || !before || before.key !== row.key) Desk.root.querySelectorAll(".form").forEach((form) => { form.hidden = true; });
    judge();
  });
  document.addEventListener("vigie:liaison", function () {
    if (pending.size && Desk.isCut()) failed(HV.t("liaison perdue"));
    judge();
  });
})();
