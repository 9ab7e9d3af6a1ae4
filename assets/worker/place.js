// Places: degrees ↔ normalised Web Mercator as int32, `(m - 0.5) × 2^32`; and the asset that a click selects. Pure.
export const WORLD = 2 ** 32, HALF = 2 ** 31;
export const ABNORMAL_PX = 18, ANY_PX = 12; // docs/live-protocol.md §6
const SEVERITY = 7;

export const mercator = (lon, lat) => [Math.round((lon / 360) * WORLD), Math.round((-Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI)) * WORLD)];
export const degrees = (x, y) => [(x / WORLD) * 360, (Math.atan(Math.sinh((-2 * Math.PI * y) / WORLD)) * 180) / Math.PI];

// Index of the shown point that a click at (x, y) selects (int32 Mercator, at that zoom), -1 for none: the rule of the server's /api/v1/map/pick.
export function pick(points, x, y, zoom, { mask, looks: isShown }) {
  const unit = (256 * 2 ** zoom) / WORLD, reach = ABNORMAL_PX / unit;
  let best = -1, bestRank = 2, bestDistance = Infinity;
  points.within(x - reach, y - reach, x + reach, y + reach, function (from, to) {
    for (let i = from; i < to; i++) {
      const dx = points.x[i] - x, dy = points.y[i] - y;
      if (dx > reach || dx < -reach || dy > reach || dy < -reach) continue;
      if (!isShown[points.looks[i]] || (mask !== null && !mask[i])) continue;
      const distance = Math.hypot(dx, dy) * unit;
      const rank = points.looks[i] & SEVERITY && distance <= ABNORMAL_PX ? 0 : distance <= ANY_PX ? 1 : 2;
      if (rank === 2 || rank > bestRank) continue;
      if (rank < bestRank || distance < bestDistance || (distance === bestDistance && points.ids[i] < points.ids[best])) {
        best = i;
        bestRank = rank;
        bestDistance = distance;
      }
    }
  });
  return best;
}
