// Copy: the link of what is shown, its table as CSV or Markdown, and the lines of Python that read it.
(() => {
  "use strict";

  const MOST_ROWS = 60; // of a table in Markdown: more is for files
  const { actions, byId, downloads, state } = window.stacktide;

  // ---- the table ------------------------------------------------------------------------------------------------

  /** The text of a cell on one line: signs for the eye are left out, blocks are parted by commas. */
  const words = (cell) => {
    const found = [];
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const around = walk.currentNode.parentElement;
      const text = walk.currentNode.data.replace(/\s+/g, " ");
      if (!text.trim() || around.closest('[aria-hidden="true"]')) continue;
      const apart = found.length && around !== cell && getComputedStyle(around).display !== "inline";
      found.push(apart ? `, ${text}` : text);
    }
    return found.join("").trim();
  };

  const ofPage = (place) => {
    const tables = [...place.querySelectorAll("table")];
    const head = (table) => [...table.querySelectorAll("thead th")].map(words);
    const same = tables.filter((table) => String(head(table)) === String(head(tables[0])));
    const columns = [...tables[0].querySelectorAll("thead th")];
    const rows = same.flatMap((table) => [...table.querySelectorAll("tbody tr")]);
    return {
      head: head(tables[0]),
      right: columns.map((each) => each.matches(".number")),
      rows: rows.map((row) => [...row.children].map(words)),
    };
  };

  const ofGrid = ({ columnDefs, rowData }) => ({
    head: columnDefs.map((column) => column.headerName ?? column.field),
    right: columnDefs.map((column) => column.type === "rightAligned"),
    rows: rowData.map((row) => columnDefs.map((column) => row[column.field] ?? "")),
  });

  /** Head, rows and alignment of a table: of a grid, mounted or not, or of plain tables. */
  const table = (id) => {
    const grid = state.view.lazy?.[id]?.component.props;
    return grid ? ofGrid(grid) : ofPage(byId(id));
  };

  // ---- texts ----------------------------------------------------------------------------------------------------

  const quoted = (value) => (/[",\r\n]|^\s|\s$/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

  const csv = (offer) => {
    const { head, rows } = table(offer.table);
    return `${[head, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
  };

  /** Text that Markdown must not take for its own signs. */
  const plain = (value) =>
    typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value).replace(/[\\|*_`[\]<>]/g, "\\$&").replace(/\s+/g, " ");

  const markdown = (offer) => {
    const { head, right, rows } = table(offer.table);
    const line = (cells) => `| ${cells.join(" | ")} |`;
    const cut = rows.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${rows.length.toLocaleString("en")} rows; all of them are at the link below.` : "";
    const lines = [line(head.map(plain)), line(right.map((is) => (is ? "---:" : "---"))), ...rows.slice(0, MOST_ROWS).map((row) => line(row.map(plain)))];
    const blocks = [`**${plain(offer.title)}**`, plain(offer.subtitle), lines.join("\n"), cut, plain(offer.source), `<${downloads.link()}>`];
    return `${blocks.filter(Boolean).join("\n\n")}\n`;
  };

  const python = (offer) => {
    const said = [[offer.title, offer.subtitle].filter(Boolean).join(": "), offer.citation || offer.source, downloads.link()];
    const comments = said.filter(Boolean).map((line) => `# ${line.replace(/\s+/g, " ")}`);
    const { address, dates } = offer.read;
    const options = ["keep_default_na=False,  # the region NA is Namibia", 'na_values=[""],'];
    if (dates.length) options.push(`parse_dates=${JSON.stringify(dates)},`);
    const call = [`    ${JSON.stringify(window.location.origin + address)},`, ...options.map((option) => `    ${option}`)];
    return [...comments, "import pandas as pd", "", "figures = pd.read_csv(", ...call, ")", ""].join("\n");
  };

  const TEXTS = { link: downloads.link, csv, markdown, python };

  // ---- clipboard ------------------------------------------------------------------------------------------------

  actions.copy = async (button) => {
    const popover = button.closest(".menu");
    const text = TEXTS[button.dataset.copy](downloads.offer(popover));
    try {
      await navigator.clipboard.writeText(text);
      downloads.say(popover, `Copied: ${button.textContent}.`);
    } catch {
      // a page without https may not write to the clipboard, nor may one that the reader has forbidden it
      downloads.say(popover, "The browser does not let this page copy: take the text from here.", { text });
    }
  };
})();
