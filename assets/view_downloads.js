// Downloads: opens the menus of dashboard/components/downloads.py, leads through them by keyboard, and has a place below
// the items where what came of it is told. What the items do is in view_files.js, view_picture.js and view_texts.js.
(() => {
  "use strict";

  const NARROW = window.matchMedia("(max-width: 699px)");
  const EDGE = 12; // pixels between a menu and the edge of the window
  const { actions } = window.stacktide;
  const now = { popover: null, opener: null };

  // ---- what is told below the items -----------------------------------------------------------------------------

  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const parts = new WeakMap();

  /** The elements below the items of a menu, made when they are first needed. */
  const told = (popover) => {
    if (!parts.has(popover)) {
      const made = {
        line: make("p", { role: "status", "aria-live": "polite" }),
        text: make("textarea", { readonly: "", rows: "5", "aria-label": "Text to copy", spellcheck: "false", class: "input" }),
        bar: make("progress", { max: "100", "aria-label": "Rows of the file" }),
        words: make("span", { class: "progress-words" }),
        cancel: make("button", { type: "button", class: "button", "data-action": "cancel-file" }, "Cancel"),
      };
      made.job = make("div", { class: "row" }, made.bar, made.words, made.cancel);
      made.text.hidden = made.job.hidden = true;
      popover.querySelector(".menu-told").replaceChildren(made.line, made.text, made.job);
      parts.set(popover, made);
    }
    return parts.get(popover);
  };

  const say = (popover, words, { wrong = false, text = null } = {}) => {
    const below = told(popover);
    below.line.textContent = words;
    below.line.classList.toggle("problem", wrong);
    below.text.hidden = text === null;
    if (text !== null) {
      below.text.value = text;
      below.text.focus();
      below.text.select();
    }
  };

  // ---- open and close -------------------------------------------------------------------------------------------

  const seen = (element) => element.getClientRects().length > 0;
  const items = (popover) => [...popover.querySelectorAll('[role="menuitem"]')].filter(seen);

  /** Beside the button, where there is more room; on a narrow screen the style sheet makes a sheet of it. */
  const place = (popover, opener) => {
    popover.style.cssText = "";
    if (NARROW.matches) return;
    const frame = popover.parentElement.getBoundingClientRect();
    const at = opener.getBoundingClientRect();
    const most = document.documentElement.clientWidth - EDGE - popover.offsetWidth;
    const below = window.innerHeight - at.bottom - 2 * EDGE;
    const above = at.top - 2 * EDGE;
    const up = popover.offsetHeight > below && above > below;
    const start = at.left > window.innerWidth / 2 ? at.right - popover.offsetWidth : at.left;
    popover.style.left = `${Math.max(EDGE, Math.min(start, most)) - frame.left}px`;
    popover.style.maxHeight = `${Math.max(260, up ? above : below)}px`;
    if (up) popover.style.bottom = `${frame.bottom - at.top + 6}px`;
    else popover.style.top = `${at.bottom - frame.top + 6}px`;
  };

  const close = () => {
    if (!now.popover) return;
    now.popover.removeAttribute("data-open");
    now.opener.setAttribute("aria-expanded", "false");
    now.popover = now.opener = null;
  };

  const open = (opener) => {
    close();
    const popover = document.getElementById(opener.getAttribute("aria-controls"));
    now.popover = popover;
    now.opener = opener;
    popover.dataset.parts = opener.dataset.parts;
    if (told(popover).job.hidden) say(popover, "");
    popover.setAttribute("data-open", "");
    opener.setAttribute("aria-expanded", "true");
    place(popover, opener);
    move(items(popover)[0]);
  };

  /** One item at a time is a stop of the Tab key. */
  const move = (item) => {
    if (!item) return;
    for (const each of items(now.popover)) each.tabIndex = each === item ? 0 : -1;
    item.focus();
  };

  // ---- keyboard -------------------------------------------------------------------------------------------------

  const centre = (item) => {
    const box = item.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };

  /** The nearest item of the next line of items above (-1) or below (1). */
  const vertical = (all, from, way) => {
    const [x, y] = centre(from);
    const ahead = all.map((item) => [item, centre(item)]).filter(([, at]) => way * (at[1] - y) > 4);
    const line = Math.min(...ahead.map(([, at]) => way * (at[1] - y)));
    const near = ahead.filter(([, at]) => way * (at[1] - y) <= line + 4);
    return near.sort((a, b) => Math.abs(a[1][0] - x) - Math.abs(b[1][0] - x))[0]?.[0];
  };

  const leave = (event) => {
    const stops = [...now.popover.querySelectorAll("a, button, textarea")].filter((e) => e.tabIndex >= 0 && seen(e));
    const last = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== last) return;
    const opener = now.opener;
    close();
    opener.focus();
    if (event.shiftKey) event.preventDefault();
  };

  document.addEventListener("keydown", (event) => {
    const opener = event.target.closest?.(".opener");
    if (opener && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      open(opener);
      if (event.key === "ArrowUp") move(items(now.popover).at(-1));
      return;
    }
    if (!now.popover) return;
    if (event.key === "Escape") {
      event.preventDefault();
      const back = now.opener;
      close();
      back.focus();
    } else if (event.key === "Tab" && now.popover.contains(event.target)) {
      leave(event);
    } else if (event.target.matches?.('[role="menuitem"]')) {
      among(event);
    }
  });

  const among = (event) => {
    const all = items(now.popover);
    const at = all.indexOf(event.target);
    const to = {
      ArrowRight: () => all[(at + 1) % all.length],
      ArrowLeft: () => all.at(at - 1),
      ArrowDown: () => vertical(all, event.target, 1) ?? all[0],
      ArrowUp: () => vertical(all, event.target, -1) ?? all.at(-1),
      Home: () => all[0],
      End: () => all.at(-1),
    }[event.key];
    if (to) {
      event.preventDefault();
      move(to());
    } else if (event.key === " " && event.target.matches("a")) {
      event.preventDefault();
      event.target.click();
    }
  };

  document.addEventListener("pointerdown", (event) => {
    if (now.popover && !now.popover.contains(event.target) && !event.target.closest(".opener")) close();
  });
  window.addEventListener("resize", () => { if (now.popover) place(now.popover, now.opener); });
  window.addEventListener("stacktide:view", close); // the items now speak of something else

  // ---- for what the items do ------------------------------------------------------------------------------------

  actions.menu = (opener) => (now.opener === opener ? close() : open(opener));

  /** The words of the offer that an item belongs to. */
  const offer = (popover) => JSON.parse(document.getElementById(popover.dataset.menu).dataset.offer);

  /** The address of what is shown. */
  const link = () => {
    const { query } = window.stacktide.state.view;
    return window.location.origin + window.location.pathname + (query ? `?${query}` : "");
  };

  /** To the first item, when what had the focus goes. */
  const back = (popover) => { if (now.popover === popover) move(items(popover)[0]); };

  window.stacktide.downloads = { say, told, back, offer, link, make };
})();
