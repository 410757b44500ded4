// Picture: the chart as it stands in a frame with title, legend, notes, source and link, as SVG or PNG.
// The frame is drawn here and the chart set into it, so that it fits any chart, and nothing overlaps or is cut.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 1200; // pixels at the single size
  const EDGE = 36;
  const INNER = WIDTH - 2 * EDGE;
  const PLOT = 520; // least height of the chart
  const COLUMN = 230; // most room for a name beside the chart
  const BESIDE = 26; // most series whose names stand beside the chart; more stand below it
  const DASHES = { solid: "none", dash: "9 5", dot: "3 4" }; // all others are lengths already
  const { actions, downloads } = window.stacktide;
  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // ---- text -----------------------------------------------------------------------------------------------------

  const ruler = document.createElement("canvas").getContext("2d");

  const measure = (text, { size, weight = 400 }) => {
    ruler.font = `${weight} ${size}px ${variable("--font")}`;
    return ruler.measureText(text).width;
  };

  /** Lines of at most `width` pixels; a word that is longer is broken, as addresses are. */
  const wrap = (text, width, font) => {
    const lines = [];
    let line = "";
    for (let word of String(text).split(/\s+/).filter(Boolean)) {
      const longer = line ? `${line} ${word}` : word;
      if (measure(longer, font) <= width) {
        line = longer;
        continue;
      }
      if (line) lines.push(line);
      while (measure(word, font) > width) {
        let fits = word.length - 1;
        while (fits > 1 && measure(word.slice(0, fits), font) > width) fits -= 1;
        const part = Math.max(...[",", "&", "?"].map((sign) => word.lastIndexOf(sign, fits - 1) + 1));
        if (part > fits / 2) fits = part;
        lines.push(word.slice(0, fits));
        word = word.slice(fits);
      }
      line = word;
    }
    return line ? [...lines, line] : lines;
  };

  const make = (name, attributes, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const write = (text, x, y, { size, weight = 400, colour = "--text-2" }) =>
    make("text", { x, y, "font-size": size, "font-weight": weight, fill: variable(colour) }, text);

  /** Lines of text one below the other; gives the elements and the place below them. */
  const block = (text, top, font, step) => {
    const lines = text ? wrap(text, INNER, font) : [];
    return { made: lines.map((line, i) => write(line, EDGE, top + font.size + i * step, font)), bottom: top + lines.length * step };
  };

  // ---- legend ---------------------------------------------------------------------------------------------------

  const NAME = { size: 14, colour: "--text" };
  const STEP = 20;
  const SWATCH = 34;

  const MARK = 14; // pixels
  const SHAPES = { // corners in percent of the mark, as on the page (page_compare.css); without corners: a circle
    circle: [],
    square: [[6, 6], [94, 6], [94, 94], [6, 94]],
    diamond: [[50, 0], [100, 50], [50, 100], [0, 50]],
    "triangle-up": [[50, 0], [100, 100], [0, 100]],
    "triangle-down": [[0, 0], [100, 0], [50, 100]],
    cross: [[33, 0], [67, 0], [67, 33], [100, 33], [100, 67], [67, 67], [67, 100], [33, 100], [33, 67], [0, 67], [0, 33], [33, 33]],
    x: [[20, 0], [50, 30], [80, 0], [100, 20], [70, 50], [100, 80], [80, 100], [50, 70], [20, 100], [0, 80], [30, 50], [0, 20]],
    star: [[50, 0], [61, 35], [98, 35], [68, 57], [79, 91], [50, 70], [21, 91], [32, 57], [2, 35], [39, 35]],
  };

  const series = (plot) =>
    (plot.layout.meta?.labels ? [] : plot.data) // the chart says the names itself
      .filter((trace) => (trace.visible ?? true) === true && trace.showlegend !== false && trace.name)
      .map((trace) => ({
        name: trace.name,
        colour: trace.line?.color ?? [trace.marker?.color].flat()[0] ?? variable("--text-2"),
        dash: trace.line?.dash ?? "solid",
        line: (trace.type ?? "scatter") === "scatter" && trace.mode !== "markers",
        shape: SHAPES[trace.mode === "markers" ? (trace.marker?.symbol ?? "circle") : "square"] ?? SHAPES.circle,
      }));

  const drawnMark = (corners, colour, x, y) => {
    if (!corners.length) return make("circle", { cx: x + MARK / 2, cy: y + MARK / 2, r: MARK / 2, fill: colour });
    const points = corners.map((corner) => corner.map((at) => (at * MARK) / 100).join(",")).join(" ");
    return make("polygon", { points, transform: `translate(${x} ${y})`, fill: colour });
  };

  const entry = ({ lines, colour, dash, line, shape }, x, y) => {
    const mark = line
      ? make("line", { x1: x, x2: x + 24, y1: y + 10, y2: y + 10, stroke: colour, "stroke-width": 2.5, "stroke-dasharray": DASHES[dash] ?? dash })
      : drawnMark(shape, colour, x + 5, y + 3);
    return [mark, ...lines.map((words, i) => write(words, x + SWATCH, y + 15 + i * STEP, NAME))];
  };

  /** Where each name stands: in one column beside the chart, or in several below it. */
  const legend = (plot) => {
    const named = series(plot).map((each) => ({ ...each, lines: wrap(each.name, COLUMN, NAME) }));
    const widest = Math.max(0, ...named.flatMap((each) => each.lines.map((line) => measure(line, NAME))));
    const width = Math.ceil(widest) + SWATCH + 18;
    if (named.length <= BESIDE) {
      const height = named.reduce((sum, each) => sum + each.lines.length * STEP, 0);
      const draw = (x, top) => {
        let y = top;
        return named.flatMap((each) => { const made = entry(each, x, y); y += each.lines.length * STEP; return made; });
      };
      return { width: named.length ? width : 0, beside: height, below: 0, draw };
    }
    const columns = Math.max(1, Math.floor(INNER / width));
    const high = Math.ceil(named.length / columns); // read downwards, as beside the chart
    const rows = Array.from({ length: high }, (_, i) => Math.max(...named.filter((_, at) => at % high === i).map((each) => each.lines.length)));
    const above = (row) => rows.slice(0, row).reduce((sum, lines) => sum + lines * STEP, 0);
    const draw = (x, top) => named.flatMap((each, at) => entry(each, x + Math.floor(at / high) * (INNER / columns), top + above(at % high)));
    return { width: 0, beside: 0, below: above(high) + 14, draw };
  };

  // ---- chart ----------------------------------------------------------------------------------------------------

  const axisColours = (layout) =>
    Object.fromEntries(
      Object.entries(layout)
        .filter(([name]) => /^[xy]axis/.test(name))
        .map(([name, axis]) => [
          name,
          { ...axis, gridcolor: variable("--grid"), linecolor: variable("--axis"), zerolinecolor: variable("--axis") },
        ]),
    );

  const chart = async (plot, width, height) => {
    const annotations = (plot.layout.annotations ?? []).map((a) => ({ ...a, font: { ...a.font, color: variable("--text-2") } }));
    const panels = Object.entries(plot.layout.meta?.panels?.wide ?? {}).map(([name, domain]) => [name.split(".")[0], domain]);
    const placed = Object.fromEntries(panels.map(([axis, domain]) => [axis, { ...plot.layout[axis], domain }]));
    const layout = {
      ...plot.layout, ...axisColours({ ...plot.layout, ...placed }), annotations, width, height, autosize: false, showlegend: false,
      font: { ...plot.layout.font, size: 14, color: variable("--text-2") },
    };
    const data = plot.data.map((trace) => ({ ...trace }));
    const text = await window.Plotly.toImage({ data, layout }, { format: "svg", width, height, imageDataOnly: true });
    return document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  };

  // ---- frame ----------------------------------------------------------------------------------------------------

  const SMALL = { size: 13 };

  const foot = (offer, link, top) => {
    const made = [make("line", { x1: EDGE, x2: WIDTH - EDGE, y1: top, y2: top, stroke: variable("--line") })];
    let y = top + 10;
    for (const text of [...offer.notes, offer.source]) {
      const each = block(text, y, SMALL, 19);
      made.push(...each.made);
      y = each.bottom;
    }
    const address = block(link, y, { ...SMALL, colour: "--accent" }, 19);
    made.push(make("a", { href: link }, ...address.made));
    return { made, bottom: address.bottom };
  };

  const frame = async (plot, offer, link) => {
    const title = block(offer.title, 28, { size: 26, weight: 700, colour: "--text" }, 33);
    const subtitle = block(offer.subtitle, title.bottom + 2, { size: 16 }, 22);
    const names = legend(plot);
    const top = subtitle.bottom + 14;
    const { meta } = plot.layout;
    const height = Math.max(PLOT, names.beside + 30, meta?.height ?? meta?.panels?.height ?? 0);
    const drawn = await chart(plot, INNER - names.width, height);
    drawn.setAttribute("x", EDGE);
    drawn.setAttribute("y", top);
    const below = foot(offer, link, top + height + names.below + 8);
    const whole = Math.ceil(below.bottom + 24);
    const said = [make("title", {}, offer.title), make("desc", {}, [offer.subtitle, offer.source, link].filter(Boolean).join(". "))];
    return make(
      "svg",
      { width: WIDTH, height: whole, viewBox: `0 0 ${WIDTH} ${whole}`, "font-family": variable("--font"), role: "img" },
      ...said,
      make("rect", { width: WIDTH, height: whole, fill: variable("--surface") }),
      ...title.made,
      ...subtitle.made,
      drawn,
      ...(names.below ? names.draw(EDGE, top + height + 6) : names.draw(WIDTH - EDGE - names.width + 18, top + 26)),
      ...below.made,
    );
  };

  // ---- files ----------------------------------------------------------------------------------------------------

  const painted = async (file, width, height) => {
    const address = URL.createObjectURL(file);
    try {
      const image = new Image();
      image.src = address;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      canvas.getContext("2d").drawImage(image, 0, 0, width, height);
      return await new Promise((done, fail) => canvas.toBlob((made) => (made ? done(made) : fail(new Error("no picture"))), "image/png"));
    } finally {
      URL.revokeObjectURL(address);
    }
  };

  const save = (file, download) => {
    const href = URL.createObjectURL(file);
    downloads.make("a", { href, download }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60000);
  };

  actions.picture = async (button) => {
    const popover = button.closest(".menu");
    const offer = downloads.offer(popover);
    const plot = document.querySelector(`#${CSS.escape(offer.chart)} .js-plotly-plot`);
    if (!plot?.data) {
      downloads.say(popover, "The chart is not drawn yet: try again in a moment.", { wrong: true });
      return;
    }
    const { format } = button.dataset;
    const scale = Number(button.dataset.scale);
    downloads.say(popover, "Drawing …");
    try {
      const picture = await frame(plot, offer, downloads.link());
      const [width, height] = ["width", "height"].map((side) => scale * Number(picture.getAttribute(side)));
      picture.setAttribute("width", width);
      picture.setAttribute("height", height);
      const file = new Blob([new XMLSerializer().serializeToString(picture)], { type: "image/svg+xml" });
      save(format === "svg" ? file : await painted(file, width, height), `${offer.name}${scale > 1 ? `-${scale}x` : ""}.${format}`);
      downloads.say(popover, "The download begins.");
    } catch {
      downloads.say(popover, "The picture could not be drawn: take a screenshot, or the data.", { wrong: true });
    }
  };
})();
