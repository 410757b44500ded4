// The page about the API: Swagger UI in place of the plain list, in the theme of the dashboard, asking nobody but us.
(() => {
  "use strict";
  const root = document.documentElement;
  const theme = () => root.classList.toggle("dark-mode", root.dataset.theme === "dark");
  theme();
  new MutationObserver(theme).observe(root, { attributeFilter: ["data-theme"] });

  const place = document.getElementById("api");
  if (!place || typeof window.SwaggerUIBundle !== "function") return;
  const rich = document.createElement("div");
  const done = () => {
    place.replaceChildren(rich);
    // a heading of its own stands above already
    rich.querySelector(".information-container")?.remove();
  };
  rich.id = "swagger";
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: rich,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    supportedSubmitMethods: ["get"],
    validatorUrl: null, // else a picture would be asked for from elsewhere
    onComplete: done,
  });
})();
