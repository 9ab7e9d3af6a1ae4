// Buttons and forms that are one request of the API: `data-post` names the path, `data-said` what is said once it is written; the page is then read again.
// A form sends its fields by name; `data-kind` of a field says how it travels (number, decimal, list, day, moment). What is refused is said beside it, and nothing is lost.
(function () {
  "use strict";
  const HV = window.HV;
  const READ = {
    number: (value) => (value === "" ? null : Number(value)),
    // 0,17 as people write it here: the French decimal comma, and spaces between thousands.
    decimal: (value) => (value.trim() === "" ? null : Number(value.replace(/[\s\u00a0\u202f]/g, "").replace(",", "."))),
    list: (_value, field) => Array.from(field.selectedOptions || [], (option) => option.value),
    day: (value) => HV.dates.read(value, false) || null,
    moment: (value) => (value === "" ? null : new Date(HV.dates.utc(HV.dates.read(value, true))).toISOString()),
    truth: (_value, field) => field.checked,
    or: (value) => (value === "" ? null : value),
  };
  const DATES = { date: "day", "datetime-local": "moment" };
  const SHOWN_MS = 6000;

  HV.post = async function (path, body, method) {
    const csrf = document.querySelector(".frame").dataset.csrf;
    const answer = await fetch(path, { method: method || "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf, "Idempotency-Key": HV.newKey() }, body: JSON.stringify(body || {}) });
    const read = await answer.json().catch(() => ({}));
    if (answer.status === 423) document.dispatchEvent(new CustomEvent("vigie:held"));
    if (!answer.ok) throw Object.assign(new Error(read.detail || HV.t("La demande n’a pas été enregistrée : réessayez.")), { status: answer.status, read });
    return read;
  };
  // Dash has no plain input: `data-entry` is the place of one (layouts/parts/entry.py).
  HV.onPaint(function () {
    for (const place of document.querySelectorAll("[data-entry]:empty")) {
      const { kind, type, ...said } = JSON.parse(place.dataset.entry), isLong = type === "textarea";
      if (DATES[type]) {
        place.append(HV.dates.field(DATES[type], said));
        place.querySelector("input").dataset.kind = DATES[type];
        continue;
      }
      const input = Object.assign(document.createElement(isLong ? "textarea" : "input"), { className: "field" }, isLong ? { rows: 3 } : { type }, said);
      if (kind === "decimal") Object.assign(input, { inputMode: "decimal", pattern: "\\s*-?[0-9\\s\u00a0\u202f]+([.,][0-9]+)?\\s*", autocomplete: "off" });
      if (kind) input.dataset.kind = kind;
      place.append(input);
    }
  });
  // {name} in a form's path is the value of that field.
  const pathOf = (form) => form.dataset.post.replace(/\{(\w+)\}/g, (_whole, name) => encodeURIComponent(form.elements[name].value));
  const fields = function (form) {
    const said = {};
    for (const field of form.elements) {
      if (!field.name || field.dataset.kind === "path" || (field.type === "radio" && !field.checked)) continue;
      const read = READ[field.dataset.kind];
      said[field.name] = read ? read(field.value, field) : field.value.trim();
    }
    return said;
  };
  const send = async function (source, path, body) {
    const button = source.matches("button") ? source : source.querySelector("button[type=submit]");
    const place = source.closest("[data-answer]") || source;
    if (button.disabled) return;
    button.disabled = true;
    let note = place.querySelector(".post-refusal");
    try {
      const read = await HV.post(path, body);
      if (note) note.remove();
      document.dispatchEvent(new CustomEvent("vigie:posted", { detail: { path, read, source } }));
      if (source.dataset.said) sessionStorage.setItem("vigie-said", source.dataset.said);
      if (source.dataset.then) return window.location.assign(source.dataset.then);
      window.location.reload();
    } catch (error) {
      if (!note) place.append((note = Object.assign(document.createElement("p"), { className: "post-refusal" })));
      note.setAttribute("role", "alert");
      note.textContent = error.status ? error.message : HV.t("Non enregistré : la liaison est perdue. Réessayez.");
    } finally {
      button.disabled = false;
    }
  };
  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("button[data-post]");
    if (button) send(button, button.dataset.post, button.dataset.body ? JSON.parse(button.dataset.body) : {});
  });
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.dataset || !form.dataset.post) return;
    event.preventDefault();
    if (form.reportValidity()) send(form, pathOf(form), fields(form));
  });
  // What was written is said on the page read again.
  HV.onPaint(function () {
    const said = sessionStorage.getItem("vigie-said"), frame = document.querySelector(".frame");
    if (!said || !frame) return;
    sessionStorage.removeItem("vigie-said");
    const note = Object.assign(document.createElement("p"), { className: "posted-note", textContent: said });
    note.setAttribute("role", "status");
    frame.append(note);
    setTimeout(() => note.remove(), SHOWN_MS);
  });
})();
