// The theme before the first paint: ?theme=, else the preference kept on this machine, else night. Runs in the head, alone.
(function () {
  "use strict";
  var known = ["nuit", "jour", "nuit-profonde"];
  var asked = new URLSearchParams(location.search).get("theme");
  var kept = null;
  try { kept = localStorage.getItem("vigie.theme"); } catch (refused) { /* A browser may forbid storage: night it is. */ }
  var theme = known.indexOf(asked) >= 0 ? asked : kept;
  document.documentElement.dataset.theme = known.indexOf(theme) >= 0 ? theme : "nuit";
})();
