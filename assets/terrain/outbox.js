// The actions that wait for a network: sent one by one, in the order in which they were done (a call for help first), each with its own key and its own time.
// The page and the service worker run this same code; a lock of the browser keeps it to one of them at a time.
(function () {
  "use strict";
  const Field = (self.Field = self.Field || {});
  const LOCK = "vigie-terrain-envoi";
  const PATIENCE_MS = 30000;
  const AGAIN = new Set([408, 425, 429]);

  // The proof that a request is ours: a cookie that only our page reads; the service worker reads what the page left.
  Field.csrf = async function () {
    const found = typeof document === "undefined" ? null : document.cookie.split("; ").find((one) => one.startsWith("_csrf_token="));
    if (!found) return (await Field.meta("csrf")) || "";
    const value = decodeURIComponent(found.split("=")[1]);
    if ((await Field.meta("csrf")) !== value) await Field.setMeta("csrf", value);
    return value;
  };

  // act: {url, verb, intervention, label, body} and, for a photograph, bytes and query. Kept before anything is sent.
  Field.enqueue = async function (act) {
    const entry = {
      key: crypto.randomUUID(), who: act.who, verb: act.verb, intervention: act.intervention || null, label: act.label, url: act.url, done_at: new Date().toISOString(),
      isUrgent: Boolean(act.isUrgent), state: "waiting", error: "",
      body: await Field.sealJson(act.body || {}), bytes: act.bytes ? await Field.seal(act.bytes) : null,
    };
    entry.n = await Field.putEntry(entry);
    const registration = typeof navigator !== "undefined" && navigator.serviceWorker ? await navigator.serviceWorker.ready.catch(() => null) : null;
    // A browser that knows how sends them even when the page is closed.
    if (registration && registration.sync) registration.sync.register("envoi").catch(() => null);
    return entry;
  };
  Field.waiting = async () => (await Field.entries()).sort((a, b) => b.isUrgent - a.isUrgent || a.n - b.n);

  const request = async function (entry) {
    const body = await Field.unsealJson(entry.body);
    const headers = { Accept: "application/json", "X-CSRFToken": await Field.csrf(), "Idempotency-Key": entry.key, "X-Sent-At": new Date().toISOString() };
    if (!entry.bytes) return [entry.url, { headers: Object.assign(headers, { "Content-Type": "application/json" }), body: JSON.stringify(entry.verb === "safe" ? body : Object.assign({ done_at: entry.done_at }, body)) }];
    const query = new URLSearchParams(Object.assign({ done_at: entry.done_at }, body));
    return [entry.url + "?" + query, { headers: Object.assign(headers, { "Content-Type": "image/jpeg" }), body: await Field.unseal(entry.bytes) }];
  };
  // What became of one: "sent" with what was answered, "refused" with the sentence, "locked" (no session), "later" (no network, or a server that cannot now).
  const deliver = async function (entry) {
    let answer;
    try {
      const [url, options] = await request(entry);
      answer = await fetch(url, Object.assign({ method: "POST", credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) }, options));
    } catch (noNetwork) {
      return { end: "later", error: "" };
    }
    const read = await answer.json().catch(() => ({}));
    if (answer.ok) return { end: "sent", read };
    if (answer.status === 401 || answer.status === 423) return { end: "locked" };
    if (answer.status === 403 && read.reason === "csrf") return { end: "locked" };
    if (answer.status >= 500 || AGAIN.has(answer.status)) return { end: "later", error: read.detail || String(answer.status) };
    return { end: "refused", error: read.detail || String(answer.status) };
  };

  // Sends what waits and belongs to `who`; tells each step. Gives how it ended: "empty", "later" or "locked"; null while another page or the worker sends.
  Field.flush = async function (who, tell) {
    const say = tell || (() => null);
    const send = async function (lock) {
      if (!lock) return null;
      for (;;) {
        const next = (await Field.waiting()).find((entry) => entry.state === "waiting" && entry.who === who);
        if (!next) return "empty";
        const done = await deliver(next);
        if (done.end === "sent") {
          await Field.settle(next, done.read);
          await Field.dropEntry(next.n);
        } else if (done.end === "refused") await Field.putEntry(Object.assign(next, { state: "refused", error: done.error }));
        else {
          if (next.error !== (done.error || "")) await Field.putEntry(Object.assign(next, { error: done.error || "" }));
          return done.end;
        }
        say(next, done);
      }
    };
    if (!self.navigator.locks) return send(true);
    return self.navigator.locks.request(LOCK, { ifAvailable: true }, send);
  };
  // What the page must know later of an action that was received: kept without effect, or a call for help and its event.
  Field.settle = async function (entry, read) {
    if (entry.verb === "distress") return Field.setMeta("call", { who: entry.who, event: read.id, at: entry.done_at });
    if (entry.verb === "safe") return Field.forget("call");
    if (read.applied === false) {
      const notices = (await Field.meta("notices")) || [];
      await Field.setMeta("notices", notices.concat({ who: entry.who, intervention: entry.intervention, label: entry.label, why: read.why, at: entry.done_at }).slice(-50));
    }
    return null;
  };
})();
