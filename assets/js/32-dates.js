// Days and moments as people write them here, whatever the browser's language: « 20/11/2026 », « 20/11/2026 18:04 », in hours of Paris. A button opens the month.
(function () {
  "use strict";
  const HV = window.HV;
  const WRITTEN = /^(\d{1,2})[/. -](\d{1,2})(?:[/. -](\d{4}|\d{2}))?(?:,?\s+(?:à\s+)?(\d{1,2})\s*[:hH]\s*(\d{2})?)?$/;
  const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?/;
  const DAY_MS = 86400000, two = (n) => String(n).padStart(2, "0");
  const make = (tag, more, ...children) => { const made = Object.assign(document.createElement(tag), more); made.append(...children); return made; };

  // The hour of Paris of an instant, as programs write it, and back; the machine's own zone has no part in it.
  const parts = (at) => Object.fromEntries(new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Paris", hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).formatToParts(new Date(at)).map((part) => [part.type, part.value]));
  const local = function (at) {
    const { year, month, day, hour, minute } = parts(at);
    return `${year}-${month}-${day}T${hour}:${minute}`;
  };
  const utc = function (text) {
    const naive = Date.parse(text + "Z");
    if (Number.isNaN(naive)) return NaN;
    // Twice: near a change of clocks the first guess may stand on the other side of it.
    let guess = naive;
    for (let turn = 0; turn < 2; turn++) guess = naive - (Date.parse(local(guess) + "Z") - guess);
    return guess;
  };

  // « 7/2 », « 07.02.26 », « 7/2/2026 18h04 » or what programs write, as YYYY-MM-DD or YYYY-MM-DDTHH:MM; empty when it is no date. A year left out is this one, an hour midnight.
  const read = function (text, hasHour) {
    const said = text.trim(), iso = ISO.exec(said), found = WRITTEN.exec(said);
    if (!iso && !found) return "";
    const [year, month, day, hour, minute] = (iso ? iso.slice(1) : [found[3] || local(HV.now()).slice(0, 4), found[2], found[1], found[4], found[5]]).map((part) => Number(part || 0));
    const whole = year < 100 ? 2000 + year : year, of = new Date(Date.UTC(whole, month - 1, day));
    if (of.getUTCMonth() !== month - 1 || of.getUTCDate() !== day || hour > 23 || minute > 59) return "";
    return `${whole}-${two(month)}-${two(day)}` + (hasHour ? `T${two(hour)}:${two(minute)}` : "");
  };
  const written = (iso) => (iso ? iso.slice(8, 10) + "/" + iso.slice(5, 7) + "/" + iso.slice(0, 4) + (iso.length > 10 ? " " + iso.slice(11, 16) : "") : "");
  const hasHour = (input) => input.closest("[data-date]").dataset.date === "moment";
  const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
  const put = function (input, iso) {
    value.set.call(input, written(iso));
    judge(input);
  };
  // As if it had been typed: Dash hears it too.
  const type = function (input, iso) {
    put(input, iso);
    for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
  };
  const judge = function (input) {
    const isWrong = input.value.trim() !== "" && !read(input.value, hasHour(input));
    const form = hasHour(input) ? HV.t("Écrivez le jour et l’heure ainsi : 20/11/2026 18:04") : HV.t("Écrivez le jour ainsi : 20/11/2026");
    input.setCustomValidity(isWrong ? form : "");
    input.setAttribute("aria-invalid", String(isWrong));
    input.title = isWrong ? form : "";
  };
  HV.dates = { local, utc, read, written, put, iso: (input) => read(input.value, hasHour(input)), at: (input) => utc(read(input.value, true)) };

  // The month: a grid of days that arrows walk, over everything, closed by Escape or by a press elsewhere.
  const month = function (place, input) {
    const over = make("div", { className: "date-month", popover: "auto" }), heading = make("strong"), grid = make("div", { className: "date-days" });
    over.setAttribute("role", "dialog");
    over.setAttribute("aria-label", HV.t("Choisir un jour"));
    let shown = 0;
    const step = (name, label, far) => { const made = make("button", { type: "button", className: "date-turn" }, HV.icon(name)); made.setAttribute("aria-label", label); made.addEventListener("click", () => turn(far)); return made; };
    const named = (at, options) => new Intl.DateTimeFormat(HV.locale() === "fr" ? "fr-FR" : "en-GB", Object.assign({ timeZone: "UTC" }, options)).format(at);
    const draw = function (focused) {
      const now = HV.dates.iso(input).slice(0, 10), today = local(HV.now()).slice(0, 10), of = new Date(shown), first = Date.UTC(of.getUTCFullYear(), of.getUTCMonth(), 1);
      heading.textContent = named(first, { month: "long", year: "numeric" });
      const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY_MS, cells = [];
      for (let rank = 0; rank < 7; rank++) cells.push(make("span", { className: "date-weekday", textContent: named(monday + rank * DAY_MS, { weekday: "short" }) }));
      for (let rank = 0; rank < 42; rank++) {
        const at = monday + rank * DAY_MS, iso = new Date(at).toISOString().slice(0, 10), cell = make("button", { type: "button", textContent: String(new Date(at).getUTCDate()), tabIndex: at === shown ? 0 : -1 });
        cell.dataset.jour = iso;
        cell.setAttribute("aria-label", named(at, { weekday: "long", day: "numeric", month: "long", year: "numeric" }));
        if (iso === now) cell.setAttribute("aria-current", "true");
        if (iso === today) cell.dataset.today = "";
        if (new Date(at).getUTCMonth() !== of.getUTCMonth()) cell.dataset.other = "";
        cells.push(cell);
      }
      grid.replaceChildren(...cells);
      if (focused) grid.querySelector("[tabindex='0']").focus();
    };
    const turn = function (far, focused) {
      const of = new Date(shown), last = new Date(Date.UTC(of.getUTCFullYear(), of.getUTCMonth() + far + 1, 0)).getUTCDate();
      shown = Date.UTC(of.getUTCFullYear(), of.getUTCMonth() + far, Math.min(of.getUTCDate(), last));
      draw(focused);
    };
    const WALK = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    over.addEventListener("keydown", function (event) {
      event.stopPropagation(); // The page's own arrows rest while a month is open.
      if (event.key === "PageUp" || event.key === "PageDown") { event.preventDefault(); turn(event.key === "PageUp" ? -1 : 1, true); }
      if (!(event.key in WALK) || !event.target.dataset.jour) return;
      event.preventDefault();
      shown += WALK[event.key] * DAY_MS;
      draw(true);
    });
    grid.addEventListener("click", function ({ target }) {
      const day = target.dataset.jour;
      if (!day) return;
      type(input, hasHour(input) ? day + "T" + (HV.dates.iso(input).slice(11, 16) || "00:00") : day);
      over.hidePopover();
      input.focus();
    });
    over.append(make("div", { className: "date-head" }, step("chevron-left", HV.t("Mois précédent"), -1), heading, step("chevron-right", HV.t("Mois suivant"), 1)), grid);
    over.open = function () {
      const box = place.getBoundingClientRect();
      shown = Date.parse((HV.dates.iso(input) || local(HV.now())).slice(0, 10));
      draw(false);
      over.showPopover();
      const { offsetWidth: width, offsetHeight: height } = over;
      over.style.left = Math.max(4, Math.min(box.left, innerWidth - width - 4)) + "px";
      over.style.top = (box.bottom + height + 4 < innerHeight ? box.bottom + 4 : Math.max(4, box.top - height - 4)) + "px";
      grid.querySelector("[tabindex='0']").focus();
    };
    return over;
  };
  const dress = function (place) {
    const input = place.querySelector("input");
    if (!input || place.querySelector(".date-open")) return;
    Object.assign(input, { placeholder: hasHour(input) ? HV.t("jj/mm/aaaa hh:mm") : HV.t("jj/mm/aaaa"), autocomplete: "off", inputMode: "text" });
    const label = place.closest("label");
    // The button stands in the label too, and would lend the field its name.
    if (label && !input.hasAttribute("aria-label")) input.setAttribute("aria-label", label.textContent.trim());
    if (ISO.test(input.value)) put(input, read(input.value, hasHour(input)));
    let over = null;
    const button = make("button", { type: "button", className: "date-open" }, HV.icon("calendar"));
    button.setAttribute("aria-label", HV.t("Ouvrir le calendrier"));
    button.addEventListener("click", function (event) { event.preventDefault(); if (!over) place.append((over = month(place, input))); over.open(); }); // A label would hand the press to its field.
    input.addEventListener("change", () => { const found = HV.dates.iso(input); if (found && input.value !== written(found)) type(input, found); else judge(input); });
    place.append(button);
  };
  // A field of its own, for forms that scripts draw. more: properties of the input.
  HV.dates.field = function (kind, more) {
    const place = make("span", { className: "date-field" }, make("input", Object.assign({ type: "text", className: "field" }, more)));
    place.dataset.date = kind;
    dress(place);
    return place;
  };
  HV.onPaint(() => document.querySelectorAll("[data-date]").forEach(dress));
})();
