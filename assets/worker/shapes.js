// Lines and areas among the assets (mains, district areas, outlines), from vector tiles and restyled by each asset's state without asking for a tile again: only the looks change.
//
// Drawn under the points, with the canvas's own strokes. Far away (below ALL_FROM) the point inside a line stands for it, as every asset's does, and only what is in alarm is drawn whole: a network
// in full would cover the streets that it follows. From ALL_FROM on the line replaces its point. An area is an outline, filled when it is in alarm; its point stays. Age is the dash, never the hue.
import { HALF, WORLD } from "./place.js";
import { LOST, SILENT } from "./stencils.js";
import { patience } from "./watch.js";

export const ABNORMAL_FROM = 11, ALL_FROM = 14, DEEPEST = 14, EXTENT = 8192; // hypervisor/feed/shapes.py, hypervisor/store/asset_shapes.py
const LEVELS_ABOVE = 2, BUFFER = EXTENT / 32, KEPT = 96, ABNORMAL_PX = 18, ANY_PX = 12;
const HIDDEN = 0xffff, LIT = 128, AREA = 256, CHOSEN = 512;
// Strokes and gaps in line widths, by age: the eight of the byte, the silent source, the lost link (screens.md B.2).
const DASHES = [[], [7, 1.5], [4, 3], [0.6, 2.4, 0.6, 5], [0.6, 4], [2, 1.5], [9, 1.5, 2, 1.5], [1.2, 1.2, 1.2, 6], [2, 2, 6, 2], [5, 4]];
// Widths in CSS pixels by zoom from 11: quiet lines no wider than a street's heart.
const NORMAL = [1, 1, 1, 1, 1.25, 1.75, 2.25, 3], ABNORMAL = [2.5, 2.5, 3, 3.5, 4, 5, 5, 6];
const at = (table, zoom) => table[Math.max(0, Math.min(table.length - 1, Math.floor(zoom) - ABNORMAL_FROM))];
const QUIET = 0.55, QUIET_LIT = 0.8, FILL = 0.12;

export const levelOf = (zoom) => Math.max(0, Math.min(DEEPEST, Math.floor(zoom) - LEVELS_ABOVE));
export const dash = (age) => DASHES[age];
const css = ([r, g, b], opacity = 1) => `rgba(${r},${g},${b},${opacity})`;
const key = (z, x, y) => z + "/" + x + "/" + y;

// load(z, x, y): promise of features (tiles.js); changed(): something new can be drawn; trouble(error): a tile did not come, and is asked for again later.
export class Shapes {
  constructor(load, changed, trouble) {
    Object.assign(this, { load, changed, trouble, tiles: new Map(), points: null, chosen: null });
  }

  // The assets have changed: what was drawn belonged to the others.
  follow(points) {
    this.points = points;
    this.tiles.clear();
    if (!points) return;
    points.lines = new Uint8Array(points.count);
    points.linesAt = 0; // Raised with each tile: what was counted before it is counted again.
    this.channels = new Map(points.channels.map((channel) => [points.layers[channel.layer].key + ":" + channel.commune, channel]));
  }

  // The tiles of a view that are there, and what stands for those that are not: [{tile, z, x, y}], each to be drawn inside tile z/x/y alone.
  of(view) {
    const z = levelOf(view.zoom), side = (256 * 2 ** view.zoom) / 2 ** z, last = 2 ** z - 1, found = [];
    const from = (start) => Math.max(0, Math.floor(start / side)), to = (end) => Math.min(last, Math.floor(end / side));
    for (let y = from(view.y); y <= to(view.y + view.height); y++) for (let x = from(view.x); x <= to(view.x + view.width); x++) {
      const own = this.ask(z, x, y);
      if (own.features) found.push({ tile: own, z, x, y });
      else found.push(...this.instead(z, x, y));
    }
    return found;
  }

  ask(z, x, y) {
    const name = key(z, x, y);
    let tile = this.tiles.get(name);
    if (tile) this.tiles.delete(name); // Most recently used last.
    else tile = { z, x, y, features: null, attempt: 0, isAsked: false };
    this.tiles.set(name, tile);
    if (!tile.features && !tile.isAsked) this.fetch(tile);
    for (const [old, { features }] of this.tiles) {
      if (this.tiles.size <= KEPT) break;
      if (features) this.tiles.delete(old);
    }
    return tile;
  }

  async fetch(tile) {
    const { points } = this;
    tile.isAsked = true;
    try {
      const features = await this.load(tile.z, tile.x, tile.y);
      if (points !== this.points) return;
      this.place(tile, features);
      this.changed();
    } catch (failure) {
      this.trouble(failure);
      await new Promise((resolve) => setTimeout(resolve, patience(tile.attempt++, Math.random())));
      tile.isAsked = false;
      if (points === this.points) this.changed();
    }
  }

  // Gives each feature its asset's place in the arrays; those of another layout are left out.
  place(tile, features) {
    const { points } = this;
    tile.features = features.flatMap((feature) => {
      const channel = this.channels.get(feature.channel), k = channel && feature.slot < channel.size ? points.at[channel.first + feature.slot] : undefined;
      if (k === undefined || points.ids[k] !== feature.id) return [];
      if (!feature.isArea) points.lines[k] = 1;
      return [{ ...feature, k, path: pathOf(feature), box: boxOf(feature.rings) }];
    });
    points.linesAt++;
    tile.codes = new Uint16Array(tile.features.length);
    tile.groups = null;
  }

  // A tile around the missing one, else those inside it: what was seen before the zoom changed.
  instead(z, x, y) {
    for (let up = 1; up <= 3 && up <= z; up++) {
      const tile = this.tiles.get(key(z - up, x >> up, y >> up));
      if (tile && tile.features) return [{ tile, z, x, y }];
    }
    const found = [];
    for (let down = 1; down <= 2 && z + down <= DEEPEST && !found.length; down++) {
      for (let dy = 0; dy < 2 ** down; dy++) for (let dx = 0; dx < 2 ** down; dx++) {
        const place = [z + down, (x << down) + dx, (y << down) + dy], tile = this.tiles.get(key(...place));
        if (tile && tile.features) found.push({ tile, z: place[0], x: place[1], y: place[2] });
      }
    }
    return found;
  }

  // How an asset is drawn at that zoom: severity, age, light, area, chosen as one number; HIDDEN for not at all.
  codeOf({ k, id, isArea }, zoom, { shown, silent, isLost }) {
    const { looks, kind } = this.points, look = looks[k], severity = look & 7;
    if (zoom < (severity || id === this.chosen ? ABNORMAL_FROM : ALL_FROM) || !shown.looks[look] || (shown.mask !== null && !shown.mask[k]) || (isLost && !severity)) return HIDDEN;
    const age = isLost ? LOST : silent && silent[kind[k]] ? SILENT : (look >> 3) & 7;
    return severity | (age << 3) | (look & LIT) | (isArea ? AREA : 0) | (id === this.chosen ? CHOSEN : 0);
  }

  // Draws under what the canvas already holds. Gives how many lines stand for their asset.
  paint(context, view, how) {
    if (!this.points || view.zoom < ABNORMAL_FROM) return 0;
    let drawn = 0;
    const seen = new Set();
    context.globalCompositeOperation = "destination-over"; // What is drawn first lies on top: points, then the worst.
    for (const { tile, z, x, y } of this.of(view)) {
      const groups = this.group(tile, view.zoom, how);
      tile.features.forEach(({ k, isArea }, i) => !isArea && tile.codes[i] !== HIDDEN && seen.add(k));
      if (!groups.length) continue;
      drawn++;
      const world = 256 * 2 ** view.zoom * view.dpr, box = world / 2 ** z, own = world / 2 ** tile.z, left = view.x * view.dpr, top = view.y * view.dpr;
      context.save();
      context.beginPath();
      const [west, north, east, south] = [x * box - left, y * box - top, (x + 1) * box - left, (y + 1) * box - top].map(Math.round);
      context.rect(west, north, east - west, south - north);
      context.clip();
      const scale = own / EXTENT;
      context.setTransform(scale, 0, 0, scale, tile.x * own - left, tile.y * own - top);
      context.lineCap = "butt";
      context.lineJoin = "round";
      for (const [code, path] of groups) stroke(context, path, code, view, scale, how.colours.rgb);
      context.restore();
    }
    context.globalCompositeOperation = "source-over";
    return drawn ? seen.size : 0;
  }

  // One path for all features that look the same, worst first, areas last: made again only when a look changed.
  group(tile, zoom, how) {
    let isSame = tile.groups !== null;
    tile.features.forEach((feature, i) => {
      const code = this.codeOf(feature, zoom, how);
      if (code !== tile.codes[i]) isSame = false;
      tile.codes[i] = code;
    });
    if (isSame) return tile.groups;
    const paths = new Map();
    tile.features.forEach(({ path }, i) => {
      const code = tile.codes[i];
      if (code === HIDDEN) return;
      if (!paths.has(code)) paths.set(code, new Path2D());
      paths.get(code).addPath(path);
    });
    const rank = (code) => (code & CHOSEN ? 1024 : 0) + (code & AREA ? 0 : 512) + 64 * (code & 7);
    return (tile.groups = [...paths].sort(([a], [b]) => rank(b) - rank(a)));
  }

  // Index of the line or area that a click at (x, y) selects when no point is near enough, -1 for none: the rule of hypervisor/feed/shapes.py.
  pick(x, y, zoom, how) {
    if (!this.points || zoom < ABNORMAL_FROM) return -1;
    const unit = (256 * 2 ** zoom) / WORLD, view = { x: (x + HALF) * unit, y: (y + HALF) * unit, zoom, width: 0, height: 0 };
    let best = -1, bestRank = 3, bestSize = Infinity;
    for (const { tile } of this.of(view)) {
      const scale = (256 * 2 ** zoom) / 2 ** tile.z / EXTENT, px = view.x / scale - tile.x * EXTENT, py = view.y / scale - tile.y * EXTENT;
      for (const feature of tile.features) {
        const code = this.codeOf(feature, zoom, how), isAbnormal = (code & 7) > 0, { box, rings, isArea, k } = feature, reach = (isAbnormal ? ABNORMAL_PX : ANY_PX) / scale;
        if (code === HIDDEN || px < box[0] - reach || px > box[2] + reach || py < box[1] - reach || py > box[3] + reach) continue;
        const apart = distance(rings, px, py, isArea);
        const rank = apart <= reach ? (isAbnormal ? 0 : 1) : isArea && isAbnormal && isInside(rings, px, py) ? 2 : 3;
        const size = rank === 2 ? (box[2] - box[0]) * (box[3] - box[1]) : apart;
        if (rank < bestRank || (rank === bestRank && rank < 3 && size < bestSize)) [best, bestRank, bestSize] = [k, rank, size];
      }
    }
    return best;
  }
}

function stroke(context, path, code, view, scale, { ink, line, severities }) {
  const unit = (view.unit || view.dpr) / scale, severity = code & 7, age = (code >> 3) & 15, isArea = (code & AREA) !== 0;
  const width = (severity ? at(ABNORMAL, view.zoom) : at(NORMAL, view.zoom)) * (isArea ? 0.7 : 1) * unit;
  const draw = function (style, lineWidth, dashes) {
    context.setLineDash(dashes.map((part) => part * width));
    context.strokeStyle = style;
    context.lineWidth = lineWidth;
    context.stroke(path);
  };
  // A quiet area is dotted, as limits are on every map of ours; its age still shows in the dots.
  const dashes = isArea && !severity && age < 2 ? [1, 3] : DASHES[age];
  draw(severity ? css(severities[severity - 1]) : css(ink, code & LIT ? QUIET_LIT : QUIET), width, dashes);
  if (severity && !isArea) draw(css(line, 0.9), width + 2 * unit, age < 2 ? [] : dashes);
  if (code & CHOSEN) draw(css(ink, 0.9), width + 6 * unit, []);
  if (isArea && severity && age !== LOST) {
    context.fillStyle = css(severities[severity - 1], FILL);
    context.fill(path, "evenodd");
  }
}

function pathOf({ rings, isArea }) {
  const path = new Path2D();
  for (const ring of rings) {
    path.moveTo(ring[0], ring[1]);
    for (let i = 2; i < ring.length; i += 2) path.lineTo(ring[i], ring[i + 1]);
    if (isArea) path.closePath();
  }
  return path;
}

function boxOf(rings) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) for (let i = 0; i < ring.length; i += 2) {
    box[0] = Math.min(box[0], ring[i]);
    box[1] = Math.min(box[1], ring[i + 1]);
    box[2] = Math.max(box[2], ring[i]);
    box[3] = Math.max(box[3], ring[i + 1]);
  }
  return box;
}

const isCut = (a, b) => a === b && (a <= -BUFFER || a >= EXTENT + BUFFER); // A side that the tile's own edge made.

// From a place to the nearest side, in tile units.
function distance(rings, x, y, isArea) {
  let least = Infinity;
  for (const ring of rings) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const ax = ring[i], ay = ring[i + 1], bx = ring[i + 2], by = ring[i + 3];
      if (isArea && (isCut(ax, bx) || isCut(ay, by))) continue;
      const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
      const along = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
      least = Math.min(least, Math.hypot(x - ax - along * dx, y - ay - along * dy));
    }
  }
  return least;
}

function isInside(rings, x, y) {
  let isIn = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      if (ring[i + 1] > y !== ring[j + 1] > y && x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]) isIn = !isIn;
    }
  }
  return isIn;
}
