// Severity shapes and icons, one drawing for the header, lists, legends and grids. HV.shape(…) gives an element; spans [data-shape] are filled by themselves.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const SVG = "http://www.w3.org/2000/svg";
  const PATHS = {
    critical: "M7.5 1.5h9L22.5 7.5v9L16.5 22.5h-9L1.5 16.5v-9z",
    major: "M12 1.5L23 21.5H1z",
    minor: "M12 .8L23.2 12 12 23.2.8 12z",
    info: "M12 1.5a10.5 10.5 0 1 0 .01 0z",
    normal: "M8 8h8v8H8z",
  };
  const DIGITS = { critical: "1", major: "2", minor: "3", info: "i", normal: "" };
  const BASELINE = { critical: 17, major: 19, minor: 16.6, info: 16.6, normal: 16 };
  const MASKED = { shelved: "z", suppressed_by_design: "II", out_of_service: "II" };
  const TICK = "M15.6 19l2.1 2.1 3.6-4";
  const HANDS = "M18.5 16v3.2h2.4";

  HV.severityWord = function (severity) {
    const words = { critical: HV.t("Critique"), major: HV.t("Majeure"), minor: HV.t("Mineure"), info: HV.t("Information"), normal: HV.t("Normal") };
    return words[severity] || severity;
  };

  const node = function (name, attributes, parent) {
    const made = document.createElementNS(SVG, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (parent) parent.appendChild(made);
    return made;
  };

  const draw = function (severity, state, label) {
    const path = PATHS[severity] || PATHS.normal;
    const svg = node("svg", label ? { viewBox: "0 0 24 24", role: "img", "aria-label": label } : { viewBox: "0 0 24 24", "aria-hidden": "true" });
    node("path", { d: path, class: "shape-ring" }, svg);
    node("path", { d: path, class: "shape-under", fill: "none" }, svg);
    node("path", { d: path, class: "shape-gap", fill: "none" }, svg);
    node("path", { d: path, class: "shape-body" }, svg);
    if (DIGITS[severity]) {
      const at = { x: 12, y: BASELINE[severity], "font-size": severity === "critical" ? 14 : 12.5, "aria-hidden": "true" };
      node("text", Object.assign({ class: "known" }, at), svg).textContent = MASKED[state] || DIGITS[severity];
      node("text", Object.assign({ class: "unknown" }, at), svg).textContent = "?";
    }
    if (state === "returned_unacknowledged" || state === "shelved") {
      const badge = node("g", { class: "shape-badge" }, svg);
      node("circle", { cx: 18.5, cy: 19, r: 5 }, badge);
      node("path", { d: state === "shelved" ? HANDS : TICK }, badge);
    }
    return svg;
  };

  const classes = function (severity, state, stale, fixed) {
    const list = ["shape", "shape--" + severity];
    if (state === "returned_unacknowledged" || state === "shelved") list.push("shape--outlined");
    if (state === "suppressed_by_design" || state === "out_of_service") list.push("shape--suppressed");
    if (severity === "critical" && state === "unacknowledged") list.push("shape--ringed");
    list.push(stale ? "shape--stale" : fixed || severity === "normal" ? "" : "shape--live");
    return list.filter(Boolean);
  };

  // {severity, state, stale, label}: label "" makes it decoration. Its size is the font size. data-fixed spans (a legend) do not follow the link state.
  HV.shape = function (of) {
    const span = document.createElement("span");
    Object.assign(span.dataset, { shape: of.severity, state: of.state || "unacknowledged", stale: String(Boolean(of.stale)), label: of.label === undefined ? HV.severityWord(of.severity) : of.label });
    return HV.fillShape(span);
  };

  HV.fillShape = function (span) {
    const { shape, state, stale, label, fixed } = span.dataset;
    const key = [shape, state, stale, label].join("|");
    if (span.drawn === key) return span;
    span.drawn = key;
    const kept = Array.from(span.classList).filter((name) => !/^shape(--.*)?$/.test(name));
    span.className = classes(shape, state, stale === "true", fixed === "true").concat(kept).join(" ");
    span.replaceChildren(draw(shape, state, label));
    return span;
  };
  HV.fillShapes = function (root) {
    if (root.dataset && root.dataset.shape) HV.fillShape(root);
    root.querySelectorAll("[data-shape]").forEach(HV.fillShape);
  };

  // An icon of assets/vendor/icons by its file name, as a decoration.
  HV.icon = function (name) {
    const span = document.createElement("span");
    span.className = "icon";
    span.setAttribute("aria-hidden", "true");
    span.style.setProperty("--icon", "url(/assets/vendor/icons/" + name + ".svg)");
    return span;
  };
})();
