// Theme switch, keyboard, numbers of tables: what a page offers beside its controls.
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

  window.stacktide.actions.theme = theme;

  // ---- keyboard -------------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("#technology, [data-search] button.dash-dropdown");
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
