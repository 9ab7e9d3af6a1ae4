// Procedures at /admin: a draft published by a second person, a motive read by the chief. One request of the API each; the page is read again after it.
(function () {
  "use strict";
  const csrf = () => (document.querySelector("[data-csrf]") || { dataset: {} }).dataset.csrf || "";
  const toast = function (text, kind) {
    const one = { id: "avis-" + Math.random().toString(36).slice(2), action: "show", message: text, className: "toast toast--own toast--" + kind, autoClose: kind === "failed" ? false : 6000, withBorder: true, role: kind === "failed" ? "alert" : "status", closeButtonProps: { "aria-label": HV.t("Fermer la notification") } };
    window.dash_clientside.set_props("avis", { sendNotifications: [one] });
  };
  const send = async function (button, path, body, done) {
    button.disabled = true;
    const key = HV.newKey();
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf(), "Idempotency-Key": key };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" }).catch(() => null);
    const read = answer ? await answer.json().catch(() => ({})) : {};
    if (answer && answer.ok) {
      button.closest("tr").remove();
      return toast(done, "done");
    }
    button.disabled = false;
    toast(read.detail || HV.t("Action NON enregistrée : le serveur ne répond pas."), "failed");
  };
  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("#admin-fiches button");
    if (!button) return;
    const { publier, version, lu } = button.dataset;
    if (publier) send(button, "/api/v1/procedures/" + encodeURIComponent(publier) + "/publish", { version: Number(version) }, HV.t("{key} v{n} est en vigueur.", { key: publier, n: version }));
    if (lu) send(button, "/api/v1/events/" + lu + "/procedure/seen", {}, HV.t("Motif lu."));
  });
})();
