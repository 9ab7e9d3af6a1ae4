// The past in chapters of ten minutes (docs/live-protocol.md §8): fetched when they are asked for, the next one ahead, and shown minute by minute.
export const MINUTE_MS = 60000, LENGTH = 10;
const KEPT = 12;

// The pieces of a chapter: {at, silent: [[layer, …] by minute], frames: [ArrayBuffer by minute], layout}.
export function chapter(buffer) {
  const data = new DataView(buffer), pieces = [];
  for (let at = 0; at < buffer.byteLength; ) {
    const size = Number(data.getBigUint64(at, true));
    pieces.push(buffer.slice(at + 8, at + 8 + size));
    at += 8 + Math.ceil(size / 8) * 8;
  }
  const { at, silent } = JSON.parse(new TextDecoder().decode(pieces[0]));
  return { at, silent, frames: pieces.slice(1), layout: new DataView(pieces[1]).getUint32(4, true) };
}

// Which frames bring the map from what is shown ({first, index} or null) to a minute: [from, to] of the chapter that begins at `first`. The first frame of a chapter says everything.
export const steps = (shown, first, index) => (shown && shown.first === first && shown.index <= index ? [shown.index + 1, index] : [0, index]);

// tell and heard as for openLink (link.js). The page orders {type: "past", minute}: the epoch ms of a minute; it is told {minute} when it is shown, or {failed} with a sentence.
export function openPast(tell, heard) {
  const chapters = new Map();
  let layout = null, shown = null, wanted = null, silent = [];

  function read(first) {
    if (!chapters.has(first)) {
      chapters.set(first, load(first));
      if (chapters.size > KEPT) chapters.delete(chapters.keys().next().value);
      chapters.get(first).catch(() => chapters.delete(first));
    }
    return chapters.get(first);
  }

  async function load(first) {
    const address = new URL("/api/v1/map/past", self.location.href);
    address.searchParams.set("at", new Date(first).toISOString());
    address.searchParams.set("minutes", LENGTH - 1);
    const answer = await fetch(address);
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail || String(answer.status));
    return chapter(await answer.arrayBuffer());
  }

  // until: the last moment of the period, beyond which nothing is read ahead.
  async function show(minute, until) {
    wanted = minute;
    const asked = minute - (minute % (LENGTH * MINUTE_MS));
    let found;
    try {
      found = await read(asked);
    } catch (failure) {
      if (wanted === minute) tell("past", { failed: failure.message, minute });
      return;
    }
    // A chapter may begin later than was asked: an access by motive is cut to its window.
    const first = found.at, index = (minute - first) / MINUTE_MS;
    if (wanted !== minute || !found.frames[index]) return; // Another minute was asked for meanwhile.
    if (found.layout !== layout) {
      layout = found.layout;
      shown = null;
      heard.hello({ layout });
    }
    const [from, to] = steps(shown, first, index);
    for (let k = from; k <= to; k++) heard.frame(found.frames[k]);
    shown = { first, index };
    silent = found.silent[index];
    heard.changed();
    tell("past", { minute, silent });
    const next = asked + LENGTH * MINUTE_MS;
    if (next < Math.min(until || Infinity, Date.now())) read(next).catch(() => null);
  }

  tell("link", { link: { state: "rejeu", since: null, cause: "", lag: 0, sources: [] } });
  return {
    wake() {}, resync() {}, isLost: () => false,
    sources: () => silent.map((layer) => ({ layer, fresh: false, since: null })),
    orders: { past: ({ minute, until }) => show(minute, until) },
  };
}
