// Paints points into a pixel buffer, and finds the one under a click. Pure: typed arrays in, pixels out.
// A view is {x, y, width, height, zoom, dpr}: the world-pixel corner at that zoom (256-pixel tiles), CSS sizes, device pixels per CSS pixel.
const WORLD = 2 ** 32, HALF = 2 ** 31;
const SEVERITY = 7, STALE = 2, NEVER = 4, ACTIVE = 128;
export const ABNORMAL_PX = 18, ANY_PX = 12; // docs/live-protocol.md §6
const SPARSE_ZOOM = 15; // From here the squares have room: each is drawn.
// Side of the cell that holds one normal point, in CSS pixels: the farther one looks, the fewer are drawn.
const cellSide = (zoom) => (zoom < 13 ? 7 : zoom < 14 ? 6 : 5);
// Shares of opacity: about 42 % (pictures/README.md), a little more for a lit object and less for one that is not: luminance, never hue.
const NORMAL = 0.32, LIT = 0.48, FAINT = 0.2;
// Near, a square lies on its street, which is lighter than the ground, and there is room: it may be plainer.
const NEAR_NORMAL = 0.6, NEAR_LIT = 0.9;

// [r, g, b] and opacity → a pixel of ImageData, little-endian.
export const pixel = ([r, g, b], opacity = 1) => ((Math.round(opacity * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;

// colours: {ink, ground, severities: [info, minor, major, critical]} as [r, g, b] → what `paint` writes.
export function palette(colours) {
  return {
    normal: pixel(colours.ink, NORMAL), lit: pixel(colours.ink, LIT), faint: pixel(colours.ink, FAINT),
    near: { normal: pixel(colours.ink, NEAR_NORMAL), lit: pixel(colours.ink, NEAR_LIT) },
    line: pixel(colours.line, 0.9), severities: [0, ...colours.severities.map((colour) => pixel(colour))],
  };
}

const EVERYTHING = { mask: null, looks: new Uint8Array(256).fill(1) };

// Side of a normal square in CSS pixels: 3 on the wall, growing once streets can be told apart.
export const side = (zoom) => (zoom < SPARSE_ZOOM ? 3 : zoom < 16 ? 4 : zoom < 17 ? 6 : zoom < 18 ? 8 : 10);

// Draws every point of `points` ({count, x, y, looks}) that falls in the view into `pixels` (Uint32Array, cleared here). lost: nothing is current: normal points leave, abnormal ones become hollow dashes.
// shown: what the filter lets through ({mask, looks} of filter.js). Gives how many were drawn.
export function paint(pixels, view, points, colours, lost = false, shown = EVERYTHING) {
  pixels.fill(0);
  const width = Math.round(view.width * view.dpr), height = Math.round(view.height * view.dpr);
  const scale = (256 * 2 ** view.zoom * view.dpr) / WORLD;
  const left = view.x * view.dpr - HALF * scale, top = view.y * view.dpr - HALF * scale;
  const { count, x, y, looks } = points;
  const size = Math.max(1, Math.round(side(view.zoom) * view.dpr)), half = size >> 1;
  const cell = Math.round(cellSide(view.zoom) * view.dpr), columns = Math.ceil(width / cell) + 1;
  const taken = view.zoom < SPARSE_ZOOM ? new Uint8Array(columns * (Math.ceil(height / cell) + 1)) : null;
  const abnormal = [], { mask, looks: isShown } = shown;
  let painted = 0;
  for (let i = 0; i < count; i++) {
    const px = Math.floor(x[i] * scale - left), py = Math.floor(y[i] * scale - top);
    if (px < -size || py < -size || px >= width + size || py >= height + size) continue;
    const look = looks[i];
    if (!isShown[look] || (mask !== null && !mask[i])) continue;
    if (look & SEVERITY) {
      abnormal.push(i, px, py);
      continue;
    }
    if (lost) continue;
    const quality = (look >> 3) & 7, isLit = (look & ACTIVE) !== 0;
    if (taken) {
      // One normal point per cell: more of them say nothing more, and hide the streets. What is lit wins over what is not.
      const at = Math.floor((py + size) / cell) * columns + Math.floor((px + size) / cell);
      const rank = isLit ? 2 : 1;
      painted++;
      if (taken[at] >= rank) continue;
      taken[at] = rank;
      square(pixels, width, height, px - half, py - half, size, quality >= STALE && quality <= NEVER ? colours.faint : isLit ? colours.lit : colours.normal);
      continue;
    }
    painted++;
    if (quality >= STALE && quality <= NEVER) hollow(pixels, width, height, px - half, py - half, size, colours.near.normal, false);
    else square(pixels, width, height, px - half, py - half, size, isLit ? colours.near.lit : colours.near.normal);
  }
  // The worst on top: each pass draws one severity.
  const dot = Math.round((side(view.zoom) + 3) * view.dpr), dotHalf = dot >> 1;
  for (let severity = 1; severity <= 4; severity++) {
    for (let k = 0; k < abnormal.length; k += 3) {
      const look = looks[abnormal[k]];
      if ((look & SEVERITY) !== severity) continue;
      painted++;
      const px = abnormal[k + 1] - dotHalf, py = abnormal[k + 2] - dotHalf, quality = (look >> 3) & 7;
      if (lost || (quality >= STALE && quality <= NEVER)) hollow(pixels, width, height, px, py, dot, colours.severities[severity], true);
      else {
        square(pixels, width, height, px - 1, py - 1, dot + 2, colours.line);
        square(pixels, width, height, px, py, dot, colours.severities[severity]);
      }
    }
  }
  return painted;
}

function square(pixels, width, height, left, top, size, colour) {
  const right = Math.min(width, left + size), bottom = Math.min(height, top + size);
  for (let row = Math.max(0, top); row < bottom; row++) pixels.fill(colour, row * width + Math.max(0, left), row * width + Math.max(0, right));
}

// An outline one device pixel or two wide; dashed leaves the middle of each side open.
function hollow(pixels, width, height, left, top, size, colour, dashed) {
  const border = Math.max(1, Math.round(size / 6)), gapFrom = Math.floor(size * 0.4), gapTo = Math.ceil(size * 0.6);
  for (let dy = 0; dy < size; dy++) {
    const py = top + dy;
    if (py < 0 || py >= height) continue;
    const onRow = dy < border || dy >= size - border;
    for (let dx = 0; dx < size; dx++) {
      const px = left + dx;
      const onColumn = dx < border || dx >= size - border;
      if ((!onRow && !onColumn) || px < 0 || px >= width) continue;
      if (dashed && ((onRow && !onColumn && dx >= gapFrom && dx < gapTo) || (onColumn && !onRow && dy >= gapFrom && dy < gapTo))) continue;
      pixels[py * width + px] = colour;
    }
  }
}

// Index of the shown point that a click at (x, y) selects (int32 Mercator, at that zoom), -1 for none: the rule of the server's /api/v1/map/pick.
export function pick(points, x, y, zoom, shown = EVERYTHING) {
  const unit = (256 * 2 ** zoom) / WORLD;
  let best = -1, bestRank = 2, bestDistance = Infinity;
  const reach = ABNORMAL_PX / unit;
  for (let i = 0; i < points.count; i++) {
    const dx = points.x[i] - x, dy = points.y[i] - y;
    if (dx > reach || dx < -reach || dy > reach || dy < -reach) continue;
    if (!shown.looks[points.looks[i]] || (shown.mask !== null && !shown.mask[i])) continue;
    const distance = Math.hypot(dx, dy) * unit;
    const rank = points.looks[i] & SEVERITY && distance <= ABNORMAL_PX ? 0 : distance <= ANY_PX ? 1 : 2;
    if (rank === 2 || rank > bestRank) continue;
    if (rank < bestRank || distance < bestDistance || (distance === bestDistance && points.ids[i] < points.ids[best])) {
      best = i;
      bestRank = rank;
      bestDistance = distance;
    }
  }
  return best;
}

// Degrees → int32 Mercator, and back.
export const mercator = (lon, lat) => [Math.round((lon / 360) * WORLD), Math.round((-Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI)) * WORLD)];
export const degrees = (x, y) => [(x / WORLD) * 360, (Math.atan(Math.sinh((-2 * Math.PI * y) / WORLD)) * 180) / Math.PI];
