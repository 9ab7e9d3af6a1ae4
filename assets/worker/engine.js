// The engine of a live page: socket, arrays, filter and painting. It runs in a worker of its own (live.js); where OffscreenCanvas is missing the page runs the same code itself.
import { compile, counts, list, ring } from "./filter.js";
import { openLink } from "./link.js";
import { Painter, palette } from "./paint.js";
import { degrees, mercator, pick } from "./place.js";
import { apply, arrange, indexOf } from "./points.js";
import { Shapes } from "./shapes.js";
import { fetchTile } from "./tiles.js";
import { patience } from "./watch.js";
import { DELTA, FULL, frame, positions } from "./wire.js";

const LEAST_PAUSE_MS = 60, COUNT_MS = 1000, REST_MS = 300;

// tell(type, body, transfer) speaks to the page; open: what brings hellos and frames, the feed (link.js) or the past (reel.js). Gives the function that takes the page's orders, {type, …}.
export function begin(tell, open = openLink) {
  // Positions and looks --------------------------------------------------------------------------------------------
  let layout = null, points = null, mapSeq = null, waiting = [], isLoading = false, hasMap = false, stamp = 0;
  let filter = null, shown = null, silent = null;

  const link = open(tell, {
    hello(message) {
      mapSeq = null;
      if (message.layout !== layout) forget(message.layout);
    },
    frame: take,
    changed() {
      judgeSources();
      want();
    },
  });

  function forget(version) {
    layout = version;
    points = null;
    shapes.follow(null);
    waiting = [];
    load();
  }

  async function load() {
    if (!hasMap || isLoading || points || layout === null) return;
    isLoading = true;
    const asked = layout;
    try {
      const answer = await fetch(new URL("/api/v1/map/snapshot", self.location.href));
      if (!answer.ok) throw new Error(`the positions are refused: ${answer.status}`);
      const found = positions(await answer.arrayBuffer());
      if (found.layout === layout) {
        points = arrange(found);
        shapes.follow(points);
        shown = compile(filter, points);
        judgeSources();
        waiting.splice(0).forEach((each) => apply(points, each));
        tell("points", { count: points.count, layers: points.layers });
        want();
        count();
      }
    } catch (failure) {
      tell("trouble", { text: String(failure) });
      await new Promise((resolve) => setTimeout(resolve, patience(3, Math.random())));
    }
    isLoading = false;
    if (!points || asked !== layout) load();
  }

  function take(buffer) {
    const found = frame(buffer);
    if (found.kind === DELTA && (mapSeq === null || found.layout !== layout || found.seq !== ((mapSeq + 1) >>> 0))) {
      mapSeq = null;
      return link.resync();
    }
    mapSeq = found.seq;
    if (found.layout !== layout) return;
    if (!points) {
      // Until the positions are there only the last FULL and what followed it matter.
      if (found.kind === FULL) waiting = [];
      waiting.push(found);
      return;
    }
    wantsCounts = true;
    if (!apply(points, found)) return;
    stamp = stamp || found.at; // The oldest change that is not painted yet.
    want();
  }

  // Kinds of a layer whose source is silent are hatched.
  function judgeSources() {
    if (!points) return;
    const quiet = new Set(link.sources().filter((source) => !source.fresh).map((source) => source.layer));
    silent = quiet.size ? Uint8Array.from(points.names, ({ layer }) => +quiet.has(layer)) : null;
  }

  // Counts follow the data once a second, and the filter at once.
  let wantsCounts = false;
  function count() {
    wantsCounts = false;
    if (points && hasMap) tell("counts", { counts: counts(points, shown) });
  }
  setInterval(() => wantsCounts && count(), COUNT_MS);

  // Painting ---------------------------------------------------------------------------------------------------------
  const painter = new Painter(), shapes = new Shapes(fetchTile, () => want(), (failure) => tell("trouble", { text: String(failure) }));
  let view = null, colours = null, isHeld = false, isHidden = false, timer = null, paintedAt = -1000, cost = 0;
  let image = null, canvas = null, context = null;
  // The page's canvas for a view that does not move: `resting` is being put there, `rested` is what it shows.
  let surface = null, pen = null, resting = null, rested = null, restTimer = null;

  // A change is painted at once when the last painting is far enough: never more than half of the time is spent so.
  function want() {
    if (timer === null && view && hasMap && !isHeld && !isHidden) timer = setTimeout(repaint, Math.max(0, paintedAt + Math.max(LEAST_PAUSE_MS, 2 * cost) - performance.now()));
  }

  function repaint() {
    clearTimeout(timer);
    timer = null;
    if (!view || !colours) return;
    const began = (paintedAt = performance.now());
    const width = Math.round(view.width * view.dpr), height = Math.round(view.height * view.dpr);
    if (!image || image.width !== width || image.height !== height) image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    pixels.fill(0);
    const how = { colours, shown, silent, isLost: link.isLost(), icons: iconOf };
    const painted = points ? painter.paint(pixels, view, points, how) : 0;
    const draw = function (target) {
      target.putImageData(image, 0, 0);
      return points ? shapes.paint(target, view, how) : 0;
    };
    const body = { view, count: points ? points.count : 0, painted, stamp };
    stamp = 0;
    if (surface && (view === rested || view === resting)) {
      if (surface.width !== width || surface.height !== height) Object.assign(surface, { width, height });
      body.painted = painted + draw(pen);
      cost = performance.now() - began;
      // Shown with the frame that follows.
      if (view === rested) return requestAnimationFrame(() => tell("painted", { ...body, cost }));
    }
    if (!canvas || canvas.width !== width || canvas.height !== height) {
      canvas = makeCanvas(width, height);
      context = canvas.getContext("2d");
    }
    body.painted = painted + draw(context);
    if (view.isStill && surface && !resting && restTimer === null) restTimer = setTimeout(rest, REST_MS);
    if (typeof OffscreenCanvas === "undefined") {
      tell("bitmap", { ...body, image: context.getImageData(0, 0, width, height), cost: (cost = performance.now() - began) });
    } else {
      const bitmap = canvas.transferToImageBitmap();
      tell("bitmap", { ...body, bitmap, cost: (cost = performance.now() - began) }, [bitmap]);
    }
  }

  // A view that stays goes to the page's own canvas. Two frames later that canvas surely shows it, and takes the place of the bitmap.
  function rest() {
    restTimer = null;
    if (!view || !view.isStill || isHeld || isHidden) return;
    const asked = (resting = view);
    repaint();
    requestAnimationFrame(() => requestAnimationFrame(function () {
      if (resting !== asked || view !== asked) return;
      [rested, resting, canvas, context] = [asked, null, null, null];
      tell("still", { view: asked });
    }));
  }

  function makeCanvas(width, height) {
    return typeof OffscreenCanvas === "undefined" ? Object.assign(document.createElement("canvas"), { width, height }) : new OffscreenCanvas(width, height);
  }

  // Icons are drawn by the page, once for each size that a screen needs; until then the asset is a dot.
  const icons = new Map();
  function iconOf(name, size) {
    const key = name + "@" + size;
    if (!icons.has(key)) {
      icons.set(key, null);
      tell("icon", { name, size });
    }
    return icons.get(key);
  }

  // Orders of the page -----------------------------------------------------------------------------------------------
  const ORDERS = {
    wake({ hidden }) {
      isHidden = Boolean(hidden);
      link.wake();
      want();
    },
    map({ on }) {
      hasMap = on;
      if (on) load();
      else view = image = canvas = context = surface = pen = resting = rested = null; // A page without a map gives its buffers back.
    },
    surface({ surface: given }) {
      if (typeof requestAnimationFrame === "undefined") return; // A worker that cannot tell frames: bitmaps always.
      surface = given;
      pen = given.getContext("2d");
    },
    view({ view: asked }) {
      view = asked;
      resting = rested = null;
      clearTimeout(restTimer);
      restTimer = null;
      repaint();
    },
    // While the map changes zoom, only the view asked for then is painted.
    hold({ on }) {
      isHeld = on;
      if (!on) want();
    },
    colours({ colours: given }) {
      colours = palette(given);
      want();
    },
    icon({ name, size, mask }) {
      icons.set(name + "@" + size, mask);
      want();
    },
    filter({ filter: asked }) {
      filter = asked;
      if (!points) return;
      shown = compile(filter, points);
      want();
      count();
    },
    list({ from, limit, ring: corners, ask }) {
      if (!points) return tell("listed", { ask, items: [], total: 0 });
      const { indices, total } = list(points, shown, from, limit, corners && ring(corners));
      tell("listed", { ask, total, items: indices.map(lineOf) });
    },
    pick({ lon, lat, zoom, ask }) {
      const [x, y] = mercator(lon, lat);
      let found = points ? pick(points, x, y, zoom, shown) : -1;
      if (found < 0 && points) found = shapes.pick(x, y, zoom, { shown, silent, isLost: link.isLost() });
      tell("picked", { ask, ...of(found) });
    },
    // The line or area that is chosen has a halo.
    choose({ id }) {
      shapes.chosen = id;
      want();
    },
    locate({ id, ask }) {
      tell("picked", { ask, ...of(points ? indexOf(points, id) : -1) });
    },
  };
  function of(index) {
    if (index < 0) return { asset_id: null };
    const [lon, lat] = degrees(points.x[index], points.y[index]);
    return { asset_id: points.ids[index], lon, lat, look: points.looks[index] };
  }
  function lineOf(index) {
    const look = points.looks[index], { layer, kind } = points.names[points.kind[index]];
    return { ...of(index), layer, kind, commune: points.channels[points.channel[index]].commune, severity: look & 7, quality: (look >> 3) & 7, waiting: (look & 64) !== 0, active: (look & 128) !== 0 };
  }
  return (order) => (ORDERS[order.type] || link.orders[order.type])(order);
}
