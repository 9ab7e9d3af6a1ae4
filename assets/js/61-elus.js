// The officials' page from the keyboard (arrows, C, X, T), and its chart as a picture.
(function () {
  "use strict";

  // The frame comes first in the page: asked for its page among all elements, a console would look at each of its own after every change.
  const page = function () {
    const frame = document.querySelector(".frame");
    return Boolean(frame) && frame.dataset.page === "elus";
  };
  const types = (target) => target instanceof Element && (target.closest("input, textarea, select, [contenteditable], [role=combobox]") !== null);
  const press = (selector) => { const found = document.querySelector(selector); if (found) found.click(); return found !== null; };

  // The table of the panel that holds the focus, of the first one otherwise.
  function turnTable() {
    const panel = document.activeElement && document.activeElement.closest(".officials-panel");
    const twin = (panel && panel.querySelector(".twin")) || document.querySelector(".officials .twin");
    if (twin) { twin.open = !twin.open; twin.querySelector("summary").focus(); }
  }

  // The next comparison of the list, after the one in force.
  function compareOtherwise() {
    const links = [...document.querySelectorAll("[data-testid=elu-comparer] li a")];
    const now = links.findIndex((link) => link.classList.contains("chosen"));
    if (links.length) links[(now + 1) % links.length].click();
  }

  const KEYS = {
    ArrowLeft: () => press("#elus-avant"),
    ArrowRight: () => press("#elus-apres"),
    c: compareOtherwise,
    x: () => { const first = document.querySelector(".exports a"); if (first) first.focus(); },
    t: turnTable,
  };

  document.addEventListener("keydown", (event) => {
    if (!page() || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.defaultPrevented || types(event.target)) return;
    // A scrolled table keeps its arrows.
    if (event.key.startsWith("Arrow") && event.target instanceof Element && event.target.closest(".table-scroll")) return;
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // An open list closes when something else is pressed, and by Escape.
  document.addEventListener("click", (event) => {
    for (const list of document.querySelectorAll(".chooser[open]")) if (!list.contains(event.target)) list.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const list of document.querySelectorAll(".chooser[open]")) { list.open = false; list.querySelector("summary").focus(); }
  });

  // Plotly writes in pixels. Where the page's own letters are larger (a council room's screen), its letters, margins and height follow; on a phone its
  // margins shrink and one month in three is written.
  const NARROW = 480;
  const scale = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const grown = function (plot) {
    const by = scale(), { margin, font } = plot._fullLayout, box = plot.closest(".dash-graph") || plot;
    box.style.height = parseFloat(getComputedStyle(box).height) * by + "px";
    const sized = (plot.layout.annotations || []).flatMap((each, rank) => (each.font && each.font.size ? [["annotations[" + rank + "].font.size", each.font.size * by]] : []));
    return Object.fromEntries([["font.size", font.size * by], ["height", box.offsetHeight], ...["l", "r", "t", "b"].map((side) => ["margin." + side, margin[side] * by]), ...sized]);
  };
  const shrunk = function (plot) {
    const { tickvals, ticktext } = plot.layout.xaxis, isThird = (_value, rank) => rank % 3 === 2;
    return tickvals ? { "margin.l": 40, "margin.r": 96, "xaxis.tickvals": tickvals.filter(isThird), "xaxis.ticktext": ticktext.filter(isThird) } : {};
  };
  new MutationObserver(function () {
    if (!page() || !window.Plotly) return;
    for (const plot of document.querySelectorAll(".officials .js-plotly-plot:not([data-fitted])")) {
      if (!plot._fullLayout) continue;
      plot.dataset.fitted = "";
      const said = scale() > 1 ? grown(plot) : plot.clientWidth < NARROW ? shrunk(plot) : {};
      if (Object.keys(said).length) window.Plotly.relayout(plot, said);
    }
  }).observe(document, { childList: true, subtree: true });

  // « Image » gives a PNG drawn from the server's SVG, at twice its size; where a picture cannot be drawn, the link gives the SVG.
  document.addEventListener("click", async (event) => {
    const link = event.target instanceof Element && event.target.closest("a[data-image=png]");
    if (!link) return;
    event.preventDefault();
    const answer = await fetch(link.href, { credentials: "same-origin" });
    if (!answer.ok) { window.location = link.href; return; }
    const picture = new Image();
    picture.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = picture.width * 2;
      canvas.height = picture.height * 2;
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#FFFFFF";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = document.createElement("a");
      made.download = "indicateur.png";
      made.href = canvas.toDataURL("image/png");
      made.click();
    };
    picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(await answer.text());
  });
})();
