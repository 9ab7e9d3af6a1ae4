// The Idempotency-Key of an act: 128 random bits. crypto.randomUUID is absent on plain http, where many rooms still are.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  HV.newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
})();
