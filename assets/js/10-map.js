// Points on the map: a canvas of our own on Leaflet's map, painted in the worker and committed with its view in one task, so that points never trail the base map.
// Recipe: a view padded by 25 % is carried by the map pane while it is dragged; a new one is asked for when half of the pad is used up, shifted along the movement.
(function () {
  "use strict";
  if (!window.L) return; // A page without a map.
  const PAD = 0.25, ASK_BELOW = 0.5, LEAD_MOST = 0.8, PATIENCE_MS = 2000, LEAST_ZOOM = 8, MOST_ZOOM = 20;
  const POINTS_PANE = "vigie-points";
  const root = document.documentElement;

  const rgb = function (name) {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    probe.fillStyle = getComputedStyle(root).getPropertyValue(name).trim() || "#888";
    probe.fillRect(0, 0, 1, 1);
    return Array.from(probe.getImageData(0, 0, 1, 1).data).slice(0, 3);
  };
  const sendColours = () => window.Vigie.order("colours", { colours: { ink: rgb("--encre3"), line: rgb("--contour-sev"), severities: ["--info", "--mineure", "--majeure", "--critique"].map(rgb) } });

  let views = 0;
  class Points {
    constructor(map) {
      this.map = map;
      const pane = map.getPane(POINTS_PANE) || map.createPane(POINTS_PANE);
      pane.style.zIndex = 410;
      pane.style.pointerEvents = "none";
      this.canvas = window.L.DomUtil.create("canvas", "leaflet-zoom-animated vigie-points", pane);
      this.canvas.dataset.testid = "carte-calque-direct";
      this.canvas.setAttribute("aria-hidden", "true");
      this.canvas.style.visibility = "hidden"; // Until its first commit there is nothing true in it.
      this.context = this.canvas.getContext("bitmaprenderer");
      this.shown = this.flying = this.held = null;
      this.isWanted = false;
      this.roundTrip = 40;
      this.speed = [0, 0];
      this.last = null;
      this.handlers = { move: this.move, moveend: this.settle, resize: this.settle, zoomstart: this.zoomStart, zoomanim: this.zoomAnim, zoom: this.zoom, zoomend: this.zoomEnd, viewreset: this.zoom, unload: this.remove, click: this.click };
      map.on(this.handlers, this);
      // The centre stays the centre: a wall that takes its scale after the map was made would otherwise show a corner.
      this.sizes = new ResizeObserver(() => map.invalidateSize({ animate: false, pan: true, debounceMoveend: true }));
      this.sizes.observe(map.getContainer());
      Points.current = this;
      sendColours();
      window.Vigie.order("map", { on: true });
      window.Vigie.order("hold", { on: false });
      window.Vigie.onBitmap = (body) => Points.current && Points.current.receive(body);
      this.ask();
    }

    remove() {
      this.map.off(this.handlers, this);
      this.sizes.disconnect();
      if (this.held) this.held.bitmap.close();
      if (Points.current !== this) return;
      Points.current = null;
      window.Vigie.order("map", { on: false });
    }

    // The view to ask for: the viewport and its pad, at a zoom and centre that may be those of a zoom to come.
    wish(center, zoom, lead) {
      const map = this.map, size = map.getSize();
      const bounds = center ? null : map.getPixelBounds();
      const corner = bounds ? bounds.min : map.project(center, zoom).subtract(size.divideBy(2));
      const pad = [Math.round(size.x * PAD), Math.round(size.y * PAD)];
      return {
        id: ++views, zoom, dpr: window.devicePixelRatio || 1, width: size.x + 2 * pad[0], height: size.y + 2 * pad[1],
        x: Math.round(corner.x - pad[0] + lead[0]), y: Math.round(corner.y - pad[1] + lead[1]), askedAt: performance.now(),
      };
    }

    ask(center, zoom, lead) {
      const size = this.map.getSize();
      if (!size.x || !size.y) return;
      if (this.flying && performance.now() - this.flying.askedAt < PATIENCE_MS) {
        this.isWanted = true;
        return;
      }
      this.isWanted = false;
      this.flying = this.wish(center, zoom === undefined ? this.map.getZoom() : zoom, lead || [0, 0]);
      window.Vigie.order("view", { view: this.flying });
    }

    receive({ view, bitmap, count, painted }) {
      if (this.flying && view.id === this.flying.id) {
        this.roundTrip = 0.7 * this.roundTrip + 0.3 * (performance.now() - view.askedAt);
        this.flying = null;
      }
      if (this.target !== undefined && view.zoom === this.target) {
        if (this.held) this.held.bitmap.close();
        this.held = { view, bitmap, count, painted };
      } else if (this.target !== undefined || Math.abs(view.zoom - this.map.getZoom()) > 1e-9) {
        bitmap.close();
        if (this.target === undefined) this.ask();
      } else this.commit(view, bitmap, count, painted);
      if (this.isWanted && !this.flying && this.target === undefined) this.ask(undefined, undefined, this.lead());
    }

    commit(view, bitmap, count, painted) {
      const canvas = this.canvas;
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
      }
      if (!this.shown || this.shown.width !== view.width || this.shown.height !== view.height) {
        canvas.style.width = view.width + "px";
        canvas.style.height = view.height + "px";
      }
      this.context.transferFromImageBitmap(bitmap);
      this.shown = view;
      this.place(this.map.getPixelOrigin(), 1);
      canvas.style.visibility = "";
      Object.assign(window.__hv.map, { n: count, painted, zoom: view.zoom });
    }

    // Puts the shown view where it belongs for that pixel origin, scaled when the zoom is no longer its own.
    place(origin, scale) {
      const at = window.L.point(this.shown.x, this.shown.y).multiplyBy(scale).subtract(origin);
      window.L.DomUtil.setTransform(this.canvas, at, scale);
    }

    move() {
      const now = performance.now(), at = this.map.getPixelBounds().min;
      if (this.last && now > this.last.now) {
        const took = now - this.last.now;
        this.speed = [(at.x - this.last.x) / took, (at.y - this.last.y) / took];
      }
      this.last = { now, x: at.x, y: at.y };
      if (!this.shown || this.target !== undefined || this.shown.zoom !== this.map.getZoom()) return;
      const { x, y, width, height } = this.shown, size = this.map.getSize();
      const margins = [at.x - x, x + width - at.x - size.x, at.y - y, y + height - at.y - size.y];
      const pads = [size.x * PAD, size.x * PAD, size.y * PAD, size.y * PAD];
      if (margins.some((margin, side) => margin < pads[side] * ASK_BELOW)) this.ask(undefined, undefined, this.lead());
    }

    // How far the map will have moved when the bitmap comes, 80 % of the pad at most.
    lead() {
      const size = this.map.getSize();
      if (!this.last || performance.now() - this.last.now > 100) return [0, 0];
      return [size.x, size.y].map(function (side, axis) {
        const most = side * PAD * LEAD_MOST;
        return Math.max(-most, Math.min(most, this.speed[axis] * this.roundTrip));
      }, this);
    }

    settle() {
      this.last = null;
      if (this.target === undefined) this.ask();
    }

    zoomStart() {
      window.Vigie.order("hold", { on: true });
    }

    zoomAnim(event) {
      // The view of the zoom to come is painted while Leaflet animates; it is committed when the animation ends.
      this.target = event.zoom;
      this.flying = null;
      this.ask(event.center, event.zoom);
      if (this.shown) this.place(this.map._getNewPixelOrigin(event.center, event.zoom), this.map.getZoomScale(event.zoom, this.shown.zoom));
    }

    zoom() {
      if (this.shown && !this.map._animatingZoom) this.place(this.map.getPixelOrigin(), this.map.getZoomScale(this.map.getZoom(), this.shown.zoom));
    }

    zoomEnd() {
      window.Vigie.order("hold", { on: false });
      const held = this.held;
      this.held = null;
      this.target = undefined;
      if (held && held.view.zoom === this.map.getZoom()) this.commit(held.view, held.bitmap, held.count, held.painted);
      else {
        if (held) held.bitmap.close();
        if (this.shown) this.zoom();
      }
      this.flying = null;
      this.ask();
    }

    click(event) {
      const { lat, lng } = event.latlng;
      window.Vigie.pickPlace(lng, lat, this.map.getZoom()).then(function (found) {
        if (found.asset_id === null) return;
        window.Vigie.selected = found.asset_id;
        document.dispatchEvent(new CustomEvent("vigie:select", { detail: { asset_id: found.asset_id, lon: found.lon, lat: found.lat } }));
      });
    }
  }

  new MutationObserver(() => Points.current && sendColours()).observe(root, { attributes: true, attributeFilter: ["data-theme"] });

  // Every live map of dash-leaflet has an id that begins with `carte` (layouts/ids.py).
  window.L.Map.addInitHook(function () {
    if (!/^carte/.test(this.getContainer().id)) return;
    this.setMinZoom(LEAST_ZOOM).setMaxZoom(MOST_ZOOM);
    this.whenReady(() => new Points(this));
  });
})();
