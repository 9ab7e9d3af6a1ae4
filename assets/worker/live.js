// The live worker: one per tab. It owns the socket, the map's arrays, the painting and the watchdog; the page only sends views and receives messages and bitmaps.
import { DELTA, FULL, frame, positions } from "./wire.js";
import { compile, counts, kindsOf, list, ring } from "./filter.js";
import { degrees, mercator, paint, palette, pick } from "./paint.js";
import { differs, judge, patience } from "./watch.js";

const WATCH_MS = 100, SILENT_SOCKET_MS = 8000, REPAINT_MS = 100, COUNT_MS = 1000;
const ENDED = 4401;
const tell = (type, body, transfer = []) => self.postMessage({ type, ...body }, transfer);

// Link --------------------------------------------------------------------------------------------------------------
let socket = null, attempt = 0, seq = 0, lostAt = null, heard = null, link = judge(null, 0, 0), messageAt = performance.now();
const openedAt = performance.now();

function connect() {
  const address = new URL("/live", self.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (seq) address.searchParams.set("since", seq);
  const opened = (socket = new WebSocket(address));
  opened.binaryType = "arraybuffer";
  messageAt = performance.now();
  opened.onmessage = ({ data }) => {
    if (opened !== socket) return;
    messageAt = performance.now();
    if (typeof data === "string") hear(JSON.parse(data));
    else take(data);
  };
  opened.onclose = ({ code }) => {
    if (opened !== socket) return;
    socket = null;
    if (code === ENDED) return tell("ended", {});
    setTimeout(connect, patience(attempt++, Math.random()));
  };
}

function hear(message) {
  if (message.t === "hb") {
    heard = { at: performance.now(), wall: Date.now(), message };
    watch(false);
    if (lostAt !== null && !isLost()) resume();
    tell("hb", { message });
    return;
  }
  if (message.t === "hello") {
    attempt = 0;
    mapSeq = lostAt = null; // A new socket brings everything, and counts from `since` by itself.
    if (message.layout !== layout) forget(message.layout);
  }
  if (message.seq > seq) seq = message.seq;
  tell("message", { message });
}

function watch(woken) {
  const now = judge(heard, openedAt, performance.now(), Date.now(), woken);
  const changed = differs(now, link), wasLost = isLost();
  link = now;
  if (link.state === "perdue" && lostAt === null && seq) lostAt = seq;
  if (changed) tell("link", { link });
  if (changed && wasLost !== isLost()) wants = true;
}
// The same socket speaks again after a silence: what happened meanwhile is asked for and counted, never slipped in.
function resume() {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ t: "resync", since: lostAt }));
  lostAt = null;
}
const isLost = () => link.state === "perdue" || link.state === "base" || link.state === "";

setInterval(function () {
  watch(false);
  // A socket that stays open and says nothing is dead without having been told.
  if (socket && socket.readyState === WebSocket.OPEN && performance.now() - messageAt > SILENT_SOCKET_MS) socket.close();
}, WATCH_MS);

// Map ---------------------------------------------------------------------------------------------------------------
let layout = null, points = null, mapSeq = null, waiting = [], loading = false, hasMap = false;
let filter = null, shown = null;

function forget(version) {
  layout = version;
  points = null;
  waiting = [];
  mapSeq = null;
  load();
}

async function load() {
  if (!hasMap || loading || points || layout === null) return;
  loading = true;
  const asked = layout;
  try {
    const answer = await fetch(new URL("/api/v1/map/snapshot", self.location.href));
    if (!answer.ok) throw new Error(`the positions are refused: ${answer.status}`);
    const found = positions(await answer.arrayBuffer());
    if (found.layout === layout) {
      points = { ...found, looks: new Uint8Array(found.count).fill(4 << 3) };
      points.kindNumbers = kindsOf(points);
      shown = compile(filter, points);
      waiting.splice(0).forEach(apply);
      wants = true;
      tell("points", { count: points.count, layers: points.layers });
    }
  } catch (failure) {
    tell("trouble", { text: String(failure) });
    await new Promise((resolve) => setTimeout(resolve, patience(3, Math.random())));
  }
  loading = false;
  if (!points || asked !== layout) load();
}

function take(buffer) {
  const found = frame(buffer);
  if (found.kind === FULL) mapSeq = found.seq;
  else if (mapSeq === null || found.layout !== layout || found.seq !== ((mapSeq + 1) >>> 0)) return resync();
  else mapSeq = found.seq;
  if (found.layout !== layout) return;
  if (points) apply(found);
  else {
    // Until the positions are there only the last FULL and what followed it matter.
    if (found.kind === FULL) waiting = [];
    waiting.push(found);
  }
}

function apply({ kind, sections, at }) {
  for (const { channel, slots, looks, count } of sections) {
    const place = points.channels.get(channel);
    if (!place) continue;
    if (kind === DELTA) for (let i = 0; i < count; i++) points.looks[place.first + slots[i]] = looks[i];
    else points.looks.set(looks.subarray(0, place.size), place.first);
  }
  changedAt = at;
  wants = wantsCounts = true;
}

// Counts follow the data once a second, and the filter at once.
let wantsCounts = false;
function count() {
  wantsCounts = false;
  if (points && hasMap) tell("counts", { counts: counts(points, shown) });
}
setInterval(() => wantsCounts && count(), COUNT_MS);

let askedAt = -1000;
function resync() {
  mapSeq = null;
  if (performance.now() - askedAt < 1000 || !socket || socket.readyState !== WebSocket.OPEN) return;
  askedAt = performance.now();
  socket.send('{"t":"resync"}');
}

// Painting ----------------------------------------------------------------------------------------------------------
let view = null, colours = null, wants = false, changedAt = 0, image = null, canvas = null, context = null, paintedAt = -REPAINT_MS;

function show(asked) {
  view = asked;
  repaint();
}

function repaint() {
  if (!view || !colours) return;
  wants = false;
  paintedAt = performance.now();
  const width = Math.round(view.width * view.dpr), height = Math.round(view.height * view.dpr);
  if (!canvas || canvas.width !== width || canvas.height !== height) {
    canvas = new OffscreenCanvas(width, height);
    context = canvas.getContext("2d");
    image = new ImageData(width, height);
  }
  const pixels = new Uint32Array(image.data.buffer);
  const painted = points ? paint(pixels, view, points, colours, isLost(), shown) : 0;
  if (!points) pixels.fill(0);
  context.putImageData(image, 0, 0);
  const bitmap = canvas.transferToImageBitmap();
  tell("bitmap", { view, bitmap, count: points ? points.count : 0, painted, changedAt }, [bitmap]);
}

// New data is painted ten times a second at most, and not while the map changes zoom: the view asked for then is painted for itself.
setInterval(function () {
  if (wants && hasMap && !held && performance.now() - paintedAt >= REPAINT_MS - 10) repaint();
}, 50);
let held = false;

// Page --------------------------------------------------------------------------------------------------------------
const ORDERS = {
  wake: () => watch(true),
  map({ on }) {
    hasMap = on;
    if (on) load();
    else view = null;
  },
  view: ({ view: asked }) => show(asked),
  hold({ on }) {
    held = on;
    if (!on) wants = true;
  },
  colours({ colours: given }) {
    colours = palette(given);
    wants = true;
  },
  pick({ lon, lat, zoom, ask }) {
    const [x, y] = mercator(lon, lat);
    tell("picked", { ask, ...of(points ? pick(points, x, y, zoom, shown) : -1) });
  },
  filter({ filter: asked }) {
    filter = asked;
    if (!points) return;
    shown = compile(filter, points);
    wants = true;
    count();
  },
  list({ from, limit, ring: corners, ask }) {
    if (!points) return tell("listed", { ask, items: [], total: 0 });
    const { indices, total } = list(points, shown, from, limit, corners && ring(corners));
    tell("listed", { ask, total, items: indices.map(lineOf) });
  },
  locate({ id, ask }) {
    tell("picked", { ask, ...of(points ? points.ids.indexOf(id) : -1) });
  },
};
function of(index) {
  if (index < 0) return { asset_id: null };
  const [lon, lat] = degrees(points.x[index], points.y[index]);
  return { asset_id: points.ids[index], lon, lat, look: points.looks[index] };
}
function lineOf(index) {
  const look = points.looks[index], { names, of: numbers } = points.kindNumbers;
  const channel = [...points.channels.values()].find(({ first, size }) => index >= first && index < first + size);
  return { ...of(index), ...names[numbers[index]], commune: channel.commune, severity: look & 7, quality: (look >> 3) & 7, waiting: (look & 64) !== 0, active: (look & 128) !== 0 };
}
self.onmessage = ({ data }) => ORDERS[data.type](data);
connect();
