// What the phone keeps, sealed by a key that no script can read: the day's list, and the actions that wait for a network. Shared by the page and its service worker.
(function () {
  "use strict";
  const Field = (self.Field = self.Field || {});
  const NAME = "vigie-terrain";
  let opened = null;

  const open = () => opened || (opened = new Promise(function (resolve, reject) {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = function () {
      asked.result.createObjectStore("meta");
      asked.result.createObjectStore("outbox", { keyPath: "n", autoIncrement: true });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  }));
  // Runs one request in a transaction of its own; gives its result once it is on disk.
  const run = async function (store, mode, ask) {
    const database = await open();
    return new Promise(function (resolve, reject) {
      const transaction = database.transaction(store, mode, { durability: "strict" });
      const request = ask(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  };
  Field.meta = (name) => run("meta", "readonly", (store) => store.get(name));
  Field.setMeta = (name, value) => run("meta", "readwrite", (store) => store.put(value, name));
  Field.forget = (name) => run("meta", "readwrite", (store) => store.delete(name));
  Field.entries = () => run("outbox", "readonly", (store) => store.getAll());
  Field.putEntry = (entry) => run("outbox", "readwrite", (store) => store.put(entry));
  Field.dropEntry = (n) => run("outbox", "readwrite", (store) => store.delete(n));

  // AES-GCM under a key of this browser that cannot be exported: a copy of the files is not enough to read them.
  let key = null;
  const keyOf = async function () {
    if (key) return key;
    key = await Field.meta("key");
    if (!key) {
      key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      await Field.setMeta("key", key);
    }
    return key;
  };
  Field.seal = async function (bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(), bytes) };
  };
  Field.unseal = async (sealed) => crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, await keyOf(), sealed.data);
  Field.sealJson = (value) => Field.seal(new TextEncoder().encode(JSON.stringify(value)));
  Field.unsealJson = async (sealed) => JSON.parse(new TextDecoder().decode(await Field.unseal(sealed)));
})();
