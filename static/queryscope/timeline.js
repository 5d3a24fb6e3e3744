/*
 * queryscope — the request page: groups open and close, a selected row shows its query, the views change in place.
 * Entry module; the parts are drawer.js, zoom.js, windowed.js, overview.js and, for lists in general, rows.js.
 */
import { $, $$, toast } from "./app.js";
import { register } from "./keys.js";
import { keepTabStop, select } from "./rows.js";
import { drawerIsBeside, drawerIsOpen, showQuery } from "./drawer.js";
import { drawOverview } from "./overview.js";
import { columns } from "./spans.js";
import { dropPanes, fillPane, redrawPanes, rowOf } from "./windowed.js";
import { adopt, drawRow, zoomed } from "./zoom.js";

const isOpen = (row) => row.getAttribute("aria-expanded") === "true";
const nOf = (row) => Number(row.dataset.n);

/* ---- groups ---------------------------------------------------------------------- */
const paneOf = (row) => document.getElementById(`${row.id}-pane`);
const childrenOf = (row) => $$(`[data-parent="${CSS.escape(row.id)}"]`, $("#wf")).filter((child) => !child.closest("[data-pane]"));

/** Open or close a group; its groups inside keep their own state. */
async function toggle(row, open = !isOpen(row)) {
  if (!row?.hasAttribute("aria-expanded") || isOpen(row) === open) return false;
  row.setAttribute("aria-expanded", String(open));
  if (open && (row.dataset.kind === "more" || "lazy" in row.dataset)) await fill(row);
  reveal(row, open);
  if (open && zoomed()) { const data = await columns(); childrenOf(row).forEach((child) => drawRow(child, data)); }
  number();
  redrawPanes();
  return true;
}

function reveal(row, open) {
  const pane = paneOf(row);
  if (pane) pane.hidden = !open;
  for (const child of childrenOf(row)) {
    child.hidden = !open;
    if (child.hasAttribute("aria-expanded")) reveal(child, open && isOpen(child));
  }
}

/** Put all queries of a group under its row, as many as there are, drawn as they come into view. */
async function fill(row) {
  if (paneOf(row)) return;
  let data;
  try { data = await columns(); } catch (error) { toast(error.message); return; }
  const rest = row.dataset.kind === "more";
  const members = data.members.get(rest ? row.id.replace(/-more$/, "") : row.id) ?? [];
  const shown = new Set($$(`[data-parent="${CSS.escape(row.dataset.parent ?? "")}"][data-kind="query"]`, $("#wf")).map(nOf));
  const pane = document.createElement("div");
  pane.className = "wf-pane";
  pane.id = `${row.id}-pane`;
  pane.setAttribute("role", "rowgroup");
  pane.dataset.pane = "";
  row.after(pane);
  const level = Number(row.getAttribute("aria-level")) + (rest ? 0 : 1);
  const indices = rest ? members.filter((index) => !shown.has(data.n[index])) : members;
  fillPane(pane, data, indices, { level, parent: row.id, mode: row.id === "rest-more" ? "time" : "site" });
}

/** Where rows are missing from the page, say how many there are and which each one is. */
function number() {
  const wf = $("#wf");
  if (!wf) return;
  if (!$("[data-pane]", wf)) return;
  let index = 0;
  for (const child of wf.children) {
    if (child.hidden) continue;
    if (!child.list) { index += 1; if (child.matches("[role=row]")) child.setAttribute("aria-rowindex", index); continue; }
    child.list.offset = index;
    for (const row of child.children) row.setAttribute("aria-rowindex", index + row.position + 1);
    index += child.list.indices.length;
  }
  wf.setAttribute("aria-rowcount", index);
}

/* ---- selecting shows the query --------------------------------------------------- */
const PASSING_MS = 60;
let passing = 0;
document.addEventListener("qs:select", (event) => {
  const row = event.target.closest("#picture [data-row]");
  clearTimeout(passing);
  // Somebody who holds j down passes rows without looking at them: only where the keys rest is fetched.
  if (row && drawerIsBeside() && drawerIsOpen()) passing = setTimeout(() => showQuery(nOf(row)), PASSING_MS);
});

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("#picture [data-row]");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest(".tw")) { select(row); toggle(row); return; }
  if (event.target.closest("a")) { event.preventDefault(); select(row); }
  if (row.dataset.kind === "more") { toggle(row); return; }
  if (!String(getSelection())) showQuery(nOf(row));
});

document.addEventListener("qs:open", (event) => {
  const row = event.target.closest("#picture [data-row]");
  if (!row) return;
  event.preventDefault();
  toggle(row);
  if (row.dataset.kind !== "more") showQuery(nOf(row));
});

/* The drawer went to another query of the group: the list follows where it shows that query. */
document.addEventListener("qs:stepped", (event) => {
  const row = document.getElementById(`n${event.detail}`) ?? rowOf(event.detail);
  if (row && !row.hidden) select(row, { focus: false });
});

/* ---- keys -------------------------------------------------------------------------- */
const focusedRow = () => document.activeElement?.closest?.("#wf [data-row]");
register({
  "group-open": () => { const row = focusedRow(); if (!row?.hasAttribute("aria-expanded")) return false; toggle(row, true); },
  "group-close": () => {
    const row = focusedRow();
    if (!row) return false;
    if (row.hasAttribute("aria-expanded") && isOpen(row)) { toggle(row, false); return; }
    const parent = row.dataset.parent && document.getElementById(row.dataset.parent);
    if (!parent) return false;
    select(parent);
  },
  "request-previous": () => { const link = $("#previous"); if (!link) return false; link.click(); },
  "request-next": () => { const link = $("#next"); if (!link) return false; link.click(); },
});

/* ---- a picture arrived: with the page, after a filter, or after a change of view ------- */
async function arrive() {
  dropPanes();
  const wf = $("#wf");
  const zoom = $("#zoom");
  if (zoom) zoom.hidden = !wf;
  const list = $("#picture [data-rows]");
  if (list) keepTabStop(list);
  if (!wf) return;
  adopt(wf);
  drawOverview().catch((error) => toast(error.message));
  if ("windowed" in wf.dataset) {
    try {
      const data = await columns();
      const pane = $("[data-pane]", wf);
      if (!pane) return;
      pane.replaceChildren();
      fillPane(pane, data, data.order, { level: 1, mode: "time" });
      keepTabStop(wf);
      number();
    } catch (error) { toast(error.message); }
  }
}

/** Keep the address in step with what is shown, so that a reload and a copied link show the same. */
function remember() {
  const address = new URL(location.href);
  const current = $("#views [aria-current]")?.dataset.view ?? "site";
  const words = $("#words")?.value.trim() ?? "";
  address.searchParams.set("view", current);
  if (words) address.searchParams.set("q", words); else address.searchParams.delete("q");
  for (const name of ["sort", "page"]) address.searchParams.delete(name);
  history.replaceState(null, "", address);
}

function reselect() {
  const n = Number(new URL(location.href).searchParams.get("n"));
  const row = n && (document.getElementById(`n${n}`) ?? rowOf(n));
  if (row && !row.hidden) select(row, { focus: false });
}

/* The selected query goes along, so that its group arrives open. */
document.addEventListener("htmx:config:request", (event) => {
  const { request, sourceElement, target } = event.detail.ctx;
  if (target?.id === "picture") pressed = sourceElement;
  const n = new URL(location.href).searchParams.get("n");
  if (target?.id !== "picture" || !n) return;
  const address = new URL(request.action, location.href);
  address.searchParams.set("n", n);
  request.action = address.pathname + address.search;
});

/** The link that was pressed is gone with the old picture; its successor takes the focus. */
let pressed = null;
function refocus() {
  if (!pressed || document.activeElement !== document.body) return;
  const head = pressed.closest("th");
  const again = pressed.dataset.view ? $(`#views [data-view="${pressed.dataset.view}"]`) : head && $(`.qtbl th:nth-child(${head.cellIndex + 1}) a`);
  again?.focus({ preventScroll: true });
}

document.addEventListener("htmx:after:swap", async (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  if (target?.id !== "picture") return;
  remember();
  await arrive();
  reselect();
  refocus();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-unfold]")) return;
  const label = event.target.closest("label");
  label.lastChild.textContent = label.lastChild.textContent.replace(/^(Show|Hide)/, event.target.checked ? "Hide" : "Show");
});

const first = Number($("#drawer")?.dataset.first);
if (first && drawerIsBeside()) showQuery(first, { remember: false });
arrive();
