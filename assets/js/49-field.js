// The field, seen from the console: the work line of B.3 in the queue and in the detail, the order to go, and what the control post answers.
(function () {
  "use strict";
  const Desk = window.Desk;
  if (!Desk) return;
  const STEPS = [["accepted_at", "accepted"], ["departed_at", "en_route"], ["arrived_at", "on_site"], ["ended_at", "done"]];
  const RANK = ["cancelled", "refused", "impossible", "requested", "accepted", "en_route", "on_site", "done"];
  const WORDS = () => ({
    requested: HV.t("Affectée"), accepted: HV.t("Acceptée"), en_route: HV.t("En route"), on_site: HV.t("Sur place"), done: HV.t("Terminée terrain"),
    refused: HV.t("Refusée, à réaffecter"), impossible: HV.t("Impossible, à réaffecter"), cancelled: HV.t("Annulée"),
  });
  const LIVE = new Set(["requested", "accepted", "en_route", "on_site"]);
  const all = () => Array.from((window.Vigie && window.Vigie.interventions) || new Map(), ([, one]) => one);
  const ofEvent = (event) => all().filter((one) => one.event_id === event.id);
  const ofRow = (row) => all().filter((one) => (row.event && one.event_id === row.event.id) || (row.alarmId && one.alarm_id === row.alarmId)).sort((a, b) => a.id - b.id);
  // What waits for the control post comes before what goes on, and what goes on before what is done.
  const leading = function (event) {
    const some = ofEvent(event);
    return some.find((one) => one.help_at) || some.find((one) => one.status === "refused" || one.status === "impossible")
      || some.filter((one) => LIVE.has(one.status)).sort((a, b) => RANK.indexOf(b.status) - RANK.indexOf(a.status))[0] || some[0] || null;
  };
  Desk.fieldWord = function (event) {
    const one = leading(event);
    return one ? (one.help_at ? HV.t("Renfort demandé") : WORDS()[one.status]) : "";
  };
  Desk.fieldMark = (event) => ofEvent(event).map((one) => one.id + "v" + one.version).join("+");

  // The detail ------------------------------------------------------------------------------------------------------
  const element = function (tag, className, ...content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };
  const step = function (one, [time, status]) {
    const isDone = Boolean(one[time]) && !(time === "ended_at" && one.status !== "done");
    const dot = element("li", "field-step" + (isDone ? " field-step--done" : "") + (one.status === status ? " field-step--now" : ""));
    dot.append(element("span", "field-dot"), element("span", "field-step-word", WORDS()[status]), element("span", "field-step-time", isDone ? HV.hour(Date.parse(one[time]), Desk.now()) : "–"));
    return dot;
  };
  const line = function (one) {
    const who = [one.agent_name, one.contractor].filter(Boolean).join(", ");
    const head = element("p", "field-who", element("strong", "", who), " · " + one.number + " · " + WORDS()[one.status]);
    const item = element("li", "field-item", head);
    item.dataset.id = String(one.id);
    item.dataset.etat = one.status;
    if (one.help_at) item.append(element("p", "field-help", HV.t("RENFORT DEMANDÉ à {h}", { h: HV.hour(Date.parse(one.help_at), Desk.now()) })));
    if (one.reason) item.append(element("p", "field-reason", HV.t("Motif : {reason}", { reason: one.reason })));
    if (LIVE.has(one.status) || one.status === "done") item.append(element("ol", "field-steps", ...STEPS.map((each) => step(one, each))));
    const facts = [
      one.due_at && LIVE.has(one.status) ? (Date.parse(one.due_at) < Desk.now() ? HV.t("échéance dépassée, {h}", { h: HV.hour(Date.parse(one.due_at), Desk.now()) }) : HV.t("à faire avant {h}", { h: HV.hour(Date.parse(one.due_at), Desk.now()) })) : "",
      one.outcome, one.cause, one.parts.map((part) => part.name + " × " + HV.number(part.quantity)).join(", "),
      one.late ? HV.tn("{n} fait reçu après coup, gardé sans effet", "{n} faits reçus après coup, gardés sans effet", one.late) : "",
    ].filter(Boolean);
    if (facts.length) item.append(element("p", "field-facts-line", facts.join(" · ")));
    const tools = element("div", "field-tools");
    if (one.photos || one.late) tools.append(tool(HV.t("Photos et faits"), () => unfold(one, item)));
    if (Desk.may("intervention:dispatch") && one.status !== "done") {
      const follow = tool(HV.t("Donner suite"), function () { followed = one; Desk.openForm("btn-suivre"); });
      follow.dataset.testid = "intervention-suite";
      tools.append(follow);
    }
    if (tools.childNodes.length) item.append(tools);
    return item;
  };
  const tool = function (word, run) {
    const button = element("button", "action", word);
    button.type = "button";
    button.addEventListener("click", run);
    return button;
  };
  const unfold = async function (one, item) {
    const read = await Desk.ask("GET", "/api/v1/interventions/" + one.id).catch(() => null);
    if (!read) return Desk.toast(HV.t("Intervention illisible pour le moment : réessayez."), "told");
    const lines = read.log.filter((each) => !each.applied).map((each) => element("li", "", HV.hour(Date.parse(each.at), Desk.now()) + " · " + each.actor_name + " · " + (FIELD_WORDS()[each.action] || each.action) + (each.comment ? " · " + each.comment : "")));
    const photos = read.photographs.map(function (photo) {
      const image = element("img", "field-photo");
      image.src = "/api/v1/interventions/" + one.id + "/photos/" + photo.id;
      image.alt = HV.t("Photo de {name} à {h}", { name: photo.by_name, h: HV.hour(Date.parse(photo.taken_at), Desk.now()) });
      image.loading = "lazy";
      return image;
    });
    item.querySelectorAll(".field-more").forEach((before) => before.remove());
    item.append(element("div", "field-more", element("ul", "", ...lines), ...photos));
  };
  const FIELD_WORDS = () => ({ accept: HV.t("acceptée"), refuse: HV.t("refusée"), "en-route": HV.t("en route"), "on-site": HV.t("sur place"), done: HV.t("terminée"), impossible: HV.t("impossible"), help: HV.t("renfort demandé"), note: HV.t("note"), parts: HV.t("pièces"), photo: HV.t("photo") });

  let drawn = "";
  const draw = function () {
    const place = Desk.byId("detail-terrain");
    const row = Desk.selected;
    if (!place || !row) return;
    const some = ofRow(row);
    const mark = row.key + some.map((one) => one.id + "v" + one.version).join("+");
    const isCalling = Boolean(row.alarm && row.alarm.source === "agent" && row.alarm.condition === "active" && row.event && row.event.type === "agent_distress");
    const safe = Desk.byId("terrain-hors-danger");
    safe.hidden = !isCalling || !Desk.may("event:act");
    place.hidden = !some.length && safe.hidden;
    if (mark === drawn && Desk.byId("terrain-lignes").childNodes.length) return;
    drawn = mark;
    Desk.byId("terrain-lignes").replaceChildren(...some.map(line));
  };
  // The room has spoken with the agent: his alarm ends, the event waits for its account.
  document.addEventListener("click", async function (event) {
    const button = event.target.closest && event.target.closest("#terrain-hors-danger");
    if (!button || !Desk.selected || !Desk.selected.event) return;
    button.disabled = true;
    await Desk.ask("POST", "/api/v1/field/distress/" + Desk.selected.event.id + "/end", { comment: "" }, Desk.key())
      .then(() => Desk.toast(HV.t("Agent hors de danger : l’alarme est terminée."), "done"), (error) => Desk.toast(error.detail || HV.t("Action NON enregistrée"), "failed"));
    button.disabled = false;
  });
  Desk.onSelection(draw);
  document.addEventListener("vigie:snapshot", draw);

  // A call for help does not wait to be looked for.
  const rung = new Set();
  document.addEventListener("vigie:intervention", function (event) {
    const one = event.detail.body, before = event.detail.before;
    draw();
    if (!Desk.root || !one.help_at || (before && before.help_at) || rung.has(one.id + one.help_at)) return;
    rung.add(one.id + one.help_at);
    Desk.toast(HV.t("{name} demande du renfort : {number}, {title}.", { name: one.agent_name || one.contractor, number: one.number, title: one.title }), "failed");
    if (window.Vigie.testSound) window.Vigie.testSound("S2");
  });

  // Forms -----------------------------------------------------------------------------------------------------------
  let followed = null;
  const chosen = (id) => { const box = Desk.byId(id).querySelector("input:checked"); return box ? box.value : ""; };
  const field = (id) => Desk.byId(id).value.trim();
  // People come with what each has in hand: the least busy is no secret at 3 a.m.
  const inHand = (one) => one.display_name + " · " + (one.in_hand ? HV.tn("{n} en cours", "{n} en cours", one.in_hand) : HV.t("libre"));
  const people = (id) => Desk.offerPeople(id, "/api/v1/interventions/agents", inHand, HV.t("Aucun agent dans votre périmètre : nommez une entreprise."));
  const nobody = (id, company) => (!chosen(id) && !field(company) ? HV.t("Choisissez un agent, ou nommez une entreprise") : "");
  Desk.addAction("btn-terrain", {
    rule: (row) => (!Desk.may("intervention:dispatch") ? HV.t("Votre rôle n’envoie personne sur le terrain") : row.members ? HV.t("Dépliez le groupe") : row.event && row.event.status !== "new" && !["in_progress", "on_hold"].includes(row.event.status) ? HV.t("L’événement est résolu") : ""),
    prepare: () => people("terrain-a"),
    submit: "valider-terrain",
    act: {
      to: () => "/api/v1/interventions",
      body: function () {
        const row = Desk.selected, minutes = Number(Desk.byId("terrain-delai").value);
        const about = row.alarmId ? { alarm_id: row.alarmId } : { event_id: row.event.id };
        return Object.assign(about, { agent: chosen("terrain-a"), contractor: field("terrain-entreprise"), instructions: field("terrain-consigne") }, minutes ? { due_at: new Date(Desk.now() + minutes * 60000).toISOString() } : {});
      },
      missing: () => nobody("terrain-a", "terrain-entreprise"),
      done: (one) => HV.t("{number} demandée à {name}.", { number: one.number, name: [one.agent_name, one.contractor].filter(Boolean).join(", ") }),
      fields: ["terrain-entreprise", "terrain-consigne"],
    },
  });

  const REPORTS = { accept: ["requested"], "en-route": ["accepted"], "on-site": ["accepted", "en_route"], done: ["on_site"], impossible: ["accepted", "en_route", "on_site"], refuse: ["requested", "accepted"] };
  const VERBS = () => ({
    "help-answered": HV.t("Renfort traité"), reassign: HV.t("Confier à quelqu’un d’autre"), accept: HV.t("Acceptée, dit au téléphone"), "en-route": HV.t("En route, dit au téléphone"),
    "on-site": HV.t("Sur place, dit au téléphone"), done: HV.t("Terminée, dit au téléphone"), impossible: HV.t("Impossible, dit au téléphone"), refuse: HV.t("Refusée, dit au téléphone"), cancel: HV.t("Annuler l’intervention"),
  });
  const possible = (one) => Object.keys(VERBS()).filter((verb) => (verb === "help-answered" ? one.help_at : REPORTS[verb] ? REPORTS[verb].includes(one.status) : true));
  const SILENT = new Set(["help-answered", "accept", "en-route", "on-site"]);
  const who = () => { Desk.byId("suivre-qui").hidden = Desk.byId("suivre-verbe").value !== "reassign"; };
  Desk.addAction("btn-suivre", {
    rule: () => "",
    prepare: function () {
      const select = Desk.byId("suivre-verbe");
      select.replaceChildren(...possible(followed).map((verb) => Object.assign(document.createElement("option"), { value: verb, textContent: VERBS()[verb] })));
      select.onchange = who;
      who();
      people("suivre-a");
    },
    submit: "valider-suivre",
    act: {
      to: () => "/api/v1/interventions/" + followed.id + "/" + Desk.byId("suivre-verbe").value,
      body: function () {
        const verb = Desk.byId("suivre-verbe").value;
        return Object.assign({ comment: field("suivre-motif") }, verb === "reassign" ? { agent: chosen("suivre-a"), contractor: field("suivre-entreprise") } : {});
      },
      missing: function () {
        const verb = Desk.byId("suivre-verbe").value;
        return (verb === "reassign" && nobody("suivre-a", "suivre-entreprise")) || (SILENT.has(verb) || field("suivre-motif") ? "" : HV.t("Écrivez le motif ou le compte rendu"));
      },
      done: (one) => HV.t("{number} : {status}.", { number: one.number, status: WORDS()[one.status].toLocaleLowerCase() }),
      fields: ["suivre-motif", "suivre-entreprise"],
    },
  });
})();
