// Points on the map: canvases of our own on Leaflet's map, painted in the worker. Two are committed with their view in one task, so that points never trail the base map while it moves.
// At rest a third one takes their place, which the worker paints by itself: what changes costs this thread nothing.
// A view padded on each side is carried by the map pane while it is dragged; a new one is asked for when half of the pad is used up, shifted along the movement by half of a pad or more:
// to copy a picture is this thread's greatest cost, and a drag of one direction then needs half as many.
// While the zoom changes, the second canvas already moves as the view to come: its picture is shown as soon as it is painted, not when the movement ends.
(function () {
  "use strict";
  if (!window.L) return; // A page without a map.
  // The pad is a share of the view, and no more than a drag of 2,000 px/s eats in two paintings: at 4K a quarter on each side would cost 75 MB a picture.
  // At rest a narrow one is enough until the first picture of a movement comes: each repaint for new data costs the page by the pixel.
  const PAD = 0.25, PAD_MOST = [480, 320], REST = 0.3, ASK_BELOW = 0.5, LEAD_MOST = 0.8, AHEAD_MS = 300, PATIENCE_MS = 2000, SETTLE_MS = 250, LEAST_ZOOM = 8, MOST_ZOOM = 20;
  const POINTS_PANE = "vigie-points";
  const root = document.documentElement;
  const rem = () => parseFloat(getComputedStyle(root).fontSize) / 16;
  const pads = (size) => [Math.min(PAD_MOST[0], Math.round(size.x * PAD)), Math.min(PAD_MOST[1], Math.round(size.y * PAD))];

  const rgb = function (name) {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    probe.fillStyle = getComputedStyle(root).getPropertyValue(name).trim() || "#888";
    probe.fillRect(0, 0, 1, 1);
    return Array.from(probe.getImageData(0, 0, 1, 1).data).slice(0, 3);
  };
  const sendColours = () => window.Vigie.order("colours", { colours: { ink: rgb("--encre3"), line: rgb("--contour-sev"), ground: rgb("--fond"), severities: ["--info", "--mineure", "--majeure", "--critique"].map(rgb) } });

  // One canvas and the view that it shows. A picture comes as a bitmap from the worker, as pixels where OffscreenCanvas is missing.
  class Sheet {
    constructor(pane) {
      this.pane = pane;
      this.make();
    }

    make() {
      this.canvas = window.L.DomUtil.create("canvas", "leaflet-zoom-animated vigie-points", this.pane);
      this.canvas.setAttribute("aria-hidden", "true");
      this.canvas.width = this.canvas.height = 0;
      this.view = this.context = null;
      this.hide();
    }

    // Until it holds something true, and once another one does.
    hide() {
      this.canvas.style.visibility = "hidden";
      delete this.canvas.dataset.testid;
    }

    put({ view, bitmap, image }) {
      const canvas = this.canvas, picture = bitmap || image;
      if (!this.context) this.context = canvas.getContext(bitmap ? "bitmaprenderer" : "2d");
      if (canvas.width !== picture.width || canvas.height !== picture.height) {
        canvas.width = picture.width;
        canvas.height = picture.height;
      }
      if (bitmap) this.context.transferFromImageBitmap(bitmap);
      else this.context.putImageData(image, 0, 0);
      this.measure(view);
      canvas.style.visibility = "";
      canvas.dataset.testid = "carte-calque-direct";
    }

    measure(view) {
      if (!this.view || this.view.width !== view.width || this.view.height !== view.height) {
        this.canvas.style.width = view.width + "px";
        this.canvas.style.height = view.height + "px";
      }
      this.view = view;
    }

    // Puts the view where it belongs for that pixel origin, scaled when the zoom is no longer its own.
    place(origin, scale) {
      window.L.DomUtil.setTransform(this.canvas, window.L.point(this.view.x, this.view.y).multiplyBy(scale).subtract(origin), scale);
    }

    // A picture that is not shown any more gives its memory back. Chromium keeps beside a canvas the buffers that were on their way to the screen: the canvas goes with them.
    empty() {
      if (!this.context) return this.hide();
      if (this.context.transferFromImageBitmap) this.context.transferFromImageBitmap(null);
      this.canvas.remove();
      return this.make();
    }
  }

  // The canvas of a map at rest. It bears one view, and moves with the map's pane like the others.
  class Still extends Sheet {
    constructor(pane) {
      super(pane);
      const surface = this.canvas.transferControlToOffscreen();
      window.Vigie.order("surface", { surface }, [surface]);
    }

    show(view, origin) {
      this.measure(view);
      this.place(origin, 1);
      this.canvas.style.visibility = "";
      this.canvas.dataset.testid = "carte-calque-direct";
    }
  }

  let views = 0;
  class Points {
    constructor(map) {
      this.map = map;
      const pane = map.getPane(POINTS_PANE) || map.createPane(POINTS_PANE);
      pane.style.zIndex = 410;
      pane.style.pointerEvents = "none";
      this.sheets = [new Sheet(pane), new Sheet(pane)];
      this.still = typeof OffscreenCanvas === "undefined" ? null : new Still(pane);
      this.front = this.sheets[0];
      this.flying = null;
      this.isWanted = this.isShown = this.isMoving = false;
      this.roundTrip = 40;
      this.speed = [0, 0];
      this.last = null;
      this.handlers = { movestart: this.start, move: this.move, moveend: this.settle, resize: this.settle, zoomstart: this.zoomStart, zoomanim: this.zoomAnim, zoom: this.zoom, zoomend: this.zoomEnd, viewreset: this.zoom, unload: this.remove, click: this.click };
      map.on(this.handlers, this);
      // The centre stays the centre: a wall that takes its scale after the map was made would otherwise show a corner.
      this.sizes = new ResizeObserver(() => map.invalidateSize({ animate: false, pan: true, debounceMoveend: true }));
      this.sizes.observe(map.getContainer());
      Points.current = this;
      sendColours();
      window.Vigie.order("map", { on: true });
      window.Vigie.order("hold", { on: false });
      window.Vigie.onBitmap = (body) => Points.current && Points.current.receive(body);
      window.Vigie.onStill = ({ view }) => Points.current && Points.current.rest(view);
      window.Vigie.onPainted = (body) => Points.current && Points.current.tell(body);
      this.ask();
    }

    // Where the next picture of a change of zoom goes.
    get back() {
      return this.sheets[this.front === this.sheets[0] ? 1 : 0];
    }

    remove() {
      this.map.off(this.handlers, this);
      clearTimeout(this.settling);
      this.sizes.disconnect();
      if (Points.current !== this) return;
      Points.current = null;
      window.Vigie.order("map", { on: false });
    }

    // The view to ask for: the viewport and its pad, at a zoom and centre that may be those of a zoom to come.
    wish(center, zoom, lead) {
      const map = this.map, size = map.getSize(), pad = pads(size).map((side) => (this.isMoving ? side : Math.round(side * REST)));
      const corner = center ? map.project(center, zoom).subtract(size.divideBy(2)) : map.getPixelBounds().min;
      return {
        id: ++views, zoom, isStill: !center && !this.isMoving, dpr: window.devicePixelRatio || 1, unit: (window.devicePixelRatio || 1) * rem(), width: size.x + 2 * pad[0], height: size.y + 2 * pad[1],
        x: Math.round(corner.x - pad[0] + lead[0]), y: Math.round(corner.y - pad[1] + lead[1]), askedAt: performance.now(),
      };
    }

    get isAwaited() {
      return Boolean(this.flying) && performance.now() - this.flying.askedAt < PATIENCE_MS;
    }

    ask(center, zoom, lead) {
      const size = this.map.getSize();
      if (!size.x || !size.y) return;
      if (this.isAwaited) {
        this.isWanted = true;
        return;
      }
      this.isWanted = false;
      this.flying = this.wish(center, zoom === undefined ? this.map.getZoom() : zoom, lead || [0, 0]);
      window.Vigie.order("view", { view: this.flying });
    }

    receive(body) {
      const { view } = body;
      if (this.flying && view.id === this.flying.id) {
        this.roundTrip = 0.7 * this.roundTrip + 0.3 * (performance.now() - view.askedAt);
        this.flying = null;
      }
      if (this.target !== undefined) this.receiveAhead(body);
      else if (Math.abs(view.zoom - this.map.getZoom()) < 1e-9) this.commit(body);
      else {
        if (body.bitmap) body.bitmap.close();
        this.ask();
      }
      if (!this.flying && this.target === undefined && (this.isWanted || (this.isMoving && this.isUsedUp(ASK_BELOW)))) this.ask(undefined, undefined, this.lead());
    }

    // During a change of zoom the back canvas is already on its way as the view to come: its picture only has to appear in it.
    receiveAhead(body) {
      if (body.view.id !== this.ahead) return body.bitmap && body.bitmap.close();
      this.back.put(body);
      this.front.hide();
      this.front = this.back;
      this.tell(body);
    }

    commit(body) {
      const shown = this.front;
      if (shown === this.still) this.front = this.sheets[0];
      this.front.put(body);
      this.front.place(this.map.getPixelOrigin(), 1);
      if (shown !== this.front) shown.hide();
      this.tell(body);
    }

    // The worker's own canvas holds the view that is shown: it takes the sheet's place, which gives its memory back.
    rest(view) {
      if (this.target !== undefined || this.front === this.still || !this.isShown || this.front.view.id !== view.id) return;
      this.still.show(view, this.map.getPixelOrigin());
      this.sheets.forEach((sheet) => sheet.empty());
      this.front = this.still;
    }

    tell({ view, count, painted, cost }) {
      this.isShown = true;
      Object.assign(window.__hv.map, { n: count, painted, zoom: view.zoom, cost });
    }

    start() {
      this.isMoving = true;
      clearTimeout(this.settling);
    }

    move() {
      const now = performance.now(), at = this.map.getPixelBounds().min, before = this.last;
      this.last = { now, x: at.x, y: at.y };
      if (this.target === undefined && !this.isMoving) this.start(); // A map that takes a new size moves without having said so: narrow pictures are used up as soon as they come.
      if (!before) return; // Where to is known from the second step on.
      if (now > before.now) this.speed = [(at.x - before.x) / (now - before.now), (at.y - before.y) / (now - before.now)];
      // What is on its way is looked at when it comes: it may be enough.
      if (this.target === undefined && !this.isAwaited && this.isUsedUp(ASK_BELOW)) this.ask(undefined, undefined, this.lead());
    }

    // Whether less than that share of the pad is left on a side of the picture shown.
    isUsedUp(share) {
      if (!this.isShown || this.front.view.zoom !== this.map.getZoom()) return false;
      const at = this.map.getPixelBounds().min, { x, y, width, height } = this.front.view, size = this.map.getSize(), pad = pads(size);
      return [at.x - x, x + width - at.x - size.x, at.y - y, y + height - at.y - size.y].some((margin, side) => margin < pad[side >> 1] * share);
    }

    // How far before the map the picture lies: where the map will be when it comes (80 % of the pad at most), or later still while the side left behind keeps so much that it asks for nothing.
    lead() {
      if (!this.last || performance.now() - this.last.now > 100) return [0, 0];
      return pads(this.map.getSize()).map((pad, axis) => {
        const speed = Math.abs(this.speed[axis]), ahead = Math.max(Math.min(speed * this.roundTrip, pad * LEAD_MOST), Math.min(speed * AHEAD_MS, pad * (1 - ASK_BELOW)));
        return Math.sign(this.speed[axis]) * ahead;
      });
    }

    settle() {
      this.last = null;
      this.speed = [0, 0];
      this.isMoving = false;
      clearTimeout(this.settling);
      if (this.target !== undefined) return;
      // A hand that drags again at once finds the picture of its last movement, as long as it covers the view.
      if (!this.isShown || this.front.view.zoom !== this.map.getZoom() || this.isUsedUp(REST)) this.ask();
      else this.settling = setTimeout(() => this.target === undefined && this.map._loaded && this.ask(), SETTLE_MS);
    }

    zoomStart() {
      window.Vigie.order("hold", { on: true });
    }

    zoomAnim({ center, zoom }) {
      const map = this.map, origin = map._getNewPixelOrigin(center, zoom);
      this.target = zoom;
      this.isMoving = false;
      this.flying = null;
      this.ask(center, zoom);
      if (!this.flying) return; // A map without a size shows nothing.
      this.ahead = this.flying.id;
      if (this.isShown) this.front.place(origin, map.getZoomScale(zoom, this.front.view.zoom));
      // The back canvas starts where the view to come lies now, without a transition, and takes Leaflet's transition from there.
      const back = this.back;
      back.hide();
      back.measure(this.flying);
      back.canvas.style.transition = "none";
      back.place(map.getPixelOrigin(), map.getZoomScale(map.getZoom(), zoom));
      void back.canvas.offsetWidth;
      back.canvas.style.transition = "";
      back.place(origin, 1);
    }

    zoom() {
      if (this.isShown && !this.map._animatingZoom) this.front.place(this.map.getPixelOrigin(), this.map.getZoomScale(this.map.getZoom(), this.front.view.zoom));
    }

    zoomEnd() {
      window.Vigie.order("hold", { on: false });
      this.target = this.ahead = undefined;
      if (this.isShown) this.zoom();
      this.back.empty();
      this.flying = null;
      this.ask();
    }

    click(event) {
      if (window.Vigie.drawing) return; // The click is a corner of what is drawn (53-map-draw.js).
      const { lat, lng } = event.latlng;
      window.Vigie.pickPlace(lng, lat, this.map.getZoom()).then(function (found) {
        if (found.asset_id === null) return;
        window.Vigie.selected = found.asset_id;
        document.dispatchEvent(new CustomEvent("vigie:select", { detail: { asset_id: found.asset_id, lon: found.lon, lat: found.lat } }));
      });
    }
  }

  // The worker asks for the silhouette of an icon at a size; its alpha is all that it needs.
  window.Vigie.onIcon = function (name, size) {
    const image = new Image(size, size);
    image.onload = function () {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = size;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0, size, size);
      const { data } = context.getImageData(0, 0, size, size);
      window.Vigie.order("icon", { name, size, mask: Uint8Array.from({ length: size * size }, (_, i) => data[4 * i + 3]) });
    };
    image.src = "/assets/vendor/icons/" + name + ".svg";
  };

  document.addEventListener("vigie:select", (event) => window.Vigie.order("choose", { id: event.detail.asset_id }));
  new MutationObserver(() => Points.current && sendColours()).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  // A wall read from afar has larger points: its scale may be set after the map was made.
  let scale = rem();
  new MutationObserver(function () {
    if (rem() !== scale && Points.current) Points.current.settle();
    scale = rem();
  }).observe(root, { attributes: true, attributeFilter: ["style"] });

  // Every live map of dash-leaflet has an id that begins with `carte` (layouts/ids.py).
  window.L.Map.addInitHook(function () {
    if (!/^carte/.test(this.getContainer().id)) return;
    this.setMinZoom(LEAST_ZOOM).setMaxZoom(MOST_ZOOM);
    this.whenReady(() => new Points(this));
  });
})();
