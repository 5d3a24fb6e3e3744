/*
 * queryscope — what follows the reader in the strip and the scatter: the brush over the rows in view, the mark of the
 * selected request, and which request lies under the pointer. Positions are attributes, never style text.
 */
import { $, $$ } from "./app.js";

const set = (element, values) => { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); };
const percent = (svg, at) => {
  const begin = Number(svg.dataset.begin), end = Number(svg.dataset.end);
  return Math.min(100, Math.max(0, ((at - begin) / (end - begin)) * 100));
};
const logAt = (value, low, high) => Math.log10(Math.min(high, Math.max(low, value)) / low) / Math.log10(high / low);

/** Mark the stretch of time whose rows are in view; nothing where the rows are in another order than time. */
export function drawBrush(tbody, list) {
  const svg = $("#strip-svg"), brush = $("#brush");
  if (!brush || !tbody) return;
  const [first, last] = list.dataset.ordered === "time" ? inView(tbody) : [];
  if (!first) { set(brush, { width: 0 }); return; }
  const right = percent(svg, Number(first.dataset.at)), left = percent(svg, Number(last.dataset.at));
  const from = Math.min(left, right), to = Math.max(left, right);
  set(brush, { x: `${from.toFixed(2)}%`, width: `${Math.max(0.6, to - from + 0.25).toFixed(2)}%` });
}

/** First and last row whose box meets the part of the screen in which rows are seen. */
function inView(tbody) {
  const rows = tbody.rows;
  const box = $("#req-scroll").getBoundingClientRect();
  const head = $("#reqs thead").getBoundingClientRect().height;
  const top = Math.max(box.top + head, 0), bottom = Math.min(box.bottom, innerHeight);
  const first = lowest(rows, (row) => row.getBoundingClientRect().bottom > top + 1);
  const after = lowest(rows, (row) => row.getBoundingClientRect().top >= bottom - 1);
  return first < after ? [rows[first], rows[after - 1]] : [];
}

/** Place of the first row for which the test holds; it holds for all that follow. */
function lowest(rows, holds) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(rows[middle])) high = middle; else low = middle + 1;
  }
  return low;
}

/** Mark the selected request in both drawings, or take the marks away. */
export function drawPicked(row) {
  const ring = $("#ring"), stick = $("#picked");
  if (!row) {
    if (ring) set(ring, { cx: -20 });
    if (stick) set(stick, { width: 0 });
    return;
  }
  const ms = Number(row.dataset.ms), queries = Number(row.dataset.q);
  if (ring) {
    const [x0, x1, y0, y1] = $("#scatter-svg").dataset.domain.split(" ").map(Number);
    set(ring, {
      cx: queries ? (58 + logAt(queries, x0, x1) * 364).toFixed(1) : 34,
      cy: (190 - logAt(ms, y0, y1) * 182).toFixed(1),
    });
  }
  if (stick) {
    const svg = $("#strip-svg");
    const [low, high, short, tall] = svg.dataset.height.split(" ").map(Number);
    const height = short + logAt(ms, low, high) * (tall - short);
    const inside = Number(row.dataset.at) >= Number(svg.dataset.begin);
    set(stick, { x: `${percent(svg, Number(row.dataset.at)).toFixed(2)}%`, width: inside ? 2 : 0, y: (62 - height).toFixed(1), height: height.toFixed(1) });
  }
}

const nearest = (marks, far, limit) => {
  let best = null, least = limit;
  for (const mark of marks) {
    const distance = far(mark.getBoundingClientRect());
    if (distance < least) { best = mark; least = distance; }
  }
  return best;
};

/** The stick nearest to a place on the strip. */
export function stickAt(svg, clientX) {
  return nearest($$(".stick[data-seq]", svg), (box) => Math.abs(box.left + box.width / 2 - clientX), Infinity);
}

/** The number of the request under the pointer, or undefined where nothing is near. */
export function seqAtScatter(svg, clientX, clientY) {
  const far = (box) => Math.hypot(box.left + box.width / 2 - clientX, box.top + box.height / 2 - clientY);
  return nearest($$(".pt[data-seq]", svg), far, 14)?.dataset.seq;
}
