/*
 * queryscope — what every page does: theme, dialogs, messages, copying.
 * Elements say what they want by data attributes: data-open="dialog-id", data-close, data-theme-toggle,
 * data-copy="element-id". Nothing inline, no eval, no style text: it runs under script-src 'self'.
 */
import { register, startKeys } from "./keys.js";

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Browser storage that stays silent where it is not allowed. */
const memory = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { /* private mode */ } },
};

/** Tell screen readers about a change of state. */
export const say = (text) => { const region = $("#live-region"); if (region) region.textContent = text; };

/** Show a short message for 1.8 seconds. */
export function toast(text) {
  $$(".toast").forEach((old) => old.remove());
  const message = document.createElement("div");
  message.className = "toast";
  message.textContent = text;
  // A modal dialog covers everything outside it, so the message goes inside.
  ($("dialog[open]") ?? document.body).append(message);
  say(text);
  setTimeout(() => message.remove(), 1800);
}

/* ---- theme: the system's unless chosen ------------------------------------ */
const root = document.documentElement;
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
const paintTheme = () => {
  $$("[data-theme-toggle] use").forEach((use) => use.setAttribute("href", isDark() ? "#i-sun" : "#i-moon"));
  document.dispatchEvent(new CustomEvent("qs:theme"));
};
const flipTheme = () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  memory.set("qs-theme", root.dataset.theme);
  paintTheme();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintTheme);

/* ---- copying ---------------------------------------------------------------- */
/** Copy text; where the browser refuses (no secure context), select nothing and say so. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast(copyByField(text) ? "Copied" : "The browser did not allow copying");
  }
}

/** The older way, which also works on plain http addresses. */
function copyByField(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr";
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  let done = false;
  try { done = document.execCommand("copy"); } catch { done = false; }
  field.remove();
  before?.focus?.({ preventScroll: true });
  return done;
}

/* ---- dialogs, and what the data attributes ask for ---------------------------- */
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog");
  if (dialog && event.target === dialog) dialog.close();
  const asked = event.target.closest("[data-open],[data-close],[data-theme-toggle],[data-copy]");
  if (!asked) return;
  if (asked.dataset.open) openDialog(asked.dataset.open);
  if ("close" in asked.dataset) asked.closest("dialog")?.close();
  if ("themeToggle" in asked.dataset) flipTheme();
  if (asked.dataset.copy) {
    const source = document.getElementById(asked.dataset.copy);
    if (source) copy(source.textContent);
  }
});

/* ---- start -------------------------------------------------------------------- */
register({
  help: () => openDialog("keys"),
  theme: flipTheme,
  filter: () => { const field = $("[data-filter]"); if (!field) return false; field.focus(); field.select(); },
  "go-live": () => { location.href = $("#nav-live").href; },
  "go-findings": () => { location.href = $("#nav-findings").href; },
  "go-request": () => { location.href = $("#nav-requests").href; },
});
paintTheme();
startKeys({
  enabled: () => memory.get("qs-keys") !== "off",
  enable: (on) => memory.set("qs-keys", on ? "on" : "off"),
});
// For tests and scripts that drive the page: from here on every key and button works.
document.documentElement.dataset.ready = "";
