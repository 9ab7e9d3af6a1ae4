// Exploration: the question lives in the address and in the form (61-exploration-form.js), the answer comes from /api/v1/exploration and is drawn
// (61-exploration-answers.js, 61-exploration-map.js). Long work shows its time and can be given up.
(function () {
  "use strict";
  const page = HV.exploration;
  const { of, say } = page;
  const { fill, fillLayers, fillProperties, fillKinds, ticked, tick, show, add, find, iso, since, write, readFrom, DATES } = page.form;
  let running = null, views = [];

  // Asking ------------------------------------------------------------------------------------------------------------
  const QUESTIONS = {
    series: () => (page.chosen.length ? ["series", page.chosen.map((one) => ["s", one.text]), page.curves] : null),
    correlation: () => (page.chosen.length > 1 ? ["correlation", [["first", page.chosen[0].text], ["second", page.chosen[1].text]], page.cloud] : null),
    tableau: () => ["table", sentence().concat([["by", of("par").value]]), page.table],
    carte: () => ["map", sentence().concat(ticked("grille") ? [["grid", "true"]] : []), page.plan],
    qualite: () => ["completeness", [["layer", of("couche").value]], page.calendar],
  };
  const sentence = () => [["layer", of("couche").value], ["property", of("grandeur").value], ["measure", of("mesure").value]].concat(of("genre").value ? [["kind", of("genre").value]] : []);
  const HINTS = { series: () => HV.t("Ajoutez une série : une grandeur, de toute la couche ou d’un équipement."), correlation: () => HV.t("Choisissez deux séries : la première en abscisse, la deuxième en ordonnée.") };

  const search = (page.search = async function () {
    if (running) running.abort();
    for (const id of ["dessin", "plan", "table", "prendre"]) of(id).hidden = true;
    history.replaceState(history.state, "", "/exploration?" + write());
    const question = QUESTIONS[page.tab](), isDated = DATES.every((name) => HV.dates.iso(of(name)));
    if (!isDated) return say("echec", HV.t("Écrivez le premier et le dernier jour ainsi : 20/11/2026"));
    if (!question) return say("vide", HINTS[page.tab]());
    const [name, values, draw] = question;
    const address = "/api/v1/exploration/" + name + "?" + new URLSearchParams(values.concat([["since", iso(HV.dates.iso(of("de")))], ["until", iso(HV.dates.iso(of("a")), true)]]));
    const mine = (running = new AbortController()), began = performance.now();
    of("annuler").hidden = false;
    const clock = setInterval(() => say("cours", HV.t("Recherche dans l’historique… {s} s", { s: Math.floor((performance.now() - began) / 1000) })), 1000);
    say("cours", HV.t("Recherche dans l’historique…"));
    try {
      const answer = await fetch(address, { signal: mine.signal });
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.detail || String(answer.status));
      if (mine === running) draw(found, address);
    } catch (failure) {
      if (mine === running) say("echec", mine.signal.aborted ? HV.t("Recherche abandonnée.") : HV.t("Pas de résultat : {why}", { why: failure.message }));
    }
    clearInterval(clock);
    if (mine === running) { running = null; of("annuler").hidden = true; }
  });

  // Views -------------------------------------------------------------------------------------------------------------
  const csrf = () => document.querySelector(".frame").dataset.csrf;
  const list = async function () {
    if (!of("vues")) return;
    const answer = await fetch("/api/v1/exploration/views").catch(() => null);
    views = answer && answer.ok ? (await answer.json()).items : [];
    fill(of("vues"), [["", HV.t("Vues gardées ({n})", { n: views.length })]].concat(views.map((view) => [String(view.id), view.name + (view.is_shared ? " · " + view.owner_name : "")])), "");
    of("oublier").hidden = true;
  };
  const keep = async function () {
    const name = of("nom").value.trim();
    if (!name) return of("nom").focus();
    const answer = await fetch("/api/v1/exploration/views", {
      method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf(), "Idempotency-Key": HV.newKey() },
      body: JSON.stringify({ name, body: { address: String(write()) }, is_shared: ticked("partager") }),
    }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (!answer || !answer.ok) return say("echec", HV.t("Vue NON gardée : {why}", { why: said.detail || HV.t("le serveur ne répond pas") }));
    of("dit").textContent = HV.t("Vue « {name} » gardée.", { name });
    list();
  };

  const mount = function (found) {
    page.root = found;
    page.layers = JSON.parse(found.dataset.couches);
    if (!page.layers.length) return say("vide", HV.t("Aucune couche dans votre périmètre."));
    page.forget();
    fillLayers();
    since(7);
    readFrom(new URLSearchParams(location.search));
    found.querySelectorAll("[data-onglet]").forEach((button) => button.addEventListener("click", function () { page.tab = button.dataset.onglet; fillProperties(); show(); search(); }));
    found.querySelectorAll("[data-jours]").forEach((button) => button.addEventListener("click", function () { since(button.dataset.jours); search(); }));
    found.querySelectorAll("[data-demande]").forEach((button) => button.addEventListener("click", function () {
      of("genre").value = "";
      readFrom(new URLSearchParams(button.dataset.demande));
      since(button.dataset.depuis);
      show();
      search();
      of("reponse").focus();
    }));
    found.addEventListener("change", function ({ target }) {
      if (["s-couche", "s-portee", "couche", "mesure"].some((id) => target === of(id))) fillProperties();
      if (target.id === "exploration-grandeur") fillKinds();
      if (target.id === "exploration-vues") {
        const view = views.find((one) => String(one.id) === target.value);
        if (!view) return;
        readFrom(new URLSearchParams(view.body.address || ""));
        show();
        of("oublier").hidden = view.owner !== found.dataset.moi;
        of("oublier").dataset.id = view.id;
        return search();
      }
      show();
    });
    found.addEventListener("input", ({ target }) => target.id === "exploration-s-equipement" && find());
    found.addEventListener("keydown", (event) => event.key === "Enter" && event.target.closest("input:not([type=search]), select") && search());
    of("ajouter").addEventListener("click", () => add(["layer", of("s-couche").value, of("s-grandeur").value].join(":")));
    for (const id of ["grille", "partager"]) if (of(id)) of(id).addEventListener("click", function () { tick(id, !ticked(id)); if (id === "grille") search(); });
    of("chercher").addEventListener("click", search);
    of("annuler").addEventListener("click", () => running && running.abort());
    if (of("garder")) {
      of("garder").addEventListener("click", keep);
      of("oublier").addEventListener("click", async function () { await fetch("/api/v1/exploration/views/" + of("oublier").dataset.id, { method: "DELETE", headers: { "X-CSRFToken": csrf() } }).catch(() => null); list(); });
    }
    list();
    show();
    search();
  };
  document.addEventListener("vigie:theme", page.redraw);
  new MutationObserver(function () {
    const found = document.getElementById("exploration");
    if (found && found !== page.root && of("a") && of("table")) mount(found);
  }).observe(document, { childList: true, subtree: true });
})();
