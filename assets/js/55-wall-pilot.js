// « Piloter le mur »: from a console's map, what the room's wall shows. The wall obeys by the feed; this panel says what was ordered and by whom.
(function () {
  "use strict";
  const HV = window.HV, Tools = HV.Tools, el = Tools.element;
  let form = null, said = null, orders = [];

  const may = () => ((document.querySelector("[data-droits]") || { dataset: {} }).dataset.droits || "").split(" ").includes("wall:steer");
  const select = (name, label, options) => el("label", { class: "pilot-line" }, el("span", {}, label), el("select", { class: "field", name, "data-testid": "pilote-" + name }, ...options.map(([value, word]) => el("option", { value }, word))));
  const tick = (name, label) => el("label", { class: "tree-row" }, el("input", { type: "checkbox", name, "data-testid": "pilote-" + name }), el("span", { class: "tree-label" }, label));

  const send = async function (order, sentence) {
    const csrf = document.querySelector(".frame").dataset.csrf;
    const answer = await fetch("/api/v1/walls/steering", { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf }, body: JSON.stringify({ screen: Number(form.elements.screen.value), ...order }) }).catch(() => ({ ok: false, json: async () => ({}) }));
    const read = await answer.json().catch(() => ({}));
    if (!answer.ok) return (said.textContent = read.detail || HV.t("Le mur n’a pas pu être piloté : réessayez."));
    remember(read);
    said.textContent = sentence;
  };
  const remember = function (order) {
    orders = orders.filter((each) => each.screen !== order.screen && order.screen !== 0).concat([order]);
  };
  const inForce = () => orders.find((each) => each.screen === Number(form.elements.screen.value)) || orders.find((each) => each.screen === 0) || {};
  // The form shows what is in force, so that a change changes that alone.
  const show = function () {
    const order = inForce(), { scene, rotation_s: rotation, theme, visit, pattern } = form.elements;
    scene.value = order.scene || "";
    rotation.value = order.rotation_s === undefined ? "" : String(order.rotation_s);
    theme.value = order.theme || "";
    visit.checked = order.visit === true;
    pattern.checked = order.pattern === true;
    said.textContent = order.by_name && Object.keys(order).length > 4 ? HV.t("Piloté par {name} depuis {hour}.", { name: order.by_name, hour: HV.hour(order.at, HV.now()) }) : HV.t("Ce mur suit son adresse : personne ne le pilote.");
  };
  const chosen = function () {
    const { scene, rotation_s: rotation, theme, visit, pattern } = form.elements, before = inForce();
    return Object.assign({}, before.view ? { view: before.view } : {}, before.pinned ? { pinned: before.pinned } : {}, scene.value ? { scene: scene.value } : {}, rotation.value === "" ? {} : { rotation_s: Number(rotation.value) },
      theme.value ? { theme: theme.value } : {}, visit.checked ? { visit: true } : {}, pattern.checked ? { pattern: true } : {});
  };
  const here = function () {
    const map = Tools.map(), at = map.getCenter();
    return { view: { lon: at.lng, lat: at.lat, zoom: map.getZoom() } };
  };
  const pin = function () {
    const row = window.Desk && window.Desk.selected;
    if (!row || !row.alarmId) return (said.textContent = HV.t("Choisissez d’abord une alarme dans la file."));
    const pinned = (inForce().pinned || []).filter((id) => id !== row.alarmId).concat([row.alarmId]).slice(-2);
    send({ ...chosen(), pinned }, HV.t("Alarme épinglée sur le mur."));
  };

  const fetchOrders = () => fetch("/api/v1/walls/steering").then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))).then(({ items }) => { orders = items; show(); }).catch(() => (said.textContent = HV.t("L’état des murs n’a pas pu être lu.")));
  document.addEventListener("vigie:wall", (event) => { remember(event.detail.body); if (form && form.isConnected && Tools.opened === "mur") show(); });

  Tools.add({
    build() {
      if (!may()) return null;
      const scenes = [["", HV.t("Celle du mur")], ["territoire", HV.t("Territoire")], ["crise", HV.t("Crise")], ...(window.Vigie.layers || []).map((layer) => [layer.key, HV.t(layer.label)])];
      said = el("p", { class: "pilot-said", role: "status" });
      const button = (label, act) => el("button", { type: "button", class: "action", onclick: act }, label);
      form = el("form", { class: "tool-body pilot" },
        select("screen", HV.t("Écran"), [["0", HV.t("Tous les murs")], ...[1, 2, 3, 4, 5, 6].map((n) => [String(n), HV.t("Mur {n}", { n })])]),
        select("scene", HV.t("Scène"), scenes),
        select("rotation_s", HV.t("Rotation"), [["", HV.t("Celle du mur")], ["0", HV.t("Figée")], ["20", "20 s"], ["40", "40 s"], ["60", "60 s"]]),
        select("theme", HV.t("Thème"), [["", HV.t("Celui du mur")], ["auto", HV.t("Automatique, selon le soleil")], ["jour", HV.t("Jour")], ["nuit", HV.t("Nuit")], ["nuit-profonde", HV.t("Nuit profonde")]]),
        tick("visit", HV.t("Mode visite")), tick("pattern", HV.t("Mire de réglage")), said);
      form.addEventListener("change", (event) => (event.target.name === "screen" ? show() : send(chosen(), HV.t("Ordre donné au mur."))));
      form.addEventListener("submit", (event) => event.preventDefault());
      const foot = el("div", { class: "tool-foot" }, button(HV.t("Montrer cette vue"), () => send({ ...chosen(), ...here() }, HV.t("Le mur montre cette vue."))), button(HV.t("Épingler l’alarme"), pin), button(HV.t("Rendre la main"), () => send({}, HV.t("Le mur suit de nouveau son adresse.")).then(show)));
      return { panels: [Tools.panel("mur", HV.t("Piloter le mur"), form, foot)], bar: Tools.button("mur", HV.t("Mur"), "device-tv") };
    },
    opened(name) {
      if (name !== "mur") return;
      const scene = form.elements.scene;
      // Layers come with the feed, maybe after the panel was built.
      for (const layer of window.Vigie.layers || []) if (!Array.from(scene.options).some((option) => option.value === layer.key)) scene.append(el("option", { value: layer.key }, HV.t(layer.label)));
      fetchOrders();
    },
  });
})();
