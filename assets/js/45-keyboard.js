// The keys of the console (screens.md B.7). Letters by event.key and only while no field has the focus; digits by event.code, because AZERTY's « 1 » is « & ».
// A person's own keys are kept with the account, and on this machine so that they act before the account is read. No key is ignored silently.
(function () {
  "use strict";
  const Desk = window.Desk;
  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
  const PANELS = { Digit1: "file-cadre", Digit2: "carte-cadre", Digit3: "detail", Digit4: "conduite-cadre", Digit5: "main-courante" };
  const SCREENS = { m: "/mur", c: "/console", e: "/elus", r: "/rejeu", j: "/journal", a: "/admin", s: "/sante", g: "/regles" };
  const CHORD_MS = 2000;
  const REPEATS = new Set(["next", "previous"]);
  let actions = {}; // action → [the screen's key, label, button]
  let own = {}; // action → the person's key; « letters »: "off" when letters alone do nothing
  let capturing = null;
  let chordUntil = 0;

  // A key that cannot act says why: one that does nothing would be taken for one that did.
  const press = function (id) {
    const button = Desk.byId(id);
    if (!button) return;
    const why = !Desk.selected ? HV.t("Choisissez d’abord une ligne de la file") : button.dataset.raison;
    if (why) return Desk.toast((button.querySelector(".action-word") || button).textContent + " : " + why + ".", "told");
    button.click();
  };
  const VERBS = {
    next: () => Desk.move(1) === false && say(HV.t("La file est vide")),
    previous: () => Desk.move(-1) === false && say(HV.t("La file est vide")),
    map: () => (Desk.selected ? Desk.showOnMap(Desk.selected) : say(HV.t("Choisissez d’abord une ligne de la file"))),
    sheet: () => { Desk.showProcedure(); focusPanel("conduite-cadre"); },
    note: () => (Desk.byId("note-texte") ? Desk.byId("note-texte").focus() : say(HV.t("Votre rôle lit sans agir"))),
    create: () => Desk.create(),
    expand: () => Desk.unfold() || say(HV.t("Ce n’est pas un groupe")),
    silence: function () { window.Vigie.silence(); Desk.toast(HV.t("Silence de 60 s sur ce poste : rien n’est acquitté."), "done"); },
    live: () => say(HV.t("Cet écran est toujours en direct")),
    search: () => Desk.byId("file-recherche").focus(),
    help: () => Desk.byId("aide-clavier").showModal(),
  };
  const say = (text) => Desk.toast(text + ".", "told");
  const run = (name) => (actions[name][2] ? press(actions[name][2]) : VERBS[name]());

  // Whose key it is --------------------------------------------------------------------------------------------------
  const keyOf = (name) => (name in own ? own[name] : actions[name][0]);
  const combo = (event) => (event.altKey ? "Alt+" : "") + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  const actionOf = (pressed) => Object.keys(actions).find((name) => keyOf(name) === pressed);
  const isOn = () => own.letters !== "off";
  const stored = () => "vigie.touches." + Desk.me();
  const recall = function () { try { return JSON.parse(localStorage.getItem(stored()) || "{}"); } catch (unreadable) { return {}; } };
  const keep = function (keys, tells) {
    own = keys;
    try { localStorage.setItem(stored(), JSON.stringify(own)); } catch (refused) { /* Then the account alone remembers. */ }
    draw();
    if (!tells) return;
    Desk.ask("PATCH", "/api/v1/me", { keys: own }).catch(() => Desk.toast(HV.t("Touches gardées sur ce poste seulement : le serveur ne répond pas."), "told"));
  };
  const spoken = (key) => key.replace(/(^|\+)(.)$/, (all, plus, last) => plus + last.toLocaleUpperCase());
  const draw = function () {
    document.querySelectorAll("[data-cap]").forEach((cap) => { cap.textContent = spoken(keyOf(cap.dataset.cap)); });
    document.querySelectorAll("[data-action]").forEach((button) => (isOn() ? button.setAttribute("aria-keyshortcuts", spoken(keyOf(button.dataset.action))) : button.removeAttribute("aria-keyshortcuts")));
    const on = Desk.byId("touches-actives");
    if (on) on.setAttribute("aria-checked", String(isOn()));
    if (Desk.root) Desk.root.dataset.lettres = isOn() ? "on" : "off";
  };

  // Keys that an AZERTY keyboard or the browser keeps for itself (screens.md B.7).
  const refused = function (event) {
    if (event.ctrlKey || event.metaKey) return HV.t("Ctrl est au navigateur : prenez une lettre, seule ou avec Alt");
    if (/^(Digit|Numpad)\d$/.test(event.code)) return HV.t("Les chiffres cochent les étapes : prenez une lettre");
    if (event.key.length !== 1 || /[\[\]{}@#|\\]/.test(event.key)) return HV.t("Cette touche demande AltGr ou sert ailleurs : prenez une lettre");
    if (combo(event) === "g") return HV.t("G ouvre les écrans : prenez une autre lettre");
    const taken = actionOf(combo(event));
    return taken && taken !== capturing ? HV.t("Déjà prise par « {label} »", { label: actions[taken][1] }) : "";
  };
  const capture = function (event) {
    event.preventDefault();
    if (["Alt", "Shift", "Control", "Meta", "AltGraph"].includes(event.key)) return;
    const said = Desk.byId("aide-dit"), name = capturing;
    if (event.key !== "Escape") {
      const why = refused(event);
      if (why) { said.textContent = why + "."; return; }
      keep(Object.assign({}, own, { [name]: combo(event) }), true);
      said.textContent = HV.t("{label} : {key}", { label: actions[name][1], key: spoken(keyOf(name)) });
    } else said.textContent = HV.t("Touche inchangée.");
    capturing = null;
    document.querySelectorAll("[data-remap][aria-pressed=true]").forEach((button) => button.setAttribute("aria-pressed", "false"));
  };

  // Keys ---------------------------------------------------------------------------------------------------------------
  const isField = (element) => Boolean(element && element.closest && element.closest("input, textarea, select, [contenteditable=true]"));
  const screen = function (key) {
    chordUntil = 0;
    const path = SCREENS[key];
    const link = path && document.querySelector(`.rail a[href="${path}"], nav a[href="${path}"]`);
    if (link) return link.click();
    if (path === location.pathname) return say(HV.t("Vous y êtes déjà"));
    say(path ? HV.t("Cet écran n’est pas ouvert à votre rôle, ou pas encore servi") : HV.t("G puis M, C, E, R, J, A, S ou G ouvre un écran"));
  };

  document.addEventListener("keydown", function (event) {
    if (capturing) return capture(event);
    if (!Desk.root || event.defaultPrevented || event.metaKey) return;
    if (document.querySelector("dialog[open]")) return;
    const inField = isField(event.target);
    if (event.ctrlKey) {
      if (event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); }
      else if (event.key === "Enter" && event.target.closest && event.target.closest("#main-courante")) { event.preventDefault(); Desk.writeNote(); }
      else if (event.key === "Enter" && event.target.closest(".form")) { event.preventDefault(); event.target.closest(".form").querySelector(".form-submit").click(); }
      return;
    }
    if (event.key === "Escape") {
      if (Desk.closeStepForm() || Desk.closeForms()) return event.preventDefault();
      if (inField) event.target.blur();
      return Desk.focusQueue();
    }
    if (event.shiftKey && PANELS[event.code] && !inField) { event.preventDefault(); return focusPanel(PANELS[event.code]); }
    if (inField) return;
    const isLoose = (event.target.closest && event.target.closest(".ag-root")) || event.target === document.body || event.target.id === "principal";
    const step = STEPS[event.key];
    // The grid would move its own place first and say so in a later task, when the row at that place may be another.
    if (step && isLoose) { event.preventDefault(); event.stopPropagation(); return event.shiftKey ? Desk.mark(step) : Desk.move(step); }
    if (!event.shiftKey && Desk.tickStep(event.code)) return event.preventDefault();
    if (!isOn()) return;
    if (event.key === "Enter" && isLoose && Desk.selected) { event.preventDefault(); return focusPanel("detail"); }
    if (event.key.length !== 1 || event.key === " ") return;
    const pressed = combo(event);
    if (performance.now() < chordUntil) { event.preventDefault(); return screen(pressed); }
    if (pressed === "g") { chordUntil = performance.now() + CHORD_MS; return; }
    const name = actionOf(pressed);
    if (event.repeat && !REPEATS.has(name)) return;
    if (!name) return void (/^\p{L}$/u.test(pressed) && say(HV.t("La touche {key} ne fait rien ici : {help} ouvre l’aide", { key: spoken(pressed), help: spoken(keyOf("help")) })));
    event.preventDefault();
    run(name);
  }, true);
  const focusPanel = function (id) {
    const panel = Desk.byId(id);
    if (!panel) return;
    if (id === "file-cadre") return Desk.focusQueue();
    const first = panel.querySelector("button:not([disabled]):not([hidden]), a[href], .leaflet-container");
    (id === "detail" && first ? first : panel).focus();
  };

  // The palette: every action by its name -------------------------------------------------------------------------------
  const openPalette = function () {
    const dialog = Desk.byId("palette");
    if (!dialog) return;
    const field = Desk.byId("palette-texte");
    dialog.showModal();
    field.value = "";
    list("");
    field.focus();
  };
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  const list = function (words) {
    const found = Object.keys(actions).filter((name) => plain(words).split(/\s+/).every((word) => plain(actions[name][1]).includes(word)));
    Desk.byId("palette-liste").replaceChildren(...found.map(function (name) {
      const item = document.createElement("li"), button = document.createElement("button"), cap = document.createElement("kbd");
      button.type = "button";
      button.className = "palette-choice";
      cap.className = "cap";
      cap.textContent = spoken(keyOf(name));
      button.append(...(isOn() ? [cap] : []), actions[name][1]);
      button.addEventListener("click", function () { Desk.byId("palette").close(); run(name); });
      item.append(button);
      return item;
    }));
  };

  // The rows of the help: each letter behind its button, then the keys that stay.
  const el = (tag, given, ...children) => { const made = Object.assign(document.createElement(tag), given); made.append(...children); return made; };
  const helpRows = function (fixed) {
    const row = (keys, word) => el("div", { className: "help-row" }, el("dt", {}, ...keys), el("dd", {}, word));
    const cap = (name) => { const made = el("kbd", { className: "cap" }); made.dataset.cap = name; return made; };
    const letter = function (name) {
      const button = el("button", { type: "button", className: "help-key", title: HV.t("Changer cette touche") }, cap(name));
      button.dataset.remap = name;
      return button;
    };
    return [...Object.keys(actions).map((name) => row([letter(name)], actions[name][1])), ...fixed.map(([keys, word]) => row(keys.map((key) => el("kbd", { className: "cap" }, key)), word))];
  };

  Desk.onMount(function (root) {
    actions = JSON.parse(root.dataset.touches || "{}");
    capturing = null;
    own = recall();
    const rows = root.querySelector(".help-rows");
    rows.replaceChildren(...helpRows(JSON.parse(rows.dataset.fixes)));
    draw();
    Desk.ask("GET", "/api/v1/me").then((me) => me.keys && keep(me.keys, false)).catch(() => null); // Then those of this machine hold.
    const help = Desk.byId("aide-clavier");
    Desk.byId("touches-actives").addEventListener("click", () => keep(Object.assign({}, own, { letters: isOn() ? "off" : "on" }), true));
    Desk.byId("touches-origine").addEventListener("click", () => keep({}, true));
    Desk.byId("aide-ouvrir").addEventListener("click", VERBS.help);
    Desk.byId("aide-fermer").addEventListener("click", () => help.close());
    help.addEventListener("click", function (event) {
      const button = event.target.closest("[data-remap]");
      if (!button) return;
      capturing = button.dataset.remap;
      button.setAttribute("aria-pressed", "true");
      Desk.byId("aide-dit").textContent = HV.t("Frappez la touche de « {label} », ou Échap.", { label: actions[capturing][1] });
    });
    const palette = Desk.byId("palette");
    palette.addEventListener("input", (event) => list(event.target.value));
    palette.addEventListener("keydown", function (event) {
      const choices = Array.from(palette.querySelectorAll(".palette-choice"));
      const at = choices.indexOf(document.activeElement);
      if (event.key === "Enter" && at < 0 && choices[0]) { event.preventDefault(); choices[0].click(); }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      if (choices.length) choices[Math.min(Math.max(at + step, 0), choices.length - 1)].focus();
    });
  });
})();
