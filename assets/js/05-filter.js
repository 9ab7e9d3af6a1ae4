// What the page asks of the worker's arrays: filter, counts, list, what is inside a drawn area. Nothing here goes to the server (assets/worker/filter.js says what a filter is).
(function () {
  "use strict";
  const Vigie = window.Vigie;
  const SEVERITY = { info: 1, minor: 2, major: 3, critical: 4 };
  const say = (name, detail) => document.dispatchEvent(new CustomEvent("vigie:" + name, { detail }));

  Vigie.filter = null;
  Vigie.mapCounts = null;
  let members = [];

  // null shows everything. `vigie:filter` follows at once, the map at the next painted frame, `vigie:map-counts` with the new counts.
  Vigie.setFilter = function (filter) {
    Vigie.filter = filter;
    members = ((filter && filter.among) || []).map((ids) => new Set(ids));
    Vigie.order("filter", { filter });
    say("filter", { filter });
  };

  // Whether an alarm's shape stands on the map under the filter. Its age is not asked: an alarm stays on the map even when its asset has fallen silent.
  Vigie.passes = function (alarm) {
    const { kinds, communes, area, severities, waiting } = Vigie.filter || {};
    return (!kinds || kinds.includes(alarm.layer + ":*") || kinds.includes(alarm.layer + ":" + alarm.kind)) && (!communes || communes.includes(alarm.commune_id)) &&
      members.every((ids) => ids.has(alarm.asset_id)) && (!severities || severities.includes(SEVERITY[alarm.priority])) && (!waiting || !alarm.acknowledged) &&
      (!area || (alarm.lon !== null && isInside(area, alarm.lon, alarm.lat)));
  };
  const isInside = function (ring, lon, lat) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [x, y] = ring[i], [px, py] = ring[j];
      if (y > lat !== py > lat && lon < ((px - x) * (lat - y)) / (py - y) + x) inside = !inside;
    }
    return inside;
  };

  // Promise of {items: [{asset_id, layer, kind, commune, severity, quality, waiting, active, lon, lat}], total}: what the filter shows, worst first. ring: only what is inside it.
  Vigie.listAssets = ({ from = 0, limit = 50, ring = null } = {}) => Vigie.ask("list", { from, limit, ring });
  Vigie.onCounts = function (counts) {
    Vigie.mapCounts = counts;
    say("map-counts", counts);
  };
})();
