/*
 * queryscope — the drawer beside (or, in a narrow window, over) the timeline. Its content is HTML from the server,
 * fetched once for each query and kept while the page is open.
 */
import { $, toast } from "./app.js";
import { register } from "./keys.js";

const kept = new Map();
const wide = matchMedia("(min-width: 1241px)");
let shown = 0;

export const drawerIsOpen = () => Boolean($("#drawer")?.getClientRects().length);
export const drawerIsBeside = () => wide.matches;

function fetchQuery(n) {
  if (!kept.has(n)) {
    const address = $("#timeline").dataset.query.replace(/0\/$/, `${n}/`);
    const answer = fetch(address, { credentials: "same-origin" }).then((response) => {
      if (!response.ok) throw new Error(`Query ${n} could not be read (${response.status}).`);
      return response.text();
    });
    answer.catch(() => kept.delete(n));
    kept.set(n, answer);
  }
  return kept.get(n);
}

/** Show query `n`; of several asked for in a row, the last one wins. */
export async function showQuery(n, { remember = true } = {}) {
  const drawer = $("#drawer");
  if (!drawer || !n) return;
  shown = n;
  reveal(drawer, remember);
  if (drawer.dataset.n === String(n)) return;
  let html;
  try { html = await fetchQuery(n); } catch (error) { toast(error.message); return; }
  if (shown !== n) return;
  drawer.innerHTML = html; // our own server's template, in which every value is escaped
  drawer.dataset.n = n;
  drawer.scrollTop = 0;
  drawer.dispatchEvent(new CustomEvent("qs:drawer", { bubbles: true, detail: n }));
}

function reveal(drawer, remember) {
  drawer.hidden = false;
  $("#req").classList.remove("nodrawer");
  if (!remember) return;
  drawer.classList.remove("auto");
  const address = new URL(location.href);
  address.searchParams.set("n", shown);
  history.replaceState(null, "", address);
}

/** Close it and give the focus back to the row it belongs to. */
function closeDrawer() {
  const drawer = $("#drawer");
  if (!drawerIsOpen()) return false;
  const inside = drawer.contains(document.activeElement);
  drawer.hidden = true;
  $("#req").classList.add("nodrawer");
  const address = new URL(location.href);
  address.searchParams.delete("n");
  history.replaceState(null, "", address);
  if (inside) $('#picture [data-row][aria-selected="true"]')?.focus({ preventScroll: true });
  return true;
}

document.addEventListener("click", (event) => {
  const step = event.target.closest?.("[data-drawer-n]");
  const close = event.target.closest?.("[data-drawer-close]");
  if (!(step || close) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (close) closeDrawer();
  else stepTo(Number(step.dataset.drawerN), step.getAttribute("aria-label"));
});

async function stepTo(n, label) {
  await showQuery(n);
  // The button that was pressed is gone with the old content; its successor takes the focus.
  const next = $(`#drawer [aria-label="${label}"]`) ?? $("#drawer [data-drawer-n]");
  next?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("qs:stepped", { detail: n }));
}

register({
  close: () => closeDrawer(),
  "copy-sql": () => { const button = drawerIsOpen() && $('#drawer [data-copy="sql-full"]'); if (!button) return false; button.click(); },
});
