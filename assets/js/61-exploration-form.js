// Exploration's form: layers and what they measure, the series that were chosen, an asset found by its name; and the same question in the page's address.
(function () {
  "use strict";
  const DAY_MS = 86400000, ASK_AFTER_MS = 250;
  const page = HV.exploration;
  const { of, make, say, hasWords } = page;

  const layerOf = (key) => page.layers.find((layer) => layer.key === key) || page.layers[0];
  const fill = function (select, choices, kept) {
    select.replaceChildren(...choices.map(([value, label]) => make("option", label, { value })));
    if (choices.some(([value]) => value === kept)) select.value = kept;
  };
  const fillLayers = function () {
    for (const id of ["s-couche", "couche"]) fill(of(id), page.layers.map((layer) => [layer.key, layer.label]), of(id).value);
    fillProperties();
  };
  // Words (a lamp's status) are offered where they are told apart: for one asset, or counted. Their codes have no mean.
  const fillProperties = function () {
    const named = (layer, words) => layer.properties.filter((prop) => words || !hasWords(prop)).map((prop) => [prop.key, prop.label + (prop.unit ? " (" + prop.unit + ")" : "")]);
    fill(of("s-grandeur"), named(layerOf(of("s-couche").value), page.tab === "series" && of("s-portee").value === "asset"), of("s-grandeur").value);
    fill(of("grandeur"), named(layerOf(of("couche").value), of("mesure").value === "count"), of("grandeur").value);
    fillKinds();
  };
  const fillKinds = function () {
    const kinds = layerOf(of("couche").value).kinds.filter((kind) => kind.properties.includes(of("grandeur").value));
    fill(of("genre"), [["", HV.t("tous types")]].concat(kinds.map((kind) => [kind.key, kind.label])), of("genre").value);
  };
  const ticked = (id) => Boolean(of(id)) && of(id).getAttribute("aria-pressed") === "true";
  const tick = (id, on) => of(id) && of(id).setAttribute("aria-pressed", String(on));
  const labelOf = function (text) {
    const [kind, where, key] = text.split(":");
    const known = page.chosen.find((one) => one.text === text);
    if (known && known.label) return known.label;
    const layer = layerOf(where), prop = kind === "layer" && layer.properties.find((one) => one.key === key);
    return prop ? prop.label + ", " + layer.label : text;
  };

  const show = function () {
    of("reponse").dataset.vue = page.tab;
    page.root.querySelectorAll("[data-pour]").forEach((part) => { part.hidden = !part.dataset.pour.split(" ").includes(page.tab); });
    page.root.querySelectorAll("[data-onglet]").forEach((button) => button.setAttribute("aria-selected", String(button.dataset.onglet === page.tab)));
    of("s-equipement").closest("[data-champ]").hidden = of("s-portee").value !== "asset";
    of("ajouter").hidden = of("s-portee").value === "asset";
    of("choisies").replaceChildren(...page.chosen.map(function (one, rank) {
      const item = make("li"), key = make("span", "", { className: "key" }), drop = make("button", "", { type: "button" });
      key.style.borderTopStyle = rank === 0 ? "solid" : rank % 2 ? "dashed" : "dotted";
      drop.append(HV.icon("x"));
      drop.setAttribute("aria-label", HV.t("Retirer {what}", { what: labelOf(one.text) }));
      drop.addEventListener("click", function () { page.chosen = page.chosen.filter((other) => other !== one); show(); page.search(); });
      item.append(key, labelOf(one.text), drop);
      return item;
    }));
  };
  const add = function (text, label) {
    if (page.chosen.some((one) => one.text === text)) return;
    if (page.chosen.length >= 8) return say("echec", HV.t("Huit séries au plus : retirez-en une."));
    page.chosen = page.chosen.concat({ text, label });
    show();
    page.search();
  };

  // Equipment by name, code or address --------------------------------------------------------------------------------
  let asking = 0;
  const find = function () {
    clearTimeout(asking);
    asking = setTimeout(async function () {
      const words = of("s-equipement").value.trim(), list = of("trouves");
      list.hidden = true;
      if (words.length < 2) return;
      const answer = await fetch("/api/v1/search?limit=30&q=" + encodeURIComponent(words)).catch(() => null);
      if (!answer || !answer.ok) return;
      const layer = of("s-couche").value, found = (await answer.json()).items.filter((one) => one.type === "asset" && one.layer === layer);
      list.replaceChildren(...(found.length ? found.map(function (one) {
        const choice = make("button", one.label, { type: "button" });
        choice.setAttribute("role", "option");
        choice.append(make("small", one.detail));
        choice.addEventListener("click", function () {
          const prop = layerOf(layer).properties.find((each) => each.key === of("s-grandeur").value);
          list.hidden = true;
          add(["asset", one.asset_id, prop.key].join(":"), prop.label + ", " + one.label);
        });
        return choice;
      }) : [make("p", HV.t("Aucun équipement de cette couche ne porte ce nom"), { className: "exploration-word" })]));
      list.hidden = false;
    }, ASK_AFTER_MS);
  };

  // The address is the question ----------------------------------------------------------------------------------------
  const iso = (day, after) => { const at = HV.dates.utc(day + "T00:00"); return new Date(after ? HV.dates.utc(HV.dates.local(at + 36 * 3600000).slice(0, 10) + "T00:00") : at).toISOString(); };
  const dayOf = (at) => HV.dates.local(at).slice(0, 10);
  const since = function (days) {
    HV.dates.put(of("a"), dayOf(window.Vigie.now()));
    HV.dates.put(of("de"), dayOf(window.Vigie.now() - Number(days) * DAY_MS));
  };
  const FIELDS = { couche: "couche", grandeur: "grandeur", mesure: "mesure", genre: "genre", par: "par" }, DATES = ["de", "a"];
  const write = function () {
    const asked = new URLSearchParams([["onglet", page.tab], ...page.chosen.map((one) => ["s", one.text])]);
    for (const [name, id] of Object.entries(FIELDS)) if (of(id).value) asked.set(name, of(id).value);
    for (const name of DATES) asked.set(name, HV.dates.iso(of(name)));
    if (ticked("grille")) asked.set("grille", "oui");
    return asked;
  };
  const readFrom = function (asked) {
    page.tab = asked.get("onglet") || "series";
    page.chosen = asked.getAll("s").map((text) => ({ text }));
    for (const name of ["couche", "mesure", "grandeur", "genre", "par"]) {
      const select = of(FIELDS[name]), wanted = asked.get(name);
      if (name === "grandeur") fillProperties();
      if (name === "genre") fillKinds();
      // What an old link names and is no more leaves the choice as it was.
      if ([...select.options].some((option) => option.value === wanted)) select.value = wanted;
    }
    for (const name of DATES) if (asked.get(name)) HV.dates.put(of(name), asked.get(name));
    tick("grille", asked.get("grille") === "oui");
  };

  page.form = { fill, fillLayers, fillProperties, fillKinds, ticked, tick, show, add, find, iso, since, write, readFrom, DATES };
})();
