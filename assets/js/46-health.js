// The health page: what this screen itself sees of the chain, each second; and when the tables are worth reading again.
(function () {
  "use strict";
  const REREAD_MS = 15000;
  let readAt = 0;
  const page = () => document.getElementById("sante");
  const write = (id, said) => { const place = document.getElementById(id); if (place && place.textContent !== said) place.textContent = said; };
  const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const delay = (ms) => (ms < 1000 ? HV.quantity(Math.round(ms), "ms") : HV.quantity(ms / 1000, "s", 1));

  // Delays between the door's receipt and this screen's pixel, for the alarms painted here.
  const painted = function () {
    const alarms = window.Vigie.alarms;
    return window.__hv.paints.slice(-60).map((paint) => { const alarm = alarms.get(paint.id); return alarm && alarm.received_at ? paint.t - Date.parse(alarm.received_at) : NaN; })
      .filter((ms) => ms >= 0 && ms < 60000).sort((a, b) => a - b);
  };
  const show = function () {
    if (!page() || !window.__hv) return;
    const last = window.__hv.lastHb;
    write("sante-battement", last === null ? "–" : delay(Math.max(0, window.Vigie.now() - last)));
    write("sante-manques", window.__hv.seq ? HV.number(window.__hv.seq) : "–");
    const delays = painted();
    write("sante-ecran", delays.length ? delay(at(delays, 0.95)) : HV.t("aucune encore"));
    const source = document.querySelector("[data-latence]");
    write("sante-ingestion", source && source.dataset.latence ? delay(Number(source.dataset.latence)) : "–");
  };
  const wake = function () {
    if (!page() || document.hidden || performance.now() - readAt < 2000) return;
    readAt = performance.now();
    window.dash_clientside.set_props("sante-reveil", { data: Math.round(readAt) });
  };
  let state = "";
  document.addEventListener("vigie:liaison", function (event) { if (event.detail.state !== state) { state = event.detail.state; wake(); } });
  document.addEventListener("vigie:source", wake);
  document.addEventListener("vigie:headlines", () => performance.now() - readAt > REREAD_MS && wake());
  document.addEventListener("keydown", function (event) {
    if (!page() || event.ctrlKey || event.altKey || event.metaKey || event.key.toLowerCase() !== "r" || event.target.closest("input, textarea, select")) return;
    document.getElementById("sante-actualiser").click();
  });
  setInterval(show, 1000);
})();
