// The browser's half of a view (dashboard/components/view.py): a control changes, the new view is fetched and put in
// place, the address follows. No page needs JavaScript of its own.
(() => {
  "use strict";

  const WIDE = window.matchMedia("(min-width: 700px)");
  const state = { view: null, applied: {}, sequence: 0, abort: null, wanted: null, mounted: new Set() };
  const byId = (id) => document.getElementById(id);
  const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
  const empty = (value) => value === null || value === undefined || value === "" || value.length === 0;

  // ---- query ----------------------------------------------------------------------------------------------------

  /** Write one control's value into the query. */
  const write = (params, control, value) => {
    control.params.forEach((name) => params.delete(name));
    if (control.kind === "range") {
      const periods = state.view.periods;
      const [first, last] = value;
      if (first > 0) params.set(control.params[0], periods[first]);
      if (last < periods.length - 1) params.set(control.params[1], periods[last]);
    } else if (control.kind === "list") {
      if (!empty(value)) params.set(control.params[0], value.join(","));
    } else if (!empty(value)) {
      params.set(control.params[0], value);
    }
  };

  const address = (query) => window.location.pathname + (query ? `?${query}` : "");
  const readable = (params) => params.toString().replaceAll("%2C", ",");

  // ---- asking ---------------------------------------------------------------------------------------------------

  const busy = (is) => byId("results")?.setAttribute("aria-busy", String(is));

  const failed = (is) => {
    const box = byId("unanswered");
    if (box) box.hidden = !is;
  };

  /** Fetch a view and put it in place; a later question makes an earlier answer void. */
  const ask = async (query, { push }) => {
    const number = ++state.sequence;
    state.abort?.abort();
    state.abort = new AbortController();
    state.wanted = { query, push };
    busy(true);
    try {
      const version = state.view ? `${query ? "&" : ""}v=${state.view.version}` : "";
      const response = await fetch(`/view/${state.view.page}?${query}${version}`, { signal: state.abort.signal });
      if (!response.ok) throw new Error(`answer ${response.status}`);
      const view = await response.json();
      if (number !== state.sequence) return;
      failed(false);
      show(view);
      const target = address(view.query);
      if (push && target !== window.location.pathname + window.location.search) window.history.pushState(null, "", target);
      else window.history.replaceState(null, "", target);
    } catch (error) {
      if (number !== state.sequence || error.name === "AbortError") return;
      failed(true);
    } finally {
      if (number === state.sequence) busy(false);
    }
  };

  // ---- showing --------------------------------------------------------------------------------------------------

  const setProps = (id, props) => {
    const before = state.applied[id] ?? {};
    const changed = Object.fromEntries(Object.entries(props).filter(([name, value]) => !same(before[name], value)));
    state.applied[id] = { ...before, ...props };
    if (Object.keys(changed).length) window.dash_clientside.set_props(id, changed);
  };

  const show = (view) => {
    state.view = view;
    document.title = view.title;
    for (const [id, props] of Object.entries(view.props)) setProps(id, props);
    pressAll();
    openTab(tabOf(view));
    shown();
  };

  /** What a page does beside its view begins here: after the first one and after each later one. */
  const shown = () => window.dispatchEvent(new Event("stacktide:view"));

  const tabOf = (view) => view.controls.find((control) => control.kind === "tab")?.value ?? "chart";

  const loadBundle = (source) =>
    new Promise((resolve, reject) => {
      if (document.querySelector(`script[src="${source}"]`)) return resolve();
      const script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = () => {
        script.remove();
        reject(new Error(`no ${source}`));
      };
      document.head.append(script);
    });

  /** Show one panel; what is lazy in it is mounted now, and again with every later view. */
  const openTab = async (tab) => {
    const results = byId("results");
    if (!results) return;
    results.dataset.tab = tab;
    if (tab === "chart") {
      window.dispatchEvent(new Event("resize")); // the chart may have been drawn while it was hidden
      return;
    }
    const view = state.view;
    try {
      for (const [panel, { bundle, component }] of Object.entries(view.lazy)) {
        await loadBundle(bundle);
        if (view === state.view) setProps(panel, { children: component });
      }
      failed(false);
    } catch {
      failed(true);
    }
  };

  // ---- the one callback -----------------------------------------------------------------------------------------

  const begin = (view) => {
    state.view = view;
    document.title = view.title;
    failed(false);
    openTab(tabOf(view));
    shown();
    const here = new URLSearchParams(window.location.search).toString();
    if (here !== new URLSearchParams(view.asked).toString()) ask(window.location.search.slice(1), { push: false });
    else window.history.replaceState(null, "", address(view.query) + window.location.hash);
  };

  const changed = (first, ...values) => {
    if (!state.view) {
      begin(first);
      return;
    }
    const edits = state.view.controls.map((control, i) => [control, values[i]]).filter(([c, value]) => !same(c.value, value));
    const none = edits.some(([control, value]) => control.kind === "list" && empty(value));
    const hint = byId("none-chosen");
    if (hint) hint.hidden = !none;
    if (!edits.length || none) return; // an emptied list is a list about to be filled
    const params = new URLSearchParams(state.view.query);
    for (const [control] of edits) control.clears.forEach((name) => params.delete(name));
    for (const [control, value] of edits) write(params, control, value);
    if (edits.every(([control]) => control.kind === "tab")) {
      for (const [control, value] of edits) {
        control.value = value;
        if (value === "chart") params.delete(control.params[0]);
        state.applied[control.id] = { ...state.applied[control.id], value };
      }
      state.view.query = readable(params);
      window.history.pushState(null, "", address(state.view.query));
      openTab(tabOf(state.view));
      return;
    }
    ask(readable(params), { push: true });
  };

  window.addEventListener("popstate", () => ask(window.location.search.slice(1), { push: false }));

  // ---- series ---------------------------------------------------------------------------------------------------

  const graph = () => document.querySelector("#chart .js-plotly-plot");
  const buttons = () => [...document.querySelectorAll('[data-action="series"]')];

  const pressAll = () => buttons().forEach((button) => button.setAttribute("aria-pressed", "true"));

  const toggleSeries = (button, alone) => {
    const all = buttons();
    const pressed = (b) => b.getAttribute("aria-pressed") === "true";
    if (alone) {
      const already = all.every((b) => pressed(b) === (b === button));
      all.forEach((b) => b.setAttribute("aria-pressed", String(already || b === button)));
    } else {
      button.setAttribute("aria-pressed", String(!pressed(button)));
    }
    const off = new Set(all.filter((b) => !pressed(b)).map((b) => b.dataset.series));
    const plot = graph();
    const visible = plot.data.map((trace) => !off.has(String(trace.legendgroup || trace.name)));
    window.Plotly.restyle(plot, { visible });
  };

  const again = () => ask(state.view.query, { push: false });

  window.stacktide = { state, graph, byId, again, WIDE };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { stacktide: { changed } });

  // ---- everything that is pressed -------------------------------------------------------------------------------

  const actions = {
    retry: () => (state.wanted ? ask(state.wanted.query, state.wanted) : openTab(tabOf(state.view))),
    series: (button, event) => toggleSeries(button, event.shiftKey),
    filters: (button) => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
    },
  };
  window.stacktide.actions = actions;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (link && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      ask(new URL(link.href).search.slice(1), { push: true });
      return;
    }
    const button = event.target.closest("[data-action]");
    if (button) window.stacktide.actions[button.dataset.action]?.(button, event);
  });
})();
