// An event opened by hand, in five fields; those like it that are open near by are shown before it is sent, and again if the server knows of more.
(function () {
  "use strict";
  const Desk = window.Desk;
  const WAIT_MS = 250;
  const el = (id) => Desk.byId(id);
  let types = [], place = null, isOther = false, timer = 0, sending = false;

  Desk.create = function () {
    if (!Desk.may("event:act")) return Desk.toast(HV.t("Votre rôle lit sans agir") + ".", "told");
    if (Desk.isCut()) return Desk.toast(HV.t("Actions suspendues : la liaison est perdue") + ".", "told");
    const row = Desk.selected;
    choose(row && typeof row.lat === "number" ? { label: row.alarm ? row.alarm.address || row.place : row.place, lon: row.lon, lat: row.lat } : null);
    el("creer").showModal();
    el("creer-type").focus();
  };
  const choose = function (found) {
    place = found;
    isOther = false;
    el("creer-lieux").replaceChildren();
    if (found) el("creer-lieu").value = found.label;
    el("creer-lieu-dit").textContent = found ? HV.t("Lieu choisi : {label}", { label: found.label }) : HV.t("Cherchez une adresse, puis choisissez-la");
    check();
  };
  const search = async function () {
    const words = el("creer-lieu").value.trim();
    place = null;
    if (words.length < 2) return el("creer-lieux").replaceChildren();
    try {
      const answer = await Desk.ask("GET", "/api/v1/search?" + new URLSearchParams({ q: words, limit: "6" }));
      const items = answer.items.map(function (found) {
        const item = document.createElement("li"), button = document.createElement("button");
        button.type = "button";
        button.className = "link";
        button.textContent = [found.label, found.detail].filter(Boolean).join(" · ");
        button.addEventListener("click", function () { choose(found); el("creer-priorite").focus(); });
        item.append(button);
        return item;
      });
      el("creer-lieux").replaceChildren(...items);
      el("creer-lieu-dit").textContent = items.length ? HV.tn("{n} lieu trouvé", "{n} lieux trouvés", items.length) : HV.t("Aucun lieu de ce nom");
    } catch (error) {
      el("creer-lieu-dit").textContent = error.detail || HV.t("La recherche ne répond pas");
    }
  };
  const check = async function () {
    showTwins([]);
    if (!place || !el("creer-type").value) return;
    const answer = await Desk.ask("GET", "/api/v1/events/duplicates?" + new URLSearchParams({ type: el("creer-type").value, lon: place.lon, lat: place.lat })).catch(() => ({ items: [] }));
    showTwins(answer.items);
  };
  // Those already open: joining one closes the form and selects it; sending again says that it is another.
  const showTwins = function (twins) {
    const box = el("creer-doublons");
    box.hidden = !twins.length;
    isOther = twins.length > 0;
    el("valider-creer").textContent = twins.length ? HV.t("Ouvrir quand même : c’est un autre") : HV.t("Ouvrir l’événement");
    const lines = twins.map(function (twin) {
      const line = document.createElement("p"), join = document.createElement("button");
      join.type = "button";
      join.className = "link";
      join.textContent = HV.t("{number} · {title}, à {m} m", { number: twin.number, title: HV.t(twin.title), m: twin.distance_m });
      join.addEventListener("click", function () { el("creer").close(); Desk.chooseEvent(twin.id); });
      line.append(join);
      return line;
    });
    box.replaceChildren(...(twins.length ? [Object.assign(document.createElement("strong"), { textContent: HV.tn("Un événement semblable est ouvert tout près", "{n} événements semblables sont ouverts tout près", twins.length) })] : []), ...lines);
  };
  const send = async function () {
    if (sending) return;
    if (!place) { el("creer-lieu").focus(); el("creer-lieu-dit").textContent = HV.t("Choisissez un lieu dans la liste : sans lieu, personne ne sait où aller"); return; }
    const body = {
      type: el("creer-type").value, lon: place.lon, lat: place.lat, address: place.label, priority: el("creer-priorite").value,
      description: el("creer-description").value.trim(), caller: el("creer-appelant").value.trim(), is_new: isOther,
    };
    sending = true;
    el("valider-creer").disabled = true;
    try {
      const made = await Desk.ask("POST", "/api/v1/events", body, Desk.key());
      el("creer").close();
      ["creer-lieu", "creer-description", "creer-appelant"].forEach((id) => { el(id).value = ""; });
      Desk.toast(HV.t("{number} ouvert et pris en charge.", made), "done");
      Desk.chooseEvent(made.id);
    } catch (error) {
      if (error.status === 409) check();
      Desk.toast(HV.t("Événement NON ouvert : {why}", { why: error.detail || HV.t("le serveur ne répond pas") }), error.status === 409 ? "told" : "failed");
    }
    sending = false;
    el("valider-creer").disabled = false;
  };

  Desk.onMount(function (root) {
    types = JSON.parse(root.dataset.types || "[]");
    const options = types.map((type) => Object.assign(document.createElement("option"), { value: type.key, textContent: type.label }));
    if (!el("creer")) return;
    el("creer-type").replaceChildren(...options);
    const propose = function () { const type = types.find((one) => one.key === el("creer-type").value); if (type) el("creer-priorite").value = type.priority; check(); };
    el("creer-type").addEventListener("change", propose);
    if (types.length) el("creer-priorite").value = types[0].priority;
    el("creer").addEventListener("input", function (event) {
      if (event.target.id !== "creer-lieu") return;
      clearTimeout(timer);
      timer = setTimeout(search, WAIT_MS);
    });
    el("creer").addEventListener("keydown", function (event) {
      if (event.key === "Enter" && event.target.id === "creer-lieu") { event.preventDefault(); const first = el("creer-lieux").querySelector("button"); if (first) first.click(); }
      if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); send(); }
    });
    el("valider-creer").addEventListener("click", send);
    el("creer-fermer").addEventListener("click", () => el("creer").close());
  });
})();
