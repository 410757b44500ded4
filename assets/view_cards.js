// Cards: series that are hidden and shown by the legend's buttons, and the switch between chart and table.
(() => {
  "use strict";

  const { stacktide } = window;
  const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
  const press = (button, is) => button.setAttribute("aria-pressed", String(is));

  const series = (button, event) => {
    const all = [...button.closest(".legend").querySelectorAll('[data-action="series"]')];
    if (event.shiftKey) {
      const alone = all.every((b) => isPressed(b) === (b === button));
      all.forEach((b) => press(b, alone || b === button));
    } else {
      press(button, !isPressed(button));
    }
    const off = new Set(all.filter((b) => !isPressed(b)).map((b) => b.dataset.series));
    const plot = stacktide.graph(button);
    if (!plot?.data) return;
    const visible = plot.data.map((trace) => !off.has(String(trace.legendgroup || trace.name)));
    window.Plotly.restyle(plot, { visible });
  };

  const tab = (button) => {
    button.parentElement.querySelectorAll("button").forEach((b) => press(b, b === button));
    stacktide.switchCard(button.closest("[data-card]"), button.dataset.tab);
  };

  // a new view shows every series again
  window.addEventListener("stacktide:view", () =>
    document.querySelectorAll('.legend [data-action="series"]').forEach((button) => press(button, true)));

  Object.assign(stacktide.actions, { series, "card-tab": tab });
})();
