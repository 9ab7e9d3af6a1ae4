// The page of the logbook: lines by filter from the API, new ones announced by the feed, one written, one corrected by a new one that points at it.
(function () {
  "use strict";
  const PAGE = 100, TYPED_MS = 300;
  const FIELDS = { texte: "text", nature: "kind", domaine: "layer", evenement: "event_number", auteur: "author", depuis: "since", jusque: "until", exercice: "exercise" };
  let root = null, next = null, turn = 0, shown = 0, corrects = null, typing = 0, fresh = 0;
  const byId = (id) => document.getElementById(id);
  const csrf = () => (document.querySelector("[data-csrf]") || { dataset: {} }).dataset.csrf || "";
  const isCut = () => ["perdue", "base"].includes(document.documentElement.dataset.liaison);
  const toast = function (text, kind) {
    const one = { id: "avis-" + Math.random().toString(36).slice(2), action: "show", message: text, className: "toast toast--own toast--" + kind, autoClose: kind === "failed" ? false : 6000, withBorder: true, role: kind === "failed" ? "alert" : "status", closeButtonProps: { "aria-label": HV.t("Fermer la notification") } };
    window.dash_clientside.set_props("avis", { sendNotifications: [one] });
  };
  const ask = async function (method, path, body, key) {
    const headers = { Accept: "application/json" };
    if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": csrf(), "Idempotency-Key": key });
    const answer = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : undefined, credentials: "same-origin" });
    const read = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(read.detail || String(answer.status)), { status: answer.status, detail: read.detail });
    return read;
  };

  // Filters: days are those of this place, « au » included ---------------------------------------------------------------
  const value = (name) => { const place = byId("journal-" + name); const field = place && place.dataset.champ ? place.querySelector("input") : place; return field ? field.value.trim() : ""; };
  const midnight = function (day, later) { const at = new Date(day + "T00:00:00"); at.setDate(at.getDate() + later); return at.toISOString(); };
  const filters = function () {
    const query = new URLSearchParams();
    for (const name in FIELDS) {
      const typed = value(name);
      if (!typed) continue;
      query.set(FIELDS[name], name === "depuis" ? midnight(typed, 0) : name === "jusque" ? midnight(typed, 1) : typed);
    }
    return query;
  };

  // Lines ---------------------------------------------------------------------------------------------------------------
  const make = (tag, className, ...children) => { const made = document.createElement(tag); if (className) made.className = className; made.append(...children.filter(Boolean)); return made; };
  const line = function (of) {
    const item = make("li", "journal-line");
    item.dataset.testid = "mention-" + of.seq;
    item.dataset.nature = of.kind;
    const kind = byId("journal-lignes").getAttribute("data-kind-" + of.kind.replace("_", "-")) || of.kind;
    const text = make("div", "journal-text", of.exercise ? make("strong", "log-drill", HV.t("EXERCICE")) : null, make(of.corrected_by.length ? "del" : "span", "", of.text));
    if (of.corrected_by.length) text.append(make("p", "journal-link", HV.t("Rectifiée par la mention n° {n}", { n: of.corrected_by.join(", ") })));
    if (of.corrects) text.append(make("p", "journal-link", HV.t("Rectifie la mention n° {n}", { n: of.corrects })));
    const at = make("time", "log-time", HV.day(Date.parse(of.at)) + " " + HV.timeS(of.at));
    at.dateTime = of.at;
    at.title = of.at;
    item.append(make("span", "log-number", String(of.seq)), at, make("span", "log-kind", kind), make("span", "log-who", of.actor_name), text, make("span", "log-event", of.event_number || ""));
    if (root.dataset.ecrit) {
      const button = make("button", "procedure-skip", HV.t("Rectifier"));
      button.type = "button";
      button.setAttribute("aria-label", HV.t("Rectifier la mention n° {n}", { n: of.seq }));
      button.addEventListener("click", () => correct(of));
      item.append(button);
    }
    return item;
  };
  const read = async function (more) {
    const mine = ++turn, place = byId("journal-lignes"), query = filters();
    if (!more) byId("export-parties").replaceChildren();
    for (const format of ["csv", "pdf"]) byId("export-" + format).href = "/api/v1/logbook/export." + format + "?" + query;
    query.set("limit", String(PAGE));
    if (more && next) query.set("cursor", next);
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await ask("GET", "/api/v1/logbook?" + query);
      if (mine !== turn || !root) return;
      if (!more) { place.replaceChildren(); shown = 0; said(0); }
      place.append(...answer.items.map(line));
      shown += answer.items.length;
      next = answer.next;
      place.dataset.vide = HV.t("Aucune mention ne répond à ces filtres");
    } catch (error) {
      if (mine !== turn || !root) return;
      if (!more) place.replaceChildren();
      place.dataset.vide = HV.t("Mentions illisibles pour l’instant : {why}", { why: error.detail || HV.t("le serveur ne répond pas") });
      next = null;
    }
    place.removeAttribute("aria-busy");
    byId("journal-suite").hidden = !next;
    byId("journal-compte").textContent = next ? HV.t("les {n} dernières", { n: shown }) : HV.tn("{n} mention", "{n} mentions", shown);
  };
  // A document of more than a thousand lines comes in parts: the first one says how many, and the others are offered beside it.
  const take = async function (link) {
    if (link.getAttribute("aria-busy")) return;
    link.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href, { credentials: "same-origin" });
      if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail || HV.t("le serveur ne répond pas"));
      const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || ""), url = URL.createObjectURL(await answer.blob());
      const file = make("a");
      Object.assign(file, { href: url, download: name ? name[1] : "main-courante.pdf" });
      file.click();
      setTimeout(() => URL.revokeObjectURL(url), 60000);
      if (link.id === "export-pdf") offer(Number(answer.headers.get("X-Vigie-Parts") || 1), link.href);
    } catch (error) { toast(HV.t("Document non établi : {why}", { why: error.message }), "failed"); }
    link.removeAttribute("aria-busy");
  };
  const offer = function (parts, href) {
    const links = [];
    for (let part = 2; part <= parts; part++) {
      const link = make("a", "action", HV.t("PDF {part} sur {parts}", { part, parts }));
      link.href = href + (href.includes("?") ? "&" : "?") + "part=" + part;
      link.addEventListener("click", (event) => { event.preventDefault(); take(link); });
      links.push(link);
    }
    byId("export-parties").replaceChildren(...links);
  };
  // A reader is not moved by what arrives: it is announced, and read when asked for.
  const said = function (count) {
    fresh = count;
    const place = byId("journal-nouvelles");
    place.hidden = !count;
    if (!count) return place.replaceChildren();
    const button = make("button", "action", HV.tn("{n} nouvelle mention : la lire", "{n} nouvelles mentions : les lire", count));
    button.type = "button";
    button.addEventListener("click", () => read(false));
    place.replaceChildren(button);
  };

  // Writing -------------------------------------------------------------------------------------------------------------
  const correct = function (of) {
    corrects = of;
    const place = byId("journal-rectifie"), cancel = make("button", "procedure-skip", HV.t("Annuler"));
    cancel.type = "button";
    cancel.addEventListener("click", () => correct(null));
    place.hidden = !of;
    byId("journal-type").disabled = Boolean(of);
    if (!of) return;
    place.replaceChildren(HV.t("Rectificatif de la mention n° {n} : « {text} »", { n: of.seq, text: of.text }), " ", cancel);
    byId("journal-note").focus();
  };
  const write = async function () {
    const field = byId("journal-note"), button = byId("journal-noter"), text = field.value.trim();
    if (!text || button.disabled) return field.focus();
    if (isCut()) return toast(HV.t("Mention NON enregistrée : {why}", { why: HV.t("liaison perdue") }), "failed");
    button.disabled = true;
    const body = corrects ? { kind: "correction", text, corrects: corrects.seq } : { kind: byId("journal-type").value, text };
    try {
      const written = await ask("POST", "/api/v1/logbook", body, HV.newKey());
      field.value = "";
      correct(null);
      toast(HV.t("Mention n° {n} enregistrée.", { n: written.seq }), "done");
      await read(false);
    } catch (error) { toast(HV.t("Mention NON enregistrée : {why}", { why: error.detail || HV.t("le serveur ne répond pas") }), "failed"); }
    button.disabled = false;
  };

  const build = function () {
    next = null;
    corrects = null;
    root.querySelectorAll("[data-champ]").forEach(function (place) {
      const field = make("input", "field");
      Object.assign(field, { type: place.dataset.champ, placeholder: place.dataset.indice || "", autocomplete: "off" });
      place.replaceChildren(field);
    });
    const asked = new URLSearchParams(location.search).get("evenement");
    if (asked) byId("journal-evenement").querySelector("input").value = asked;
    root.querySelector(".journal-filters").addEventListener("input", function () { clearTimeout(typing); typing = setTimeout(() => read(false), TYPED_MS); });
    byId("journal-effacer").addEventListener("click", function () {
      root.querySelectorAll(".journal-filters input, .journal-filters select").forEach((field) => { field.value = ""; });
      read(false);
    });
    byId("export-pdf").addEventListener("click", (event) => { event.preventDefault(); take(event.currentTarget); });
    byId("journal-suite").addEventListener("click", () => read(true));
    if (byId("journal-noter")) byId("journal-noter").addEventListener("click", write);
    read(false);
  };
  const look = function () {
    const found = document.getElementById("journal");
    if (found === root) return;
    root = found;
    turn++;
    if (root) build();
  };
  document.addEventListener("vigie:logbook", () => root && said(fresh + 1));
  document.addEventListener("vigie:snapshot", () => root && read(false));
  document.addEventListener("keydown", function (event) {
    if (!root || event.metaKey || event.altKey) return;
    const inField = event.target.closest && event.target.closest("input, textarea, select");
    if (event.ctrlKey && event.key === "Enter" && event.target.id === "journal-note") { event.preventDefault(); write(); }
    else if (event.key === "Escape" && corrects) correct(null);
    else if (!inField && !event.ctrlKey && event.key === "n" && byId("journal-note")) { event.preventDefault(); byId("journal-note").focus(); }
    else if (!inField && !event.ctrlKey && event.key === "/") { event.preventDefault(); byId("journal-texte").querySelector("input").focus(); }
  });
  const start = function () {
    new MutationObserver(look).observe(document.getElementById("react-entry-point") || document.body, { childList: true, subtree: true });
    look();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
