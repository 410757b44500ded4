// The page World: the timeline plays on the map and in the ranking without asking the server; a click on an economy
// looks at it. When the timeline comes to rest, the period is asked for like any other choice.
(() => {
  "use strict";

  const { stacktide } = window;
  const STEP = 800; // milliseconds per period
  const GREY = [[0, "rgba(128,136,146,0.13)"], [1, "rgba(128,136,146,0.13)"]];
  const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");
  const state = { course: null, at: 0, timer: null };
  const byId = stacktide.byId;
  /** Change a component here alone: the next view must not take it for what the last one put there. */
  const set = (id, props) => {
    delete stacktide.state.applied[id];
    window.dash_clientside.set_props(id, props);
  };
  const chosen = () => new URLSearchParams(stacktide.state.view.query).get("region");

  // ---- one period -----------------------------------------------------------------------------------------------

  /** A colour scale of steps: each class has one colour, and fewer classes leave out the lightest. */
  const steps = (count) => state.course.shades.slice(-count).flatMap((colour, i) => [[i / count, colour], [(i + 1) / count, colour]]);

  /** The map of the period `at`: grey where there is no figure. */
  const map = (shares) => {
    const bounds = state.course.bounds[state.at];
    const count = bounds.length - 1;
    const classOf = (share) => bounds.slice(1, -1).filter((bound) => bound <= share).length;
    const words = bounds.map((bound, i) => (i === count && state.course.unit ? `${bound} ${state.course.unit}` : `${bound}`));
    const graph = byId("map-chart")?.querySelector(".js-plotly-plot");
    if (!graph?.data?.length) return null;
    delete stacktide.state.applied["map-chart"];
    const all = Object.entries(state.course.outlines);
    const absent = all.filter(([region]) => !shares.has(region));
    const there = all.filter(([region]) => shares.has(region));
    return window.Plotly.restyle(graph, {
      locations: [absent.map(([, [code]]) => code), there.map(([, [code]]) => code)],
      ids: [absent.map(([region]) => region), there.map(([region]) => region)],
      z: [absent.map(() => 0), there.map(([region]) => classOf(shares.get(region)))],
      customdata: [absent.map(([, [, name]]) => name), there.map(([region, [, name]]) => [name, shares.get(region)])],
      colorscale: [GREY, steps(count)],
      zmin: -0.5,
      zmax: count - 0.5,
      "colorbar.tickvals": [bounds.map((_, i) => i - 0.5)],
      "colorbar.ticktext": [words],
    }, [0, 1]);
  };

  const address = (region) => {
    const params = new URLSearchParams(stacktide.state.view.query);
    params.set("to", state.course.periods[state.at]);
    params.set("region", region);
    return `?${stacktide.readable(params)}`;
  };

  const safe = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

  const figure = (share, { even = false } = {}) => {
    const text = even ? share.toPrecision(3) : String(Number(share.toPrecision(3)));
    return `<span data-number="${text}" data-digits="3"${even ? ' data-even="true"' : ""}>${text}</span>`;
  };

  /** The world and the European Union, for comparison. */
  const sums = () => {
    const there = state.course.sums.filter(({ shares }) => shares[state.at] !== null);
    const unit = state.course.unit && ` ${state.course.unit}`;
    return there.map(({ name, shares }) => `<span>${safe(name)} <span class="figure">${figure(shares[state.at])}${unit}</span></span>`).join("");
  };

  /** The ranking of the period, as the server writes it; equal shares have the same place. */
  const ranking = (shares) => {
    const name = (region) => state.course.regions[region];
    const rows = [...shares].sort((a, b) => b[1] - a[1] || name(a[0]).localeCompare(name(b[0])));
    const most = rows[0]?.[1] || 1;
    const looked = chosen();
    let place = 0;
    return rows.map(([region, share], i) => {
      if (!i || share !== rows[i - 1][1]) place = i + 1;
      const current = region === looked ? ' aria-current="true"' : "";
      const link = `<a href="${safe(address(region))}" data-view="true"${current}>${safe(name(region))}</a>`;
      return `<li data-rank="${place}" style="--part: ${(share / most).toFixed(4)}">${link}${figure(share, { even: true })}</li>`;
    }).join("");
  };

  /** Lists of our own beside those that React keeps: with so many lines it would take longer than a period. */
  const mine = (is) => {
    for (const [own, kept] of [["world-played", "world-ranking"], ["world-sums-played", "world-sums"]]) {
      if (!byId(own)) continue;
      byId(own).hidden = !is;
      byId(kept).hidden = is;
    }
  };

  /** The period in words, for those who hear the handle. */
  const say = () => byId("world-time")?.setAttribute("aria-valuetext", state.course.names[state.at] ?? "");

  const onMap = () => Object.keys(state.course.outlines).length > 0;

  /** Show a period of the course, on this machine alone; bars, which stand where there are no outlines, wait. */
  const show = (at) => {
    state.at = at;
    say();
    if (!onMap()) return null;
    const regions = Object.keys(state.course.regions);
    const shares = new Map(regions.map((region, i) => [region, state.course.shares[at][i]]).filter(([, v]) => v !== null));
    const drawn = map(shares);
    byId("world-played").innerHTML = ranking(shares);
    byId("world-sums-played").innerHTML = sums();
    mine(true);
    set("world-when", { children: state.course.names[at] + state.course.per });
    set("map-title", { children: state.course.titles[at] });
    set("map-subtitle", { children: state.course.subtitles[at] });
    return drawn;
  };

  // ---- the timeline ---------------------------------------------------------------------------------------------

  const button = () => byId("world-play");

  /** Who wants no motion goes from period to period by pressing. */
  const label = () => {
    if (button()) button().textContent = state.timer ? "Pause" : STILL.matches ? "Next" : "Play";
  };

  const stop = () => {
    clearTimeout(state.timer);
    state.timer = null;
    label();
  };

  /** Come to rest: the whole page shows this period. */
  const rest = () => {
    stop();
    set("world-to", { value: state.course.periods[state.at] });
  };

  const ended = () => state.at + 1 >= state.course.periods.length;

  const move = (at) => {
    const drawn = show(at);
    set("world-time", { value: at });
    return drawn;
  };

  /** The pause before the next period begins when this one is drawn: a slow machine plays more slowly. */
  const wait = () => requestAnimationFrame(() => {
    if (state.timer) state.timer = setTimeout(step, STEP);
  });

  const step = () => {
    if (ended()) rest();
    else Promise.resolve(move(state.at + 1)).then(wait);
  };

  const play = () => {
    if (!state.course?.periods.length) return;
    if (state.timer) {
      rest();
    } else if (STILL.matches) {
      move(ended() ? 0 : state.at + 1);
      rest();
    } else {
      if (ended()) move(0);
      state.timer = setTimeout(step, STEP);
      label();
    }
  };
  stacktide.actions["world-play"] = play;
  STILL.addEventListener("change", () => state.course && label());

  /** A new view: its course takes the place of the one before. */
  const begin = (course) => {
    state.course = course;
    state.at = course?.at ?? 0;
    stop();
    mine(false);
    if (course?.names) say();
  };

  /** A click on the map looks at the economy, a second one at the world again. */
  const pick = (clicked) => {
    const code = clicked?.points?.[0]?.location;
    const found = code && Object.entries(state.course?.outlines ?? {}).find(([, [outline]]) => outline === code);
    if (!found || !(found[0] in state.course.regions)) return;
    set("world-region", { value: chosen() === found[0] ? "WLD" : found[0] });
  };

  document.addEventListener("input", (event) => {
    // what plays moves the handle, too
    if (event.target.id !== "world-time" || !state.course || Number(event.target.value) === state.at) return;
    stop();
    show(Number(event.target.value));
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "world-time" && state.course && !state.timer) rest();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { world: { begin, pick } });
})();
