// A server that comes back with another version: its pages and ours may no longer understand each other. The page reloads itself once, and says so.
(function () {
  "use strict";
  const HV = window.HV;
  const RELOADED = "vigie.version", SAID_MS = 30000, RETRY_MS = 2000;
  let known = "";

  const kept = function () { try { return JSON.parse(sessionStorage.getItem(RELOADED) || "null"); } catch (refused) { return null; } };
  const keep = function (what) { try { sessionStorage.setItem(RELOADED, JSON.stringify(what)); return true; } catch (refused) { return false; } };
  const band = function (text) {
    const place = document.getElementById("bandeaux");
    if (!place) return;
    let own = document.getElementById("bandeau-version");
    if (!own) {
      own = document.createElement("div");
      Object.assign(own, { id: "bandeau-version", className: "band band--plain" });
      own.setAttribute("role", "status");
      own.dataset.testid = "bandeau-version";
      own.append(Object.assign(document.createElement("div"), { className: "band-message" }));
      place.append(own);
    }
    own.hidden = !text;
    own.firstChild.textContent = text;
  };
  // What a person is typing is not thrown away: the page waits until the field is empty or left.
  const isTyping = function () {
    const field = document.activeElement;
    return Boolean(field && field.matches && field.matches("input:not([type=checkbox]):not([type=radio]), textarea") && field.value);
  };
  const reload = function (from, to) {
    // Behind the lock of the post a reload would take picture and sound away.
    if (document.documentElement.dataset.verrou) return setTimeout(reload, RETRY_MS, from, to);
    if (isTyping()) {
      band(HV.t("Vigie {version} est en service : la page se rechargera quand vous aurez fini d’écrire.", { version: to }));
      return setTimeout(reload, RETRY_MS, from, to);
    }
    // Without memory, or back to a version that this page has already left (two servers behind one address), it stays: it could turn for ever.
    const seen = (kept() || { seen: [] }).seen;
    if (seen.includes(to) || !keep({ from, to, told: false, seen: seen.concat([from, to]) })) return band(HV.t("Vigie {version} est en service, mais cette page ne se recharge pas seule : rechargez-la.", { version: to }));
    location.reload();
  };

  document.addEventListener("vigie:hello", function (event) {
    const { version } = event.detail;
    const before = known;
    known = version;
    if (before && version !== before) return reload(before, version);
    const done = kept();
    if (done && !done.told && done.to === version) {
      keep({ ...done, told: true });
      band(HV.t("La page s’est rechargée : Vigie est passée de la version {from} à la version {to}.", done));
      setTimeout(() => band(""), SAID_MS);
    }
  });
  // A page that the browser had frozen judges its link before it shows anything.
  for (const name of ["resume", "freeze"]) document.addEventListener(name, () => window.Vigie.order && window.Vigie.order("wake"));
})();
