// Which assets are shown: decided here, point by point, so that a filter costs no request and acts at the next painted frame. Pure.
//
// A filter is null (everything) or an object. Every part is optional; an asset is shown when it satisfies all that are there:
//   kinds       ["lighting:luminaire", "water:*", …]   layer and kind; [] shows nothing
//   communes    [12, 13, …]                            ids of communes
//   among       [[asset ids…], …]                      sets of assets known by their id (a contractor's, a search's): member of every one of them
//   area        [[lon, lat], …]                        a ring drawn on the map, closed by itself
//   severities  [0…4]   0 normal, 1 information, 2 minor, 3 major, 4 critical
//   qualities   [0…7]   age of the data: 0 fresh, 1 late, 2 stale, 3 invalid, 4 never received, 5 simulated, 6 manual, 7 inhibited
//   waiting     true    only what waits for an acknowledgement
//   active      true or false: lit, occupied, open, or not
// The first four are of the asset (one byte of mask per point, made when the filter or the layout changes), the last four of its appearance (a table of 256).
import { mercator } from "./place.js";

const LOOKS = 256;
const severityOf = (look) => look & 7, qualityOf = (look) => (look >> 3) & 7;

// {base, mask, looks}: base passes communes, among and area; mask also the kinds (both null: every point); looks says which appearances are shown.
export function compile(filter, points) {
  const wanted = filter || {};
  const looks = Uint8Array.from({ length: LOOKS }, (_, look) => +isShown(wanted, look));
  const base = wanted.communes || wanted.among || wanted.area ? baseOf(wanted, points) : null;
  return { base, mask: wanted.kinds ? ofKinds(wanted.kinds, points, base) : base, looks };
}

const isShown = ({ severities, qualities, waiting, active }, look) =>
  (!severities || severities.includes(severityOf(look))) && (!qualities || qualities.includes(qualityOf(look))) &&
  (!waiting || (look & 64) !== 0) && (typeof active !== "boolean" || ((look & 128) !== 0) === active);

function baseOf({ communes, among, area }, points) {
  const base = new Uint8Array(points.count).fill(1);
  if (communes) {
    const chosen = new Set(communes);
    const isChosen = Uint8Array.from(points.channels, ({ commune }) => +chosen.has(commune));
    for (let i = 0; i < base.length; i++) base[i] = isChosen[points.channel[i]];
  }
  for (const ids of among || []) {
    const members = new Set(ids);
    for (let i = 0; i < base.length; i++) if (base[i] && !members.has(points.ids[i])) base[i] = 0;
  }
  if (area) {
    const isInside = ring(area);
    for (let i = 0; i < base.length; i++) if (base[i] && !isInside(points.x[i], points.y[i])) base[i] = 0;
  }
  return base;
}

function ofKinds(kinds, points, base) {
  const chosen = new Set(kinds), { names, kind: of } = points;
  const isChosen = Uint8Array.from(names, ({ layer, kind }) => +(chosen.has(layer + ":*") || chosen.has(layer + ":" + kind)));
  const mask = new Uint8Array(points.count);
  for (let i = 0; i < mask.length; i++) mask[i] = isChosen[of[i]] && (base === null || base[i]) ? 1 : 0;
  return mask;
}

// Whether a Mercator place lies in a ring of degrees: even-odd rule, within its box first.
export function ring(corners) {
  const xs = [], ys = [];
  for (const [lon, lat] of corners) {
    const [x, y] = mercator(lon, lat);
    xs.push(x);
    ys.push(y);
  }
  const west = Math.min(...xs), east = Math.max(...xs), north = Math.min(...ys), south = Math.max(...ys);
  return function (x, y) {
    if (x < west || x > east || y < north || y > south) return false;
    let isInside = false;
    for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
      if (ys[i] > y !== ys[j] > y && x < ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i]) isInside = !isInside;
    }
    return isInside;
  };
}

// Counts for the layers' tree, over what passes communes, among and area: a box that is not ticked still says what it holds.
// {total, shown, kinds: {"layer:kind": {n, shown, severities: [5], qualities: [8], waiting, active}}, communes: {id: {n, shown, severities: [5]}}}; shown counts what the whole filter lets through.
export function counts(points, { base, mask, looks }) {
  const { names, kind: of, channel, channels } = points, byKind = new Uint32Array(names.length * LOOKS), shownByKind = new Uint32Array(names.length);
  const byChannel = new Uint32Array(channels.length * LOOKS), shownByChannel = new Uint32Array(channels.length);
  for (let i = 0; i < points.count; i++) {
    if (base !== null && !base[i]) continue;
    const look = points.looks[i];
    byKind[of[i] * LOOKS + look]++;
    byChannel[channel[i] * LOOKS + look]++;
    if (!looks[look] || (mask !== null && !mask[i])) continue;
    shownByKind[of[i]]++;
    shownByChannel[channel[i]]++;
  }
  const communes = {};
  channels.forEach(function ({ commune }, rank) {
    const place = (communes[commune] = communes[commune] || { n: 0, shown: 0, severities: [0, 0, 0, 0, 0] });
    place.shown += shownByChannel[rank];
    for (let look = 0; look < LOOKS; look++) {
      const n = byChannel[rank * LOOKS + look];
      if (n === 0) continue;
      place.n += n;
      place.severities[severityOf(look)] += n;
    }
  });
  const kinds = {};
  let total = 0, shown = 0;
  names.forEach(function ({ layer, kind }, number) {
    const found = { n: 0, shown: shownByKind[number], severities: [0, 0, 0, 0, 0], qualities: [0, 0, 0, 0, 0, 0, 0, 0], waiting: 0, active: 0 };
    for (let look = 0; look < LOOKS; look++) {
      const n = byKind[number * LOOKS + look];
      if (n === 0) continue;
      found.n += n;
      found.severities[severityOf(look)] += n;
      found.qualities[qualityOf(look)] += n;
      if (look & 64) found.waiting += n;
      if (look & 128) found.active += n;
    }
    kinds[layer + ":" + kind] = found;
    total += found.n;
    shown += found.shown;
  });
  return { total, shown, kinds, communes };
}

// Indices of what the filter shows, worst first, then what waits, then by id; from rank `from`, `limit` of them; and how many there are. isInside narrows further (a drawn area).
export function list(points, { mask, looks }, from, limit, isInside) {
  const ranks = Array.from({ length: 10 }, () => []);
  let total = 0;
  for (let i = 0; i < points.count; i++) {
    const look = points.looks[i];
    if (!looks[look] || (mask !== null && !mask[i]) || (isInside && !isInside(points.x[i], points.y[i]))) continue;
    ranks[2 * (4 - Math.min(4, severityOf(look))) + (look & 64 ? 0 : 1)].push(i);
    total++;
  }
  const found = [];
  let skipped = 0;
  for (const rank of ranks) {
    if (skipped + rank.length <= from) {
      skipped += rank.length;
      continue;
    }
    rank.sort((a, b) => points.ids[a] - points.ids[b]);
    for (let k = Math.max(0, from - skipped); k < rank.length && found.length < limit; k++) found.push(rank[k]);
    skipped += rank.length;
    if (found.length === limit) break;
  }
  return { indices: found, total };
}
