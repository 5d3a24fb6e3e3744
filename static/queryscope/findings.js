/*
 * queryscope — the findings of the request page: selecting one marks the rows of its queries in the timeline and shows
 * the finding above its slowest query in the drawer; n goes to the next one.
 */
import { $, $$ } from "./app.js";
import { register } from "./keys.js";
import { select } from "./rows.js";
import { drawerIsBeside, drawerIsOpen, showQuery } from "./drawer.js";

const rows = () => $$("#findings [data-finding]");
let marked = { id: "", spans: new Set() };

/** The numbers in "3 5-9". */
function numbers(text) {
  const found = new Set();
  for (const part of text.split(" ").filter(Boolean)) {
    const [first, last = first] = part.split("-").map(Number);
    for (let n = first; n <= last; n += 1) found.add(n);
  }
  return found;
}

const belongs = (row) => (row.dataset.f?.split(" ").includes(marked.id)
  || (row.dataset.kind === "query" && marked.spans.has(Number(row.dataset.n))));

/** Mark the rows that are there; those of a long list come and go while one scrolls. */
function paint(root = document) {
  for (const row of $$("#picture [data-row]", root)) row.classList.toggle("of", Boolean(marked.id && belongs(row)));
}

function mark(row) {
  marked = { id: row.dataset.finding, spans: numbers(row.dataset.spans) };
  paint();
}

/** Select the row of query `n` in the timeline, or the closed group it is in. */
function point(n) {
  const shown = $$("#picture .of").filter((row) => row.offsetParent !== null);
  const row = shown.find((one) => one.dataset.kind === "query" && Number(one.dataset.n) === n) ?? shown[0];
  if (row) select(row, { focus: false, quiet: true });
}

const picture = $("#picture");
if (picture && rows().length) {
  new MutationObserver((changes) => {
    // A swap first adds rows, then gives those whose id was there before their own class back.
    if (marked.id && changes.some((change) => change.type === "attributes" || change.addedNodes.length)) paint();
  }).observe(picture, { childList: true, subtree: true, attributeFilter: ["class"] });
}

document.addEventListener("qs:select", (event) => {
  const row = event.target.closest("#findings [data-finding]");
  if (!row) return;
  mark(row);
  point(Number(row.dataset.n));
  if (drawerIsBeside() && drawerIsOpen()) showQuery(Number(row.dataset.n));
});

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("#findings [data-finding]");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("a")) { event.preventDefault(); select(row); }
  if (!String(getSelection())) showQuery(Number(row.dataset.n));
});

document.addEventListener("qs:open", (event) => {
  const row = event.target.closest("#findings [data-finding]");
  if (!row) return;
  event.preventDefault();
  showQuery(Number(row.dataset.n));
});

register({
  "finding-next": () => {
    const all = rows();
    if (!all.length) return false;
    const at = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
    select(all[(at + 1) % all.length]);
  },
});
