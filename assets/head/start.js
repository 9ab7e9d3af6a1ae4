// Before anything else: the theme before the first paint, and what is said when the page does not come. Alone, without any other script.
(function () {
  "use strict";
  const root = document.documentElement;
  const known = ["nuit", "jour", "nuit-profonde"];
  const asked = new URLSearchParams(location.search).get("theme");
  let kept = null;
  try { kept = localStorage.getItem("vigie.theme-shown"); } catch (refused) { kept = null; } // A browser may forbid storage: night it is.
  root.dataset.theme = known.includes(asked) ? asked : known.includes(kept) ? kept : "nuit";

  // A wall has nobody to press reload: after 5 s it says so, and every 20 s it begins again, if the server answers (else the browser's own error page would stay).
  const isOpen = () => document.querySelector(".frame") !== null;
  setTimeout(function () {
    const slow = document.getElementById("ouverture-lente");
    if (slow && !isOpen()) slow.hidden = false;
  }, 5000);
  const again = setInterval(async function () {
    if (isOpen()) return clearInterval(again);
    try {
      if ((await fetch("/healthz", { cache: "no-store" })).ok) location.reload();
    } catch (down) { return; } // Nothing answers: the sentence stays, the next turn asks again.
  }, 20000);
})();
