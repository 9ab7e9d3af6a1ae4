// The service worker of /terrain. VERSION and FILES are written above by the server: another release is another version, and another cache.
/* global VERSION, FILES */
importScripts("/assets/terrain/store.js", "/assets/terrain/outbox.js");
(function () {
  "use strict";
  const SHELL = "/terrain";
  const CACHE = "vigie-terrain-" + VERSION;

  self.addEventListener("install", function (event) {
    const fill = async function () {
      const cache = await caches.open(CACHE);
      // The page itself only as somebody signed in gets it: a redirection to the sign-in page must never be kept in its place.
      const page = await fetch(SHELL, { credentials: "same-origin", cache: "reload", headers: { Accept: "text/html" } });
      if (!page.ok || page.redirected) throw new Error("the page of the field is not served: " + page.status);
      await cache.put(SHELL, page);
      await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
      await self.skipWaiting();
    };
    event.waitUntil(fill());
  });
  self.addEventListener("activate", function (event) {
    const clean = async function () {
      for (const name of await caches.keys()) if (name.startsWith("vigie-terrain-") && name !== CACHE) await caches.delete(name);
      await self.clients.claim();
    };
    event.waitUntil(clean());
  });

  const kept = (path) => caches.open(CACHE).then((cache) => cache.match(path));
  self.addEventListener("fetch", function (event) {
    const url = new URL(event.request.url);
    if (event.request.method !== "GET" || url.origin !== location.origin) return;
    // Off-line first: the page opens from the phone, at once, whatever the network; its data come after.
    if (event.request.mode === "navigate" && url.pathname === SHELL) return event.respondWith(kept(SHELL).then((page) => page || fetch(event.request)));
    if (event.request.mode === "navigate" && url.pathname.startsWith("/terrain/")) return event.respondWith(fetch(event.request).catch(() => kept(SHELL)));
    if (FILES.includes(url.pathname)) event.respondWith(kept(url.pathname).then((file) => file || fetch(event.request)));
  });
  // The page was closed before the network came back: what it left is sent all the same.
  self.addEventListener("sync", function (event) {
    if (event.tag !== "envoi") return;
    const send = async function () {
      const ended = await self.Field.flush(await self.Field.meta("me"));
      (await self.clients.matchAll({ type: "window" })).forEach((page) => page.postMessage({ sent: ended }));
      if (ended === "later") throw new Error("no network yet: the browser asks again");
    };
    event.waitUntil(send());
  });
  self.addEventListener("message", function (event) {
    if (event.data === "relire") event.waitUntil(fetch(SHELL, { credentials: "same-origin", cache: "reload" }).then(async (page) => page.ok && !page.redirected && (await caches.open(CACHE)).put(SHELL, page)));
  });
})();
