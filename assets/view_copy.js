// Text that is taken along: copied, or saved as a file. Links in it that begin with `/` get the server's address.
(() => {
  "use strict";

  const { stacktide } = window;

  const text = (button) =>
    stacktide.byId(button.dataset.of).textContent.replaceAll("](/", `](${window.location.origin}/`);

  const say = (button, words) => {
    button.dataset.said ??= button.textContent;
    button.textContent = words;
    setTimeout(() => { button.textContent = button.dataset.said; }, 2500);
  };

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(text(button));
      say(button, "Copied");
    } catch {
      say(button, "Save it as a file instead"); // a page without https may not write to the clipboard
    }
  };

  const save = (button) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text(button)], { type: "text/markdown" }));
    link.download = button.dataset.as;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  Object.assign(stacktide.actions, { "copy-text": copy, "save-text": save });
})();
