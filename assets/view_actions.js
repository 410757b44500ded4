// Theme switch, picture, link, keyboard: what a page offers beside its controls.
(() => {
  "use strict";

  // ---- theme ----------------------------------------------------------------------------------------------------

  const label = () => {
    const words = document.querySelector("#theme .words");
    if (words) words.textContent = `Theme: ${document.documentElement.dataset.themeChoice}`;
  };
  const untilThere = new MutationObserver(() => {
    if (!document.querySelector("#theme .words")) return;
    untilThere.disconnect();
    label();
  });
  untilThere.observe(document.documentElement, { childList: true, subtree: true });

  const theme = () => {
    window.stacktideTheme.next();
    label();
  };

  // ---- picture --------------------------------------------------------------------------------------------------

  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const axisColours = (layout) =>
    Object.fromEntries(
      Object.entries(layout)
        .filter(([name]) => /^[xy]axis/.test(name))
        .map(([name, axis]) => [
          name,
          { ...axis, gridcolor: variable("--grid"), linecolor: variable("--axis"), zerolinecolor: variable("--axis") },
        ]),
    );

  /** Break a line of text so that it fits the picture. */
  const wrap = (text, width) => {
    const lines = [""];
    for (const word of String(text).split(" ")) {
      const last = lines.length - 1;
      if (lines[last] && lines[last].length + word.length + 1 > width) lines.push(word);
      else lines[last] += (lines[last] ? " " : "") + word;
    }
    return lines;
  };

  /** The chart as it stands, with title, subtitle, legend and source drawn in, on paper. */
  const picture = async () => {
    const { graph, state } = window.stacktide;
    const plot = graph();
    const words = state.view.picture;
    const text = (lines, y, size, colour, extra) => ({
      text: lines.join("<br>"), x: 0, xref: "paper", xanchor: "left", y, yref: "paper", align: "left",
      showarrow: false, font: { size, color: variable(colour) }, ...extra,
    });
    const title = wrap(words.title, 76);
    const subtitle = wrap(words.subtitle, 130);
    const source = wrap(words.source, 160);
    const top = 34 + 26 * title.length + 19 * subtitle.length;
    const layout = {
      ...plot.layout,
      ...axisColours(plot.layout),
      width: 1200,
      height: 675 + 16 * source.length,
      autosize: false,
      showlegend: true,
      paper_bgcolor: variable("--surface"),
      plot_bgcolor: variable("--surface"),
      font: { ...plot.layout.font, size: 14, color: variable("--text-2") },
      legend: { orientation: "v", x: 1.01, y: 1, font: { size: 13, color: variable("--text") } },
      margin: { l: 70, r: 190, t: top, b: 62 + 16 * source.length },
      annotations: [
        ...(plot.layout.annotations ?? []).map((a) => ({ ...a, font: { ...a.font, color: variable("--text-2") } })),
        text(title.map((line) => `<b>${line}</b>`), 1, 22, "--text", { yanchor: "top", yshift: top - 16 }),
        text(subtitle, 1, 14, "--text-2", { yanchor: "top", yshift: top - 20 - 28 * title.length }),
        text(source, 0, 12, "--text-2", { yanchor: "top", yshift: -48 }),
      ],
    };
    const data = plot.data.map((trace) => ({ ...trace }));
    const url = await window.Plotly.toImage({ data, layout }, { format: "png", width: layout.width, height: layout.height, scale: 2 });
    const link = document.createElement("a");
    link.href = url;
    link.download = `${words.filename}.png`;
    link.click();
  };

  // ---- link -----------------------------------------------------------------------------------------------------

  const copy = async (button) => {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(window.location.href);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy it from the address bar"; // a page without https may not write to the clipboard
    }
    setTimeout(() => { button.textContent = said; }, 2500);
  };

  Object.assign(window.stacktide.actions, { theme, picture, copy });

  // ---- keyboard -------------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById("technology");
    if (!search) return;
    event.preventDefault();
    // the dropdown takes the first key that it sees released as text to search for: this one is not meant for it
    const released = (up) => {
      if (up.key !== "/") return;
      up.stopPropagation();
      document.removeEventListener("keyup", released, true);
    };
    document.addEventListener("keyup", released, true);
    setTimeout(() => {
      search.focus();
      search.click();
    });
  });

  // ---- table ----------------------------------------------------------------------------------------------------

  const figures = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions ?? {}, {
    stacktideNumber: (value) => (typeof value === "number" ? figures.format(value) : (value ?? "")),
  });
})();
