// An address with an anchor leads to its part of the page. The first paint has no ids, so the browser finds the part
// only when the live page is there.
(() => {
  "use strict";

  const FRAMES = 120; // two seconds: then the page came without the still one in front

  const go = (frames) => {
    if (document.getElementById("first") && frames) {
      window.requestAnimationFrame(() => go(frames - 1));
      return;
    }
    const part = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    // where the reader has scrolled already, the page stays
    if (part && window.scrollY === 0) part.scrollIntoView();
  };

  const begun = () => {
    window.removeEventListener("stacktide:view", begun);
    if (window.location.hash) window.requestAnimationFrame(() => go(FRAMES));
  };
  window.addEventListener("stacktide:view", begun);
})();
