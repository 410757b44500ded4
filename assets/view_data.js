// The page Data: the grid asks the API for its rows, block by block. What is shown is said by the address alone: a
// heading that is pressed, a column that is moved or narrowed changes it, and each view puts the grid in line with it.
(() => {
  "use strict";

  const { stacktide } = window;
  const { actions, byId } = stacktide;
  const API = "/api/v1/observations";
  const BEHIND = ["technology", "source", "frequency"]; // what cells need beside their own value
  const now = { api: null, asked: null, model: {}, asking: null, key: "" };

  // ---- what is asked --------------------------------------------------------------------------------------------

  /** What the newest view says of the rows; of the first one, it stands in the page. */
  const asked = () =>
    JSON.parse(stacktide.state.applied["data-box"]?.["data-asked"] ?? byId("data-box")?.dataset.asked ?? "null");

  const sortWords = () => {
    const sorted = now.api.getColumnState().filter((column) => column.sort).sort((a, b) => a.sortIndex - b.sortIndex);
    return sorted.map(({ colId, sort }) => (sort === "desc" ? `-${colId}` : colId));
  };

  /** The rows of the selection in the order, and as narrow, as the headings say. */
  const address = () => {
    const params = narrowed(new URLSearchParams(now.asked.query));
    const words = sortWords();
    params.set("sort", (words.length ? words : now.asked.order).join(","));
    params.set("fields", [...new Set([...now.asked.columns, ...BEHIND])].join(","));
    params.set("version", now.asked.version);
    params.sort(); // the same question is always asked under the same address
    return stacktide.readable(params);
  };

  /** `params` with what the headings are narrowed to. */
  const narrowed = (params) => {
    for (const column of now.api.getColumns()) {
      const { field, filterParams } = column.getColDef();
      if (!filterParams) continue;
      const chosen = now.model[field] ?? {};
      if (filterParams.parameter === "from") {
        for (const name of ["from", "to"]) chosen[name] ? params.set(name, chosen[name]) : params.delete(name);
      } else if (chosen.values?.length) params.set(filterParams.parameter, chosen.values.join(","));
      else params.delete(filterParams.parameter);
    }
    return params;
  };

  // ---- rows -----------------------------------------------------------------------------------------------------

  const tell = (words) => {
    const place = byId("data-told");
    if (!place) return;
    place.replaceChildren(words);
    if (!words) return;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button";
    again.dataset.action = "data-again";
    again.textContent = "Try again";
    place.append(" ", again);
  };

  const refusal = async (response) => (await response.json().catch(() => ({}))).detail ?? "The server did not answer.";

  /** A new question makes those before it void. */
  const begin = (key) => {
    if (now.key === key) return;
    now.asking?.abort();
    now.asking = new AbortController();
    now.key = key;
  };

  const getRows = async (params) => {
    const query = address();
    begin(query);
    const { signal } = now.asking;
    try {
      const limit = params.endRow - params.startRow;
      const response = await fetch(`${API}?${query}&limit=${limit}&offset=${params.startRow}`, { signal });
      if (!response.ok) throw new Error(await refusal(response));
      const { data, meta } = await response.json();
      if (signal.aborted) return params.failCallback();
      params.successCallback(data, meta.rows);
      tell("");
      byId("data-box").dataset.live = "true";
    } catch (error) {
      params.failCallback();
      if (!signal.aborted) tell(`The rows did not come. ${error instanceof TypeError ? "The server did not answer." : error.message}`);
    }
  };

  actions["data-again"] = () => {
    tell("");
    if (now.api?.isDestroyed() === false) now.api.refreshInfiniteCache();
    stacktide.again();
  };

  // ---- the address ----------------------------------------------------------------------------------------------

  /** Put something into the address: the server answers with the view, pickers and downloads in line. */
  const change = (edit) => {
    const params = new URLSearchParams(stacktide.state.view.query);
    edit(params);
    stacktide.ask(stacktide.readable(params), { push: true });
  };

  const sorted = ({ source }) => {
    if (source !== "api") change((params) => params.set("sort", sortWords().join(",")));
  };

  const filtered = ({ source }) => {
    if (source === "api") return;
    now.model = now.api.getFilterModel();
    change(narrowed);
  };

  const moved = (event) => {
    if (!event.finished || event.source !== "uiColumnMoved") return;
    const columns = now.api.getAllDisplayedColumns().map((column) => column.getColId());
    if (String(columns) !== String(now.asked.columns)) change((params) => params.set("fields", columns.join(",")));
  };

  /** What the headings are narrowed to, in the words of the grid. */
  const filterModel = ({ chosen }) => {
    const found = {};
    for (const column of now.api.getColumns()) {
      const { field, filterParams } = column.getColDef();
      if (filterParams?.parameter === "from") {
        if (chosen.from || chosen.to) found[field] = { from: chosen.from, to: chosen.to };
      } else if (filterParams && chosen[filterParams.parameter].length) found[field] = { values: chosen[filterParams.parameter] };
    }
    return found;
  };

  const same = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

  /** Put the grid in line with the view; ask anew only for what it does not have. True where its filters change. */
  const sync = () => {
    now.asked = asked();
    const { columns, order } = now.asked;
    const sorts = new Map(order.map((word, i) => [word.replace(/^-/, ""), { sort: word.startsWith("-") ? "desc" : "asc", sortIndex: i }]));
    const state = columns.map((colId, i) => ({ colId, hide: false, pinned: i ? null : "left", sort: null, ...sorts.get(colId) }));
    const unseen = [...sorts].filter(([colId]) => !columns.includes(colId)).map(([colId, sort]) => ({ colId, hide: true, ...sort }));
    now.api.applyColumnState({ state: [...state, ...unseen], applyOrder: true, defaultState: { hide: true, sort: null, pinned: null } });
    now.model = filterModel(now.asked);
    const other = !same(now.api.getFilterModel(), now.model);
    if (other) now.api.setFilterModel(now.model); // asks anew by itself, when it is through
    else if (now.key && address() !== now.key) now.api.purgeInfiniteCache();
    return other;
  };

  // ---- begin ----------------------------------------------------------------------------------------------------

  /** The filters of the headings are components of their own, which take a moment. */
  const filtersSet = (api) =>
    new Promise((done) => {
      api.addEventListener("filterChanged", done);
      setTimeout(done, 400);
    });

  const ready = async (api) => {
    now.api = api;
    now.key = "";
    if (sync()) await filtersSet(api);
    api.setGridAriaProperty("label", "Observations");
    api.addEventListener("sortChanged", sorted);
    api.addEventListener("filterChanged", filtered);
    api.addEventListener("columnMoved", moved);
    api.addEventListener("cellKeyDown", ({ event }) => {
      if (event.key === "Enter") event.target.querySelector?.("a")?.click();
    });
    api.setGridOption("datasource", { getRows });
  };

  let waiting = false;

  const start = async () => {
    if (waiting || !asked().rows) return;
    if (now.api && !now.api.isDestroyed()) {
      sync();
      return;
    }
    waiting = true;
    try {
      while (!window.dash_ag_grid?.getApiAsync || !byId("data-grid")) await new Promise((later) => setTimeout(later, 30));
      await ready(await window.dash_ag_grid.getApiAsync("data-grid"));
    } finally {
      waiting = false;
    }
  };

  let first = true;

  window.addEventListener("stacktide:view", () => {
    if (stacktide.state.view.page !== "data") return;
    const { first: plain, narrow } = asked();
    const chosen = !first || !plain || stacktide.WIDE.matches;
    first = false;
    if (chosen) {
      start();
      return;
    }
    const params = new URLSearchParams(stacktide.state.view.query);
    params.set("fields", narrow.join(","));
    stacktide.ask(stacktide.readable(params), { push: false });
  });

  // ---- copy -----------------------------------------------------------------------------------------------------

  actions["copy-api"] = async (link, event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return; // as with any link
    event.preventDefault();
    const place = byId("data-told");
    try {
      await navigator.clipboard.writeText(link.href);
      place.textContent = "Copied: API link.";
    } catch {
      place.textContent = `The browser does not let this page copy. The API link is ${link.href}`;
    }
  };
})();
