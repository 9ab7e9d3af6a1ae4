// The field page's theme before its first paint: day, unless another was chosen on this phone.
(function () {
  "use strict";
  let kept = null;
  try { kept = localStorage.getItem("vigie.terrain-theme"); } catch (refused) { kept = null; }
  if (kept === "nuit" || kept === "nuit-profonde") document.documentElement.dataset.theme = kept;
})();
