// Files: asks for what an item of a menu links to, tells what the server refuses in its own words, and follows large
// workbooks, which are made in the background.
(() => {
  "use strict";

  const LARGE = 50000; // rows from which on a workbook is made in the background
  const PAUSE = 700; // milliseconds between two looks at it
  const PATIENCE = 5; // looks in a row that may stay without an answer
  const SILENT = "The server did not answer: try again.";
  const { actions } = window.stacktide;
  const { say, told, back, make } = window.stacktide.downloads;
  const jobs = new Map(); // popover -> the file that is made in the background for it

  // ---- files as they are ----------------------------------------------------------------------------------------

  const begin = (href) => {
    const link = make("a", { href, download: "" });
    link.click();
  };

  /** What a server says is wrong, in its own words. */
  const problem = async (response) => {
    const answer = await response.json().catch(() => null);
    return answer?.detail || answer?.title || answer?.error || `The server answered ${response.status}: try again later.`;
  };

  /** Ask for the head first: the browser would take a page that tells of an error for the file. */
  const download = async (popover, href) => {
    say(popover, "Asking for the file …");
    try {
      let answer = await fetch(href, { method: "HEAD" });
      if (!answer.ok) {
        answer = await fetch(href); // an answer to HEAD has no words
        if (!answer.ok) {
          say(popover, await problem(answer), { wrong: true });
          return;
        }
        await answer.body?.cancel();
      }
      begin(href);
      say(popover, "The download begins.");
    } catch {
      say(popover, SILENT, { wrong: true });
    }
  };

  actions.file = (link, event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return; // as with any link
    event.preventDefault();
    const popover = link.closest(".menu");
    const { format, rows } = link.dataset;
    if (format === "xlsx" && Number(rows ?? 0) >= LARGE) inBackground(popover, link.dataset);
    else download(popover, link.href);
  };

  // ---- files made in the background -----------------------------------------------------------------------------

  const FILES = "/api/v1/files";

  const asked = async (address, options) => {
    const response = await fetch(address, { cache: "no-store", ...options });
    if (!response.ok) throw new Error(await problem(response));
    return response.status === 204 ? null : response.json();
  };

  const draw = (popover, job) => {
    const below = told(popover);
    below.job.hidden = job === null;
    if (job === null) return;
    const percent = job.rows ? Math.floor((100 * job.rows_done) / job.rows) : 0;
    below.bar.value = percent;
    below.words.textContent = job.rows_done
      ? `${percent} %, ${job.rows_done.toLocaleString()} of ${job.rows.toLocaleString()} rows`
      : `starting, ${job.rows.toLocaleString()} rows`;
  };

  /** Ask the server to make it no longer; should that fail, it ends by itself. */
  const drop = (id) => asked(`${FILES}/${id}`, { method: "DELETE" }).catch(() => null);

  const inBackground = async (popover, { collection, format, query }) => {
    if (jobs.has(popover)) {
      say(popover, "One workbook at a time: wait for this one, or cancel it.", { wrong: true });
      return;
    }
    const mine = { id: null, over: false };
    jobs.set(popover, mine);
    say(popover, "A large workbook takes a while; you may close this menu meanwhile.");
    try {
      const headers = { "Content-Type": "application/json" };
      let job = await asked(FILES, { method: "POST", headers, body: JSON.stringify({ collection, format, query }) });
      mine.id = job.id;
      if (mine.over) drop(mine.id); // cancelled before the answer came
      for (let missed = 0; !mine.over && job.state === "running"; ) {
        draw(popover, job);
        await new Promise((later) => setTimeout(later, PAUSE));
        if (mine.over) break;
        try {
          job = await asked(`${FILES}/${mine.id}`);
          missed = 0;
        } catch (error) {
          missed += 1;
          if (!(error instanceof TypeError) || missed > PATIENCE) throw error;
        }
      }
      if (mine.over) return;
      if (job.state !== "done") throw new Error(job.error ?? "The file could not be made: try again.");
      begin(job.link);
      say(popover, "The download begins.");
    } catch (error) {
      if (!mine.over) say(popover, error instanceof TypeError ? SILENT : error.message, { wrong: true });
    } finally {
      if (jobs.get(popover) === mine) {
        jobs.delete(popover);
        draw(popover, null);
      }
    }
  };

  actions["cancel-file"] = (button) => {
    const popover = button.closest(".menu");
    const mine = jobs.get(popover);
    if (!mine) return;
    mine.over = true;
    jobs.delete(popover);
    draw(popover, null);
    say(popover, "Cancelled.");
    back(popover);
    if (mine.id) drop(mine.id);
  };
})();
