// The views of the agent's application: the list, an intervention, a label that was read, what to report, help, a session that has ended.
(function () {
  "use strict";
  const Field = self.Field;
  const { el, press } = Field;
  const state = Field.state;
  const LIVE = ["requested", "accepted", "en_route", "on_site"];
  const STEPS = [["accepted_at", "accepted"], ["departed_at", "en_route"], ["arrived_at", "on_site"], ["ended_at", "done"]];
  const WORDS = () => ({
    requested: HV.t("à accepter"), accepted: HV.t("Acceptée"), en_route: HV.t("En route"), on_site: HV.t("Sur place"), done: HV.t("Terminée"), refused: HV.t("refusée"),
    impossible: HV.t("impossible"), cancelled: HV.t("annulée par le poste"),
  });
  const NEXT = () => ({
    requested: ["accept", HV.t("Accepter")], accepted: ["en-route", HV.t("Je suis en route")], en_route: ["on-site", HV.t("Je suis sur place")], on_site: ["done", HV.t("Terminer")],
  });
  const severity = (one) => (one.priority === "critical" ? HV.severityWord("critical").toLocaleUpperCase() : HV.severityWord(one.priority));
  const shape = (one) => HV.shape({ severity: one.priority, state: one.status === "requested" ? "unacknowledged" : "acknowledged", stale: Field.isStale() });
  const icon = (name) => HV.icon(name);
  const link = (word, href, className) => Object.assign(el("a", className || "press", word), { href });
  const unsent = (one) => (one.unsent ? el("span", "unsent", HV.tn("{n} à envoyer", "{n} à envoyer", one.unsent)) : null);

  // One tap for what needs no words; the others open their form.
  const next = function (one, isFirst) {
    const [verb, word] = NEXT()[one.status];
    const button = press(word, () => (verb === "done" ? Field.forms.done(one) : Field.send(one, verb, word)), isFirst);
    button.dataset.testid = "terrain-action";
    button.dataset.verbe = verb;
    return button;
  };
  Field.send = async function (one, verb, word, body) {
    const position = Field.sharesPosition() ? await Field.position(3000) : null;
    return Field.onIntervention(one, verb, word + ", " + one.number, Object.assign(position ? { position } : {}, body));
  };

  const head = function (one, details) {
    const made = link("", "#/i/" + one.id, "card-head");
    made.append(shape(one), el("h2", "", one.title), el("p", "", one.address || one.asset_name || ""), el("p", "", el("strong", "", severity(one)), " · ", details, unsent(one) ? " " : "", unsent(one) || ""));
    return made;
  };
  const received = function (one) {
    const due = one.due_at ? (Date.parse(one.due_at) < Date.now() ? HV.t("échéance dépassée, {h}", { h: Field.hour(one.due_at) }) : HV.t("avant {h}", { h: Field.hour(one.due_at) })) : "";
    return [HV.t("reçue {h}", { h: Field.hour(one.assigned_at) }), due, WORDS()[one.status]].filter(Boolean).join(", ");
  };
  const card = function (one) {
    const made = el("li", "card" + (one.priority === "critical" && one.status === "requested" ? " card--critical" : ""), head(one, received(one)));
    Object.assign(made.dataset, { id: one.id, etat: one.status, testid: "terrain-carte" });
    if (one.status === "requested") made.append(next(one, true), Object.assign(press(HV.t("Refuser avec un motif"), () => Field.forms.refuse(one)), {}));
    else made.append(openRow(one));
    return made;
  };
  const openRow = function (one) {
    const made = link(HV.t("Ouvrir"), "#/i/" + one.id, "open");
    made.append(icon("chevron-right"));
    return made;
  };
  // Given to another, or cancelled, perhaps while this phone heard nothing: said, until it is understood.
  const gone = function (one) {
    const who = [one.agent_name, one.contractor].filter(Boolean).join(", ");
    const words = one.isMine ? HV.t("Annulée par le poste : {reason}", { reason: one.reason || "–" }) : HV.t("Confiée à {name} à {h}", { name: who, h: Field.hour(one.assigned_at) });
    const said = state.notices.some((each) => each.intervention === one.id) ? el("p", "said", HV.t("Ce que vous avez fait est gardé et transmis au poste.")) : null;
    const made = el("li", "card card--gone", head(one, words), said, press(HV.t("Compris"), () => Field.understood(one.id, one.version)));
    Object.assign(made.dataset, { id: one.id, etat: "retiree", testid: "terrain-retiree" });
    return made;
  };
  const refused = function (entry) {
    const made = el("div", "wrong", el("p", "", el("strong", "", HV.t("NON enregistré : {act}", { act: entry.label }))), el("p", "", entry.error),
      el("div", "pair", press(HV.t("Réessayer"), () => Field.again(entry)), press(HV.t("Abandonner"), () => Field.drop(entry))));
    made.setAttribute("role", "alert");
    made.dataset.testid = "terrain-refus";
    return made;
  };
  const wrongs = (id) => state.pending.filter((entry) => entry.who === state.me && entry.state === "refused" && (!id || entry.intervention === id)).map(refused);
  const stale = () => (Field.isStale() ? [Object.assign(el("p", "stale", HV.t("Liste de {h}, non actualisée : elle a pu changer.", { h: Field.hour(new Date(state.read).toISOString()) })), { id: "perimee" })] : []);

  const list = function () {
    if (!state.day) return { title: HV.t("Vigie terrain"), tab: "liste", body: [el("p", "empty", state.isStored ? (state.net ? HV.t("Chargement de la liste…") : HV.t("Aucune liste sur ce téléphone : ouvrez cette page une première fois avec du réseau.")) : HV.t("Ce navigateur ne garde rien : rien ne pourra être fait hors ligne."))] };
    const all = Field.interventions();
    const live = all.filter((one) => one.isMine && LIVE.includes(one.status));
    const lost = all.filter((one) => (!one.isMine || one.status === "cancelled") && state.hidden[one.id] !== one.version);
    const over = all.filter((one) => one.isMine && ["done", "refused", "impossible"].includes(one.status));
    const others = state.pending.filter((entry) => entry.who !== state.me).length;
    // What was done for nothing is said first; the rest of what was taken back, after what is to be done.
    const touched = (one) => state.notices.some((each) => each.intervention === one.id);
    const listed = el("ol", "list", ...lost.filter(touched).map(gone), ...live.map(card), ...lost.filter((one) => !touched(one)).map(gone));
    listed.dataset.testid = "terrain-liste";
    const body = [...stale(), el("div", "heading", el("h1", "", HV.t("Mes interventions")), el("strong", "", HV.number(live.length))), ...wrongs(), listed];
    const onCall = Field.duty.line();
    if (!live.length && !lost.length) body.push(el("p", "empty", HV.t("Aucune intervention pour vous.")));
    body.push(...onCall);
    if (over.length) body.push(el("div", "heading", el("h2", "", HV.t("Terminées")), el("strong", "", HV.number(over.length))), el("ol", "list", ...over.map((one) => el("li", "card", head(one, WORDS()[one.status] + " " + Field.hour(one.ended_at)), openRow(one)))));
    if (others) body.push(el("p", "said", HV.tn("{n} action d’un autre agent attend sa reconnexion sur ce téléphone.", "{n} actions d’un autre agent attendent sa reconnexion sur ce téléphone.", others)));
    body.push(foot());
    return { title: HV.t("Vigie terrain"), tab: "liste", body };
  };
  const THEMES = ["jour", "nuit", "nuit-profonde"];
  const foot = function () {
    const theme = document.documentElement.dataset.theme;
    const following = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    const names = { jour: HV.t("Affichage de jour"), nuit: HV.t("Affichage de nuit"), "nuit-profonde": HV.t("Affichage de nuit profonde") };
    const shares = Field.sharesPosition();
    const change = (word, run) => Object.assign(el("button", "", word), { type: "button", onclick: run });
    return el("footer", "foot", el("p", "", state.day.me.display_name), link(HV.t("Alarmes ouvertes de mon périmètre"), "/terrain/alarmes", " "),
      change(shares ? HV.t("Ma position est jointe à mes actions : ne plus la joindre") : HV.t("Joindre ma position à mes actions"), function () { try { localStorage.setItem("vigie.terrain-position", shares ? "non" : "oui"); } catch (no) { /* Then it stays as it is. */ } Field.draw(); }),
      change(names[following], function () { document.documentElement.dataset.theme = following; try { localStorage.setItem("vigie.terrain-theme", following); } catch (no) { /* Then it lasts as long as the page. */ } Field.draw(); }),
      change(HV.t("Se déconnecter"), Field.forms.leave));
  };

  // One intervention ------------------------------------------------------------------------------------------------
  const step = function (one, [time, status]) {
    const isDone = Boolean(one[time]) && !(status === "done" && one.status !== "done");
    const made = el("li", "step" + (isDone ? " step--done" : "") + (one.status === status ? " step--now" : ""), el("span", "dot"), el("span", "", WORDS()[status]), el("span", "", isDone ? Field.hour(one[time]) : "–"));
    if (one.status === status) made.setAttribute("aria-current", "step");
    return made;
  };
  const row = function (name, word, small, run, after) {
    const made = typeof run === "string" ? link("", run, "row") : Object.assign(el("button", "row"), { type: "button", onclick: run });
    made.append(icon(name), el("span", "", el("strong", "", word), small ? el("small", "", small) : null), icon(after || "chevron-right"));
    return made;
  };
  const labelled = (word, list) => (list && list.length ? el("p", "", el("strong", "", word + " "), list.join(", ")) : null);
  const detail = function (id) {
    const one = Field.interventions().find((each) => each.id === id);
    if (!one) return { title: HV.t("Intervention"), isDeep: true, body: [el("p", "empty", HV.t("Cette intervention n’est plus sur ce téléphone."))] };
    const isLive = one.isMine && LIVE.includes(one.status);
    const number = (one.event && one.event.number) || one.number;
    const what = el("div", "what", shape(one), el("h1", "", one.title), el("p", "", el("strong", "", severity(one)), " · ", [one.address, one.asset_code || one.asset_name].filter(Boolean).join(", "), " ", unsent(one) || ""));
    const body = [...stale(), what];
    if (!one.isMine) body.push(gone(one));
    if (one.status === "cancelled") body.push(gone(one));
    body.push(...wrongs(id), ...state.notices.filter((each) => each.intervention === id).map((each) => el("p", "wrong", each.label + " : " + each.why)));
    if (one.lat !== null && one.lat !== undefined) body.push(link(HV.t("Itinéraire"), "geo:" + one.lat + "," + one.lon + "?q=" + one.lat + "," + one.lon));
    body.push(Object.assign(el("ol", "steps", ...STEPS.map((each) => step(one, each))), { ariaLabel: HV.t("Avancement") }));
    body.push(el("div", "block", labelled(HV.t("Risques"), one.risks), labelled(HV.t("EPI"), one.protection)));
    body.push(el("div", "block", one.instructions ? el("p", "", el("strong", "", HV.t("Demandé : ")), one.instructions) : null, one.event && one.event.description ? el("p", "", el("strong", "", HV.t("Signalé : ")), one.event.description) : null,
      one.conduct.consequence ? el("p", "", el("strong", "", HV.t("Conséquence : ")), one.conduct.consequence) : null, one.conduct.action ? el("p", "", el("strong", "", HV.t("Conduite à tenir : ")), one.conduct.action) : null,
      one.event && one.event.procedure && !one.procedure ? el("p", "", el("strong", "", HV.t("Fiche réflexe : ")), one.event.procedure) : null,
      el("p", "", HV.t("{number}, demandée par {name}", { number: one.number, name: one.requested_name }))));
    body.push(...Field.duty.procedure(one));
    if (state.day.phone) body.push(row("phone", HV.t("Appeler le poste de contrôle"), state.day.phone, "tel:" + state.day.phone.replace(/[^\d+]/g, "")));
    if (one.isMine) {
      body.push(row("camera", HV.t("Ajouter une photo"), HV.t("sans visage ni plaque") + (one.photos ? " · " + HV.tn("{n} envoyée", "{n} envoyées", one.photos) : ""), () => Field.forms.photo(one), "plus"));
      body.push(row("tool", HV.t("Pièces posées"), one.parts.map((part) => part.name + " × " + HV.number(part.quantity)).join(", "), () => Field.forms.parts(one), "plus"));
    }
    if (isLive && one.status === "accepted") body.push(row("map-pin", HV.t("Je suis déjà sur place"), "", () => Field.send(one, "on-site", HV.t("Je suis sur place"))));
    if (isLive && one.status !== "requested") body.push(row("ban", HV.t("Intervention impossible"), HV.t("avec son motif"), () => Field.forms.impossible(one)));
    if (isLive && ["requested", "accepted"].includes(one.status)) body.push(row("hand-stop", HV.t("Refuser"), HV.t("avec son motif"), () => Field.forms.refuse(one)));
    if (one.help_at && isLive) body.push(el("p", "said", HV.t("Renfort demandé à {h}", { h: Field.hour(one.help_at) })));
    const thumb = isLive ? [next(one, true), el("div", "pair", press(HV.t("Besoin de renfort"), () => Field.forms.help(one)), press(HV.t("Noter"), () => Field.forms.note(one)))] : one.isMine ? [press(HV.t("Noter"), () => Field.forms.note(one))] : [];
    return { title: number, isDeep: true, body, thumb };
  };

  const locked = () => ({
    title: HV.t("Session expirée"), body: [el("p", "empty", HV.t("Votre session est finie. La liste et vos actions restent sur ce téléphone, chiffrées, jusqu’à votre reconnexion.")),
      el("p", "empty", HV.tn("{n} action attend.", "{n} actions attendent.", Field.wait().length)), link(HV.t("Se reconnecter"), "/?next=/terrain", "press press--first")],
  });
  Field.views = {
    row, locked,
    at: function (path) {
      const [, name, id] = path.split("/");
      if (name === "i") return detail(Number(id));
      if (name === "scanner") return Field.scan();
      if (name === "signaler") return Field.signal();
      if (name === "astreinte") return Field.duty.view();
      if (name === "secours") return Field.rescue();
      return list();
    },
  };
})();
