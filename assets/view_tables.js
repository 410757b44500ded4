// Tables that are sorted in place: the heading that is pressed, first the way that it is mostly wanted, then the other.
(() => {
  "use strict";

  const value = (row, column) => {
    const text = row.children[column]?.dataset.by;
    return text === undefined || text === "" ? null : Number.isNaN(Number(text)) ? text : Number(text);
  };

  /** What has no value comes last either way. */
  const compare = (a, b, sign) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  };

  const order = (head) => {
    const column = [...head.parentElement.children].indexOf(head);
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows];
    const sign = head.getAttribute("aria-sort") === "ascending" ? 1 : -1;
    body.append(...rows.sort((a, b) => compare(value(a, column), value(b, column), sign)));
  };

  const sort = (button) => {
    const head = button.closest("th");
    const { first } = button.dataset;
    const other = first === "ascending" ? "descending" : "ascending";
    const way = head.getAttribute("aria-sort") === first ? other : first;
    head.parentElement.querySelectorAll("th").forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", way);
    order(head);
  };

  // a new view brings its rows by rank: they are put in the reader's order again once React has set them
  window.addEventListener("stacktide:view", () => setTimeout(() =>
    document.querySelectorAll(".ranking th[aria-sort]").forEach(order)));

  window.stacktide.actions.sort = sort;
})();
