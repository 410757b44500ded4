// Figures and dates as the reader writes them: `data-number`, `data-date`. The HTML holds them in English and ISO 8601.
(() => {
  "use strict";

  const made = new Map();
  const kept = (key, make) => {
    if (!made.has(key)) made.set(key, make());
    return made.get(key);
  };

  /** A number; `data-digits` are its significant digits, `data-even` shows all of them, `data-sign` a plus. */
  const number = ({ number: text, digits, sign, even }) => {
    const options = digits ? { maximumSignificantDigits: Number(digits) } : { maximumFractionDigits: 10 };
    if (even) options.minimumSignificantDigits = Number(digits);
    if (sign) options.signDisplay = "exceptZero";
    return kept(`n${digits}${sign}${even}`, () => new Intl.NumberFormat(undefined, options)).format(Number(text));
  };

  const FORMS = [
    [/^\d{4}-\d\d-\d\d$/, { year: "numeric", month: "short", day: "numeric" }],
    [/^\d{4}-\d\d$/, { year: "numeric", month: "short" }],
  ];

  /** A day (2026-08-01) or month (2026-08); years and quarters read alike everywhere. */
  const day = ({ date: text }) => {
    const form = FORMS.find(([shape]) => shape.test(text));
    if (!form) return null;
    const format = kept(form[0], () => new Intl.DateTimeFormat(undefined, { ...form[1], timeZone: "UTC" }));
    return format.format(new Date(text.length === 7 ? `${text}-01` : text));
  };

  const write = (element) => {
    const words = element.dataset.number === undefined ? day(element.dataset) : number(element.dataset);
    if (words !== null && words !== element.textContent) element.textContent = words;
  };

  const all = (root) => root.querySelectorAll("[data-number], [data-date]").forEach(write);

  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      all(document);
    });
  }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-number", "data-date"] });
  all(document);
})();
