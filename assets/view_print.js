/* Print: charts are drawn anew for the width of A4, in which a screen's would be cut, and get their own size back. */

(() => {
  "use strict";

  const WHOLE = 640; // 186 mm are 703 pixels; page and card have borders and padding
  const HALF = 300; // cards beside each other stand in two columns
  const TALLEST = 880;

  const charts = () =>
    [...document.querySelectorAll("main .js-plotly-plot")].filter((plot) => plot.offsetParent !== null);

  window.addEventListener("beforeprint", () => {
    for (const plot of charts()) {
      const width = plot.closest(".cards") ? HALF : WHOLE;
      const height = Math.min(plot.clientHeight, TALLEST);
      window.Plotly.relayout(plot, { autosize: false, width, height });
    }
  });

  window.addEventListener("afterprint", () => {
    for (const plot of charts()) window.Plotly.relayout(plot, { autosize: true, width: null, height: null });
  });
})();
