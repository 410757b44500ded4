// The page Sources: what its reader may do (sign in, refresh now, cancel, change a schedule), and live progress.
// The elements that it fills have no content of their own in the view, so that the page's framework leaves them alone.
(() => {
  "use strict";

  const FAST = 1000; // milliseconds between two looks while a refresh is under way
  const SLOW = 10000;
  const byId = (id) => document.getElementById(id);
  const here = { rights: null, refreshes: [], newest: undefined, timer: null, expected: null, source: null, list: 0 };

  // ---- elements ---------------------------------------------------------------------------------------------------

  /** An element: `make("button", {type: "button"}, "Save")`; `on...` are listeners, false attributes are left out. */
  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };

  /** Put a sentence in place, with what stands between backticks as code. */
  const tell = (place, text) => {
    const parts = text.split("`");
    if (parts.length % 2) place.replaceChildren(...parts.map((part, i) => (i % 2 ? make("code", {}, part) : part)));
    else place.textContent = text;
  };

  const isBusy = (control) => control.getAttribute("aria-disabled") === "true";

  /** While something is asked for, a button does nothing more, and keeps the focus. */
  const busy = (control, is) => control.setAttribute("aria-disabled", String(is));

  const button = (words, press, kind = "") => {
    const made = make("button", { type: "button", class: `button ${kind}`.trim() }, words);
    made.addEventListener("click", () => { if (!isBusy(made)) press(); });
    return made;
  };

  const say = (words) => {
    const place = byId("sources-said");
    if (place) place.textContent = words;
  };

  // ---- asking -----------------------------------------------------------------------------------------------------

  const SILENT = "The server did not answer: try again.";

  /** Carry out an action; gives what was said, or throws the sentence that says why not. */
  const act = async (action, body = {}) => {
    let response;
    try {
      response = await fetch(`/admin/${action}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Stacktide-Csrf": here.rights?.csrf ?? "" },
        body: JSON.stringify(body),
      });
    } catch {
      throw new Error(SILENT);
    }
    const answer = await response.json().catch(() => ({ error: SILENT }));
    if (response.ok) return answer.said;
    if (response.status === 401 && action !== "sign-in") await askRights();
    throw new Error(answer.error ?? SILENT);
  };

  const askRights = async () => {
    try {
      here.rights = await (await fetch("/admin/session")).json();
    } catch {
      here.rights = { way: "none", csrf: null };
    }
    drawAll();
  };

  const mayAct = () => Boolean(here.rights?.csrf);

  // ---- signing in -------------------------------------------------------------------------------------------------

  const drawAccount = () => {
    const place = byId("sources-account");
    if (!place) return;
    const given = here.rights?.way ?? "none";
    const way = given === "local" && chosen() ? "" : given;
    if (place.dataset.way === way) return;
    place.dataset.way = way;
    place.replaceChildren();
    if (way === "local") place.append("You sit at the machine of the server, so you may refresh sources and change schedules.");
    if (way === "token") place.append("You are signed in: you may refresh sources and change schedules. ", button("Sign out", signOut));
    if (way === "sign in") place.append(button("Sign in to refresh sources and change schedules", openSignIn));
  };

  const openSignIn = () => {
    const problem = make("p", { id: "token-problem", class: "problem", role: "alert" });
    const field = make("input", {
      id: "token", type: "password", name: "token", autocomplete: "current-password", required: true,
      "aria-describedby": "token-problem", class: "input",
    });
    const submit = make("button", { type: "submit", class: "button primary" }, "Sign in");
    const close = () => {
      byId("sources-account").dataset.way = "closed";
      drawAccount();
      byId("sources-account").querySelector("button")?.focus();
    };
    const form = make(
      "form",
      {
        class: "sign-in",
        onsubmit: async (event) => {
          event.preventDefault();
          if (isBusy(submit)) return;
          busy(submit, true);
          try {
            say(await act("sign-in", { token: field.value }));
            await askRights();
            byId("sources-account").querySelector("button")?.focus();
          } catch (error) {
            tell(problem, error.message);
            field.setAttribute("aria-invalid", "true");
            field.select();
          } finally {
            busy(submit, false);
          }
        },
        onkeydown: (event) => { if (event.key === "Escape") close(); },
      },
      make("label", { for: "token", class: "label" }, "Admin token"),
      make("div", { class: "row" }, field, submit, button("Not now", close)),
      problem,
    );
    byId("sources-account").replaceChildren(form);
    field.focus();
  };

  const signOut = async () => {
    try {
      say(await act("sign-out"));
    } catch (error) {
      say(error.message);
    }
    await askRights();
  };

  // ---- a refresh now ----------------------------------------------------------------------------------------------

  const chosen = () => byId("source-operations")?.dataset.source || null;
  const underWay = (source) => here.refreshes.find((each) => each.source === source);

  const refresh = {
    bar: make("progress", { "aria-label": "Parts of the refresh" }),
    words: make("span", { class: "progress-words" }),
    problem: make("p", { class: "problem", role: "alert" }),
    begin: button("Refresh now", () => beginRefresh(), "primary"),
    cancel: button("Cancel", () => cancelRefresh()),
  };
  refresh.box = make("div", { class: "row" }, refresh.begin, refresh.bar, refresh.words, refresh.cancel);

  const drawRefresh = () => {
    const place = byId("source-refresh");
    if (!place) return;
    if (refresh.box.parentNode !== place) place.replaceChildren(refresh.box, refresh.problem);
    const source = chosen();
    const running = source ? underWay(source) : null;
    place.hidden = !source || (!mayAct() && !running);
    const focused = document.activeElement;
    refresh.begin.hidden = !mayAct() || Boolean(running);
    refresh.cancel.hidden = !mayAct() || !running;
    refresh.bar.hidden = refresh.words.hidden = !running;
    if (focused === refresh.begin && refresh.begin.hidden) refresh.cancel.focus();
    if (focused === refresh.cancel && refresh.cancel.hidden) refresh.begin.focus();
    if (!running) return;
    if (running.total) {
      refresh.bar.max = running.total;
      refresh.bar.value = Math.max(0, running.number - 1);
    } else {
      refresh.bar.removeAttribute("value");
    }
    refresh.words.textContent = inWords(running);
  };

  const inWords = ({ number, total, part, seconds, trigger }) => {
    const far = total ? `part ${number} of ${total}${part ? ` (${part})` : ""}` : "starting";
    return `Refreshing: ${far}, ${seconds} s${trigger === "schedule" ? ", by the scheduler" : ""}`;
  };

  const beginRefresh = async () => {
    const source = chosen();
    refresh.problem.textContent = "";
    busy(refresh.begin, true);
    try {
      say(await act("refresh", { source }));
      here.expected = { source, after: here.newest };
      await look();
    } catch (error) {
      tell(refresh.problem, error.message);
    } finally {
      busy(refresh.begin, false);
    }
  };

  const cancelRefresh = async () => {
    refresh.problem.textContent = "";
    busy(refresh.cancel, true);
    try {
      const said = await act("cancel", { source: chosen() });
      here.expected = null;
      say(said);
      await look();
    } catch (error) {
      tell(refresh.problem, error.message);
    } finally {
      busy(refresh.cancel, false);
    }
  };

  // ---- progress ---------------------------------------------------------------------------------------------------

  const drawList = () => {
    for (const place of document.querySelectorAll("[data-live]")) {
      const running = underWay(place.dataset.live);
      const words = running ? (running.total ? `refreshing, ${running.number} of ${running.total}` : "refreshing") : "";
      if (place.textContent !== words) place.textContent = words;
    }
  };

  const look = async () => {
    clearTimeout(here.timer);
    if (!byId("source-operations")) return;
    try {
      const response = await fetch("/api/refreshes");
      if (response.ok) take(await response.json());
    } catch {
      // the next look may succeed
    }
    clearTimeout(here.timer);
    if (!document.hidden) here.timer = setTimeout(look, here.refreshes.length ? FAST : SLOW);
  };

  /** Take over what is under way; where a run began or ended, the view is asked for again. */
  const take = ({ refreshes, newest_run: newest }) => {
    const before = here.refreshes.map(({ source }) => source).join();
    const run = newest ? `${newest.id} ${newest.outcome}` : "";
    const changed = here.newest !== undefined && (run !== here.newest || refreshes.map(({ source }) => source).join() !== before);
    here.refreshes = refreshes;
    here.newest = run;
    const ended = here.expected && !underWay(here.expected.source);
    if (ended) {
      const began = run !== here.expected.after;
      if (began && newest.source === here.expected.source) say(`The refresh ended: ${newest.outcome}.`);
      if (!began) refresh.problem.textContent = "The refresh did not begin: another one was faster, or the server's log says why.";
      here.expected = null;
    }
    drawRefresh();
    drawList();
    if (changed) window.stacktide.again();
  };

  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

  // ---- the schedule -----------------------------------------------------------------------------------------------

  const drawSchedule = (force = false) => {
    const place = byId("source-operations");
    if (!place) return;
    const { source, cron, hours, timezone, paused, origin, default: byDefault } = place.dataset;
    const state = JSON.stringify([source, cron, hours, timezone, paused, origin, mayAct()]);
    if (!force && place.dataset.drawn === state) return; // what somebody is typing stays
    place.dataset.drawn = state;
    place.replaceChildren();
    if (!source || !mayAct()) return;
    place.append(scheduleForm(place, { source, cron, hours, timezone, paused: paused === "true", origin, byDefault }));
  };

  const scheduleForm = (place, rule) => {
    const problem = make("p", { id: "schedule-problem", class: "problem", role: "alert" });
    const done = make("p", { class: "done", role: "status" });
    const perHours = Boolean(rule.hours);
    const input = (id, attributes) => make("input", { id, class: "input", "aria-describedby": "schedule-problem", ...attributes });
    const cron = input("schedule-cron", { value: rule.cron || "30 5 * * mon", spellcheck: "false", autocomplete: "off" });
    const zones = Intl.supportedValuesOf ? ["UTC", ...Intl.supportedValuesOf("timeZone")] : ["UTC"];
    const zone = input("schedule-zone", { value: rule.timezone || "UTC", list: "schedule-zones", spellcheck: "false", autocomplete: "off" });
    const hours = input("schedule-hours", { type: "number", min: "1", max: "8784", step: "any", value: rule.hours || "24" });
    const choice = (value, words, on) => {
      const radio = make("input", { type: "radio", name: "schedule-kind", value, checked: on, onchange: () => show() });
      return make("label", { class: "choice" }, radio, words);
    };
    const field = (control, words) => make("div", { class: "field" }, make("label", { for: control.id, class: "label" }, words), control);
    const byTimes = make(
      "div", { class: "fields" },
      field(cron, "Cron text"), field(zone, "Time zone"), make("datalist", { id: "schedule-zones" }, ...zones.map((name) => make("option", { value: name }))),
      make("p", { class: "hint" }, "Minute, hour, day of month, month, day of week: 30 5 * * mon is on Mondays at 05:30."),
    );
    const byHours = make("div", { class: "fields" }, field(hours, "Hours between two runs, from now on"));
    const kinds = make(
      "fieldset", { class: "choices" }, make("legend", { class: "label" }, "Refresh by itself"),
      choice("set", "At certain times", !perHours), choice("every", "Every so many hours", perHours),
    );
    const kind = () => kinds.querySelector("input:checked").value;
    const show = () => {
      byTimes.hidden = kind() !== "set";
      byHours.hidden = kind() !== "every";
      problem.textContent = done.textContent = "";
    };
    const wrong = (message) => {
      tell(problem, message);
      const fault = kind() === "every" ? hours : /time zone/.test(message) ? zone : cron;
      for (const each of [cron, zone, hours]) each.toggleAttribute("aria-invalid", false);
      fault.setAttribute("aria-invalid", "true");
      fault.focus();
    };
    const send = async (action, body) => {
      const buttons = [...form.querySelectorAll("button")];
      if (buttons.some(isBusy)) return;
      buttons.forEach((each) => busy(each, true));
      problem.textContent = done.textContent = "";
      try {
        const said = await act(action, { source: rule.source, ...body });
        await window.stacktide.again();
        drawSchedule();
        const now = byId("source-operations")?.querySelector(".done");
        if (now) now.textContent = said;
        const next = { pause: "[data-do=resume]", resume: "[data-do=pause]" }[action];
        const there = (next && byId("source-operations")?.querySelector(next)) || byId("source-operations")?.querySelector("[type=submit]");
        if (!form.isConnected) there?.focus(); // what had the focus has gone with the old form
      } catch (error) {
        if (action === "set" || action === "every") wrong(error.message);
        else tell(problem, error.message);
      } finally {
        buttons.forEach((each) => busy(each, false));
      }
    };
    const press = (action, words) => {
      const made = button(words, () => send(action, {}));
      made.dataset.do = action;
      return made;
    };
    const scheduled = rule.cron || rule.hours;
    const form = make(
      "form",
      {
        class: "schedule-form", novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          if (kind() === "every") send("every", { hours: hours.value === "" ? null : Number(hours.value) });
          else send("set", { cron: cron.value, timezone: zone.value });
        },
      },
      kinds, byTimes, byHours, problem,
      make(
        "div", { class: "row" },
        make("button", { type: "submit", class: "button primary" }, "Save"),
        rule.paused ? press("resume", "Resume") : scheduled ? press("pause", "Pause") : null,
        rule.origin === "set" ? press("clear", rule.byDefault ? `Back to the default (${rule.byDefault})` : "Back to the default (not scheduled)") : null,
      ),
      done,
    );
    show();
    return form;
  };

  // ---- with every view --------------------------------------------------------------------------------------------

  const drawAll = () => {
    drawAccount();
    drawRefresh();
    drawSchedule();
    drawList();
  };

  const whenThere = (selector, then, frames = 60) => {
    const found = document.querySelector(selector);
    if (found) then(found);
    else if (frames) requestAnimationFrame(() => whenThere(selector, then, frames - 1));
  };

  /** From the list to a source: its heading, from the top; back again: where the reader was. */
  const move = () => {
    const source = new URLSearchParams(window.stacktide.state.view.query).get("source");
    if (here.source === undefined || source === here.source) {
      here.source = source;
      return;
    }
    refresh.problem.textContent = "";
    const from = here.source;
    here.source = source;
    if (source) {
      window.scrollTo(0, 0);
      byId("title")?.focus({ preventScroll: true });
    } else {
      whenThere(`a[data-source="${CSS.escape(from)}"]`, (link) => {
        window.scrollTo(0, here.list);
        link.focus({ preventScroll: true });
      });
    }
  };
  here.source = undefined;

  document.addEventListener("click", (event) => {
    if (event.target.closest("a[data-source]")) here.list = window.scrollY;
  }, true);

  let begun = false;
  window.addEventListener("stacktide:view", () => {
    const place = byId("source-operations");
    if (!place) return;
    // the page's framework puts the view in place a moment later
    requestAnimationFrame(() => setTimeout(() => {
      move();
      drawAll();
    }));
    if (begun) return;
    begun = true;
    new MutationObserver(() => { drawRefresh(); drawSchedule(); })
      .observe(place, { attributes: true, attributeFilter: ["data-source", "data-cron", "data-hours", "data-timezone", "data-paused", "data-origin"] });
    askRights();
    look();
  });
})();
