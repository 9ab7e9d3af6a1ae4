// What facts change is drawn together, in one frame; once it is long, each part in a frame of its own: a key waits for one part at most. After a frame of facts the page rests nine times as
// long, within limits: each has the browser lay out and paint anew, and the keys come first. What comes after a rest is drawn in the next frame; in an avalanche, on a busy machine, about once a second.
(function () {
  "use strict";
  const HV = (window.HV = window.HV || {});
  // The longest rest, after a frame that holds everything and after one that leaves something to the next.
  const LEAST_MS = 30, MOST_MS = 700, PART_MS = 230, LONG_MS = 8, SHARE = 10;
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
    const began = performance.now();
    try {
      for (const act of Array.from(waiting)) {
        waiting.delete(act);
        HV.guarded(act);
        if (performance.now() - began > LONG_MS) break;
      }
    } finally { // Were it not even possible to say what failed, the next frame would come all the same.
      rest(began, waiting.size > 0);
    }
  };
  const rest = function (began, left) {
    // A message posted in a frame is served once the frame was laid out and painted: its cost is known, and the next may be due.
    const after = new MessageChannel();
    after.port1.onmessage = function () {
      after.port1.close();
      const ends = performance.now();
      restsUntil = ends + Math.min(left ? PART_MS : MOST_MS, Math.max(LEAST_MS, SHARE * (ends - began)));
      isDue = false;
      if (waiting.size) plan();
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
