// The complete incident file: what waits for this person, as a band on every page of a desk, and at /rejeu the requests, each with where it stands and what may be done.
// The server says which acts are open (`acts`) and the sentence; nothing here decides.
(function () {
  "use strict";
  const HV = window.HV;
  const PATH = "/api/v1/replay/disclosures", SHOWN = 12, LONGEST = 500, LATEST_MS = 86400000;
  const byId = (id) => document.getElementById(id);
  const ms = (iso) => Date.parse(iso);
  const make = function (tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children.filter((one) => one !== null));
    return made;
  };
  const csrf = () => (document.querySelector("[data-csrf]") || { dataset: {} }).dataset.csrf || "";
  let items = null, drawn = "", timer = 0, turn = 0;

  // Reading: when a page opens, when it is looked at again, when the logbook says that one moved, and when the clock ends one ------------------
  const read = async function () {
    if (!byId("bandeau-dossiers") && !byId("demandes")) return;
    const mine = ++turn, answer = await fetch(PATH, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    if (!answer || !answer.ok || mine !== turn) return; // The next occasion reads again; the link's own band says that the server is silent.
    items = (await answer.json()).items;
    draw();
    clearTimeout(timer);
    const ends = items.filter((one) => one.status === "approved").map((one) => ms(one.open_until) - HV.now()).filter((left) => left > 0);
    if (ends.length) timer = setTimeout(read, Math.min(LATEST_MS, Math.min(...ends) + 1000));
  };

  const draw = function () {
    if (!items) return;
    band();
    list();
  };
  const band = function () {
    const place = byId("bandeau-dossiers");
    if (!place) return;
    const waiting = items.filter((one) => one.acts.includes("approve")), ready = items.filter((one) => one.may_export && !one.exports);
    place.hidden = !waiting.length && !ready.length;
    if (place.hidden) return;
    place.querySelector(".band-title").textContent = HV.t("DOSSIER COMPLET");
    place.querySelector(".band-text").textContent = waiting.length
      ? HV.tn("{n} demande attend votre décision", "{n} demandes attendent votre décision", waiting.length)
      : HV.t("votre demande n° {n} est accordée jusqu’à {when} : l’exporter", { n: ready[0].id, when: HV.hour(ms(ready[0].open_until), HV.now()) });
  };

  // The list: what is to decide first, then what may be taken, then the rest, newest first -----------------------------------------------------
  const rank = (one) => (one.acts.includes("approve") ? 0 : one.may_export ? 1 : one.status === "waiting" ? 2 : 3);
  const list = function () {
    const place = byId("demandes-lignes");
    if (!place) return;
    const key = JSON.stringify(items) + HV.locale();
    if (place.dataset.built && drawn === key) return;
    drawn = key;
    place.dataset.built = "oui";
    // What is being typed stays when something else moves.
    const typed = new Map(Array.from(place.querySelectorAll("textarea"), (field) => [field.dataset.de, field.value]));
    const shown = items.slice().sort((a, b) => rank(a) - rank(b) || b.id - a.id).slice(0, SHOWN);
    place.replaceChildren(...(shown.length ? shown.map(row) : [make("li", "export-none", HV.t("Aucune demande."))]));
    for (const field of place.querySelectorAll("textarea")) field.value = typed.get(field.dataset.de) || "";
  };
  const moment = (iso) => HV.dayShort(ms(iso)) + " " + HV.time(ms(iso));
  const period = (one) => (HV.dayShort(ms(one.since)) === HV.dayShort(ms(one.until)) ? HV.t("{day}, de {start} à {end}", { day: HV.dayShort(ms(one.since)), start: HV.time(ms(one.since)), end: HV.time(ms(one.until)) }) : HV.t("du {start} au {end}", { start: moment(one.since), end: moment(one.until) }));
  const row = function (one) {
    const about = [one.event_number, period(one)].filter(Boolean).join(" · ");
    const head = make("p", "export-head", make("strong", "", HV.t("N° {n}", { n: one.id })), " · " + about);
    const item = make("li", "export-row", head, make("p", "export-note", one.is_mine ? HV.t("Demandée par vous, {when}", { when: moment(one.asked_at) }) : HV.t("Demandée par {name}, {when}", { name: one.asked_name, when: moment(one.asked_at) })),
      make("p", "export-motive", HV.t("Motif : {motive}", { motive: one.motive })), make("p", "export-state", one.sentence),
      one.exports ? make("p", "export-note", HV.tn("Exportée {n} fois, la dernière {when}", "Exportée {n} fois, la dernière {when}", one.exports, { when: moment(one.exported_at) })) : null);
    item.dataset.id = String(one.id);
    item.dataset.etat = one.status;
    const acts = make("div", "export-acts"), reason = one.acts.includes("refuse") ? why(one, HV.t("Motif d’un refus")) : one.acts.includes("revoke") ? why(one, HV.t("Motif du retrait")) : null;
    if (one.may_export) acts.append(button(HV.t("Exporter la version complète"), () => take(one), "download", "action--primary"));
    if (one.acts.includes("approve")) acts.append(button(HV.t("Accorder pour 24 h"), () => act(one, "approve", {}), "check", "action--primary"));
    if (one.acts.includes("refuse")) acts.append(button(HV.t("Refuser"), () => act(one, "refuse", { reason: reason.querySelector("textarea").value }), "x"));
    if (one.acts.includes("revoke")) acts.append(button(HV.t("Retirer l’accord"), () => act(one, "revoke", { reason: reason.querySelector("textarea").value }), "ban"));
    if (one.acts.includes("withdraw")) acts.append(button(HV.t("Retirer ma demande"), () => act(one, "withdraw", null), "x"));
    if (reason) item.append(reason);
    if (acts.childNodes.length) item.append(acts);
    return item;
  };
  const why = function (one, word) {
    const field = Object.assign(make("textarea", "field"), { rows: 1, maxLength: LONGEST });
    field.dataset.de = String(one.id);
    return make("label", "form-field export-field", make("span", "form-label", word), field);
  };
  const button = function (word, run, icon, more) {
    const made = make("button", "action " + (more || ""), HV.icon(icon), make("span", "action-word", word));
    made.type = "button";
    made.addEventListener("click", run);
    return made;
  };

  // Acting -------------------------------------------------------------------------------------------------------------------------------------
  let sending = false;
  const say = (text) => { if (byId("demandes-reponse")) byId("demandes-reponse").textContent = text; };
  const refused = (answer, body) => (body && body.detail) || (answer ? String(answer.status) : HV.t("le serveur ne répond pas"));
  const post = async function (path, body, done) {
    if (sending) return false;
    sending = true;
    say(HV.t("Envoi…"));
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf(), "Idempotency-Key": HV.newKey() };
    const answer = await fetch(PATH + path, { method: "POST", headers, credentials: "same-origin", body: body ? JSON.stringify(body) : undefined }).catch(() => null);
    const told = answer ? await answer.json().catch(() => ({})) : null;
    sending = false;
    const isDone = Boolean(answer && answer.ok);
    say(isDone ? done(told) : HV.t("Non enregistré : {why}", { why: refused(answer, told) }));
    await read();
    return isDone;
  };
  const DONE = { approve: (one) => HV.t("Demande n° {n} accordée.", { n: one.id }), refuse: (one) => HV.t("Demande n° {n} refusée.", { n: one.id }), revoke: (one) => HV.t("Accord n° {n} retiré.", { n: one.id }), withdraw: (one) => HV.t("Demande n° {n} retirée.", { n: one.id }) };
  const act = (one, verb, body) => post("/" + one.id + "/" + verb, body, DONE[verb]);
  const ask = async function () {
    const motive = byId("demande-motif"), scope = HV.pastScope ? HV.pastScope() : null;
    if (!scope) return say(HV.t("Attendez que la période soit chargée."));
    const body = Object.assign({ since: new Date(scope.since).toISOString(), until: new Date(scope.until).toISOString(), motive: motive.value }, byId("demande-portee").value ? { event_id: Number(byId("demande-portee").value) } : {});
    if (await post("", body, (one) => HV.t("Demande n° {n} envoyée.", { n: one.id }))) motive.value = "";
  };
  const take = async function (one) {
    if (sending) return;
    sending = true;
    say(HV.t("Le dossier s’établit…"));
    const answer = await fetch(PATH + "/" + one.id + "/file", { credentials: "same-origin" }).catch(() => null);
    if (answer && answer.ok) {
      const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || ""), url = URL.createObjectURL(await answer.blob());
      Object.assign(make("a"), { href: url, download: name ? name[1] : "dossier-complet.zip" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60000);
      say(HV.t("Dossier complet n° {n} exporté.", { n: one.id }));
    } else say(HV.t("Dossier non exporté : {why}", { why: refused(answer, answer ? await answer.json().catch(() => null) : null) }));
    sending = false;
    await read();
  };

  // The page -----------------------------------------------------------------------------------------------------------------------------------
  const open = function () {
    const menu = byId("exporter");
    if (menu) menu.open = true;
    if (byId("demandes")) { byId("demandes").scrollIntoView({ block: "start" }); byId("demandes").focus({ preventScroll: true }); }
  };
  const story = function ({ detail }) {
    const choice = byId("demande-portee");
    if (!choice) return;
    choice.replaceChildren(choice.options[0], ...detail.events.map((event) => Object.assign(make("option", "", event.number + " · " + HV.t(event.title)), { value: event.id })));
    choice.value = "";
  };
  document.addEventListener("vigie:story", story);
  document.addEventListener("vigie:logbook", ({ detail }) => detail.body && (detail.body.action || "").startsWith("disclosure-") && read());
  // A feed that was lost says nothing of what it missed; the page of the past says « snapshot » of its own at each moment drawn.
  document.addEventListener("vigie:snapshot", () => HV.liaison() !== "rejeu" && read());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && read());
  document.addEventListener("click", function (event) {
    if (event.target.closest("#demande-envoyer")) return void ask();
    if (event.target.closest("#bandeau-dossiers a") && byId("demandes")) { event.preventDefault(); open(); }
    const menu = byId("exporter");
    if (menu && menu.open && event.target.isConnected && !event.target.closest("#exporter, #bandeau-dossiers")) menu.open = false;
  });
  document.addEventListener("keydown", function (event) {
    const menu = byId("exporter");
    if (event.key === "Escape" && menu && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  HV.onPaint(function () {
    for (const id of ["bandeau-dossiers", "demandes"]) {
      const place = byId(id);
      if (!place || place.dataset.lu) continue;
      place.dataset.lu = "oui";
      read();
      if (id === "demandes" && location.hash === "#demandes") open();
    }
  });
})();
