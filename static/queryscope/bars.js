/*
 * queryscope — spans as rectangles for the stretch of time in view; the rules are those of presentation/request/marks.py.
 * Positions are attributes in per cent, so that the policy needs no inline style and a resize needs no script.
 */

const SVG = "http://www.w3.org/2000/svg";
const SEEN = 0.32;
const SPLIT = 1;
const GAP = 0.08;

/** Make an SVG element with attributes. */
export function svg(name, attributes = {}, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Per cent of the view at which a moment lies; below 0 and over 100 outside of it. */
export const at = (view, ms) => (100 * (ms - view.from)) / (view.to - view.from);

/** Draw the spans `indices` of `data` (in the order of their start) into the group `target`. */
export function drawBars(target, data, indices, view) {
  const marks = [];
  for (const index of indices) {
    const start = at(view, data.start[index]);
    const end = at(view, data.start[index] + data.duration[index]);
    if (end < 0 || start > 100) continue;
    const parts = partsOf(data, index);
    const css = data.failed.has(index) ? " err" : "";
    if (end - start < SPLIT || parts.length === 1) {
      addOne(marks, longest(parts) + css, start, Math.max(end - start, SEEN));
    } else {
      addParts(marks, parts, css, data.start[index], view);
    }
  }
  target.replaceChildren(...marks.map((mark) => rectangle(mark)));
}

/** Draw the gap `index` of `data` into the group `target`. */
export function drawGap(target, data, index, view) {
  const start = at(view, data.gaps.start[index]);
  const end = at(view, data.gaps.start[index] + data.gaps.duration[index]);
  const seen = end >= 0 && start <= 100;
  target.replaceChildren(...(seen ? [rectangle({ css: "p-python", x: start, width: Math.max(end - start, SEEN) })] : []));
}

function partsOf(data, index) {
  const parts = [];
  for (const [css, values] of data.parts) if (values[index] > 0) parts.push([css, values[index]]);
  return parts.length ? parts : [["p-whole", data.duration[index]]];
}

const longest = (parts) => parts.reduce((best, part) => (part[1] > best[1] ? part : best))[0];

function addOne(marks, css, x, width) {
  const last = marks.at(-1);
  if (last && last.css === css && !last.part && x - (last.x + last.width) < GAP) {
    last.width = Math.max(last.x + last.width, x + width) - last.x;
  } else {
    marks.push({ css, x, width });
  }
}

function addParts(marks, parts, css, start, view) {
  let ms = start;
  for (const [name, value] of parts) {
    const x = at(view, ms);
    marks.push({ css: name + css, x, width: Math.max(at(view, ms + value) - x, 0.12), part: true });
    ms += value;
  }
}

/** Clip to the track: what starts before the view begins at its edge. */
function rectangle({ css, x, width }) {
  const left = Math.max(0, x);
  const right = Math.min(100, x + width);
  return svg("rect", {
    class: css, x: `${Math.min(left, 100 - SEEN).toFixed(3)}%`, width: `${Math.max(right - left, SEEN / 2).toFixed(3)}%`,
  });
}
