// The past by motive: the form that opens a window, the button that closes it, and its end, when the page is emptied by itself. The server guards each read; this is what the person sees of it.
(function () {
  "use strict";
  const HV = window.HV, PATH = "/api/v1/replay/access", HOUR_MS = 3600000, TICK_MS = 1000;
  const byId = (id) => document.getElementById(id);
  const say = (text) => { const place = byId("acces-reponse"); if (place) place.textContent = text; };
  let sending = false;

  const post = async function (path, body) {
    if (sending) return null;
    sending = true;
    const frame = document.querySelector("[data-csrf]");
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": frame ? frame.dataset.csrf : "", "Idempotency-Key": HV.newKey() };
    const answer = await fetch(PATH + path, { method: "POST", headers, credentials: "same-origin", body: body ? JSON.stringify(body) : undefined }).catch(() => null);
    const told = answer ? await answer.json().catch(() => ({})) : {};
    sending = false;
    if (answer && answer.ok) return told;
    say(HV.t("Accès non ouvert : {why}", { why: told.detail || (answer ? String(answer.status) : HV.t("le serveur ne répond pas")) }));
    return null;
  };
  const open = async function () {
    const [since, until] = [HV.dates.at(byId("acces-de")), HV.dates.at(byId("acces-a"))];
    if (Number.isNaN(since) || Number.isNaN(until)) return say(HV.t("Écrivez le début et la fin de la période"));
    say(HV.t("Envoi…"));
    if (await post("", { since: new Date(since).toISOString(), until: new Date(until).toISOString(), motive: byId("acces-motif").value })) location.replace("/rejeu");
    return null;
  };
  const close = async function () {
    const root = byId("rejeu");
    await post("/" + root.dataset.acces + "/close", null);
    HV.leavePast(); // Closed, or ended already: in both cases the page has nothing more to show.
  };
  document.addEventListener("click", function (event) {
    if (event.target.closest("#acces-ouvrir")) open();
    if (event.target.closest("#acces-fermer")) close();
  });
  // The hour that just passed, until somebody writes another.
  HV.onPaint(function () {
    const since = byId("acces-de");
    if (!since || since.dataset.lu || !since.closest("[data-date]") || !byId("acces-a")) return;
    since.dataset.lu = "oui";
    for (const [id, at] of [["acces-de", HV.now() - HOUR_MS], ["acces-a", HV.now()]]) if (!byId(id).value) HV.dates.put(byId(id), HV.dates.local(at));
  });
  setInterval(function () {
    const root = byId("rejeu");
    if (root && root.dataset.fin && HV.now() >= Date.parse(root.dataset.fin)) {
      delete root.dataset.fin;
      HV.leavePast();
    }
  }, TICK_MS);
})();
