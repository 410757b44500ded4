// The selection travels: links to other pages take along what the reader chose on this one. The phone's menu of pages.
(() => {
  "use strict";

  const { stacktide } = window;

  const update = () => {
    const chosen = stacktide.selection();
    for (const link of document.querySelectorAll("a[data-carry]")) {
      const [path] = link.getAttribute("href").split("?");
      // an address with technologies but no page is an old one of Trends
      const params = new URLSearchParams(chosen.filter(([name]) => path !== "/" || name !== "technology"));
      const query = stacktide.readable(params);
      link.setAttribute("href", query ? `${path}?${query}` : path);
    }
  };
  window.addEventListener("stacktide:view", update);

  // ---- menu of pages on a narrow screen ---------------------------------------------------------------------------

  const button = () => document.querySelector('[data-action="pages"]');
  const isOpen = () => button()?.getAttribute("aria-expanded") === "true";
  const open = (is) => button()?.setAttribute("aria-expanded", String(is));

  stacktide.actions.pages = () => open(!isOpen());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    open(false);
    button().focus();
  });
  document.addEventListener("click", (event) => {
    if (isOpen() && !event.target.closest(".top")) open(false);
  });
  document.addEventListener("focusin", (event) => {
    if (isOpen() && !event.target.closest(".top")) open(false);
  });
})();
