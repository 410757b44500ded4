// The browser's half of an HTML element (dashboard/components/markup.py): its content is text, or components.
(() => {
  "use strict";

  const Element = ({ tag, html, children, setProps, dashRenderType, ...given }) => {
    const content = typeof html === "string" ? { dangerouslySetInnerHTML: { __html: html } } : { children };
    return window.React.createElement(tag, { ...given, ...content });
  };

  window.stacktide_markup = { Element };
})();
