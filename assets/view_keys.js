// Keyboard shortcuts: `?` lists them, `g` and a letter go to a page. `/` is in view_actions.js.
(() => {
  "use strict";

  const { stacktide } = window;
  const WAIT = 1500; // milliseconds between `g` and the letter of a page

  const pages = () => [...document.querySelectorAll("#pages a.nav-link")];

  /** Page -> its letter: the first of its name that no page before it has. */
  const letters = () => {
    const taken = new Map();
    for (const link of pages()) {
      const letter = [...link.textContent.toLowerCase()].find((each) => /[a-z]/.test(each) && !taken.has(each));
      if (letter) taken.set(letter, link);
    }
    return taken;
  };

  const row = (keys, words) => {
    const term = document.createElement("dt");
    keys.forEach((key, i) => {
      if (i) term.append(" ");
      const made = document.createElement("kbd");
      made.textContent = key;
      term.append(made);
    });
    const said = document.createElement("dd");
    said.textContent = words;
    return [term, said];
  };

  const open = () => {
    let dialog = document.getElementById("keys");
    if (dialog?.open) return;
    dialog?.remove();
    dialog = document.createElement("dialog");
    dialog.id = "keys";
    dialog.setAttribute("aria-labelledby", "keys-title");
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.textContent = "Keyboard shortcuts";
    const list = document.createElement("dl");
    const rows = [
      ...(document.querySelector("[data-search], #technology") ? [[["/"], "Search a technology"]] : []),
      [["?"], "Show these shortcuts"],
      [["↑", "↓", "Enter"], "Move in a list, take an entry"],
      [["←", "→"], "Move a handle of the time range, or a choice beside others"],
      [["Shift", "Click"], "On a name in the legend: show it alone"],
      [["Esc"], "Close a list or this window"],
      ...[...letters()].map(([letter, link]) => [["g", letter], `Go to ${link.textContent}`]),
    ];
    list.append(...rows.flatMap(([keys, words]) => row(keys, words)));
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    dialog.append(title, list, close);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    const before = document.activeElement;
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus?.();
    });
    document.body.append(dialog);
    dialog.showModal();
  };
  stacktide.actions.keys = open;

  let began = 0;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], .dash-dropdown-content");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") {
      event.preventDefault();
      open();
    } else if (began && event.timeStamp - began < WAIT && !document.querySelector("dialog[open]")) {
      began = 0;
      const link = letters().get(event.key.toLowerCase());
      if (!link) return;
      event.preventDefault();
      link.click();
    } else {
      began = event.key === "g" ? event.timeStamp : 0;
    }
  });
})();
