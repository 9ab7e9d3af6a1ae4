// Words and figures of the scripts: the reader's language, French typography, the hours of Paris. HV.t is the only way to a text.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const ZONE = "Europe/Paris";
  const NBSP = "\u00A0";
  let words = {};
  let locale = "fr";

  // Reads the words that the page carries, once per page: a map may draw its first label before the frame is dressed, so every text asks for it.
  HV.readWords = function () {
    const source = document.getElementById("textes");
    if (!source || source.dataset.read) return;
    source.dataset.read = "true";
    locale = source.dataset.locale || "fr";
    words = JSON.parse(source.dataset.words || "{}");
    document.documentElement.lang = locale;
    formats.clear();
  };
  HV.locale = () => locale;

  // French typography in one place: authors type plain spaces, readers get no-break ones before : ; ? ! % and inside « ».
  const typeset = (text) => (locale === "fr" ? text.replace(/ ([:;?!%»])(?=$|[\s.,])/g, NBSP + "$1").replace(/« /g, "«" + NBSP) : text);
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
  // The text in the reader's language; {name} is filled from values. The French text is the key.
  HV.t = function (text, values) {
    HV.readWords();
    const found = words[text];
    return filled(typeset((Array.isArray(found) ? found[0] : found) || text), values);
  };
  // Singular or plural by count, which fills {n}; other {names} are filled from values. French counts 0 and 1 as singular, English 1 alone.
  HV.tn = function (one, many, count, values) {
    HV.readWords();
    const isOne = locale === "fr" ? Math.abs(count) < 2 : count === 1;
    const found = words[one];
    const text = (Array.isArray(found) && found[isOne ? 0 : 1]) || (isOne ? one : many);
    return filled(typeset(text), Object.assign({ n: HV.number(count) }, values));
  };

  const formats = new Map();
  const format = function (kind, options) {
    const key = kind + JSON.stringify(options);
    if (!formats.has(key)) formats.set(key, new Intl[kind](locale === "fr" ? "fr-FR" : "en-GB", options));
    return formats.get(key);
  };
  // B612 has no narrow no-break space: the ordinary one takes its place.
  const plain = (text) => text.replace(/\u202F/g, NBSP);
  const date = (at) => (at instanceof Date ? at : new Date(at));

  HV.number = (value, digits) => plain(format("NumberFormat", { maximumFractionDigits: digits === undefined ? digitsOf(value) : digits, minimumFractionDigits: digits || 0 }).format(value));
  // Three significant figures are what a glance keeps: 0,42 · 1,42 · 88,4 · 412.
  const digitsOf = (value) => (Number.isInteger(value) ? 0 : Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  HV.quantity = (value, unit, digits) => HV.number(value, digits) + (unit ? NBSP + unit : "");
  HV.time = (at) => format("DateTimeFormat", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" }).format(date(at));
  HV.timeS = (at) => format("DateTimeFormat", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(date(at));
  HV.weekday = (at) => format("DateTimeFormat", { timeZone: ZONE, weekday: "long" }).format(date(at));
  HV.day = (at) => format("DateTimeFormat", { timeZone: ZONE, day: "numeric", month: "long" }).format(date(at));
  HV.dayShort = (at) => format("DateTimeFormat", { timeZone: ZONE, weekday: "short", day: "numeric", month: "short" }).format(date(at));
  // The hour, with the day when it is not today's: an alarm of yesterday 18:03 must not read as one of this evening.
  HV.hour = function (at, now) {
    const same = HV.dayShort(at) === HV.dayShort(now);
    return same ? HV.time(at) : format("DateTimeFormat", { timeZone: ZONE, day: "2-digit", month: "2-digit" }).format(date(at)) + NBSP + HV.time(at);
  };
  // An age in milliseconds: 00:42, then 1 h 05, then 2 j 03 h. Never negative: a clock ahead of ours is age zero.
  HV.age = function (ms) {
    const s = Math.max(0, Math.floor(ms / 1000));
    const two = (n) => String(n).padStart(2, "0");
    if (s < 3600) return two(Math.floor(s / 60)) + ":" + two(s % 60);
    if (s < 86400) return HV.t("{h} h {m}", { h: Math.floor(s / 3600), m: two(Math.floor(s / 60) % 60) });
    return HV.t("{j} j {h} h", { j: Math.floor(s / 86400), h: two(Math.floor(s / 3600) % 24) });
  };
  // A duration in seconds as a figure: 42 s, 4 min 12 s, 1 h 05.
  HV.span = function (s) {
    const whole = Math.round(s);
    if (whole < 60) return whole + NBSP + "s";
    return whole < 3600 ? Math.floor(whole / 60) + NBSP + "min" + NBSP + String(whole % 60).padStart(2, "0") + NBSP + "s" : HV.age(whole * 1000);
  };
  // A short delay in words: 12 s, 3 min, 2 h.
  HV.delay = function (ms) {
    const s = Math.max(0, Math.round(ms / 1000));
    return s < 120 ? s + NBSP + "s" : s < 7200 ? Math.round(s / 60) + NBSP + "min" : Math.round(s / 3600) + NBSP + "h";
  };

  // A value's quality, as the feed numbers it (docs/live-protocol.md §1): its word, and what it has become by now. Late after a period and a half, stale after three.
  const QUALITIES = () => [HV.t("fraîche"), HV.t("retardée"), HV.t("périmée"), HV.t("invalide"), HV.t("jamais reçue"), HV.t("simulée"), HV.t("saisie manuelle"), HV.t("inhibée")];
  HV.qualityWord = (quality) => QUALITIES()[quality];
  HV.qualityAt = (quality, age_ms, period_s) => (quality > 2 ? quality : age_ms > 3000 * period_s ? 2 : age_ms > 1500 * period_s ? 1 : 0);
})();
