/*
 * queryscope — the chosen theme, set before the first paint. A classic script in the head on purpose:
 * a module would run after the page was drawn once in the other theme.
 */
(() => {
  "use strict";
  try {
    const chosen = localStorage.getItem("qs-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch { /* no storage: the system's theme */ }
})();
