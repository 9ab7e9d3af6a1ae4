// Paints the assets of a view into a pixel buffer. Pure: typed arrays in, pixels out; nothing of the browser is needed.
//
// A view is {x, y, width, height, zoom, dpr, unit}: the world-pixel corner at that zoom (256-pixel tiles), CSS sizes, device pixels per CSS pixel, and the size in device pixels of one pixel
// of a mark, larger on a wall that is read from afar.
// Far away, overplotting would lie: a hundred lamps on a few pixels show only the last one drawn. So the ground is divided in cells that stand still on the map. A cell of fewer than DENSE
// assets shows each of them where it is. A fuller one shows one mark: its size grows with how many there are, its coloured part is the share in alarm, one square inside the other with the worst
// at the heart, and its hole is the share of old values. One fault among a thousand is a small coloured heart; it never covers the rest and never disappears.
import { HALF, WORLD } from "./place.js";
import { ALL_FROM } from "./shapes.js";
import { LOST, SILENT, stencil } from "./stencils.js";

export const GRID_BELOW = 16, DENSE = 4, CELL = 8, WIDE_CELL = 12;
const WIDE_FROM = 60; // Assets per small cell, where there are any, from which cells are wider: shares need room to be seen.
const ICONS_FROM = 17.5;
const NEAR_ZOOM = 15; // From here the squares have room and lie on their street, lighter than the ground: they may be plainer.
// Shares of opacity: about 42 % (pictures/README.md), a little more for a lit object and less for one that is not: luminance, never hue.
const NORMAL = 0.32, LIT = 0.5, NEAR_NORMAL = 0.6, NEAR_LIT = 0.9, STEPS = 8;
// Least sides of a coloured square in a mark, in CSS pixels, by severity: a lone fault is seen, and a critical one first.
const LEAST = [0, 1.5, 2, 2, 3];
const N = 0, LIT_N = 5, OLD_N = 6, SILENT_N = 7, X = 8, Y = 9, FIELDS = 10; // 1-4: severities; X, Y: sums of places in the cell.
// Assets that are drawn as lines at that zoom (shapes.js): no point stands for them.
const linesOf = (view, points) => (view.zoom >= ALL_FROM && points.lines ? points.lines : null);
const isOld = (age) => age === 2 || age === 3 || age === 4;

// [r, g, b] and opacity → a pixel of ImageData, little-endian.
export const pixel = ([r, g, b], opacity = 1) => ((Math.round(opacity * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;

// colours: {ink, line, ground, severities: [info, minor, major, critical]} as [r, g, b] → what `paint` writes.
export function palette(colours) {
  const between = (from, to) => Uint32Array.from({ length: STEPS + 1 }, (_, step) => pixel(colours.ink, from + ((to - from) * step) / STEPS));
  return {
    far: between(NORMAL, LIT), near: between(NEAR_NORMAL, NEAR_LIT), rgb: colours,
    line: pixel(colours.line, 0.9), plate: pixel(colours.ground || colours.line, 0.82), severities: [0, ...colours.severities.map((colour) => pixel(colour))],
  };
}

// Side of a dot in CSS pixels: 3 on the wall, growing once streets can be told apart.
export const side = (zoom) => (zoom < 13 ? 3 : zoom < NEAR_ZOOM ? 4 : zoom < 16 ? 5 : zoom < 17 ? 7 : 9);
export const markSide = (n, cell) => (cell * (n < 12 ? 3 : n < 30 ? 4 : n < 80 ? 5 : n < 200 ? 6 : 7)) / 8;
// Side of a cell in CSS pixels at a zoom, 0 where every asset is drawn for itself. perUnit: assets per square unit of the ground where there are any.
export function cellSide(zoom, perUnit) {
  if (zoom >= GRID_BELOW) return 0;
  const perPixel = perUnit * (WORLD / (256 * 2 ** zoom)) ** 2;
  return perPixel * CELL * CELL >= WIDE_FROM ? WIDE_CELL : CELL;
}

const unitOf = (view) => view.unit || view.dpr;

// The pixels of one view. What was counted for one picture is kept for the next: a change of look moves a few counts, and a drag counts only the strips that it uncovers.
export class Painter {
  constructor() {
    this.cells = new Uint32Array(0);
    this.few = new Uint32Array(0);
    this.spare = { cells: new Uint32Array(0), few: new Uint32Array(0) };
    this.grid = null;
  }

  // Draws what the filter shows of `points` into `pixels` (Uint32Array, painted over and not cleared). how: {colours, shown, isLost, silent (by kind number), icons}; icons(name, size) gives an
  // alpha mask or null. Nothing is current when the link is lost: normal assets leave, abnormal ones are dashed. Gives how many assets stand for something in the picture.
  paint(pixels, view, points, how) {
    const canvas = { pixels, width: Math.round(view.width * view.dpr), height: Math.round(view.height * view.dpr) };
    const scale = (256 * 2 ** view.zoom * view.dpr) / WORLD;
    const to = { scale, left: view.x * view.dpr - HALF * scale, top: view.y * view.dpr - HALF * scale };
    const cell = Math.round(cellSide(view.zoom, points.perUnit) * unitOf(view));
    const dots = cell ? this.gather(canvas, view, points, how, to, cell) : this.each(canvas, view, points, how, to);
    const painted = dots.painted;
    this.drawDots(canvas, view, points, how, to, dots);
    return painted;
  }

  // The points of the view, each for itself.
  each({ width, height }, view, points, { shown, isLost }, { scale, left, top }) {
    const dots = { normal: [], abnormal: [[], [], [], [], []], painted: 0 }, margin = Math.ceil(20 * unitOf(view)), { mask, looks: isShown } = shown, { x, y, looks } = points, lines = linesOf(view, points);
    points.within((left - margin) / scale, (top - margin) / scale, (left + width + margin) / scale, (top + height + margin) / scale, function (from, until) {
      for (let k = from; k < until; k++) {
        const look = looks[k], px = x[k] * scale - left, py = y[k] * scale - top;
        if (!isShown[look] || (mask !== null && !mask[k]) || (lines !== null && lines[k]) || (isLost && !(look & 7)) || px < -margin || py < -margin || px >= width + margin || py >= height + margin) continue;
        dots.painted++;
        if (look & 7) dots.abnormal[look & 7].push(k);
        else dots.normal.push(k);
      }
    });
    return dots;
  }

  // Counts the cells, draws a mark in each full one, and gives the dots of the others.
  gather(canvas, view, points, how, to, cell) {
    const grid = gridOf(canvas, view, points, how, to, cell);
    if (!this.keep(grid, points, how)) {
      this.reserve(this, grid);
      this.count(grid, points, how, 0, 0, grid.columns, grid.rows);
    }
    this.grid = grid;
    if (points.changes) points.changes.count = 0;
    const { cells, few } = this, { columns, rows, startX, startY } = grid, dots = { normal: [], abnormal: [[], [], [], [], []], painted: 0 };
    for (let row = 0, place = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, place++) {
        const n = cells[place * FIELDS];
        if (!n) continue;
        const x = startX + column * cell, y = startY + row * cell;
        if (x > -cell && y > -cell && x < canvas.width && y < canvas.height) dots.painted += n;
        if (n >= DENSE) mark(canvas, x, y, cell, unitOf(view), cells, place * FIELDS, how);
        else for (let rank = 0; rank < n; rank++) {
          const k = few[place * (DENSE - 1) + rank], look = points.looks[k];
          if (look & 7) dots.abnormal[look & 7].push(k);
          else dots.normal.push(k);
        }
      }
    }
    return dots;
  }

  reserve(arrays, { columns, rows }) {
    const size = columns * rows;
    if (arrays.cells.length >= size * FIELDS) return;
    arrays.cells = new Uint32Array(size * FIELDS);
    arrays.few = new Uint32Array(size * (DENSE - 1));
  }

  // Counts anew a rectangle of cells, each one whole.
  count(grid, points, { shown, silent, isLost }, fromColumn, fromRow, toColumn, toRow) {
    const { cells, few } = this, { cell, columns, scale, left, top, startX, startY, lines } = grid, { kind, x, y, looks } = points, { mask, looks: isShown } = shown;
    for (let row = fromRow; row < toRow; row++) cells.fill(0, (row * columns + fromColumn) * FIELDS, (row * columns + toColumn) * FIELDS);
    const west = startX + fromColumn * cell, north = startY + fromRow * cell, east = startX + toColumn * cell, south = startY + toRow * cell;
    // The loop of a million: nothing is called in it.
    points.within((left + west) / scale - 1, (top + north) / scale - 1, (left + east) / scale + 1, (top + south) / scale + 1, function (from, until) {
      for (let k = from; k < until; k++) {
        const look = looks[k];
        if (!isShown[look] || (mask !== null && !mask[k]) || (lines !== null && lines[k]) || (isLost && !(look & 7))) continue;
        const px = Math.floor(x[k] * scale - left), py = Math.floor(y[k] * scale - top);
        if (px < west || py < north || px >= east || py >= south) continue;
        const row = ((py - startY) / cell) | 0, column = ((px - startX) / cell) | 0, place = row * columns + column, at = place * FIELDS, n = cells[at]++, severity = look & 7;
        cells[at + X] += px - startX - column * cell;
        cells[at + Y] += py - startY - row * cell;
        if (n < DENSE - 1) few[place * (DENSE - 1) + n] = k;
        if (severity) cells[at + severity]++;
        if (look & 128) cells[at + LIT_N]++;
        if (silent !== null && silent[kind[k]]) cells[at + SILENT_N]++;
        else if (isOld((look >> 3) & 7)) cells[at + OLD_N]++;
      }
    });
  }

  // Makes the last picture's counts those of this one; false when they cannot serve.
  keep(grid, points, how) {
    const old = this.grid;
    if (!old || SAME.some((name) => old[name] !== grid[name]) || !isWhole(grid.left - old.left) || !isWhole(grid.top - old.top) || !this.recount(old, points, how)) return false;
    const { cell, columns, rows } = grid, dx = Math.round((grid.originX - old.originX) / cell), dy = Math.round((grid.originY - old.originY) / cell);
    if (!dx && !dy && columns === old.columns && rows === old.rows) return true;
    // Columns and rows of the new grid that the old one holds.
    const fromColumn = Math.max(0, -dx), toColumn = Math.min(columns, old.columns - dx), fromRow = Math.max(0, -dy), toRow = Math.min(rows, old.rows - dy);
    if (fromColumn >= toColumn || fromRow >= toRow) return false;
    const { cells, few } = this;
    this.reserve(this.spare, grid);
    for (let row = fromRow; row < toRow; row++) {
      const from = (row + dy) * old.columns + fromColumn + dx, until = from + toColumn - fromColumn, to = row * columns + fromColumn;
      this.spare.cells.set(cells.subarray(from * FIELDS, until * FIELDS), to * FIELDS);
      this.spare.few.set(few.subarray(from * (DENSE - 1), until * (DENSE - 1)), to * (DENSE - 1));
    }
    [this.cells, this.few, this.spare] = [this.spare.cells, this.spare.few, { cells, few }];
    for (const [west, north, east, south] of [[0, 0, columns, fromRow], [0, toRow, columns, rows], [0, fromRow, fromColumn, toRow], [toColumn, fromRow, columns, toRow]]) {
      if (west < east && north < south) this.count(grid, points, how, west, north, east, south);
    }
    return true;
  }

  // Moves the counts of what changed since the last picture; false when there is too much, or when something appeared or left.
  recount(grid, points, { shown, silent, isLost }) {
    const { changes, kind, x, y } = points;
    if (!changes || changes.count > changes.k.length) return false;
    const { cells } = this, { cell, columns, rows, scale, left, top, startX, startY, lines } = grid, { mask, looks: isShown } = shown;
    for (let i = 0; i < changes.count; i++) {
      const k = changes.k[i], before = changes.before[i], after = changes.after[i];
      if ((mask !== null && !mask[k]) || (lines !== null && lines[k])) continue;
      const was = isShown[before] && !(isLost && !(before & 7));
      if (was !== (isShown[after] && !(isLost && !(after & 7)))) return false;
      if (!was) continue;
      const column = Math.floor((Math.floor(x[k] * scale - left) - startX) / cell), row = Math.floor((Math.floor(y[k] * scale - top) - startY) / cell);
      if (column < 0 || row < 0 || column >= columns || row >= rows) continue;
      const at = (row * columns + column) * FIELDS;
      if (before & 7) cells[at + (before & 7)]--;
      if (after & 7) cells[at + (after & 7)]++;
      cells[at + LIT_N] += ((after >> 7) & 1) - ((before >> 7) & 1);
      if (silent === null || !silent[kind[k]]) cells[at + OLD_N] += isOld((after >> 3) & 7) - isOld((before >> 3) & 7);
    }
    return true;
  }

  // Normal ones first, then the worst on top.
  drawDots(canvas, view, points, how, { scale, left, top }, { normal, abnormal }) {
    const { x, y, looks, kind, names } = points, { colours, isLost, silent, icons } = how, { zoom } = view, unit = unitOf(view);
    const isNear = zoom >= NEAR_ZOOM, small = Math.round(side(zoom) * unit), large = Math.round((side(zoom) + 3) * unit);
    const plate = Math.round(20 * unit), glyph = Math.round(15 * unit), withIcons = zoom >= ICONS_FROM && icons;
    const tints = isNear ? colours.near : colours.far;
    const draw = function (k, severity) {
      const look = looks[k], age = isLost ? LOST : silent && silent[kind[k]] ? SILENT : (look >> 3) & 7;
      const px = Math.floor(x[k] * scale - left), py = Math.floor(y[k] * scale - top);
      const tint = severity ? colours.severities[severity] : tints[look & 128 ? STEPS : 0];
      const mask = withIcons ? icons(names[kind[k]].icon, glyph) : null;
      if (mask) return symbol(canvas, px - (plate >> 1), py - (plate >> 1), plate, glyph, mask, age, severity, tint, colours);
      const size = severity ? large : small, from = px - (size >> 1), down = py - (size >> 1);
      const isPlain = severity && age < 2;
      if (isPlain) fill(canvas, from - 1, down - 1, size + 2, colours.line);
      stamp(canvas, from, down, size, stencil(age, size), tint);
    };
    for (const k of normal) draw(k, 0);
    for (let severity = 1; severity <= 4; severity++) for (const k of abnormal[severity]) draw(k, severity);
  }
}

// The cells over a view. They stand still on the ground: their sides are multiples of the cell in world pixels. startX, startY: the first cell's corner in the picture; originX, originY: in the world.
function gridOf({ width, height }, view, points, { shown, silent, isLost }, { scale, left, top }, cell) {
  const cornerX = Math.floor(view.x * view.dpr), cornerY = Math.floor(view.y * view.dpr), offset = (corner) => (((corner % cell) + cell) % cell) + cell;
  const offsetX = offset(cornerX), offsetY = offset(cornerY), lines = linesOf(view, points);
  return {
    points, shown, silent, isLost, lines, linesAt: lines && points.linesAt, scale, left, top, cell, columns: Math.ceil((width + offsetX) / cell) + 1, rows: Math.ceil((height + offsetY) / cell) + 1,
    startX: -offsetX, startY: -offsetY, originX: cornerX - offsetX, originY: cornerY - offsetY,
  };
}
const SAME = ["points", "shown", "silent", "isLost", "lines", "linesAt", "scale", "cell"];
const isWhole = (pixels) => Math.abs(pixels - Math.round(pixels)) < 1e-6;

// A full cell: one mark for all that is in it.
function mark(canvas, left, top, cell, unit, cells, at, { colours, isLost }) {
  const n = cells[at + N], size = Math.round(markSide(n, cell));
  // The mark stands at the middle of its assets, whole inside the cell: streets stay recognisable.
  const from = left + within(cells[at + X] / n, size, cell), down = top + within(cells[at + Y] / n, size, cell);
  if (!isLost) {
    const tint = colours.far[Math.round((STEPS * cells[at + LIT_N]) / n)], old = cells[at + OLD_N] / n;
    if (2 * cells[at + SILENT_N] > n) stamp(canvas, from, down, size, stencil(SILENT, size), tint);
    else {
      fill(canvas, from, down, size, tint);
      const hole = Math.round((size - 2 * Math.max(1, Math.round(unit))) * Math.sqrt(old)); // Of what the ring leaves.
      if (old >= 0.05 && hole > 0) fill(canvas, from + ((size - hole) >> 1), down + ((size - hole) >> 1), hole, 0);
    }
  }
  let above = 0, inner = 0; // Of the outermost coloured square.
  const sides = [0, 0, 0, 0, 0];
  for (let severity = 4; severity > 0; severity--) {
    const own = cells[at + severity];
    if (!own) continue;
    above += own;
    sides[severity] = inner = Math.min(cell, Math.max(Math.round(size * Math.sqrt(above / n)), Math.round(LEAST[severity] * unit), inner && inner + 2));
  }
  if (!inner) return;
  const x = left + within(cells[at + X] / n, inner, cell), y = top + within(cells[at + Y] / n, inner, cell);
  if (inner >= 3 * unit) fill(canvas, x - 1, y - 1, inner + 2, colours.line);
  for (let severity = 1; severity <= 4; severity++) {
    const own = sides[severity], inset = (inner - own) >> 1;
    if (own && isLost) stamp(canvas, x + inset, y + inset, own, stencil(LOST, own), colours.severities[severity]);
    else if (own) fill(canvas, x + inset, y + inset, own, colours.severities[severity]);
  }
}
const within = (middle, size, cell) => Math.max(0, Math.min(cell - size, Math.round(middle - size / 2)));

// Near, an asset is its domain's icon on a plate. In alarm the plate takes the severity and the icon the ground; the age is the plate's frame.
function symbol(canvas, left, top, size, glyph, mask, age, severity, tint, colours) {
  const inset = (size - glyph) >> 1;
  const isCurrent = age === 0 || age === 1;
  fill(canvas, left + 1, top + 1, size - 2, severity && isCurrent ? colours.severities[severity] : colours.plate);
  if (!isCurrent) stamp(canvas, left, top, size, frame(age, size), severity ? colours.severities[severity] : tint);
  else if (severity) outline(canvas, left, top, size, colours.line);
  const ink = severity ? (isCurrent ? colours.line : colours.severities[severity]) : tint;
  for (let dy = 0; dy < glyph; dy++) {
    const py = top + inset + dy;
    if (py < 0 || py >= canvas.height) continue;
    for (let dx = 0; dx < glyph; dx++) {
      const alpha = mask[dy * glyph + dx], px = left + inset + dx;
      if (alpha > 40 && px >= 0 && px < canvas.width) canvas.pixels[py * canvas.width + px] = mix(canvas.pixels[py * canvas.width + px], ink, alpha / 255);
    }
  }
}

// The frame of a plate: the age's pattern on a band two pixels wide, its heart left to the icon.
const frames = new Map();
function frame(age, size) {
  const key = age * 4096 + size;
  if (!frames.has(key)) {
    const whole = stencil(age, size), band = Math.max(2, Math.round(size / 7));
    frames.set(key, whole.map((ink, i) => (Math.min(i % size, Math.floor(i / size), size - 1 - (i % size), size - 1 - Math.floor(i / size)) < band ? ink : 0)));
  }
  return frames.get(key);
}

const mix = function (under, over, share) {
  const channel = (shift) => Math.round(((under >>> shift) & 255) * (1 - share) + ((over >>> shift) & 255) * share);
  return ((Math.max(under >>> 24, Math.round((over >>> 24) * share)) << 24) | (channel(16) << 16) | (channel(8) << 8) | channel(0)) >>> 0;
};

function fill({ pixels, width, height }, left, top, size, colour) {
  const from = Math.max(0, left), to = Math.min(width, left + size), bottom = Math.min(height, top + size);
  if (from >= to) return;
  for (let row = Math.max(0, top); row < bottom; row++) {
    const start = row * width;
    for (let at = start + from; at < start + to; at++) pixels[at] = colour;
  }
}

function outline(canvas, left, top, size, colour) {
  stamp(canvas, left, top, size, ring(size), colour);
}
const rings = new Map();
function ring(size) {
  if (!rings.has(size)) rings.set(size, Uint8Array.from({ length: size * size }, (_, i) => +(i % size === 0 || i % size === size - 1 || i < size || i >= size * size - size)));
  return rings.get(size);
}

function stamp({ pixels, width, height }, left, top, size, ink, colour) {
  for (let dy = 0; dy < size; dy++) {
    const py = top + dy;
    if (py < 0 || py >= height) continue;
    for (let dx = 0; dx < size; dx++) {
      const px = left + dx;
      if (ink[dy * size + dx] && px >= 0 && px < width) pixels[py * width + px] = colour;
    }
  }
}
