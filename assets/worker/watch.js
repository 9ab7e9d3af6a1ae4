// The watchdog's judgement: what may be said of the link, from the last heartbeat and how long ago it came. Pure (screens.md B.1).
export const LOST_MS = 2500, LATE_MS = 10000;

// heard: {at (monotonic ms of its arrival), wall (epoch ms of its arrival), message} or null; openedAt: monotonic ms; woken: the page has just come back from sleep or from behind.
// Gives {state, since, cause, lag, sources}: state "" while the first heartbeat may still come; since in platform ms; lag in ms.
export function judge(heard, openedAt, now, wall = 0, woken = false) {
  if (!heard) return now - openedAt < LOST_MS ? said("") : said("perdue", { cause: "never" });
  const { message } = heard;
  // A monotonic clock may stand still while the machine sleeps: on waking, the wall clock is asked too, and until a heartbeat comes nothing is current.
  const silence = Math.max(now - heard.at, woken ? wall - heard.wall : 0);
  if (silence > LOST_MS) return said("perdue", { since: message.now, cause: "silence", sources: message.sources });
  const down = ["database", "redis", "worker"].find((name) => message.deps[name] !== "ok");
  if (down) return said("base", { since: message.now, cause: down, sources: message.sources });
  // An accelerated demonstration ages everything faster: the delay is that of the machine.
  const speed = Math.max(1, message.clock.speed || 1);
  const lag = message.last_ingest === null ? 0 : (message.now - message.last_ingest) / speed;
  if (lag > LATE_MS) return said("retard", { since: message.last_ingest, lag, sources: message.sources });
  const silent = message.sources.filter((source) => !source.fresh);
  if (silent.length) return said("partiel", { since: silent[0].since ? Date.parse(silent[0].since) : null, cause: silent[0].layer, sources: message.sources });
  return said("direct", { since: message.now, sources: message.sources });
}

const said = (state, more = {}) => ({ state, since: null, cause: "", lag: 0, sources: [], ...more });

// Whether two judgements must be told apart by the page.
export const differs = (a, b) => a.state !== b.state || a.cause !== b.cause || JSON.stringify(a.sources) !== JSON.stringify(b.sources);

// Milliseconds before the next attempt: doubling to 10 s, spread so that a room of screens does not come back at once.
export const patience = (attempt, chance) => Math.min(10000, 250 * 2 ** Math.min(attempt, 10)) * (0.5 + chance);
