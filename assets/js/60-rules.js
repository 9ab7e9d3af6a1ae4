// The studio of rules: the fields that changed, a trial asked, a proposal sent, a decision. What is judged, and by whom, is the server's.
(function () {
  "use strict";
  const Desk = window.Desk;
  const byId = (id) => document.getElementById(id);
  const page = () => byId("regles");
  const editor = () => byId("regle-editeur");
  const fields = () => Array.from(document.querySelectorAll("#regle-editeur [data-champ]"));
  const UNITS = [86400, 3600, 60, 1];
  let turn = 0;
  let figures = null; // Of the setting taken from a trial, while the fields still say it.

  // Fields ------------------------------------------------------------------------------------------------------------
  const number = (text) => { const read = text.trim().replace(/\s/g, "").replace(",", "."); return read === "" ? null : Number(read); };
  const unitOf = (field) => field.parentElement.querySelector("select");
  const READ = {
    number: (field) => number(field.value),
    length: function (field) { const read = number(field.value); return read === null ? null : read * Number(unitOf(field).value); },
    text: (field) => field.value.trim(),
    bool: (field) => field.getAttribute("aria-checked") === "true",
    communes: (field) => [...JSON.parse(field.dataset.gardees), ...Array.from(field.querySelectorAll("[data-commune][aria-checked=true]"), (box) => Number(box.dataset.commune))].sort((a, b) => a - b),
    causes: (field) => [...JSON.parse(field.dataset.gardees), ...Array.from(field.querySelectorAll("[data-cause][aria-checked=true]"), (box) => box.dataset.cause)].sort(),
    area: (field) => (field.dataset.valeur ? JSON.parse(field.dataset.valeur) : null),
  };
  const initial = function (field) {
    const said = field.dataset.initial;
    if (["communes", "causes", "area"].includes(field.dataset.genre)) return said === "" ? null : JSON.parse(said);
    return field.dataset.genre === "bool" ? said === "true" : field.dataset.genre === "text" ? said : said === "" ? null : Number(said);
  };
  const write = function (field, value) {
    if (field.dataset.genre === "bool") return field.setAttribute("aria-checked", String(value));
    if (field.dataset.genre === "communes") { field.querySelectorAll("[data-commune]").forEach((box) => box.setAttribute("aria-checked", String((value || []).includes(Number(box.dataset.commune))))); return; }
    if (field.dataset.genre === "causes") { field.querySelectorAll("[data-cause]").forEach((box) => box.setAttribute("aria-checked", String((value || []).includes(box.dataset.cause)))); return; }
    if (field.dataset.genre === "area") { field.dataset.valeur = value ? JSON.stringify(value) : ""; document.dispatchEvent(new CustomEvent("regle:zone")); return; }
    if (field.dataset.genre !== "length") { field.value = value === null ? "" : String(value).replace(".", field.tagName === "SELECT" ? "." : HV.locale() === "fr" && field.dataset.genre === "number" ? "," : "."); return; }
    const unit = UNITS.find((size) => value && value % size === 0) || 60;
    unitOf(field).value = String(unit);
    field.value = value === null ? "" : String(value / unit).replace(".", HV.locale() === "fr" ? "," : ".");
  };
  const label = (field) => field.getAttribute("aria-label") || field.textContent.trim();
  const changed = (field) => JSON.stringify(READ[field.dataset.genre](field)) !== JSON.stringify(initial(field));
  const isNew = () => editor() !== null && Boolean(editor().dataset.nouvelle);
  const OPEN = ["stake", "threshold_attribute"]; // Nothing chosen is null for the API.
  // What changed, all of it for a new rule, as the API takes it; null when a number cannot be read.
  const changes = function (isQuiet) {
    const found = {};
    for (const field of fields().filter((one) => isNew() || changed(one))) {
      const value = READ[field.dataset.genre](field);
      if (Number.isNaN(value) || (value === null && !["decide_within_s", "area"].includes(field.dataset.champ))) {
        if (!isQuiet) { field.focus(); Desk.toast(HV.t("{name} : écrivez un nombre.", { name: label(field) }), "told"); }
        return null;
      }
      found[field.dataset.champ] = OPEN.includes(field.dataset.champ) && value === "" ? null : value;
    }
    return found;
  };
  const mark = function () {
    let count = 0;
    for (const field of fields()) { const is = changed(field); field.classList.toggle("field--changed", is); count += is; }
    sayWhere();
    const said = byId("regle-phrase");
    if (said) { said.hidden = !count && !isNew(); said.textContent = said.hidden ? "" : sentence(); }
    const badge = byId("regle-etat");
    if (badge) { badge.dataset.said = badge.dataset.said || badge.textContent; badge.textContent = [badge.dataset.said, count ? HV.tn("{n} changement non envoyé", "{n} changements non envoyés", count) : ""].filter(Boolean).join(" · "); }
    checkSoon(count);
    return count;
  };

  // What sending it would be refused for, read from the server as soon as the hand rests. Whoever only reads a rule asks nothing.
  const REST_MS = 400;
  let resting = 0, checks = 0;
  const checkSoon = function (count) {
    clearTimeout(resting);
    const turnOf = ++checks, button = byId("regle-proposer"), asks = (count || isNew()) && button && !button.disabled;
    if (!asks) return showFaults([]);
    resting = setTimeout(async function () {
      const asked = editor() && changes(true);
      if (!asked) return;
      const read = await Desk.ask("POST", "/api/v1/rules/check", Object.assign(isNew() ? about() : {}, asked, { layer: editor().dataset.couche, key: isNew() ? "" : editor().dataset.cle })).catch(() => null);
      if (turnOf === checks && read) showFaults(read.faults || []);
    }, REST_MS);
  };
  const showFaults = function (faults) {
    const list = byId("regle-fautes");
    if (!list) return;
    list.replaceChildren(...faults.map((fault) => Object.assign(document.createElement("li"), { textContent: fault })));
    list.parentElement.hidden = !faults.length;
  };
  const about = function () { const [kind, property, comparison] = editor().dataset.nouvelle.split("/"); return { kind, property, comparison }; };

  // The rule read aloud: what its lines say, with what is chosen in them.
  const spoken = function (node) {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (node.nodeType !== Node.ELEMENT_NODE || node.hidden || node.matches(".rule-note, button, svg, .shape, .visually-hidden, .rule-map")) return "";
    if (node.tagName === "TEXTAREA") return node.value || "…";
    if (node.tagName === "SELECT") return node.selectedOptions[0] ? node.selectedOptions[0].textContent : "";
    if (node.tagName === "DETAILS") return node.querySelector("summary").textContent;
    return Array.from(node.childNodes, spoken).join(" ");
  };
  const sentence = function () {
    const block = (name) => Array.from(document.querySelectorAll("#regle-editeur .rule-block")).find((one) => one.querySelector("h3").textContent === name);
    const of = (name) => fields().find((one) => one.dataset.champ === name);
    // A length of nothing, a threshold that is the same for all, and a place that is not limited, need no word.
    const isSame = (line) => line.querySelector("[data-champ=threshold_attribute]") !== null && !of("threshold_attribute").value;
    const isEmpty = (line) => isSame(line) || line.querySelector("[data-champ=duration_s]") !== null && line.querySelectorAll("[data-champ]").length === 1 && READ.length(of("duration_s")) === 0;
    const linesOf = (name) => (block(name) ? Array.from(block(name).querySelector(".rule-lines").children).filter((line) => !isEmpty(line)).map((line) => spoken(line).replace(/\s+/g, " ").trim()).filter(Boolean) : []);
    const parts = [...linesOf(HV.t("Quand")), ...(of("hysteresis") && READ.number(of("hysteresis")) ? linesOf(HV.t("Sauf")).slice(0, 1) : []), ...linesOf(HV.t("Où")).filter((_line, rank) => rank || READ.communes(of("communes")).length).filter((line) => line !== HV.t("sans zone dessinée"))];
    const rank = of("priority") && !of("stake").value ? of("priority").selectedOptions[0].textContent : document.querySelector("#regle-editeur .rule-priority strong").textContent;
    return HV.t("Quand {condition} : alarme « {title} », {priority}.", { condition: parts.join(", "), title: of("title").value || "…", priority: rank.toLocaleLowerCase() });
  };
  const sayWhere = function () {
    const causes = fields().find((one) => one.dataset.champ === "explains");
    if (causes) {
      const n = READ.causes(causes).length;
      byId("regle-causes-dit").textContent = n ? HV.tn("explique et masque {n} autre alarme", "explique et masque {n} autres alarmes", n) : HV.t("n’explique aucune autre alarme");
    }
    const chosen = fields().find((one) => one.dataset.champ === "communes"), area = fields().find((one) => one.dataset.champ === "area");
    if (!chosen || !area) return;
    const count = READ.communes(chosen).length;
    byId("regle-communes-dit").textContent = count ? HV.tn("dans {n} commune", "dans {n} communes", count) : HV.t("dans toutes les communes");
    byId("regle-zone-dit").textContent = area.dataset.valeur ? HV.t("dans la zone dessinée") : HV.t("sans zone dessinée");
    byId("regle-zone-effacer").hidden = !area.dataset.valeur || locked();
  };

  // Trial -------------------------------------------------------------------------------------------------------------
  const identity = () => editor().dataset.couche + "/" + editor().dataset.cle;
  const tryOut = function () {
    const asked = changes();
    if (!asked) return;
    byId("regle-essai-cadre").setAttribute("aria-busy", "true");
    window.dash_clientside.set_props("regle-demandee", { data: { couche: editor().dataset.couche, cle: editor().dataset.cle, champs: asked, tour: ++turn } });
  };
  const take = function (button) {
    const setting = { duration_s: Number(button.dataset.duree), hysteresis: Number(button.dataset.hysteresis) };
    for (const field of fields()) if (field.dataset.champ in setting) write(field, setting[field.dataset.champ]);
    figures = JSON.parse(button.dataset.chiffres);
    mark();
    if (button.dataset.reglage === "proposer") ask(HV.t("Papillotement") + " — " + HV.tn("{n} alarme de moins sur la période essayée", "{n} alarmes de moins sur la période essayée", figures.removed), true);
  };

  // Acts --------------------------------------------------------------------------------------------------------------
  let act_on = null; // What is asked beside the fields: { enabled }.
  const again = (name) => window.dash_clientside.set_props("regles-reveil", { data: { regle: name || identity(), tour: ++turn } });
  const act = async function (button, method, path, body, said, then) {
    if (button.disabled) return;
    button.disabled = true;
    try {
      await Desk.ask(method, path, body, Desk.key());
      Desk.toast(said, "done");
      figures = null;
      again(then);
    } catch (error) {
      Desk.toast(error.detail ? HV.t("NON enregistré : {why}", { why: error.detail }) : HV.t("NON enregistré : liaison perdue."), error.status === 409 ? "told" : "failed");
    }
    button.disabled = false;
  };
  const ask = function (reason, sends) {
    const button = byId("regle-proposer");
    if (!button || button.disabled) return Desk.toast(button ? HV.t("Une proposition attend déjà pour cette règle.") : HV.t("Votre rôle lit sans proposer."), "told");
    if (!mark() && !isNew() && !act_on) return Desk.toast(HV.t("Rien ne change : modifiez la règle avant de la proposer."), "told");
    byId("regle-urgence-demande").hidden = true;
    byId("regle-demande").hidden = false;
    byId("regle-changements").textContent = [act_on ? (act_on.enabled ? HV.t("remise en service") : HV.t("suspension")) : "", ...fields().filter(changed).map((field) => label(field).toLocaleLowerCase())].filter(Boolean).join(", ");
    const place = byId("regle-motif");
    if (reason) place.value = reason;
    if (sends) return send();
    place.focus();
  };
  const send = function () {
    const asked = changes();
    if (!asked) return;
    const reason = byId("regle-motif").value.trim();
    if (!reason) { byId("regle-motif").focus(); return Desk.toast(HV.t("Dites pourquoi : celui qui accepte doit le comprendre."), "told"); }
    if (isNew()) return sendNew(asked, reason);
    const body = { layer: editor().dataset.couche, key: editor().dataset.cle, changes: Object.assign(asked, act_on || {}, { version: Number(editor().dataset.version) }), reason, trial: figures };
    act(byId("regle-envoyer"), "POST", "/api/v1/rule-proposals", body, HV.t("Proposition envoyée : une autre personne la relira."));
  };
  // A key from the title: what the API and the journal call it.
  const keyOf = (title) => plain(title).replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 60);
  const sendNew = function (asked, reason) {
    const { kind, property, comparison } = about(), layer = editor().dataset.couche, key = keyOf(asked.title);
    if (key.length < 2) { fields().find((one) => one.dataset.champ === "title").focus(); return Desk.toast(HV.t("Donnez un titre : c’est ce que l’opérateur lira."), "told"); }
    act(byId("regle-envoyer"), "POST", "/api/v1/rules", Object.assign({ comparison }, asked, { layer, key, kind, property, reason }), HV.t("Proposition envoyée : une autre personne la relira."), layer + "/" + key);
  };
  const turnTo = function (enabled) { act_on = { enabled }; ask("", false); };
  const urgent = function (shows) { byId("regle-urgence-demande").hidden = !shows; byId("regle-demande").hidden = true; (shows ? byId("regle-urgence-motif") : byId("regle-urgence")).focus(); };
  const suspend = function (button) {
    const reason = byId("regle-urgence-motif").value.trim();
    if (!reason) { byId("regle-urgence-motif").focus(); return Desk.toast(HV.t("Le motif est vide : dites pourquoi la règle ne doit plus rien lever."), "told"); }
    act(button, "POST", "/api/v1/rules/" + identity() + "/suspend", { reason, lasts_s: Number(byId("regle-urgence-duree").value) }, HV.t("Règle suspendue : elle ne lève plus rien."));
  };
  const choose = function (changedList) {
    const of = (name) => (document.querySelector(`[data-choix=${name}]`) || { value: "" }).value, order = ["couche", "equipement", "grandeur", "forme"];
    const kept = order.slice(0, order.indexOf(changedList.dataset.choix) + 1).map(of);
    window.dash_clientside.set_props("regles-reveil", { data: { regle: "", nouvelle: kept.join("/"), tour: ++turn } });
  };
  const SAID = { accept: () => HV.t("Acceptée : la règle a une nouvelle version."), refuse: () => HV.t("Refusée."), withdraw: () => HV.t("Retirée.") };
  const CLICKS = {
    "regle-tester": tryOut,
    "regle-proposer": () => { act_on = null; ask("", false); },
    "regle-envoyer": send,
    "regle-annuler": () => { act_on = null; byId("regle-demande").hidden = true; byId("regle-proposer").focus(); },
    "regle-suspendre": () => turnTo(false),
    "regle-reprendre": () => turnTo(true),
    "regle-urgence": () => urgent(true),
    "regle-urgence-annuler": () => urgent(false),
    "regle-urgence-envoyer": suspend,
    "regle-urgence-finir": (button) => act(button, "POST", "/api/v1/rules/" + identity() + "/resume", {}, HV.t("La règle a repris.")),
  };
  const back = async function (version) {
    const rule = await Desk.ask("GET", "/api/v1/rules/" + identity()).catch(() => null);
    const held = rule && rule.versions.find((one) => one.version === version);
    if (!held) return Desk.toast(HV.t("NON lu : liaison perdue."), "failed");
    for (const field of fields()) if (field.dataset.champ in held.body) write(field, held.body[field.dataset.champ] === null ? (field.dataset.genre === "text" ? "" : null) : held.body[field.dataset.champ]);
    ask(HV.t("Retour à la version {n}", { n: version }), false);
  };

  document.addEventListener("click", function (event) {
    if (!page()) return;
    const button = event.target.closest("button");
    if (!button) return;
    if (button.getAttribute("role") === "checkbox" && button.dataset.champ) { if (!locked()) { write(button, button.getAttribute("aria-checked") !== "true"); mark(); } }
    else if (button.dataset.commune || button.dataset.cause) { if (!locked()) { button.setAttribute("aria-checked", String(button.getAttribute("aria-checked") !== "true")); mark(); } }
    else if (button.dataset.reglage) take(button);
    else if (button.dataset.retour) back(Number(button.dataset.retour));
    else if (button.dataset.verbe) act(button, "POST", "/api/v1/rule-proposals/" + button.dataset.proposition + "/" + button.dataset.verbe, { remark: (byId("regle-remarque") || { value: "" }).value }, SAID[button.dataset.verbe]());
    else if (CLICKS[button.id]) CLICKS[button.id](button);
  });
  const locked = () => document.querySelector("#regle-editeur [data-lecture]") !== null;
  document.addEventListener("input", function (event) {
    if (!page()) return;
    if (event.target.id === "regles-recherche") return search(event.target.value);
    if (event.target.closest("#regle-editeur .rule-blocks")) { figures = null; mark(); }
  });
  document.addEventListener("change", (event) => { if (page() && event.target.dataset.choix) choose(event.target); else if (page() && event.target.closest("#regle-editeur .rule-blocks")) mark(); });
  document.addEventListener("regle:dessinee", () => page() && mark());
  document.addEventListener("keydown", function (event) {
    if (!page()) return;
    const field = event.target.closest("input, textarea, select");
    if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); return event.shiftKey ? ask("", false) : byId("regle-motif") === event.target ? send() : tryOut(); }
    // A field of one line keeps one line.
    if (event.key === "Enter" && field && field.dataset.champ) return event.preventDefault();
    if (event.key === "/" && !field) { event.preventDefault(); byId("regles-recherche").focus(); }
  });
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  const search = function (words) {
    const asked = plain(words).split(/\s+/).filter(Boolean);
    document.querySelectorAll("#regles-liste .rules-row").forEach((row) => { row.hidden = !asked.every((word) => plain(row.dataset.mots).includes(word)); });
  };

  // A page read again has new fields: they show what is in force, and what a reader may not change is closed. -----------
  let dressed = null;
  new MutationObserver(function () {
    const place = byId("regle-essai-cadre");
    const now = editor();
    if (now === dressed) return;
    dressed = now;
    if (!now || !now.dataset.cle) return;
    figures = act_on = null;
    const closed = locked();
    fields().forEach(function (field) { write(field, initial(field)); field.disabled = closed; const unit = field.dataset.genre === "length" && unitOf(field); if (unit) unit.disabled = closed; });
    mark();
    document.querySelectorAll("#regle-zone-place .action").forEach((button) => { button.hidden = closed; });
    if (place && page().dataset.essai) { delete page().dataset.essai; tryOut(); }
  }).observe(document, { childList: true, subtree: true });
  new MutationObserver(function (all) {
    for (const one of all) { const place = one.target.closest && one.target.closest("#regle-essai-cadre"); if (place) place.removeAttribute("aria-busy"); }
  }).observe(document, { childList: true, subtree: true });
})();
