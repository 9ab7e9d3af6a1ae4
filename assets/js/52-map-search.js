// Search on the map: a name, an identifier, an address or coordinates. A list box driven by the keyboard; what is chosen is shown on the map and, for an asset, in its card.
(function () {
  "use strict";
  const HV = window.HV, Tools = HV.Tools, el = Tools.element;
  const WAIT_MS = 180;
  const ICONS = { street: "map-pin", commune: "building-community", district: "map-pin", neighbour: "map-pin", station: "map-pin", coordinates: "current-location" };
  let input = null, list = null, pin = null, items = [], active = -1, turn = 0, timer = 0;

  const close = function () {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = function (rank) {
    active = rank;
    Array.from(list.children).forEach((option, index) => option.setAttribute("aria-selected", String(index === rank)));
    if (rank < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", "recherche-" + rank);
    list.children[rank].scrollIntoView({ block: "nearest" });
  };
  const show = function (found) {
    items = found;
    list.replaceChildren(...found.map(function (item, rank) {
      const icon = item.type === "asset" ? (Tools.layer(item.layer).kinds.find((kind) => kind.key === item.kind) || Tools.layer(item.layer)).icon : ICONS[item.type];
      const detail = item.type === "coordinates" ? HV.written(item.lon, item.lat, item.lambert93) : [item.type === "asset" ? Tools.kindLabel(item.layer, item.kind) : "", item.detail].filter(Boolean).join(" · ");
      const option = el("li", { id: "recherche-" + rank, role: "option", "aria-selected": "false", class: "search-option", "data-type": item.type }, HV.icon(icon || "map-pin"), el("span", {}, el("strong", {}, item.label), el("span", { class: "search-detail" }, detail)));
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => choose(rank));
      return option;
    }));
    if (!found.length) list.append(el("li", { class: "search-none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, HV.t("Rien de ce nom dans votre périmètre.")));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(found.length ? 0 : -1);
  };
  const choose = function (rank) {
    const item = items[rank];
    if (!item) return;
    close();
    Tools.go(item.lon, item.lat, 0, item.bounds);
    if (item.asset_id) return window.Vigie.select(item.asset_id);
    const map = Tools.map();
    if (pin) pin.remove();
    pin = map && window.L ? window.L.marker([item.lat, item.lon], { interactive: false, keyboard: false, icon: window.L.divIcon({ className: "map-pin", html: "", iconSize: null }) }).addTo(map) : null;
    Tools.say(item.label + " : " + HV.written(item.lon, item.lat, item.lambert93));
  };

  const ask = function () {
    const words = input.value.trim(), own = ++turn;
    if (words.length < 2) return close();
    fetch("/api/v1/search?" + new URLSearchParams({ q: words })).then((answer) => (answer.ok ? answer.json() : answer.json().then((problem) => Promise.reject(problem)))).then(function (found) {
      if (own === turn && document.activeElement === input) show(found.items);
    }).catch(function (problem) {
      if (own !== turn) return;
      close();
      Tools.say((problem && problem.detail) || HV.t("La recherche ne répond pas : réessayez."));
    });
  };
  const KEYS = {
    ArrowDown: () => (list.hidden ? ask() : mark(Math.min(items.length - 1, active + 1))),
    ArrowUp: () => mark(Math.max(0, active - 1)),
    Enter: () => (list.hidden ? ask() : choose(active)),
    Escape: () => (list.hidden ? (input.value = "") : close()),
  };

  Tools.add({
    build() {
      list = el("ul", { id: "recherche-resultats", role: "listbox", class: "search-results", "aria-label": HV.t("Résultats"), hidden: true });
      input = el("input", {
        id: "recherche-carte", type: "search", class: "field", role: "combobox", autocomplete: "off", spellcheck: "false", "data-testid": "recherche-carte", "aria-expanded": "false", "aria-controls": "recherche-resultats", "aria-autocomplete": "list",
        "aria-label": HV.t("Rechercher un équipement, une adresse ou des coordonnées"), placeholder: HV.t("Nom, adresse, coordonnées"),
      });
      input.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
      input.addEventListener("keydown", function (event) {
        event.stopPropagation(); // The desk's single letters are not for who types.
        if (!KEYS[event.key]) return;
        event.preventDefault();
        KEYS[event.key]();
      });
      input.addEventListener("blur", close);
      return { bar: el("div", { class: "tool-search" }, input, list) };
    },
  });
})();
