// Names for screen readers where Dash's own components leave them out: a dropdown is called by its label, a handle of
// the time range says the period and not its position.
(() => {
  "use strict";

  const set = (element, name, value) => {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  };

  const dropdowns = () => {
    for (const button of document.querySelectorAll("button.dash-dropdown[id]")) {
      const label = `${button.id}-label`;
      const named = button.getAttribute("aria-labelledby") ?? "";
      if (document.getElementById(label) && !named.includes(label)) set(button, "aria-labelledby", `${label} ${named}`.trim());
    }
    for (const search of document.querySelectorAll("input.dash-dropdown-search")) set(search, "aria-label", "Search");
  };

  /** Choices beside each other are radio buttons and not, as Dash says, entries of a list; none of them is hidden. */
  const choices = () => {
    for (const group of document.querySelectorAll(".dash-radioitems[id]")) {
      set(group, "role", "radiogroup");
      set(group, "aria-labelledby", `${group.id}-label`);
      for (const label of group.querySelectorAll("label[role], label[aria-selected]")) {
        label.removeAttribute("role");
        label.removeAttribute("aria-selected");
      }
    }
    for (const target of document.querySelectorAll("input.dash-dropdown-focus-target")) set(target, "tabindex", "-1");
  };

  const month = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });

  const handles = () => {
    const periods = window.stacktide?.state.view?.periods;
    if (!periods?.length) return;
    document.querySelectorAll('#period [role="slider"]').forEach((handle, i) => {
      set(handle, "aria-label", i ? "End of the time range" : "Start of the time range");
      const period = periods[Number(handle.getAttribute("aria-valuenow"))];
      if (period) set(handle, "aria-valuetext", month.format(new Date(period)));
    });
  };

  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      dropdowns();
      choices();
      handles();
    });
  };
  new MutationObserver(later).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributeFilter: ["aria-labelledby", "aria-valuenow", "aria-selected"],
  });
})();
