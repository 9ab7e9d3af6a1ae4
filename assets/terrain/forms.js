// The forms of the agent's application, each a sheet from the bottom of the screen; what they say becomes an act in the outbox.
(function () {
  "use strict";
  const Field = self.Field;
  const { el, press } = Field;
  const LONGEST_SIDE = 1600, LARGEST = 900 * 1024;
  const sheet = document.getElementById("feuille");

  // fields: {name, label, type: "textarea" | "select" | "check" | "text" | "file", required: the sentence when it is missing, options, rows}.
  const ask = function (title, fields, word, done) {
    const said = el("p", "said");
    said.setAttribute("role", "alert");
    const form = el("form", "", Object.assign(el("h2", "", title), { id: "feuille-titre" }), ...fields.map(control), said);
    const submit = Object.assign(el("button", "press press--first", word), { type: "submit" });
    submit.dataset.testid = "terrain-valider";
    form.append(submit, press(HV.t("Annuler"), () => sheet.close()));
    form.noValidate = true;
    form.addEventListener("submit", async function (event) {
      event.preventDefault();
      const values = {};
      for (const field of fields) {
        const input = form.elements[field.name];
        values[field.name] = field.type === "check" ? input.checked : field.type === "file" ? input.files[0] : input.value.trim();
        if (field.required && !values[field.name]) { said.textContent = field.required; input.focus(); return; }
      }
      submit.disabled = true;
      const wrong = await done(values);
      submit.disabled = false;
      if (wrong) said.textContent = wrong;
      else sheet.close();
    });
    sheet.replaceChildren(form);
    if (!sheet.open) sheet.showModal();
    const first = form.querySelector("select, textarea, input");
    if (first) first.focus();
    return form;
  };
  const control = function (field) {
    const tag = field.type === "textarea" ? "textarea" : field.type === "select" ? "select" : "input";
    const input = Object.assign(document.createElement(tag), { name: field.name });
    if (tag === "select") input.append(...field.options.map(([value, word]) => Object.assign(document.createElement("option"), { value, textContent: word })));
    if (tag === "textarea") Object.assign(input, { rows: field.rows || 3, maxLength: 2000 });
    if (field.type === "check") input.type = "checkbox";
    if (field.type === "number") Object.assign(input, { type: "number", min: "0.1", step: "any", value: "1", inputMode: "decimal" });
    if (field.type === "file") Object.assign(input, { type: "file", accept: "image/*" }), input.setAttribute("capture", "environment");
    if (field.type === "text") Object.assign(input, { type: "text", maxLength: 200, autocomplete: "off" });
    return field.type === "check" ? el("label", "check", input, el("span", "", field.label)) : el("label", "field", el("span", "", field.label), input);
  };

  const reason = (title, verb, word, label) => (one) => ask(title(), [{ name: "comment", label: label(), type: "textarea", required: HV.t("Dites pourquoi.") }], word(), async function (values) { await Field.send(one, verb, word(), values); });
  const CAUSES = () => ["", HV.t("Casse"), HV.t("Usure"), HV.t("Accident, choc"), HV.t("Vandalisme, vol"), HV.t("Surtension, foudre"), HV.t("Intempérie"), HV.t("Travaux d’un tiers"), HV.t("Aucun défaut trouvé"), HV.t("Autre")];
  const ACTIONS = () => ["", HV.t("Réparé"), HV.t("Remplacé"), HV.t("Remis en service"), HV.t("Mis en sécurité, réparation à suivre"), HV.t("Nettoyé, dégagé"), HV.t("Contrôlé, rien à faire")];
  const choices = (words) => words.map((word) => [word, word || HV.t("Choisir…")]);

  // The picture is made small before it is kept: a day off-line must fit in the phone, and 4G in a valley must carry it.
  const shrink = async function (file) {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    for (const [side, quality] of [[LONGEST_SIDE, 0.8], [LONGEST_SIDE, 0.6], [1200, 0.6], [900, 0.5]]) {
      const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
      const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((give) => canvas.toBlob(give, "image/jpeg", quality));
      if (blob.size <= LARGEST) return blob.arrayBuffer();
    }
    throw new Error("the picture cannot be made small enough");
  };

  Field.forms = {
    refuse: reason(() => HV.t("Refuser l’intervention"), "refuse", () => HV.t("Refuser"), () => HV.t("Motif, obligatoire")),
    impossible: reason(() => HV.t("Intervention impossible"), "impossible", () => HV.t("Déclarer impossible"), () => HV.t("Motif, obligatoire : accès, matériel, danger…")),
    note: (one) => ask(HV.t("Noter"), [{ name: "comment", label: HV.t("Ce que vous constatez"), type: "textarea", rows: 5, required: HV.t("Écrivez la note.") }], HV.t("Enregistrer"), async function (values) { await Field.send(one, "note", HV.t("Note"), values); }),
    help: (one) => ask(HV.t("Besoin de renfort"), [{ name: "comment", label: HV.t("Qui, quoi ? Facultatif"), type: "textarea" }], HV.t("Demander du renfort"), async function (values) {
      const position = await Field.position(3000);
      await Field.onIntervention(one, "help", HV.t("Renfort") + ", " + one.number, Object.assign(values, position ? { position } : {}));
    }),
    parts: (one) => ask(HV.t("Pièces posées"), [{ name: "name", label: HV.t("Pièce"), type: "text", required: HV.t("Nommez la pièce.") }, { name: "quantity", label: HV.t("Quantité"), type: "number" }], HV.t("Ajouter"), async function (values) {
      const quantity = Number(values.quantity.replace(",", "."));
      if (!(quantity > 0)) return HV.t("La quantité est un nombre, plus grand que zéro.");
      await Field.send(one, "parts", HV.t("Pièce"), { parts: [{ name: values.name, quantity }] });
      return null;
    }),
    done: (one) => ask(HV.t("Compte rendu"), [
      { name: "action", label: HV.t("Ce qui a été fait"), type: "select", options: choices(ACTIONS()), required: HV.t("Choisissez ce qui a été fait.") },
      { name: "cause", label: HV.t("Cause"), type: "select", options: choices(CAUSES()) },
      { name: "note", label: HV.t("Précision"), type: "textarea" },
      { name: "part", label: HV.t("Pièce posée, facultatif"), type: "text" },
    ], HV.t("Terminer"), async function (values) {
      const parts = values.part ? [{ name: values.part, quantity: 1 }] : [];
      await Field.send(one, "done", HV.t("Terminée"), { comment: [values.action, values.note].filter(Boolean).join(" — "), cause: values.cause, parts });
    }),
    photo: (one) => ask(HV.t("Ajouter une photo"), [
      { name: "file", label: HV.t("Photo"), type: "file", required: HV.t("Prenez la photo.") },
      { name: "faces", label: HV.t("Ni visage ni plaque sur cette photo"), type: "check", required: HV.t("Regardez la photo : un visage ou une plaque, et elle est à reprendre.") },
      { name: "comment", label: HV.t("Légende, facultatif"), type: "text" },
    ], HV.t("Ajouter"), async function (values) {
      let bytes;
      try { bytes = await shrink(values.file); } catch (unreadable) { return HV.t("Ce fichier n’est pas une photo lisible."); }
      await Field.onIntervention(one, "photo", HV.t("Photo") + ", " + one.number, { without_faces: "true", comment: values.comment }, { bytes });
      return null;
    }),
    leave: async function () {
      const left = Field.wait().length;
      if (left) return Field.tell(HV.tn("{n} action n’est pas envoyée : attendez le réseau avant de vous déconnecter.", "{n} actions ne sont pas envoyées : attendez le réseau avant de vous déconnecter.", left));
      await Field.forget("day");
      const form = Object.assign(document.createElement("form"), { method: "post", action: "/deconnexion" });
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "_csrf_token", value: await Field.csrf() }));
      document.body.append(form);
      form.submit();
      return null;
    },
  };

  // A label -----------------------------------------------------------------------------------------------------------
  let found = null, wrong = "";
  const look = async function (code) {
    found = null;
    wrong = "";
    const known = Field.interventions().find((one) => one.asset_urn === code || (one.asset_code || "").toLowerCase() === code.toLowerCase());
    try {
      const answer = await fetch("/api/v1/field/asset?code=" + encodeURIComponent(code), { credentials: "same-origin", signal: AbortSignal.timeout(8000) });
      const read = await answer.json();
      if (answer.ok) found = read;
      else wrong = read.detail;
    } catch (noNetwork) {
      if (known) found = { id: known.asset_id, name: known.asset_name, code: known.asset_code, kind: "", address: known.address, details: [], alarms: [], risks: known.risks, protection: known.protection, lon: known.lon, lat: known.lat };
      else wrong = HV.t("Hors ligne : cet équipement n’est pas dans vos interventions.");
    }
    Field.leave = null;
    Field.draw();
  };
  const fact = (word, said) => (said ? el("div", "", el("dt", "", word), el("dd", "", said)) : null);
  const sheetOf = function (asset) {
    const mine = Field.interventions().filter((one) => one.asset_id === asset.id && one.isMine);
    const report = Object.assign(el("a", "press", HV.t("Signaler un problème ici")), { href: "#/signaler" });
    report.addEventListener("click", () => { place = { lon: asset.lon, lat: asset.lat, address: [asset.address, asset.code].filter(Boolean).join(", ") }; });
    return [el("div", "heading", el("h1", "", asset.name)), el("dl", "facts", fact(HV.t("Repère"), asset.code), fact(HV.t("Type"), asset.kind), fact(HV.t("Adresse"), asset.address), ...asset.details.map(([word, said]) => fact(word, said))),
      ...asset.alarms.map((alarm) => el("p", "said", HV.severityWord(alarm.priority) + " : " + HV.t(alarm.title))), asset.risks.length ? el("p", "", HV.t("Risques : {words}", { words: asset.risks.join(", ") })) : null,
      ...mine.map((one) => Object.assign(el("a", "press press--first", one.title), { href: "#/i/" + one.id })), report];
  };
  Field.scan = function () {
    const input = Object.assign(document.createElement("input"), { type: "text", name: "code", autocomplete: "off", autocapitalize: "characters", enterKeyHint: "search" });
    const form = el("form", "", el("label", "field", el("span", "", HV.t("Identifiant de l’étiquette")), input), Object.assign(el("button", "press press--first", HV.t("Chercher")), { type: "submit" }));
    form.addEventListener("submit", (event) => { event.preventDefault(); if (input.value.trim()) look(input.value.trim()); });
    const body = [el("div", "heading", el("h1", "", HV.t("Scanner un équipement")))];
    let stream = null;
    if ("BarcodeDetector" in self && navigator.mediaDevices) body.push(press(HV.t("Ouvrir l’appareil photo"), async function (event) {
      const video = Object.assign(document.createElement("video"), { autoplay: true, muted: true, playsInline: true });
      try { stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }); } catch (refused) { return Field.tell(HV.t("Appareil photo refusé : tapez l’identifiant.")); }
      video.srcObject = stream;
      event.target.replaceWith(video);
      const detector = new self.BarcodeDetector({ formats: ["qr_code"] });
      const watch = async function () {
        if (!stream) return;
        const codes = await detector.detect(video).catch(() => []);
        if (!codes.length) return setTimeout(watch, 200);
        stop();
        look(codes[0].rawValue.trim());
      };
      watch();
    }));
    const stop = function () { if (stream) stream.getTracks().forEach((track) => track.stop()); stream = null; };
    body.push(form, wrong ? Object.assign(el("p", "said", wrong), { role: "alert" }) : null, ...(found ? sheetOf(found) : []));
    return { title: HV.t("Scanner"), tab: "scanner", body: body.filter(Boolean), leave: stop };
  };

  // What is seen --------------------------------------------------------------------------------------------------------
  let place = null;
  Field.signal = function () {
    const types = (Field.state.day && Field.state.day.types) || [];
    const fields = [
      { name: "type", label: HV.t("Quoi ?"), type: "select", options: [["", HV.t("Choisir…")]].concat(types.map((one) => [one.key, one.label])) },
      { name: "address", label: HV.t("Où ? Rue, repère"), type: "text" }, { name: "description", label: HV.t("Ce que vous voyez"), type: "textarea" },
    ];
    const said = Object.assign(el("p", "said"), { role: "alert" });
    const where = el("p", "", place ? HV.t("Lieu : {place}", { place: place.address || HV.t("votre position") }) : HV.t("Le lieu sera votre position au moment de l’envoi."));
    const submit = Object.assign(el("button", "press press--first", HV.t("Signaler")), { type: "submit" });
    const form = el("form", "", ...fields.map(control), where, said, submit);
    if (place) form.elements.address.value = place.address;
    form.addEventListener("submit", async function (event) {
      event.preventDefault();
      const type = form.elements.type.value;
      if (!type) { said.textContent = HV.t("Choisissez ce que vous signalez."); return; }
      submit.disabled = true;
      const at = place || (await Field.position(8000));
      submit.disabled = false;
      if (!at) { said.textContent = HV.t("Position introuvable : autorisez-la, ou scannez un équipement proche."); return; }
      const body = { type, lon: at.lon, lat: at.lat, address: form.elements.address.value.trim(), description: form.elements.description.value.trim() };
      place = null;
      Field.leave = null;
      await Field.act({ verb: "signal", label: HV.t("Signalement"), url: "/api/v1/field/signal", body });
      Field.tell(HV.t("Signalement gardé ; il part avec le réseau."));
      location.hash = "#/";
    });
    return { title: HV.t("Signaler"), tab: "signaler", body: [el("div", "heading", el("h1", "", HV.t("Signaler un problème"))), form], leave: () => null };
  };

  // Help ----------------------------------------------------------------------------------------------------------------
  const HOLD_MS = 2000;
  const call = async function () {
    if (navigator.vibrate) navigator.vibrate([200, 100, 200]);
    const open = /^#\/i\/(\d+)$/.exec(location.hash);
    const current = open ? Number(open[1]) : (["on_site", "en_route", "accepted"].map((status) => Field.interventions().find((one) => one.isMine && one.status === status)).find(Boolean) || {}).id || null;
    location.hash = "#/secours";
    const position = await Field.position(3000);
    await Field.act({ verb: "distress", isUrgent: true, intervention: null, label: HV.t("AGENT EN DIFFICULTÉ"), url: "/api/v1/field/distress", body: Object.assign({ intervention_id: current }, position ? { position } : {}) });
  };
  Field.holdable = function (button) {
    let timer = 0;
    const begin = function (event) {
      if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
      if (event.type === "keydown") event.preventDefault();
      if (timer) return;
      button.classList.add("holding");
      timer = setTimeout(function () { end(); call(); }, HOLD_MS);
    };
    const end = function () { clearTimeout(timer); timer = 0; button.classList.remove("holding"); };
    for (const name of ["pointerdown", "keydown"]) button.addEventListener(name, begin);
    for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) button.addEventListener(name, end);
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    return button;
  };
  Field.rescue = function () {
    const waiting = Field.state.pending.find((entry) => entry.verb === "distress" && entry.who === Field.state.me);
    const sent = Field.state.call;
    const phone = Field.state.day && Field.state.day.phone;
    const tel = (number, word, isFirst) => Object.assign(el("a", isFirst ? "press press--first" : "press", word), { href: "tel:" + number.replace(/[^\d+]/g, "") });
    const words = waiting ? (Field.state.net ? HV.t("Envoi de l’appel…") : HV.t("NON TRANSMIS : pas de réseau. Appelez de vive voix.")) : sent ? HV.t("Appel transmis au poste à {h}.", { h: Field.hour(sent.at) }) : HV.t("Maintenez le bouton deux secondes : le poste reçoit une alarme critique avec votre position.");
    const again = Field.holdable(Object.assign(el("button", "press danger", el("span", "hold"), HV.t("Maintenir 2 secondes")), { type: "button" }));
    const safe = sent && !waiting ? press(HV.t("Je suis hors de danger"), () => Field.act({ verb: "safe", label: HV.t("Hors de danger"), url: "/api/v1/field/distress/" + sent.event + "/end", body: {} })) : null;
    const state = Object.assign(el("p", "said", words), { role: "status" });
    state.dataset.testid = "terrain-secours";
    return { title: HV.t("En difficulté"), isDeep: true, body: [el("div", "heading", el("h1", "", HV.t("Agent en difficulté"))), state, tel("112", HV.t("Appeler le 112"), true), phone ? tel(phone, HV.t("Appeler le poste de contrôle")) : null, again, safe].filter(Boolean) };
  };
  const tab = Field.holdable(document.getElementById("difficulte"));
  tab.addEventListener("click", () => { location.hash = "#/secours"; });
  Field.begin();
})();
