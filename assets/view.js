// The browser's half of a view (dashboard/components/view.py): a control changes, the new view is fetched and put in
// place, the address follows. No page needs JavaScript of its own.
(() => {
  "use strict";

  const WIDE = window.matchMedia("(min-width: 700px)");
  const state = { view: null, applied: {}, sequence: 0, abort: null, wanted: null, carried: {} };
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
    } else if (control.kind === "list" || control.kind === "any") {
      if (!empty(value)) params.set(control.params[0], value.join(","));
    } else if (!empty(value)) {
      params.set(control.params[0], value);
    }
  };

  const OUTSIDE = ["embed", "chart"]; // what the address says of the document, and not of the view

  /** The query of this address, without what is not the view's. */
  const asked = () => {
    const params = new URLSearchParams(window.location.search);
    OUTSIDE.forEach((name) => params.delete(name));
    return readable(params);
  };

  const address = (query) => {
    const here = new URLSearchParams(window.location.search);
    const kept = OUTSIDE.filter((name) => here.has(name)).map((name) => `${name}=${encodeURIComponent(here.get(name))}`);
    const whole = [query, ...kept].filter(Boolean).join("&");
    return window.location.pathname + (whole ? `?${whole}` : "");
  };

  const go = (method, target) => window.history[method]({ carried: state.carried }, "", target);

  const readable = (params) => params.toString().replaceAll("%2C", ",");

  // ---- asking ---------------------------------------------------------------------------------------------------

  const busy = (is) => byId("results")?.setAttribute("aria-busy", String(is));

  const LAST = "what you see is the last view.";
  const SILENT = `The server did not answer; ${LAST}`;

  /** Say in place what went wrong; nothing takes the message away. */
  const failed = (words) => {
    const box = byId("unanswered");
    if (!box) return;
    box.hidden = !words;
    if (words) byId("unanswered-words").textContent = words;
  };

  /** What the server says of its own failure, or else that it is silent. */
  const reason = async (response) => {
    const told = await response.json().catch(() => ({}));
    return told.error ? `${told.error} ${LAST[0].toUpperCase()}${LAST.slice(1)}` : SILENT;
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
      const item = state.view.item ? `/${encodeURIComponent(state.view.item)}` : "";
      const response = await fetch(`/view/${state.view.page}${item}?${query}${version}`, { signal: state.abort.signal });
      if (!response.ok) {
        if (number === state.sequence) failed(await reason(response));
        return;
      }
      const view = await response.json();
      if (number !== state.sequence) return;
      failed("");
      show(view);
      const target = address(view.query);
      go(push && target !== window.location.pathname + window.location.search ? "pushState" : "replaceState", target);
    } catch (error) {
      if (number !== state.sequence || error.name === "AbortError") return;
      failed(SILENT);
    } finally {
      if (number === state.sequence) busy(false);
    }
  };

  // ---- showing --------------------------------------------------------------------------------------------------

  /** Hand on what differs alone: each change makes Dash look at every component of the page. */
  const setProps = (id, props) => {
    const before = state.applied[id] ?? window.dash_component_api?.getLayout(id)?.props ?? {};
    const changed = Object.fromEntries(Object.entries(props).filter(([name, value]) => !same(before[name], value)));
    state.applied[id] = { ...before, ...props };
    if (Object.keys(changed).length) window.dash_clientside.set_props(id, changed);
  };

  const show = (view) => {
    state.view = view;
    document.title = view.title;
    for (const [id, props] of Object.entries(view.props)) setProps(id, props);
    openTab(tabOf(view));
    shown();
  };

  /** What a page does beside its view begins here: after the first one and after each later one. */
  const shown = () => window.dispatchEvent(new Event("stacktide:view"));

  const tabOf = (view) => view.controls.find((control) => control.kind === "tab")?.value ?? "chart";

  const bundles = new Map();

  /** Load a script once; who asks while it is under way waits for it, too. */
  const loadBundle = (source) => {
    if (bundles.has(source)) return bundles.get(source);
    const loading = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = () => {
        script.remove();
        bundles.delete(source);
        reject(new Error(`no ${source}`));
      };
      document.head.append(script);
    });
    bundles.set(source, loading);
    return loading;
  };

  /** Mount what is lazy in a panel, now and again with every later view. */
  const mount = async (panel) => {
    const view = state.view;
    const lazy = view.lazy[panel];
    if (!lazy) return;
    try {
      await loadBundle(lazy.bundle);
      if (view === state.view) setProps(panel, { children: lazy.component });
      failed("");
    } catch {
      failed(SILENT);
    }
  };

  /** Switch one card between its chart and its table. */
  const switchCard = (card, tab) => {
    card.dataset.tab = tab;
    if (tab === "table") mount(card.dataset.card ? `${card.dataset.card}-table-panel` : "table-panel");
    else window.dispatchEvent(new Event("resize")); // the chart may have been drawn while it was hidden
  };

  /** Show the tab of the view in the main card; the other cards stay as they are, with what is lazy in them made anew. */
  const openTab = (tab) => {
    const results = byId("results");
    if (!results) return;
    results.dataset.tab = tab;
    for (const card of document.querySelectorAll("[data-card]")) {
      const now = card.dataset.card === "" ? tab : card.dataset.tab;
      if (card.dataset.tab !== now || now === "table") switchCard(card, now);
    }
  };

  // ---- the one callback -----------------------------------------------------------------------------------------

  /** The first view; true where the address asks for another one. */
  const begin = (view) => {
    state.view = view;
    document.title = view.title;
    failed("");
    state.carried = { ...window.history.state?.carried, ...taken(view) };
    openTab(tabOf(view));
    shown();
    const here = new URLSearchParams(asked()).toString();
    const other = here !== new URLSearchParams(view.asked).toString();
    if (other) ask(asked(), { push: false });
    else go("replaceState", address(view.query) + window.location.hash);
    return other;
  };

  const changed = (first, ...values) => {
    if (!state.view && begin(first)) return; // else a quick reader may have chosen something before this first call
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
      go("pushState", address(state.view.query));
      openTab(tabOf(state.view));
      return;
    }
    ask(readable(params), { push: true });
  };

  /** Back, forward; a step to another part of the same page asks for nothing. */
  window.addEventListener("popstate", () => {
    if (!state.view) return;
    const here = new URLSearchParams(asked()).toString();
    const shown = here === new URLSearchParams(state.view.query).toString();
    const asking = byId("results")?.getAttribute("aria-busy") === "true";
    if (!shown || asking) ask(asked(), { push: false });
    else failed(""); // what could not be shown is no longer asked for
  });

  // ---- what the selection takes along ---------------------------------------------------------------------------

  const CARRIED = ["use_case", "kind", "technology", "region", "as_of"];

  /** Of what came with the address: the part that this page has no use for, kept for the pages after it. */
  const taken = (view) => {
    const here = new URLSearchParams(window.location.search);
    const used = new Set(view.controls.flatMap((control) => control.params));
    return Object.fromEntries(CARRIED.filter((name) => here.has(name) && !used.has(name)).map((name) => [name, here.get(name)]));
  };

  /** The selection as another page gets it: this page's words count before those that it only passes on. */
  const selection = () => {
    const query = new URLSearchParams(state.view?.query ?? "");
    const used = new Set((state.view?.controls ?? []).flatMap((control) => control.params));
    const passed = Object.entries(state.carried).filter(([name]) => !used.has(name));
    const all = new Map([...passed, ...query, ...Object.entries(state.view?.carried ?? {})]);
    return CARRIED.filter((name) => all.get(name)).map((name) => [name, all.get(name)]);
  };

  // ---- for the other scripts ------------------------------------------------------------------------------------

  const cardOf = (element) => element?.closest("[data-card]") ?? document.querySelector("[data-card]");
  const graph = (element) => cardOf(element)?.querySelector(".js-plotly-plot") ?? null;
  const again = () => ask(state.view.query, { push: false });

  window.stacktide = { state, graph, selection, switchCard, readable, byId, ask, again, WIDE };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { stacktide: { changed } });

  // ---- everything that is pressed -------------------------------------------------------------------------------

  const actions = {
    retry: () => (state.wanted ? ask(state.wanted.query, state.wanted) : openTab(tabOf(state.view))),
    filters: (button) => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
    },
  };
  window.stacktide.actions = actions;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    const here = link && new URL(link.href).pathname === window.location.pathname && state.view;
    if (here && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      ask(new URL(link.href).search.slice(1), { push: true });
      return;
    }
    const button = event.target.closest("[data-action]");
    if (button) window.stacktide.actions[button.dataset.action]?.(button, event);
  });
})();
