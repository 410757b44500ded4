// Small multiples stand in as many columns as the window has room for: the figure brings the places of both ways.
(() => {
  "use strict";

  const WIDE = window.matchMedia("(min-width: 700px)");

  /** Move the panels of a drawn chart to where this window wants them. */
  const fit = (plot) => {
    const panels = plot.layout?.meta?.panels;
    if (!panels) return;
    const wanted = WIDE.matches ? panels.wide : panels.narrow;
    const [axis, domain] = Object.entries(wanted).at(-1);
    const now = plot.layout[axis.split(".")[0]]?.domain;
    if (String(now) !== String(domain)) window.Plotly.relayout(plot, wanted);
  };

  /** Fit the chart now and whenever it is drawn anew; before it is first drawn there is nothing to listen to. */
  const follow = () => {
    const box = document.getElementById("chart-box");
    if (!box) return;
    const found = () => {
      const plot = box.querySelector(".js-plotly-plot");
      if (!plot?.on) return false;
      if (!plot.dataset.fitted) plot.on("plotly_afterplot", () => fit(plot));
      plot.dataset.fitted = "true";
      fit(plot);
      return true;
    };
    if (found()) return;
    const waiting = new MutationObserver(() => { if (found()) waiting.disconnect(); });
    waiting.observe(box, { childList: true, subtree: true });
  };

  window.addEventListener("stacktide:view", follow);
  WIDE.addEventListener("change", follow);
})();
