// What a mark is made of: the age of a measurement is a pattern, never a hue (screens.md B.2). Pure; the legend shows the same patterns.
//
// A stencil is a square of bytes: 0 nothing, 1 ink.
const FRESH = 0, LATE = 1, STALE = 2, INVALID = 3, NEVER = 4, SIMULATED = 5, MANUAL = 6, INHIBITED = 7;
export const SILENT = 8, LOST = 9; // Two more than the byte's eight: its domain's source is silent; the link is lost.
const SMALL = 5; // Below this side, in device pixels, only full, hollow and barred can be told apart.

const border = (size) => Math.max(1, Math.round(size / 7));
const isEdge = (x, y, size, width) => x < width || y < width || x >= size - width || y >= size - width;
const fromSide = (x, size) => Math.min(x, size - 1 - x);
const middle = (x, size) => x >= Math.floor(size * 0.38) && x < Math.ceil(size * 0.62);
const solid = () => 1;
const hollow = (x, y, size) => +isEdge(x, y, size, border(size));
const dashed = (x, y, size) => +(isEdge(x, y, size, border(size)) && !(middle(x, size) || middle(y, size)));
// Two bars with nothing between: what is inhibited (screens.md 2.3).
const bars = (x, _y, size) => +(fromSide(x, size) < Math.max(1, Math.round(size * 0.28)));

const PATTERNS = {
  [FRESH]: solid,
  // A full heart inside a ring: there is a value, it is late.
  [LATE]: (x, y, size) => (isEdge(x, y, size, border(size)) ? 1 : isEdge(x, y, size, 2 * border(size)) ? 0 : 1),
  [STALE]: hollow,
  // A cross: the value is refused.
  [INVALID]: (x, y, size) => +(Math.abs(x - y) < border(size) || Math.abs(x + y - size + 1) < border(size)),
  // Four corners: nothing ever came.
  [NEVER]: (x, y, size) => +(isEdge(x, y, size, border(size)) && isNearCorner(x, size) && isNearCorner(y, size)),
  [SIMULATED]: (x, y, size) => +((Math.floor(x / border(size)) + Math.floor(y / border(size))) % 2 === 0),
  // Full with a cut through the middle: a person wrote it.
  [MANUAL]: (x, y, size) => +!(Math.abs(2 * y - size + 1) < 2 * border(size)),
  [INHIBITED]: bars,
  // 45° stripes: the whole source is silent.
  [SILENT]: (x, y, size) => +((x + y) % (3 * border(size)) < Math.max(1, border(size)) || isCorner(x, y, size)),
  [LOST]: dashed,
};
const isNearCorner = (x, size) => fromSide(x, size) < Math.max(1, Math.round(size / 6));
const isCorner = (x, y, size) => (x === 0 || x === size - 1) && (y === 0 || y === size - 1);
const PLAINER = { [LATE]: solid, [INVALID]: hollow, [NEVER]: hollow, [SIMULATED]: solid, [MANUAL]: solid };

const made = new Map();
// The stencil of an age (0-7 of the byte, SILENT or LOST) at a side in device pixels.
export function stencil(age, size) {
  const key = age * 4096 + size;
  if (!made.has(key)) {
    const draw = (size < SMALL && PLAINER[age]) || PATTERNS[age];
    made.set(key, Uint8Array.from({ length: size * size }, (_, i) => draw(i % size, Math.floor(i / size), size)));
  }
  return made.get(key);
}
