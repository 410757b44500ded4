// The cells and the filters of the grid of the page Data: ids by their names, figures and days as the reader writes them.
(() => {
  "use strict";

  const figures = new Intl.NumberFormat(undefined, { maximumFractionDigits: 10 });
  const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
  const month = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", timeZone: "UTC" });

  const period = (text, frequency) => {
    if (frequency === "M") return month.format(new Date(text));
    if (frequency === "Q") return `${text.slice(0, 4)} Q${Math.ceil(Number(text.slice(5, 7)) / 3)}`;
    return frequency === "Y" ? text.slice(0, 4) : day.format(new Date(text));
  };

  const named = (kind) => (value, { context }) => context.names[kind][value] ?? value;

  /** Form of a column (dashboard/views/observation_columns.py) -> how a value of it is written. */
  const FORMS = {
    name: named("indicator"),
    region: named("region"),
    source: named("source"),
    status: named("status"),
    frequency: named("frequency"),
    segment: (value, { context, data }) => context.names.segment[data.source]?.[value] ?? value,
    period: (value, { data }) => period(value, data.frequency),
    day: (value) => day.format(new Date(value)),
    number: (value) => figures.format(value),
  };

  const cell = (params, form) => {
    if (!params.data) return "";
    if (params.value === null || params.value === undefined) return "–";
    return FORMS[form]?.(params.value, params) ?? params.value;
  };

  const IDS = ["name", "region", "source", "segment", "status"];

  /** All of a cell that is too narrow, and the id that files and programs know it by. */
  const title = (params, form) => {
    const words = cell(params, form);
    return IDS.includes(form) && words !== params.value && params.value ? `${words} (${params.value})` : words;
  };

  const React = window.React;
  const make = (...args) => React.createElement(...args);

  const ADDRESSES = { technology_name: ({ technology }) => `/technology/${technology}`, source: ({ source }) => `/sources?source=${source}` };

  const Link = ({ data, value, valueFormatted, colDef }) => {
    if (!data) return null;
    const words = valueFormatted ?? value;
    if (data.technology === "all" && colDef.field === "technology_name") return words;
    return make("a", { href: ADDRESSES[colDef.field](data), tabIndex: -1 }, words);
  };

  // ---- filters --------------------------------------------------------------------------------------------------

  const PASSES = { doesFilterPass: () => true }; // the server has narrowed the rows

  /** What a column can be narrowed to: the options of the picker of the same parameter, which it is in line with. */
  const options = (parameter) => window.stacktide.state.view.props?.[`data-${parameter}`]?.options
    ?? window.stacktide.state.applied[`data-${parameter}`]?.options ?? [];

  /** A list to choose from, with a search. */
  const Listed = ({ model, onModelChange, colDef }) => {
    const { parameter } = colDef.filterParams;
    const [search, setSearch] = React.useState("");
    const box = React.useRef(null);
    window.dash_ag_grid.useGridFilter({ ...PASSES, afterGuiAttached: () => box.current?.focus() });
    const chosen = model?.values ?? [];
    const all = options(parameter).filter((option) => !option.disabled);
    const words = search.trim().toLowerCase();
    const found = all.filter((option) => `${option.search ?? option.label}`.toLowerCase().includes(words));
    const shown = [...found.filter((o) => chosen.includes(o.value)), ...found.filter((o) => !chosen.includes(o.value))].slice(0, 60);
    const set = (values) => onModelChange(values.length ? { values } : null);
    const toggle = (value) => set(chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value]);
    return make("div", { className: "data-filter" },
      make("input", { ref: box, className: "input", type: "search", placeholder: "Search", "aria-label": `Search ${colDef.headerName}`, value: search, onChange: (e) => setSearch(e.target.value) }),
      make("div", { className: "data-filter-list", role: "group", "aria-label": colDef.headerName }, shown.map((option) =>
        make("label", { key: option.value, className: "choice" },
          make("input", { type: "checkbox", checked: chosen.includes(option.value), onChange: () => toggle(option.value) }), option.label))),
      found.length > shown.length ? make("p", { className: "hint" }, `${found.length - shown.length} more: search for them.`) : null,
      make("button", { type: "button", className: "button", disabled: !chosen.length, onClick: () => set([]) }, "Clear"));
  };

  /** The first and the last day on which a period may begin. */
  const Between = ({ model, onModelChange }) => {
    window.dash_ag_grid.useGridFilter(PASSES);
    const chosen = { from: model?.from ?? null, to: model?.to ?? null };
    const set = (name, value) => {
      const next = { ...chosen, [name]: value || null };
      onModelChange(next.from || next.to ? next : null);
    };
    const field = (name, words) =>
      make("label", { className: "label" }, words,
        make("input", { className: "input", type: "date", value: chosen[name] ?? "", onChange: (e) => set(name, e.target.value) }));
    return make("div", { className: "data-filter" }, field("from", "From"), field("to", "To"),
      make("button", { type: "button", className: "button", disabled: !model, onClick: () => onModelChange(null) }, "Clear"));
  };

  const merge = (name, more) => { window[name] = Object.assign(window[name] ?? {}, more); };
  merge("dashAgGridFunctions", { stacktideCell: cell, stacktideTitle: title, StacktideListed: Listed, StacktideBetween: Between });
  merge("dashAgGridComponentFunctions", { StacktideLink: Link });
})();
