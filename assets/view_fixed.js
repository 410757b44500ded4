// What Dash hands over as HTML (dashboard/components/fixed.py) is put in place before anything is painted.
(() => {
  "use strict";

  const put = (element) => {
    if (element.fixedHtml === element.dataset.html) return;
    element.fixedHtml = element.dataset.html;
    element.innerHTML = element.fixedHtml;
  };

  const all = () => document.querySelectorAll("#react-entry-point [data-html]").forEach(put);

  new MutationObserver(all).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-html"] });
  all();
})();
