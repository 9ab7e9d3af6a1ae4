// Walls at /admin: one that was approved opens within seconds; until then the list is read again, so that it says so by itself.
(function () {
  "use strict";
  const EACH_MS = 2000;
  setInterval(function () {
    if (!document.hidden && document.querySelector("#admin-murs [data-attendu]")) window.dash_clientside.set_props("admin-murs-reveil", { data: Math.round(performance.now()) });
  }, EACH_MS);
})();
