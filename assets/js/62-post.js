// « Prise de poste »: the tests, the sections read one by one, and the signature, which waits until everything was read and the link is live.
(function () {
  "use strict";
  const HV = window.HV;
  const byId = (id) => document.getElementById(id);
  const here = () => byId("poste");
  const foot = () => document.querySelector(".post-foot");
  const mode = () => (foot() ? foot().dataset.mode : "");
  const rows = () => Array.from(document.querySelectorAll(".section-row"));
  let page = null, tests = {}, role = "operator", current = "1";
  const read = new Set();

  const show = function (number) {
    current = number;
    for (const row of rows()) row.setAttribute("aria-current", String(row.dataset.rubrique === number));
    document.querySelectorAll("[data-detail]").forEach((section) => { section.hidden = section.dataset.detail !== number; });
    paint();
  };
  const mark = function () {
    if (!byId("releve-lire")) return;
    read.add(current);
    const next = rows().find((row) => !read.has(row.dataset.rubrique));
    show(next ? next.dataset.rubrique : current);
  };
  const unread = () => rows().map((row) => row.dataset.rubrique).filter((number) => !read.has(number));
  const defect = () => (byId("poste-defaut") ? byId("poste-defaut").value.trim() : "");
  // What forbids the signature now, as a sentence; nothing when it may be given.
  const missing = function () {
    if (!HV.isLive()) return HV.t("Liaison perdue : on ne signe pas un dossier qui n’est pas à jour");
    if (mode() !== "incoming") return "";
    const left = unread();
    if (left.length) return HV.tn("Lire la rubrique {list} pour signer", "Lire les rubriques {list} pour signer", left.length).replace("{list}", left.join(", "));
    if (!(tests.son && tests.ecran) && !defect()) return HV.t("Faites les contrôles, ou écrivez le défaut constaté");
    return "";
  };
  const paint = function () {
    if (!here() || !foot()) return;
    for (const row of rows()) {
      const isRead = read.has(row.dataset.rubrique), word = row.querySelector(".read-word");
      row.dataset.lu = isRead ? "oui" : "non";
      if (word) word.textContent = isRead ? HV.t("lu") : HV.t("à lire");
    }
    const count = byId("releve-lues"), word = byId("releve-lire-mot"), why = byId("releve-pourquoi"), reason = missing();
    if (count && byId("releve-lire")) count.textContent = HV.tn("{n} rubrique lue sur {all}", "{n} rubriques lues sur {all}", read.size, { all: rows().length });
    if (word) word.textContent = read.has(current) ? HV.t("Rubrique {n} lue", { n: current }) : HV.t("Marquer la rubrique {n} comme lue", { n: current });
    if (byId("releve-lire")) byId("releve-lire").disabled = read.has(current);
    if (why && why.textContent !== reason) why.textContent = reason;
    for (const id of ["releve-signer", "releve-sortant", "releve-rejoindre"]) {
      const button = byId(id);
      if (button && !button.dataset.envoi) button.disabled = Boolean(id === "releve-rejoindre" ? !HV.isLive() || (!(tests.son && tests.ecran) && !defect()) : reason);
    }
    const entrant = byId("releve-entrant-dit");
    if (entrant && mode() === "incoming") entrant.textContent = unread().length ? HV.tn("{n} rubrique reste à lire", "{n} rubriques restent à lire", unread().length) : HV.t("à signer");
  };

  // The tone is also the gesture after which the browser lets this page sound.
  const test = function (name, said, good) {
    tests[name] = good;
    const line = byId("controle-" + name + "-ligne");
    line.dataset.fait = good ? "oui" : "non";
    byId("controle-" + name + "-dit").textContent = said;
    byId("controle-" + name).textContent = good ? HV.t("fait") : HV.t("Recommencer");
    paint();
  };
  const testSound = function () {
    if (window.Vigie.setSound) window.Vigie.setSound(true);
    window.Vigie.testSound("S2");
    setTimeout(function () {
      const state = document.documentElement.dataset.son;
      test("son", state === "bloque" ? HV.t("le navigateur bloque le son : cliquez de nouveau") : HV.t("entendu à {h}", { h: HV.time(HV.now()) }), state !== "bloque");
    }, 300);
  };
  const testScreen = function () {
    const good = HV.isLive() && Boolean(HV.lastData());
    test("ecran", good ? HV.t("image, heure et données conformes à {h}", { h: HV.time(HV.now()) }) : HV.t("les données n’arrivent pas : vérifiez la liaison"), good);
  };

  const send = async function (button, path, body, then) {
    button.disabled = true;
    button.dataset.envoi = "oui";
    let note = foot().querySelector(".post-refusal");
    try {
      await HV.post(path, body);
      sessionStorage.setItem("vigie-said", then.said);
      window.location.assign(then.to);
    } catch (error) {
      if (!note) foot().append((note = Object.assign(document.createElement("p"), { className: "post-refusal" })));
      note.setAttribute("role", "alert");
      note.textContent = error.status ? error.message : HV.t("NON enregistré : la liaison est perdue. Réessayez.");
      delete button.dataset.envoi;
      paint();
    }
  };
  const taking = (double) => ({
    station_id: Number(foot().dataset.poste), team_id: Number(byId("poste-equipe").value), role, double, read: Array.from(read, Number),
    checks: { sound: Boolean(tests.son), screen: Boolean(tests.ecran), defect: defect() },
  });
  const notes = () => Object.fromEntries(Array.from(document.querySelectorAll("[data-note]"), (field) => [field.dataset.note, field.value.trim()]).filter(([, text]) => text));
  const ACTS = {
    "releve-lire": mark,
    "controle-son": testSound,
    "controle-ecran": testScreen,
    "releve-signer": (button) => send(button, "/api/v1/shifts/take", taking(false), { to: "/console", said: HV.t("Vous tenez le poste. La relève est à la main courante.") }),
    "releve-rejoindre": (button) => send(button, "/api/v1/shifts/take", taking(true), { to: "/console", said: HV.t("Vous êtes en double commande.") }),
    "releve-sortant": (button) => send(button, "/api/v1/shifts/sign", { notes: notes() }, { to: "/poste", said: HV.t("Relève signée : le dossier attend l’entrant.") }),
  };
  document.addEventListener("click", function (event) {
    if (!here() || !event.target.closest) return;
    const row = event.target.closest(".section-row"), segment = event.target.closest(".segment"), button = event.target.closest("button");
    if (row) return show(row.dataset.rubrique);
    if (segment) {
      role = segment.dataset.role;
      document.querySelectorAll(".segment").forEach((one) => one.setAttribute("aria-checked", String(one === segment)));
      return;
    }
    if (button && ACTS[button.id] && !button.disabled) ACTS[button.id](button);
  });
  document.addEventListener("change", function (event) {
    if (event.target.id === "poste-station") window.location.assign("/poste?poste=" + encodeURIComponent(event.target.value));
  });
  document.addEventListener("input", (event) => event.target.id === "poste-defaut" && paint());
  document.addEventListener("keydown", function (event) {
    if (!here() || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key.toLowerCase() === "l") mark();
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = rows(), at = all.findIndex((one) => one.dataset.rubrique === current), next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    show(next.dataset.rubrique);
    next.focus();
  });
  HV.onPaint(function () {
    if (!here()) { page = null; return; }
    if (page !== here()) { page = here(); tests = {}; role = "operator"; read.clear(); document.querySelectorAll("select[data-choisi]").forEach((select) => { select.value = select.dataset.choisi; }); if (foot()) show("1"); }
    paint();
  });
  document.addEventListener("vigie:liaison", paint);
})();
