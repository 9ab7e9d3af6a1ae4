// The map as a list: what it shows, under the same filters, worst first, page by page and by the keyboard; its export; and the card of the asset that is chosen.
(function () {
  "use strict";
  const HV = window.HV, Tools = HV.Tools, el = Tools.element;
  const PAGE = 25, MOST_EXPORTED = 50000, REREAD_MS = 5000;
  const SEVERITIES = ["normal", "info", "minor", "major", "critical"];
  let list = null, head = null, foot = null, from = 0, total = 0, turn = 0, readAt = 0;
  const names = new Map(); // asset id → {name, code, address, commune}

  const learn = async function (ids) {
    const unknown = ids.filter((id) => !names.has(id));
    if (!unknown.length) return;
    const answer = await fetch("/api/v1/assets?" + new URLSearchParams({ ids: unknown.join(","), limit: String(unknown.length) }));
    if (!answer.ok) return;
    for (const asset of (await answer.json()).items) names.set(asset.id, asset);
    if (names.size > 5000) names.clear();
  };
  const words = (item) => [item.severity ? HV.severityWord(SEVERITIES[item.severity]) : HV.t("Normal"), item.waiting ? HV.t("à acquitter") : "", item.quality ? HV.t("donnée {quality}", { quality: HV.qualityWord(item.quality) }) : ""].filter(Boolean).join(", ");
  const row = function (item) {
    const asset = names.get(item.asset_id) || {};
    const name = [asset.name || HV.t("Équipement {id}", { id: item.asset_id }), asset.code && !(asset.name || "").includes(asset.code) ? asset.code : ""].filter(Boolean).join(", ");
    const where = [asset.address, asset.commune].filter(Boolean).join(", ");
    const button = el("button", { type: "button", class: "asset-row", "data-equipement-liste": item.asset_id }, HV.shape({ severity: SEVERITIES[item.severity], state: item.waiting ? "unacknowledged" : "acknowledged", stale: item.quality === 2 || item.quality === 4, label: "" }),
      el("span", { class: "asset-words" }, el("strong", {}, name), el("span", {}, Tools.kindLabel(item.layer, item.kind) + " · " + words(item)), el("span", {}, where)));
    button.addEventListener("click", function () { Tools.go(item.lon, item.lat); window.Vigie.select(item.asset_id); });
    return el("li", {}, button);
  };
  const read = async function (quietly) {
    if (!window.Vigie.listAssets) return;
    const own = ++turn;
    readAt = performance.now();
    const found = await window.Vigie.listAssets({ from, limit: PAGE });
    await learn(found.items.map((item) => item.asset_id));
    if (own !== turn || !list.isConnected) return;
    total = found.total;
    if (from >= total && from > 0) { from = 0; return read(quietly); }
    const held = document.activeElement && document.activeElement.dataset.equipementListe;
    list.replaceChildren(...found.items.map(row));
    list.start = from + 1;
    const again = held && list.querySelector('[data-equipement-liste="' + held + '"]');
    if (again) again.focus({ preventScroll: true });
    const text = total ? HV.t("{first} à {last} sur {total}, les plus graves d’abord", { first: HV.number(from + 1), last: HV.number(Math.min(from + PAGE, total)), total: HV.number(total) }) : HV.t("Aucun équipement ne passe ces filtres.");
    if (head.textContent !== text) head.textContent = text;
    foot.querySelector("[data-pas=avant]").disabled = from === 0;
    foot.querySelector("[data-pas=apres]").disabled = from + PAGE >= total;
    foot.querySelector("[data-pas=csv]").disabled = total === 0;
  };
  const turnPage = function (step) {
    from = Math.max(0, from + step * PAGE);
    read().then(() => { const first = list.querySelector("button"); if (first) first.focus(); });
  };
  const move = function (event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const rows = Array.from(list.querySelectorAll("button")), next = rows[rows.indexOf(document.activeElement) + step];
    event.preventDefault();
    event.stopPropagation();
    if (next) next.focus();
    else if (step > 0 && from + PAGE < total) turnPage(1);
  };
  const exportTable = async function (event) {
    const button = event.currentTarget;
    button.setAttribute("aria-busy", "true");
    const found = await window.Vigie.listAssets({ from: 0, limit: MOST_EXPORTED });
    const csrf = document.querySelector(".frame").dataset.csrf;
    const answer = await fetch("/api/v1/assets/table", { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf }, body: JSON.stringify({ ids: found.items.map((item) => item.asset_id) }) }).catch(() => ({ ok: false }));
    button.removeAttribute("aria-busy");
    if (!answer.ok) return Tools.say(HV.t("L’export a échoué : réessayez."));
    const link = el("a", { href: URL.createObjectURL(await answer.blob()), download: HV.t("equipements") + ".csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    Tools.say(found.total > MOST_EXPORTED ? HV.t("{n} équipements exportés sur {total} : resserrez le filtre pour avoir les autres.", { n: HV.number(MOST_EXPORTED), total: HV.number(found.total) }) : HV.tn("{n} équipement exporté", "{n} équipements exportés", found.total));
  };

  // Card ---------------------------------------------------------------------------------------------------------------
  let card = null, shown = null;
  const line = (term, ...said) => [el("dt", {}, term), el("dd", {}, ...said)];
  const valueLine = (value) => line(value.label, value.word_label || HV.quantity(value.value, value.unit), el("span", { class: "card-age" }, " · " + HV.t("{q}, {hour}", { q: HV.t(QUALITY_WORDS[value.quality] || value.quality), hour: HV.hour(value.observed_at, HV.now()) })));
  const QUALITY_WORDS = { fresh: "fraîche", late: "retardée", stale: "périmée", invalid: "invalide", never_received: "jamais reçue", simulated: "simulée", manual: "saisie manuelle", inhibited: "inhibée" };
  const fill = function (asset) {
    const alarms = asset.alarms.map((alarm) => el("li", {}, HV.shape({ severity: alarm.priority, state: alarm.state }), " ", HV.t(alarm.title)));
    const neighbours = asset.neighbours.slice(0, 6).map((tied) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => window.Vigie.select(tied.id) }, tied.name), " · " + Tools.kindLabel(tied.layer, tied.kind)));
    card.querySelector("h2").textContent = asset.name;
    card.querySelector(".tool-body").replaceChildren(
      el("p", { class: "card-kind" }, [Tools.kindLabel(asset.layer, asset.kind), asset.code, HV.t(Tools.layer(asset.layer).label)].filter(Boolean).join(" · ")),
      alarms.length ? el("ul", { class: "card-alarms" }, ...alarms) : "",
      el("dl", { class: "card-lines" }, ...line(HV.t("Adresse"), [asset.address, asset.commune].filter(Boolean).join(", ") || "–"), ...(asset.attributes.contractor ? line(HV.t("Prestataire"), asset.attributes.contractor) : []),
        ...asset.values.flatMap(valueLine), ...line(HV.t("Position"), HV.written(asset.lon, asset.lat))),
      neighbours.length ? el("h3", {}, HV.t("Raccordements")) : "", neighbours.length ? el("ul", { class: "card-neighbours" }, ...neighbours) : "");
  };
  const openCard = async function (assetId) {
    if (!card || !card.isConnected || assetId === null || assetId === undefined) return;
    shown = assetId;
    const answer = await fetch("/api/v1/assets/" + assetId).catch(() => ({ ok: false }));
    if (shown !== assetId) return;
    if (!answer.ok) return Tools.say(HV.t("La fiche de l’équipement n’a pas pu être lue."));
    fill(await answer.json());
    card.hidden = false;
  };
  const closeCard = function () {
    shown = null;
    card.hidden = true;
  };
  document.addEventListener("vigie:drawing", () => card && closeCard());
  document.addEventListener("vigie:select", (event) => openCard(event.detail.asset_id));

  Tools.add({
    build() {
      head = el("p", { class: "list-head", role: "status" });
      list = el("ol", { class: "asset-list", "data-testid": "liste-carte" });
      list.addEventListener("keydown", move);
      const step = (name, label, act) => el("button", { type: "button", class: "action", "data-pas": name, onclick: act }, label);
      foot = el("div", { class: "tool-foot" }, step("avant", HV.t("Précédents"), () => turnPage(-1)), step("apres", HV.t("Suivants"), () => turnPage(1)), step("csv", HV.t("Exporter (CSV)"), exportTable));
      const panel = Tools.panel("liste", HV.t("Équipements affichés"), head, el("div", { class: "tool-body" }, list), foot);
      const close = el("button", { type: "button", class: "action tool-close", "aria-label": HV.t("Fermer la fiche"), onclick: closeCard }, HV.icon("x"));
      card = el("section", { id: "fiche-equipement", class: "tool-panel tool-card", "data-testid": "fiche-equipement", "aria-label": HV.t("Fiche de l’équipement"), hidden: true }, el("div", { class: "tool-head" }, el("h2", {}), close), el("div", { class: "tool-body", tabindex: "0", role: "group", "aria-label": HV.t("Fiche de l’équipement") }));
      card.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), closeCard()));
      return { bar: Tools.button("liste", HV.t("Liste"), "list"), panels: [panel, card] };
    },
    opened(name) { if (name === "liste") { from = 0; read(); } },
    changed() { from = 0; if (Tools.opened === "liste") read(); },
  });
  HV.onPaint(function () {
    // What the list says lives too, but nobody's finger is on a row that moves: it is read again every five seconds.
    if (Tools.opened === "liste" && list && list.isConnected && performance.now() - readAt > REREAD_MS) read(true);
  });
})();
