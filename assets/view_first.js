// The first paint: the page stands in the HTML already, beside the element that React fills. As soon as React has put
// the live page there, the still one goes; its charts stay above the live ones until those are drawn.
(() => {
  "use strict";

  const first = document.getElementById("first");
  const root = document.getElementById("react-entry-point");
  if (!first || !root) return;

  /** Show a still chart in the live box until plotly.js has drawn there. */
  const cover = (still) => {
    const box = document.getElementById(still.dataset.still)?.closest(".chart-box");
    if (!box || !still.firstElementChild) return;
    const drawn = still.querySelector(".still-map") ? ".choroplethlocation" : ".main-svg .trace, .main-svg .infolayer > *";
    still.className = "still-cover";
    box.append(still);
    const done = () => {
      if (!box.querySelector(drawn)) return;
      watching.disconnect();
      still.remove();
      performance.mark("stacktide-live");
    };
    const watching = new MutationObserver(done);
    watching.observe(box, { childList: true, subtree: true });
    done();
  };

  const live = () => {
    if (!root.querySelector("main")) return;
    waiting.disconnect();
    const at = window.scrollY;
    const stills = [...first.querySelectorAll("[data-still]")];
    first.remove();
    stills.forEach(cover);
    window.scrollTo(0, at);
  };
  const waiting = new MutationObserver(live);
  waiting.observe(root, { childList: true, subtree: true });
  live();
})();
