/*
 * queryscope — lists of rows, the same in every list: one tab stop, arrows and j k move, a click selects,
 * a double click, Enter or o opens. A list is [data-rows], a row [data-row]; a row with data-href is a page of its own.
 * Events that bubble from a row: qs:select, qs:open (cancel it to open in another way than by data-href).
 */
import { register } from "./keys.js";

const selected = (list) => list.querySelector('[data-row][aria-selected="true"]');
const visibleRows = (list) => [...list.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);

/** The list the keys act on: the one with the focus, else the one marked data-rows="main", else the first. */
function currentList() {
  return document.activeElement?.closest?.("[data-rows]")
    ?? document.querySelector('[data-rows="main"]') ?? document.querySelector("[data-rows]");
}

/** Select a row, give it the list's tab stop and, unless told otherwise, the focus; `quiet` tells nobody. */
export function select(row, { focus = true, quiet = false } = {}) {
  if (!row) return;
  const list = row.closest("[data-rows]");
  for (const other of list.querySelectorAll('[data-row][tabindex="0"],[data-row][aria-selected="true"]')) {
    if (other === row) continue;
    other.setAttribute("aria-selected", "false");
    other.tabIndex = -1;
  }
  row.setAttribute("aria-selected", "true");
  row.tabIndex = 0;
  if (focus) {
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  if (!quiet) row.dispatchEvent(new CustomEvent("qs:select", { bubbles: true }));
}

/** Open a row: its page, unless a listener of qs:open did something else. */
function open(row) {
  if (!row) return;
  const event = new CustomEvent("qs:open", { bubbles: true, cancelable: true });
  if (row.dispatchEvent(event) && row.dataset.href) location.href = row.dataset.href;
}

/** Keep a list reachable by Tab after its rows changed: exactly one row has the tab stop. */
export function keepTabStop(list) {
  if (list.querySelector('[data-row][tabindex="0"]')) return;
  const row = selected(list) ?? list.querySelector("[data-row]");
  if (row) row.tabIndex = 0;
}

function step(list, by) {
  if (!list) return false;
  const rows = visibleRows(list);
  if (!rows.length) return false;
  const focused = document.activeElement?.closest?.("[data-row]");
  const at = rows.indexOf(list.contains(focused) ? focused : selected(list));
  select(rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))]);
  return true;
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || event.target.closest("a,button,input,summary")) return;
  // Somebody who marks text to copy it does not want to lose the marking.
  if (String(getSelection())) return;
  select(row);
});

document.addEventListener("dblclick", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && !event.target.closest("a,button,input,summary")) open(row);
});

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (step(row.closest("[data-rows]"), event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
  } else if (event.key === "Home" || event.key === "End") {
    const rows = visibleRows(row.closest("[data-rows]"));
    select(event.key === "Home" ? rows[0] : rows.at(-1));
    event.preventDefault();
  } else if (event.key === "Enter" && event.target === row) {
    open(row);
    event.preventDefault();
  }
});

register({
  "row-next": () => step(currentList(), 1),
  "row-previous": () => step(currentList(), -1),
  "row-open": () => { const list = currentList(); const row = list && selected(list); if (!row) return false; open(row); },
});
