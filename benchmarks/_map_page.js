// Put in the page before its scripts: finds the map, notes pictures and frames, drives it. Measures only; changes nothing of what is measured.
(function () {
  "use strict";
  const bench = (window.__bench = { map: null, first: 0, ready: 0, delays: [] });
  const afterFrame = (act) => requestAnimationFrame(() => { const after = new MessageChannel(); after.port1.onmessage = () => act(); after.port2.postMessage(0); });
  Object.defineProperty(window, "L", { configurable: true, set(leaflet) {
    Object.defineProperty(window, "L", { value: leaflet, writable: true, configurable: true });
    leaflet.Map.addInitHook(function () { bench.map = this; this.whenReady(() => afterFrame(() => { bench.ready = performance.now(); })); });
  } });
  bench.listen = function () {
    // A bitmap is in the frame after its commit. What the worker paints by itself leaves with the worker's frame, in which it tells the page.
    for (const name of ["onBitmap", "onPainted"]) {
      const receive = window.Vigie[name];
      window.Vigie[name] = function (body) {
        receive(body);
        if (body.stamp) afterFrame(() => bench.delays.push(Date.now() - body.stamp));
      };
    }
  };
  const watch = setInterval(function () {
    if (bench.first || !(window.__hv && window.__hv.map.painted > 0)) return;
    clearInterval(watch);
    bench.first = performance.now();
  }, 5);

  // Drags of 30 frames of 14 pixels, forth and back, with the events of a hand's: `movestart`, `move` each frame, `moveend`. Gives the length of each frame.
  bench.pan = (steps) => new Promise(function (done) {
    const map = bench.map, lengths = [];
    let step = 0, before = performance.now();
    const frame = function (now) {
      lengths.push(now - before);
      before = now;
      if (step === steps) return done(lengths.slice(1));
      if (step % 30 === 0) map.fire("movestart");
      map._rawPanBy(window.L.point(step % 60 < 30 ? 14 : -14, 0));
      map.fire("move");
      if (step % 30 === 29) map.fire("moveend");
      step++;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });

  // Marks of the base map: cyan squares 16 pixels right of each crossing of the lattice, in tiles like any others.
  bench.lattice = function (step) {
    const layer = new (window.L.GridLayer.extend({ createTile(at) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 256;
      const context = tile.getContext("2d");
      context.fillStyle = "#00ffff";
      for (let x = Math.floor((at.x * 256) / step) - 1; x * step < (at.x + 1) * 256 + 32; x++) for (let y = Math.floor((at.y * 256) / step); y * step < (at.y + 1) * 256 + 8; y++) context.fillRect(x * step + 16 - 2 - at.x * 256, y * step - 2 - at.y * 256, 5, 5);
      return tile;
    } }))({ keepBuffer: 8 });
    layer.addTo(bench.map);
  };

  // Reads frames (base64 PNG): for each, the distance in pixels of every point in alarm to where it stands at rest beside its mark, and how many marks lack their point.
  // rest: [dx, dy] of a frame at rest, half a pixel for a dot of an even side; null to measure it.
  bench.read = async function ([frames, rest]) {
    const found = [];
    for (const frame of frames) {
      const bytes = Uint8Array.from(atob(frame), (c) => c.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const canvas = new OffscreenCanvas(picture.width, picture.height), context = canvas.getContext("2d");
      context.drawImage(picture, 0, 0);
      const { data } = context.getImageData(0, 0, picture.width, picture.height);
      const blobs = (is) => gather(data, picture.width, picture.height, is);
      const marks = blobs((r, g, b) => g > 200 && b > 200 && r < 60), points = blobs((r, g, b) => r > 170 && g < 120 && b < 130);
      const errors = [];
      let missing = 0;
      for (const mark of marks) {
        if (mark.n < 20 || mark.x < 40 || mark.x > picture.width - 20 || mark.y < 20 || mark.y > picture.height - 20) continue;
        let best = null;
        for (const point of points) {
          const apart = [point.x - mark.x + 16 - (rest ? rest[0] : 0), point.y - mark.y - (rest ? rest[1] : 0)];
          if (!best || Math.hypot(...apart) < Math.hypot(...best)) best = apart;
        }
        if (best && Math.hypot(...best) < 70) errors.push(rest ? Math.hypot(...best) : best);
        else missing++;
      }
      found.push({ errors, missing, marks: marks.length });
    }
    return found;
  };
  const gather = function (data, width, height, is) {
    const seen = new Uint8Array(width * height), found = [];
    for (let start = 0; start < width * height; start++) {
      if (seen[start] || !is(data[4 * start], data[4 * start + 1], data[4 * start + 2])) continue;
      const stack = [start];
      let n = 0, x = 0, y = 0;
      seen[start] = 1;
      while (stack.length) {
        const at = stack.pop(), px = at % width, py = (at - px) / width;
        n++; x += px; y += py;
        for (const next of [px ? at - 1 : -1, px < width - 1 ? at + 1 : -1, at - width, at + width]) {
          if (next < 0 || next >= width * height || seen[next] || !is(data[4 * next], data[4 * next + 1], data[4 * next + 2])) continue;
          seen[next] = 1;
          stack.push(next);
        }
      }
      if (n >= 6) found.push({ x: x / n, y: y / n, n });
    }
    return found;
  };
})();
