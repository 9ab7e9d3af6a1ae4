// The assets in memory: arrays sorted by place, so that a view reads only what it may show, and the way from a slot of the wire to its place in them. Pure.
const NEVER_SEEN = 4 << 3, AGE = 7 << 3, UNKNOWN_KIND = 255;
const CHANGES_KEPT = 1 << 16; // Between two pictures; more of them and everything is counted again.
const FINEST = 15, MOST_CELLS = 1 << 17; // A cell of the index is at least 2^15 units wide (about 200 m in France): smaller ones would cost more than they spare.

// found: what wire.positions gives (slots in channel order). Gives the same assets sorted by cell:
//   count, layout, layers; x, y (int32 Mercator), ids, looks; kind (number in `names` [{layer, kind, place}]), channel (number in `channels` [{layer, commune, size, first}])
//   at[slot of the wire] = index; within(west, north, east, south, visit) calls visit(from, to) with ranges of indices that hold at least all points of that box.
export function arrange(found) {
  const { count } = found, channels = [...found.channels.values()], numberOf = new Map([...found.channels.keys()].map((number, rank) => [number, rank]));
  let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
  for (let i = 0; i < count; i++) {
    if (found.x[i] < west) west = found.x[i];
    if (found.x[i] > east) east = found.x[i];
    if (found.y[i] < north) north = found.y[i];
    if (found.y[i] > south) south = found.y[i];
  }
  let shift = FINEST, columns = 1, rows = 1;
  for (; count; shift++) {
    columns = Math.floor((east - west) / 2 ** shift) + 1;
    rows = Math.floor((south - north) / 2 ** shift) + 1;
    if (columns * rows <= MOST_CELLS) break;
  }
  const side = 2 ** shift, column = (x) => Math.floor((x - west) / side), row = (y) => Math.floor((y - north) / side);

  // Counting sort: the starts of the cells, then each point at its cell's next free place.
  const starts = new Uint32Array(columns * rows + 1), at = new Uint32Array(count);
  for (let i = 0; i < count; i++) starts[row(found.y[i]) * columns + column(found.x[i]) + 1]++;
  for (let cell = 0; cell < columns * rows; cell++) starts[cell + 1] += starts[cell];
  const next = starts.slice(0, columns * rows);
  const x = new Int32Array(count), y = new Int32Array(count), ids = new Int32Array(count), kind = new Uint8Array(count), channel = new Uint16Array(count);
  const names = [], known = new Map();
  channels.forEach(function ({ layer, size, first }, rank) {
    const { key, kinds } = found.layers[layer];
    for (let i = first; i < first + size; i++) {
      const code = layer * 256 + found.kinds[i];
      let number = known.get(code);
      if (number === undefined) {
        const declared = found.kinds[i] === UNKNOWN_KIND ? undefined : kinds[found.kinds[i]];
        known.set(code, (number = names.length));
        names.push({ layer: key, kind: declared ? declared.key : "", icon: declared && declared.icon ? declared.icon : found.layers[layer].icon, isHeard: !declared || declared.heard !== false });
      }
      const k = next[row(found.y[i]) * columns + column(found.x[i])]++;
      at[i] = k;
      x[k] = found.x[i];
      y[k] = found.y[i];
      ids[k] = found.ids[i];
      kind[k] = number;
      channel[k] = rank;
    }
  });

  // Bounds are clamped one row at a time: the cells of a row are neighbours in memory.
  function within(fromX, fromY, toX, toY, visit) {
    if (!count || fromX > east || toX < west || fromY > south || toY < north) return;
    const left = Math.max(0, column(fromX)), right = Math.min(columns - 1, column(toX));
    for (let r = Math.max(0, row(fromY)); r <= Math.min(rows - 1, row(toY)); r++) {
      const from = starts[r * columns + left], to = starts[r * columns + right + 1];
      if (from < to) visit(from, to);
    }
  }
  const looks = new Uint8Array(count).fill(NEVER_SEEN), isHeard = Uint8Array.from(names, (name) => +name.isHeard);
  for (let k = 0; k < count; k++) if (!isHeard[kind[k]]) looks[k] = 0;
  const occupied = starts.reduce((n, start, cell) => n + (cell > 0 && start > starts[cell - 1] ? 1 : 0), 0);
  return {
    count, layout: found.layout, layers: found.layers, x, y, ids, kind, channel, names, channels, numberOf, at, within, looks, isHeard,
    // What changed since the last picture (paint.js): asset, its look before and after; a count above the length says that some were not kept.
    changes: { count: 0, k: new Int32Array(CHANGES_KEPT), before: new Uint8Array(CHANGES_KEPT), after: new Uint8Array(CHANGES_KEPT) },
    perUnit: occupied ? count / (occupied * side * side) : 0, // Assets per square unit where there are any.
  };
}

// Applies the sections of a DELTA or FULL frame. Gives whether anything that is drawn changed: an acknowledgement alone (bit 6) is not.
export function apply(points, { sections }) {
  const { looks, at, kind, isHeard, changes } = points;
  let isDrawn = false;
  for (const { channel, slots, looks: given, count } of sections) {
    const rank = points.numberOf.get(channel);
    if (rank === undefined) continue;
    const { first, size } = points.channels[rank];
    for (let i = 0; i < Math.min(count, size); i++) {
      const slot = slots === null ? i : slots[i];
      if (slot >= size) continue;
      const k = at[first + slot];
      let look = given[i];
      // Nothing ever comes from a pipe or a hydrant: that is no missing value.
      if ((look & AGE) === NEVER_SEEN && !isHeard[kind[k]]) look &= ~AGE;
      if ((looks[k] ^ look) & ~64) {
        isDrawn = true;
        if (changes.count < CHANGES_KEPT) {
          changes.k[changes.count] = k;
          changes.before[changes.count] = looks[k];
          changes.after[changes.count] = look;
        }
        changes.count++;
      }
      looks[k] = look;
    }
  }
  return isDrawn;
}

// Index of an asset, -1 when it is not in the perimeter.
export const indexOf = (points, id) => points.ids.indexOf(id);
