// The keys of the console (screens.md B.7). Letters by event.key and only while no field has the focus; digits by event.code, because AZERTY's « 1 » is « & ».
(function () {
  "use strict";
  const Desk = window.Desk;
  const STORED = "vigie.touches";
  const PANELS = { Digit1: "file-cadre", Digit2: "carte-cadre", Digit3: "detail", Digit4: "conduite-cadre", Digit5: "main-courante" };
  // A key that cannot act says why: one that does nothing would be taken for one that did.
  const press = function (id) {
    const button = Desk.byId(id);
    if (!button) return;
    const why = !Desk.selected ? HV.t("Choisissez d’abord une ligne de la file") : button.dataset.raison;
    if (why) return Desk.toast((button.querySelector(".action-word") || button).textContent + " : " + why + ".", "told");
    button.click();
  };
  const KEYS = {
    a: () => press("btn-acquitter"), p: () => press("btn-prendre"), t: () => press("btn-affecter"), r: () => press("btn-resoudre"), c: () => press("btn-clore"),
    j: () => Desk.move(1), k: () => Desk.move(-1), m: () => Desk.showOnMap(Desk.selected),
    n: () => Desk.byId("note-texte") && Desk.byId("note-texte").focus(),
    s: () => window.Vigie && window.Vigie.silence && window.Vigie.silence(),
    "/": () => Desk.byId("file-recherche").focus(),
    "?": () => Desk.byId("aide-clavier").showModal(),
  };

  const isOn = function () { try { return localStorage.getItem(STORED) !== "non"; } catch (refused) { return true; } };
  const isField = (element) => Boolean(element && element.closest && element.closest("input, textarea, select, [contenteditable=true]"));

  document.addEventListener("keydown", function (event) {
    if (!Desk.root || event.defaultPrevented || event.altKey || event.metaKey) return;
    const help = Desk.byId("aide-clavier");
    if (help && help.open) return;
    const inField = isField(event.target);
    if (event.ctrlKey) {
      if (event.key === "Enter" && event.target.closest && event.target.closest("#main-courante")) { event.preventDefault(); Desk.writeNote(); }
      else if (event.key === "Enter" && event.target.closest(".form")) { event.preventDefault(); press(event.target.closest(".form").querySelector(".form-submit").id); }
      return;
    }
    if (event.key === "Escape") {
      if (Desk.closeForms()) return event.preventDefault();
      if (inField) event.target.blur();
      return Desk.focusQueue();
    }
    if (event.shiftKey && PANELS[event.code] && !inField) { event.preventDefault(); return focusPanel(PANELS[event.code]); }
    if (inField || !isOn()) return;
    const inGrid = event.target.closest && event.target.closest(".ag-root");
    if (event.key === "Enter" && (inGrid || event.target === document.body) && Desk.selected) { event.preventDefault(); return focusPanel("detail"); }
    if (!inGrid && (event.key === "ArrowDown" || event.key === "ArrowUp") && (event.target === document.body || event.target.id === "principal")) {
      event.preventDefault();
      return Desk.move(event.key === "ArrowDown" ? 1 : -1);
    }
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.repeat && !"jk".includes(event.key.toLowerCase())) return;
    event.preventDefault();
    act();
  });
  const focusPanel = function (id) {
    const panel = Desk.byId(id);
    if (!panel) return;
    if (id === "file-cadre") return Desk.focusQueue();
    const first = panel.querySelector("button:not([disabled]):not([hidden]), a[href], .leaflet-container");
    (id === "detail" && first ? first : panel).focus();
  };

  Desk.onMount(function () {
    const help = Desk.byId("aide-clavier");
    const on = Desk.byId("touches-actives");
    const tell = () => on.setAttribute("aria-checked", String(isOn()));
    tell();
    on.addEventListener("click", function () { try { localStorage.setItem(STORED, isOn() ? "non" : "oui"); } catch (refused) { /* Then letters keep acting. */ } tell(); });
    Desk.byId("aide-fermer").addEventListener("click", () => help.close());
  });
})();
