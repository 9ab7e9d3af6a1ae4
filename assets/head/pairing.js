// The wall's pairing page: asks every two seconds whether someone approved the code, and goes to the wall.
(function () {
  "use strict";
  const cut = document.getElementById("coupure");
  async function ask() {
    try {
      const answer = await fetch("/api/v1/pairing", { cache: "no-store" });
      if (!answer.ok) throw new Error("status " + answer.status);
      const state = (await answer.json()).state;
      cut.hidden = true;
      if (state === "approved") return location.replace("/mur");
      if (state === "expired") return location.reload(); // A new code comes with the page.
    } catch (down) {
      cut.hidden = false;
    }
    setTimeout(ask, 2000);
  }
  ask();
})();
