// The list of technologies is searched while one types; a figure of a technology's page leads down to its trend.
(() => {
  "use strict";

  const box = () => document.getElementById("technologies-search");

  // ---- search -----------------------------------------------------------------------------------------------------

  /** Show the entries one of whose names holds every word that was typed. */
  const search = () => {
    const input = box();
    if (!input) return;
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const entries = [...document.querySelectorAll(".technologies > li")];
    for (const entry of entries) entry.hidden = !words.every((word) => entry.dataset.names.includes(word));
    const found = entries.filter((entry) => !entry.hidden);
    // a whole name first of all: `go` is in many
    const exact = found.find((entry) => entry.firstElementChild.textContent.toLowerCase() === words.join(" "));
    for (const entry of entries) entry.classList.toggle("first", entry === exact);
    const said = document.getElementById("technologies-found");
    const none = "None of these: try fewer letters, or another kind or use case.";
    said.textContent = !words.length ? "" : found.length ? `${found.length} found` : none;
    return exact ?? found[0];
  };

  document.addEventListener("input", (event) => { if (event.target === box()) search(); });
  document.addEventListener("keydown", (event) => {
    const input = box();
    if (!input) return;
    if (event.target === input) {
      if (event.key === "Enter" && input.value.trim()) search()?.querySelector("a").click();
      return;
    }
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
  // a new view brings entries that are not searched yet
  window.addEventListener("stacktide:view", () => setTimeout(search));

  // ---- from a figure to its trend ----------------------------------------------------------------------------------

  let wanted = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest(".standing a[data-view]")) wanted = true;
  });
  window.addEventListener("stacktide:view", () => {
    if (!wanted) return;
    wanted = false;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.getElementById("trend")?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  });
})();
