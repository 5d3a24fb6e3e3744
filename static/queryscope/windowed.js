/*
 * queryscope — a long list of query rows of which only those in view exist. The page itself scrolls; a pane is as high
 * as all of its rows. Kept besides those in view: the first, the last, and the selected row with its neighbours, so
 * that keys and focus work as in a plain list.
 */
import { drawBars, svg } from "./bars.js";
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
  const { data, level, parent, mode } = list;
  const index = list.indices[position];
  const kind = data.kinds[data.kind[index]];
  const row = element("div", `wf-r q${level === 3 ? " q2" : ""}${transaction(list, position)}`);
  const attributes = { role: "row", "aria-level": level, "aria-selected": "false", "aria-rowindex": (list.offset ?? 0) + position + 1, "data-row": "", "data-kind": "query", "data-n": data.n[index] };
  for (const [name, value] of Object.entries(attributes)) row.setAttribute(name, value);
  if (parent) row.dataset.parent = parent;
  row.id = `n${data.n[index]}`;
  row.tabIndex = -1;
  row.position = position;
  row.style.top = `${position * rowPx()}px`;
  row.append(label(kind, data.failed.has(index), mode), number(mode === "time" ? data.n[index] : 1), time(data.duration[index]), track(list, index));
  return row;
}

function label(kind, failed, mode) {
  const cell = element("div", "wf-lab");
  cell.setAttribute("role", "gridcell");
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
  const cell = element("div", "num");
  cell.setAttribute("role", "gridcell");
  cell.append(element("span", "muted", value));
  return cell;
}

function time(ms) {
  const cell = element("div", "num strong", decimal(ms));
  cell.setAttribute("role", "gridcell");
  return cell;
}

/** Two decimals under 10, one under 100, none above: profiler/units.py. */
function decimal(value) {
  if (value === 0) return "0";
  if (Math.round(value * 100) < 1000) return value.toFixed(2);
  if (Math.round(value * 10) < 1000) return value.toFixed(1);
  return Math.round(value).toLocaleString("en-US");
}

function track(list, index) {
  const cell = element("div", "track");
  cell.setAttribute("role", "gridcell");
  const picture = svg("svg", { "aria-hidden": "true" });
  const bars = svg("g");
  picture.append(svg("use", { href: "#wf-grid" }), bars);
  drawBars(bars, list.data, [index], view, 6);
  cell.append(picture);
  return cell;
}

function transaction({ data, indices }, position) {
  const of = (where) => data.transaction[indices[where]];
  const own = of(position);
  if (own === undefined) return "";
  return ` intx${of(position - 1) === own ? "" : " tx0"}${of(position + 1) === own ? "" : " tx1"}`;
}

/* ---- what changes which rows are in view ----------------------------------------- */
let asked = 0;
const ask = () => { if (!asked && panes.size) asked = requestAnimationFrame(() => { asked = 0; for (const pane of panes) if (pane.isConnected && !pane.hidden) draw(pane); }); };
document.addEventListener("scroll", ask, { passive: true, capture: true });
addEventListener("resize", ask);
document.addEventListener("qs:select", ask);
narrow.addEventListener("change", () => {
  for (const pane of panes) {
    size(pane);
    for (const [position, row] of pane.list.rows) row.style.top = `${position * rowPx()}px`;
  }
  ask();
});
onZoom(() => {
  for (const { list } of panes) {
    for (const [position, row] of list.rows) drawBars(row.querySelector(".track > svg > g"), list.data, [list.indices[position]], view, 6);
  }
});
export { ask as redrawPanes };
