// What an agent reads without a network besides the work: the on-call turns with whom to call, and the steps of the procedure of an intervention's event.
(function () {
  "use strict";
  const Field = self.Field;
  const { el } = Field;
  const KINDS = () => ({ operation: HV.t("exploitation"), safety: HV.t("sécurité"), decision: HV.t("décision") });
  const duty = () => (Field.state.day && Field.state.day.on_call) || { turns: [], others: [] };
  // Judged on the phone's clock: a list read before the turn began is still right once it has.
  const isNow = (turn) => Date.parse(turn.starts_at) <= Date.now() && Date.now() < Date.parse(turn.ends_at);
  const toCome = () => duty().turns.filter((turn) => Date.parse(turn.ends_at) > Date.now());
  const moment = (iso) => HV.day(Date.parse(iso)) + ", " + HV.time(iso);
  const until = (turn) => HV.t("jusqu’au {moment}", { moment: moment(turn.ends_at) });

  // One line of the day's list: the turn under way, else the next one; nothing for who is never on call.
  const line = function () {
    const turns = toCome(), now = turns.find(isNow), first = now || turns[0];
    if (!first) return [];
    const words = now ? HV.t("{label}, {until}", { label: now.label, until: until(now) }) : HV.t("{label}, à partir du {moment}", { label: first.label, moment: moment(first.starts_at) });
    const made = Field.views.row("phone", now ? HV.t("Mon astreinte est en cours") : HV.t("Ma prochaine astreinte"), words, "#/astreinte");
    made.dataset.testid = "terrain-astreinte";
    return [made];
  };
  const turn = function (one) {
    const stands = one.replaced_by.map((other) => el("p", "said", HV.t("{name} vous remplace du {start} au {end}", { name: other.name, start: moment(other.starts_at), end: moment(other.ends_at) })));
    const made = el("li", "card turn" + (isNow(one) ? " turn--now" : ""), el("h2", "", one.label), el("p", "", HV.t("{kind}, rang {rank}", { kind: KINDS()[one.kind], rank: one.rank }) + (one.is_replacement ? ", " + HV.t("en remplacement") : "")),
      el("p", "", HV.t("du {start} au {end}", { start: moment(one.starts_at), end: moment(one.ends_at) })), ...stands);
    if (isNow(one)) made.setAttribute("aria-current", "true");
    return made;
  };
  const view = function () {
    const turns = toCome(), others = duty().others, phone = Field.state.day && Field.state.day.phone;
    const spelled = (number) => (/^\d{10}$/.test(number) ? number.match(/../g).join(" ") : number);
    const call = (word, small, number) => Field.views.row("phone", word, small + " · " + spelled(number), "tel:" + number.replace(/[^\d+]/g, ""));
    const body = [el("div", "heading", el("h1", "", HV.t("Mon astreinte")))];
    body.push(turns.length ? el("ol", "list", ...turns.map(turn)) : el("p", "empty", HV.t("Aucun tour à venir dans les huit semaines.")));
    const reached = others.filter((one) => one.phone);
    if (reached.length || phone) body.push(el("div", "heading", el("h2", "", HV.t("Numéros d’appel"))));
    if (phone) body.push(call(HV.t("Poste de contrôle"), HV.t("jour et nuit"), phone));
    body.push(...reached.map((one) => call(one.name, HV.t("{kind}, rang {rank}", { kind: KINDS()[one.kind], rank: one.rank }), one.phone)));
    return { title: HV.t("Mon astreinte"), isDeep: true, body };
  };

  // The procedure of the event, to be read: the room ticks it.
  const said = function (step) {
    const answer = step.answer ? (step.answers.find((one) => one.value === step.answer) || { label: step.answer }).label : "";
    if (step.state === "done") return [HV.t("faite à {h}", { h: Field.hour(step.at) }), answer, step.by].filter(Boolean).join(", ");
    if (step.state === "skipped") return HV.t("sans objet : {reason}", { reason: step.reason || "–" });
    if (step.state === "waiting") return HV.t("selon la réponse à venir");
    return [step.mandatory ? "" : HV.t("facultative"), step.answers.map((one) => one.label).join(" / ")].filter(Boolean).join(", ");
  };
  const procedure = function (one) {
    const read = one.procedure;
    if (!read) return [];
    const steps = read.steps.map((step) => Object.assign(el("li", "", el("strong", "procedure-number", String(step.n)), el("span", "", step.text), step.detail ? el("small", "", step.detail) : null, el("small", "", said(step))), { className: "procedure-step procedure-step--" + step.state }));
    const made = el("details", "procedure", el("summary", "", el("strong", "", read.key + " · " + read.title), el("small", "", HV.tn("{n} étape sur {total}", "{n} étapes sur {total}", read.done, { total: read.total }))), el("ol", "", ...steps));
    made.dataset.testid = "terrain-fiche";
    return [made];
  };
  Field.duty = { line, view, procedure };
})();
