// The socket and its watchdog: opens it again for ever, judges what may be said of it, and asks for what was missed.
import { differs, judge, patience } from "./watch.js";

const WATCH_MS = 100, SILENT_SOCKET_MS = 8000, RESYNC_MS = 1000;
const ENDED = 4401;
// Facts that come together (docs/live-protocol.md); the highest of their numbers comes first.
const TOGETHER = /^\{"t":"facts","seq":(\d+),/;

// tell(type, body) speaks to the page; heard: {hello(message), frame(buffer), changed(wasLost)} are told in order. Gives {wake(), resync(), isLost(), sources()}.
export function openLink(tell, heard) {
  const openedAt = performance.now();
  let socket = null, attempt = 0, seq = 0, lostAt = null, beat = null, link = judge(null, 0, 0), messageAt = openedAt, askedAt = -RESYNC_MS;

  function connect() {
    const address = new URL("/live", self.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("gather", "true");
    if (seq) address.searchParams.set("since", seq);
    const opened = (socket = new WebSocket(address));
    opened.binaryType = "arraybuffer";
    messageAt = performance.now();
    opened.onmessage = ({ data }) => {
      if (opened !== socket) return;
      messageAt = performance.now();
      if (typeof data !== "string") return heard.frame(data);
      const together = TOGETHER.exec(data);
      if (together) pass(Number(together[1]), data);
      else hear(JSON.parse(data));
    };
    opened.onclose = ({ code }) => {
      if (opened !== socket) return;
      socket = null;
      if (code === ENDED) return tell("ended", {});
      setTimeout(connect, patience(attempt++, Math.random()));
    };
  }

  // To the page as it came, which reads it alone: read here, written for the page and read again there, it would cost three times as much.
  function pass(last, text) {
    if (last > seq) seq = last;
    tell("text", { text });
  }

  function hear(message) {
    if (message.t === "hb") {
      beat = { at: performance.now(), wall: Date.now(), message };
      watch(false);
      if (lostAt !== null && !isLost()) resume();
      tell("hb", { message });
      return;
    }
    if (message.t === "hello") {
      attempt = 0;
      lostAt = null; // A new socket brings everything, and counts from `since` by itself.
      heard.hello(message);
    }
    if (message.seq > seq) seq = message.seq;
    tell("message", { message });
  }

  function watch(woken) {
    const now = judge(beat, openedAt, performance.now(), Date.now(), woken);
    const before = link;
    link = now;
    if (link.state === "perdue" && lostAt === null && seq) lostAt = seq;
    if (!differs(now, before)) return;
    tell("link", { link });
    heard.changed();
  }

  // The same socket speaks again after a silence: what happened meanwhile is asked for and counted, never slipped in.
  function resume() {
    if (isOpen()) socket.send(JSON.stringify({ t: "resync", since: lostAt }));
    lostAt = null;
  }

  function resync() {
    if (performance.now() - askedAt < RESYNC_MS || !isOpen()) return;
    askedAt = performance.now();
    socket.send('{"t":"resync"}');
  }

  const isOpen = () => socket !== null && socket.readyState === WebSocket.OPEN;
  const isLost = () => link.state === "perdue" || link.state === "base" || link.state === "";

  setInterval(function () {
    watch(false);
    // A socket that stays open and says nothing is dead without having been told.
    if (isOpen() && performance.now() - messageAt > SILENT_SOCKET_MS) socket.close();
  }, WATCH_MS);
  connect();
  return { wake: () => watch(true), resync, isLost, sources: () => link.sources, orders: {} };
}
