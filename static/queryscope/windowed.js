/*
 * queryscope — a long list of query rows of which only those in view exist. The page itself scrolls; a pane is as high
 * as all of its rows. Kept besides those in view: the first, the last, and the selected row with its neighbours, so
 * that keys and focus work as in a plain list.
 */
import { drawBars, drawGap, svg } from "./bars.js";
import { onZoom, view } from "./zoom.js";

const ROW_PX = 24;
const NARROW_ROW_PX = 42;
const BEYOND = 12;
const panes = new Set();
const narrow = matchMedia("(max-width: 640px)");

/** Fill the element `pane` with the spans `indices` of `data`; `level` is that of the rows, `parent` the group's id. */
export function fillPane(pane, data, indices, { level, parent, mode }) {
  pane.list = { data, indices, level, parent, mode, rows: new Map() };
  panes.add(pane);
  size(pane);
  draw(pane);
}

/** Forget panes that left the page. */
export function dropPanes() {
  for (const pane of panes) if (!pane.isConnected) panes.delete(pane);
}

/** Bring the row of span `n` into being and return it; null where no pane holds it. */
export function rowOf(n) {
  for (const pane of panes) {
    const { data, indices } = pane.list;
    const position = indices.indexOf(data.indexOf.get(n));
    if (position >= 0 && pane.isConnected && !pane.hidden) return ensure(pane, position);
  }
  return null;
}

const rowPx = () => (narrow.matches ? NARROW_ROW_PX : ROW_PX);

function size(pane) {
  pane.style.height = `${pane.list.indices.length * rowPx()}px`;
}

function inView(pane) {
  const top = pane.getBoundingClientRect().top;
  const first = Math.floor(-top / rowPx()) - BEYOND;
  const last = Math.ceil((innerHeight - top) / rowPx()) + BEYOND;
  return [Math.max(0, first), Math.min(pane.list.indices.length - 1, last)];
}

function draw(pane) {
  const { list } = pane;
  const [first, last] = inView(pane);
  const wanted = new Set();
  for (let position = first; position <= last; position += 1) wanted.add(position);
  const end = list.indices.length - 1;
  for (const position of [0, end]) if (end >= 0) wanted.add(position);
  const chosen = pane.querySelector('[aria-selected="true"]');
  if (chosen) for (const by of [-1, 0, 1]) wanted.add(chosen.position + by);
  for (const [position, row] of list.rows) if (!wanted.has(position) && row !== document.activeElement) remove(list, position, row);
  for (const position of [...wanted].sort((a, b) => a - b)) if (position >= 0 && position <= end) ensure(pane, position);
}

function remove(list, position, row) {
  row.remove();
  list.rows.delete(position);
}

function ensure(pane, position) {
  const { rows } = pane.list;
  if (!rows.has(position)) {
    const row = make(pane.list, position);
    rows.set(position, row);
    const after = [...pane.children].find((other) => other.position > position);
    pane.insertBefore(row, after ?? null);
  }
  return rows.get(position);
}

const element = (name, css, text) => {
  const made = document.createElement(name);
  if (css) made.className = css;
  if (text !== undefined) made.textContent = text;
  return made;
};

/** The same row that templates/queryscope/request/_rows.html makes. */
function make(list, position) {
  const { level, parent } = list;
  const index = list.indices[position];
  const gap = index < 0;
  const n = gap ? 0 : list.data.n[index];
  const row = element("div", `wf-r q${gap ? " gap" : ""}${level === 3 ? " q2" : ""}${transaction(list, position)}`);
  const attributes = { role: "row", "aria-level": level, "aria-selected": "false", "aria-rowindex": (list.offset ?? 0) + position + 1, "data-row": "", "data-kind": gap ? "gap" : "query", "data-n": n };
  for (const [name, value] of Object.entries(attributes)) row.setAttribute(name, value);
  if (parent) row.dataset.parent = parent;
  row.id = gap ? `gap${-1 - index}` : `n${n}`;
  row.tabIndex = -1;
  row.position = position;
  row.style.top = `${position * rowPx()}px`;
  row.append(...(gap ? gapCells(list, -1 - index) : queryCells(list, index)), track(list, index));
  return row;
}

function queryCells({ data, mode }, index) {
  const kind = data.kinds[data.kind[index]];
  return [label(kind, data.failed.has(index), mode), number(mode === "time" ? data.n[index] : 1), time(data.ms[index], true)];
}

function gapCells({ data }, index) {
  const cell = gridcell("wf-lab");
  cell.append(element("span", "trunc", data.gaps.label[index]));
  return [cell, gridcell("num"), time(data.gaps.ms[index], false)];
}

function gridcell(css, text) {
  const cell = element("div", css, text);
  cell.setAttribute("role", "gridcell");
  return cell;
}

function label(kind, failed, mode) {
  const cell = gridcell("wf-lab");
  const statement = element("span", "sqls trunc");
  if (kind.verb) statement.append(element("b", "", kind.verb), " ");
  statement.append(kind.tables);
  if (kind.lock) statement.append(" ", element("b", "", kind.lock));
  cell.append(statement);
  if (mode === "time") cell.append(element("span", "trunc fnn", kind.place));
  if (failed) cell.append(element("span", "bdg high", "error"));
  if (kind.write) cell.append(element("span", "bdg low", kind.write));
  return cell;
}

function number(value) {
  const cell = gridcell("num");
  cell.append(element("span", "muted", value));
  return cell;
}

const time = (ms, strong) => gridcell(strong ? "num strong" : "num", ms);

/** Draw the span or gap `index` into the bars of its row. */
function drawOne(bars, data, index) {
  if (index < 0) drawGap(bars, data, -1 - index, view);
  else drawBars(bars, data, [index], view);
}

function track(list, index) {
  const cell = gridcell("track");
  const picture = svg("svg", { "aria-hidden": "true" });
  const bars = svg("g");
  picture.append(svg("use", { href: "#wf-grid" }), bars);
  drawOne(bars, list.data, index);
  cell.append(picture);
  return cell;
}

function transaction({ data, indices }, position) {
  const at = (where) => data.transaction[indices[where]];
  // A gap between two queries of one transaction is inside it.
  const of = (where) => (indices[where] < 0 && at(where - 1) === at(where + 1) ? at(where - 1) : at(where));
  const own = of(position);
  if (own === undefined) return "";
  return ` intx${of(position - 1) === own ? "" : " tx0"}${of(position + 1) === own ? "" : " tx1"}`;
}

/* ---- what changes which rows are in view ----------------------------------------- */
let asked = 0;
const drawAll = () => { for (const pane of panes) if (pane.isConnected && !pane.hidden) draw(pane); };
const ask = () => { if (!asked && panes.size) asked = requestAnimationFrame(() => { asked = 0; drawAll(); }); };
document.addEventListener("scroll", ask, { passive: true, capture: true });
addEventListener("resize", ask);
// At once: the next key goes to a neighbour, and may come before the next frame.
document.addEventListener("qs:select", drawAll);
narrow.addEventListener("change", () => {
  for (const pane of panes) {
    size(pane);
    for (const [position, row] of pane.list.rows) row.style.top = `${position * rowPx()}px`;
  }
  ask();
});
onZoom(() => {
  for (const { list } of panes) {
    for (const [position, row] of list.rows) drawOne(row.querySelector(".track > svg > g"), list.data, list.indices[position]);
  }
});
export { ask as redrawPanes };
