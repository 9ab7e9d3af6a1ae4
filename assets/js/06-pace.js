// What facts change is drawn together, in one frame, and the frames of facts leave the page nine tenths of its time: each has the browser lay out and paint anew, and the keys
// come first. What comes after a rest is drawn in the next frame; in an avalanche, on a busy machine, once or twice a second.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  const LEAST_MS = 30, MOST_MS = 700, LONG_MS = 8, SHARE = 10;
  const waiting = new Set();
  let restsUntil = 0, isDue = false;

  // Gives the function that asks for `act` in the next frame of facts, once however often it is asked.
  HV.paced = (act) => function () {
    waiting.add(act);
    plan();
  };
  const plan = function () {
    if (isDue) return;
    isDue = true;
    const rests = restsUntil - performance.now();
    if (rests > 0) setTimeout(() => requestAnimationFrame(draw), rests);
    else requestAnimationFrame(draw);
  };

  const draw = function () {
    isDue = false;
    const began = performance.now();
    restsUntil = began + MOST_MS; // Until its cost is known.
    for (const act of Array.from(waiting)) {
      waiting.delete(act);
      HV.guarded(act);
      if (performance.now() - began > LONG_MS) break;
    }
    const left = waiting.size;
    // A message posted in a frame is served once the frame was laid out and painted.
    const after = new MessageChannel();
    after.port1.onmessage = function () {
      after.port1.close();
      const ends = performance.now();
      restsUntil = ends + Math.min(left ? MOST_MS / 3 : MOST_MS, Math.max(LEAST_MS, SHARE * (ends - began)));
      if (left) plan();
    };
    after.port2.postMessage(0);
  };
  // A part that fails does not take the others with it; a wall, which nobody watches, says so (31-wall.js).
  HV.guarded = function (act) {
    try {
      act();
    } catch (fault) {
      console.error(fault);
      if (HV.fault) HV.fault(fault);
    }
  };
})();
