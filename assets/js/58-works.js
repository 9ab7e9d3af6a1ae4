// Works on the console: planned, running, and their areas on the map; declared with the area drawn there, by commune, or by the chosen equipment and what hangs on it.
(function () {
  "use strict";
  const Desk = window.Desk, HV = window.HV;
  if (!Desk || !HV) return;
  const KINDS = () => ({ work_order: HV.t("ordre de travail"), planned_cut: HV.t("coupure programmée"), decree: HV.t("arrêté"), event: HV.t("événement") });
  const STATES = () => ({ planned: HV.t("prévus"), running: HV.t("en cours"), ended: HV.t("terminés"), cancelled: HV.t("annulés") });
  const byId = (id) => document.getElementById(id);
  const element = function (tag, className, ...content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };
  const day = (iso) => HV.hour(Date.parse(iso), Desk.now());
  const said = (one) => [KINDS()[one.kind], one.reference, one.contractor, HV.t("du {start} au {end}", { start: day(one.starts_at), end: day(one.ends_at) }), HV.tn("{n} équipement", "{n} équipements", one.assets)].filter(Boolean).join(" · ");

  const read = async function () {
    if (Desk.root && !Desk.isCut()) await window.Vigie.readWorks();
  };
  const show = function () {
    const button = byId("travaux-ouvrir");
    if (button) button.querySelector("span").textContent = HV.tn("{n} chantier", "{n} chantiers", window.Vigie.works.length);
    list();
  };
  const list = function () {
    const place = byId("travaux-liste");
    if (!place) return;
    const items = window.Vigie.works.map(function (one) {
      const item = element("li", "works-item", element("strong", "", one.title), element("span", "works-state", STATES()[one.state]), element("p", "place", said(one)));
      item.dataset.id = String(one.id);
      const tools = element("div", "field-tools");
      if (one.area) tools.append(tool(HV.t("Voir"), () => { byId("travaux").close(); if (Desk.map) Desk.map.fitBounds(window.L.geoJSON(one.area).getBounds(), { animate: false }); }));
      if (Desk.may("intervention:dispatch")) tools.append(tool(HV.t("Envoyer quelqu’un"), () => sending(one, item)));
      if (Desk.may("works:write")) tools.append(tool(HV.t("Annuler les travaux"), () => cancel(one)));
      item.append(tools);
      return item;
    });
    place.replaceChildren(...items);
    byId("travaux-vide").hidden = Boolean(items.length);
  };
  const tool = function (word, run) {
    const button = element("button", "action", word);
    button.type = "button";
    button.addEventListener("click", run);
    return button;
  };
  // Who goes there, and for what: nobody is chosen for the operator.
  const sending = async function (one, item) {
    if (item.querySelector("form")) return;
    const read = await Desk.ask("GET", "/api/v1/interventions/agents").catch(() => null);
    if (!read) return say(HV.t("La liste des agents n’a pas pu être lue : réessayez."));
    byId("travaux-dit").textContent = "";
    const option = (value, word) => Object.assign(document.createElement("option"), { value, textContent: word });
    const agent = element("select", "field"), company = element("textarea", "field"), words = element("textarea", "field"), send = element("button", "action action--primary", HV.t("Envoyer"));
    agent.append(option("", HV.t("Choisir un agent")), ...read.items.map((who) => option(who.username, who.display_name + " · " + (who.in_hand ? HV.tn("{n} en cours", "{n} en cours", who.in_hand) : HV.t("libre")))));
    for (const field of [company, words]) field.rows = 1;
    company.value = one.contractor || "";
    send.type = "submit";
    const labelled = (word, field) => element("label", "form-field", element("span", "form-label", word), field);
    const form = element("form", "works-sending", labelled(HV.t("Agent"), agent), labelled(HV.t("Ou une entreprise"), company), labelled(HV.t("Consigne"), words), send);
    // A person of ours goes instead of the company, never both.
    agent.addEventListener("change", () => { company.disabled = Boolean(agent.value); });
    form.addEventListener("submit", async function (event) {
      event.preventDefault();
      const to = agent.value ? { agent: agent.value } : { contractor: company.value.trim() };
      if (!to.agent && !to.contractor) return say(HV.t("Choisissez un agent, ou nommez une entreprise"));
      send.disabled = true;
      try {
        const made = await Desk.ask("POST", "/api/v1/interventions", Object.assign({ works_id: one.id, instructions: words.value.trim() }, to), Desk.key());
        say(HV.t("{number} demandée à {name}.", { number: made.number, name: [made.agent_name, made.contractor].filter(Boolean).join(", ") }));
        form.remove();
      } catch (error) {
        say(error.detail || HV.t("NON enregistré : le serveur ne répond pas. Réessayez."));
        send.disabled = false;
      }
      return null;
    });
    item.append(form);
    agent.focus();
  };
  const cancel = async function (one) {
    await Desk.ask("POST", "/api/v1/works/" + one.id + "/cancel", { comment: "" }, Desk.key()).then(() => Desk.toast(HV.t("Travaux annulés : {title}.", one), "done"), (error) => say(error.detail));
    read();
  };
  const say = (text) => { byId("travaux-dit").textContent = text || HV.t("Travaux NON enregistrés : le serveur ne répond pas."); };

  // Where: what has been drawn on the map, a commune, or the equipment of the chosen alarm.
  const where = function () {
    const kind = byId("travaux-ou").value;
    const ring = HV.Tools && HV.Tools.state && HV.Tools.state.area;
    if (kind === "zone") return ring ? { area: { type: "Polygon", coordinates: [ring.concat([ring[0]])] } } : null;
    if (kind === "equipement") return Desk.selected && Desk.selected.alarm ? { asset_ids: [Desk.selected.alarm.asset_id], with_dependents: true } : null;
    return { commune_id: Number(kind.replace("commune-", "")) };
  };
  const instant = (id) => { const at = HV.dates.at(byId(id)); return Number.isNaN(at) ? "" : new Date(at).toISOString(); };
  const declare = async function () {
    const place = where();
    const body = { kind: byId("travaux-nature").value, title: byId("travaux-titre").value.trim(), reference: byId("travaux-reference").value.trim(), starts_at: instant("travaux-debut"), ends_at: instant("travaux-fin") };
    if (!body.title) return say(HV.t("Donnez un titre aux travaux."));
    if (!body.starts_at || !body.ends_at) return say(HV.t("Donnez le début et la fin."));
    if (!place) return say(byId("travaux-ou").value === "zone" ? HV.t("Dessinez d’abord la zone sur la carte (outil Zone), puis revenez ici.") : HV.t("Choisissez d’abord une alarme de l’équipement dans la file."));
    const layer = byId("travaux-domaine").value;
    const button = byId("valider-travaux");
    button.disabled = true;
    try {
      const made = await Desk.ask("POST", "/api/v1/works", Object.assign(body, place, layer ? { layers: [layer] } : {}), Desk.key());
      byId("travaux-titre").value = byId("travaux-reference").value = "";
      say(HV.t("Enregistré : {title}. Les alarmes de {n} équipements seront hors service pendant les travaux.", { title: made.title, n: HV.number(made.assets) }));
    } catch (error) { say(error.detail); }
    button.disabled = false;
    read();
    return null;
  };
  // A file of works: GeoJSON or DATEX II. What is refused says why; the same file again changes nothing.
  const bring = async function (file) {
    if (!file) return;
    say(HV.t("Lecture de {name}…", { name: file.name }));
    const layer = byId("travaux-domaine").value, query = new URLSearchParams({ name: file.name, ...(layer ? { layer } : {}) });
    const answer = await fetch("/api/v1/works/import?" + query, { method: "POST", headers: { "Content-Type": "application/octet-stream", "X-CSRFToken": Desk.csrf() }, body: file }).catch(() => null);
    const told = answer ? await answer.json().catch(() => ({})) : {};
    if (!answer || !answer.ok) return say(told.detail);
    const refused = told.refused.slice(0, 3).map((one) => HV.t("ligne {place} : {reason}", one)).join(" ; ");
    say(HV.t("{added} ajoutés, {updated} modifiés, {unchanged} inchangés, {n} refusés.", { ...told, n: told.refused.length }) + (refused ? " " + refused + (told.refused.length > 3 ? " …" : "") : ""));
    read();
  };
  const choose = function () {
    const field = Object.assign(document.createElement("input"), { type: "file", accept: ".json,.geojson,.xml,application/geo+json,application/xml" });
    field.addEventListener("change", () => bring(field.files[0]));
    field.click();
  };
  const fields = () => document.querySelectorAll("[data-instant]").forEach(function (place) {
    if (!place.firstChild) place.append(HV.dates.field("moment", { id: place.dataset.instant }));
  });
  const communes = function () {
    const place = byId("travaux-ou"), tools = byId("outils-carte");
    if (!place || !tools || place.options.length > 2) return;
    const names = JSON.parse(tools.dataset.communes || "{}");
    Object.keys(names).sort((a, b) => names[a].localeCompare(names[b])).forEach((id) => place.append(Object.assign(document.createElement("option"), { value: "commune-" + id, textContent: names[id] })));
  };
  const open = function () {
    fields();
    communes();
    if (byId("travaux-dit")) byId("travaux-dit").textContent = "";
    if (byId("travaux-debut") && !byId("travaux-debut").value) { HV.dates.put(byId("travaux-debut"), HV.dates.local(Desk.now())); HV.dates.put(byId("travaux-fin"), HV.dates.local(Desk.now() + 8 * 3600000)); }
    byId("travaux").showModal();
    read();
  };
  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("button");
    if (!button || !Desk.root) return;
    if (button.id === "travaux-ouvrir") open();
    if (button.id === "travaux-fermer") byId("travaux").close();
    if (button.id === "valider-travaux") declare();
    if (button.id === "importer-travaux") choose();
  });
  document.addEventListener("vigie:works", show);
  Desk.onMount(show);

  // Works that cover the chosen alarm's equipment, now or to come: before somebody is sent to it.
  let asked = "";
  Desk.onSelection(function (row) {
    if (row && row.alarm && asked === row.key) return;
    asked = "";
    if (byId("detail-travaux")) byId("detail-travaux").hidden = true;
  });
  Desk.onRest(async function (row) {
    const place = byId("detail-travaux");
    if (!place || !row || !row.alarm || asked === row.key) return;
    asked = row.key;
    const answer = await Desk.ask("GET", "/api/v1/works?asset_id=" + row.alarm.asset_id).catch(() => null);
    if (!answer || asked !== row.key || !answer.items.length) return;
    place.replaceChildren(...answer.items.map((one) => element("p", "", HV.t("Travaux {state} : {title}", { state: STATES()[one.state], title: one.title }) + " · " + said(one))));
    place.hidden = false;
  });
})();
