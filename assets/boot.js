// Runs before the first paint: decides the theme, so that nothing flashes.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const CHOICES = ["auto", "light", "dark"];

  const remembered = () => {
    try {
      const choice = window.localStorage.getItem("stacktide-theme");
      return CHOICES.includes(choice) ? choice : "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  };

  const apply = (choice) => {
    root.dataset.themeChoice = choice;
    root.dataset.theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.agThemeMode = root.dataset.theme;
  };

  const next = () => {
    const choice = CHOICES[(CHOICES.indexOf(root.dataset.themeChoice) + 1) % CHOICES.length];
    try {
      window.localStorage.setItem("stacktide-theme", choice);
    } catch {
      // then it holds for this page only
    }
    apply(choice);
    return choice;
  };

  apply(remembered());
  dark.addEventListener("change", () => apply(root.dataset.themeChoice));
  window.stacktideTheme = { next };
})();
