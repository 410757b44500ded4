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
    if (!document.querySelector("#first, #technology, [data-search]")) return;
    event.preventDefault();
    search();
  });

  const PATIENCE = 3000; // milliseconds for the page to come to life, and for the list to open
  const field = () => document.querySelector("input.dash-dropdown-search:focus");

  /**
   * Open the list of what can be searched, as soon as it is there; what a quick reader types meanwhile is searched for.
   * The list would take the first key that it sees released as text, so keys pressed before are kept from it.
   */
  const search = () => {
    const pressed = new Set(["/"]);
    const until = performance.now() + PATIENCE;
    let letters = "";
    let list = null;
    let open = false;
    const down = (event) => {
      if (open || field() || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      pressed.add(event.key);
      letters += event.key;
    };
    const up = (event) => {
      if (!pressed.delete(event.key)) return;
      event.stopPropagation();
      if (open && !pressed.size) document.removeEventListener("keyup", up, true);
    };
    const wait = () => {
      if (!list) {
        list = document.querySelector("#technology, [data-search] button.dash-dropdown");
        list?.focus();
        list?.click();
      }
      const box = field();
      if (!box && performance.now() < until) return requestAnimationFrame(wait);
      open = true;
      document.removeEventListener("keydown", down, true);
      if (!pressed.size) document.removeEventListener("keyup", up, true);
      if (!box || !letters) return;
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box, letters + box.value);
      box.dispatchEvent(new Event("input", { bubbles: true }));
    };
    document.addEventListener("keydown", down, true);
    document.addEventListener("keyup", up, true);
    requestAnimationFrame(wait);
  };

  // ---- table ----------------------------------------------------------------------------------------------------

  const figures = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions ?? {}, {
    stacktideNumber: (value) => (typeof value === "number" ? figures.format(value) : (value ?? "")),
  });
})();
