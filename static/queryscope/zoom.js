/*
 * queryscope — the stretch of time in view: buttons, keys, dragging over the axis or the overview, sideways scrolling.
 * The server draws the whole request; from the first zoom on everything on the axis is drawn here, from the columns.
 */
import { $, $$, say, toast } from "./app.js";
import { register } from "./keys.js";
import { at, drawBars, drawGap, svg } from "./bars.js";
import { columns } from "./spans.js";

const LEAST_MS = 0.01;
const NEAR_THE_EDGE = 92;

export const view = { from: 0, to: 0, end: 0 };
const listeners = new Set();

/** Be told when the stretch in view changed. */
export const onZoom = (listener) => listeners.add(listener);

export const zoomed = () => view.from > 0 || view.to < view.end;

/** Take over the axis of a freshly arrived timeline; a zoom that was on stays on. */
export function adopt(wf) {
  const end = Number(wf.dataset.end);
  const keep = view.end === end && zoomed();
  view.end = end;
  if (!keep) Object.assign(view, { from: 0, to: end });
  for (const element of $$("[data-zoomed]", wf)) {
    element.original = Object.fromEntries(["x", "x1", "x2", "width"].map((name) => [name, parseFloat(element.getAttribute(name))]));
  }
  if (keep) redraw();
}

/** Show `from` to `to` milliseconds. */
async function show(from, to) {
  const length = Math.min(Math.max(to - from, LEAST_MS), view.end);
  const start = Math.max(0, Math.min(from, view.end - length));
  Object.assign(view, { from: start, to: start + length });
  await redraw();
  say(zoomed() ? `Showing ${round(view.from)} to ${round(view.to)} milliseconds` : "Showing all of it");
}

/** Zoom by a factor around the middle, or around the selected query where it is in view. */
async function zoomBy(factor) {
  const chosen = await selectedMs();
  const length = (view.to - view.from) / factor;
  const middle = chosen >= view.from && chosen <= view.to ? chosen : (view.from + view.to) / 2;
  await show(middle - length / 2, middle + length / 2);
}

const fit = () => show(0, view.end);

const round = (ms) => Number(ms.toPrecision(4));

/** The middle of the selected query in milliseconds, NaN where none is selected. */
async function selectedMs() {
  const row = $('#wf [data-row][aria-selected="true"]');
  if (!row) return NaN;
  try {
    const data = await columns();
    const gap = row.dataset.kind === "gap";
    const index = gap ? gapOf(row) : data.indexOf.get(Number(row.dataset.n));
    const { start, duration } = gap ? data.gaps : data;
    return start[index] + duration[index] / 2;
  } catch {
    return NaN; // redraw() says what is wrong
  }
}

async function redraw() {
  const wf = $("#wf");
  if (!wf) return;
  let data;
  try { data = await columns(); } catch (error) { toast(error.message); return; }
  if (!wf.isConnected) return;
  drawAxis();
  for (const element of $$("[data-zoomed]", wf)) rescale(element);
  for (const row of $$("[data-row]", wf)) if (!row.closest("[data-pane]")) drawRow(row, data);
  for (const listener of listeners) listener();
}

/** Which gap a row stands for: its id counts them. */
const gapOf = (row) => Number(row.id.replace("gap", ""));

/** Draw the bar of a row that came from the server. */
export function drawRow(row, data) {
  const target = $(".track > svg > g", row);
  if (!target) return;
  if (row.dataset.kind === "gap") { drawGap(target, data, gapOf(row), view); return; }
  const index = data.indexOf.get(Number(row.dataset.n));
  const indices = row.dataset.kind === "query" ? (index === undefined ? [] : [index]) : data.members.get(row.id.replace(/-more$/, "")) ?? [];
  drawBars(target, data, indices, view);
}

function drawAxis() {
  const lines = [];
  const labels = [];
  for (const [ms, label] of ticks()) {
    const x = at(view, ms);
    const late = x > NEAR_THE_EDGE;
    lines.push(svg("line", { class: "grid", x1: `${x}%`, x2: `${x}%`, y1: 0, y2: "100%" }));
    labels.push(svg("text", { class: "axt", x: `${x}%`, y: 16, dx: late ? -4 : 4, "text-anchor": late ? "end" : "start" }, label));
  }
  $("#wf-grid").replaceChildren(...lines);
  $("#wf-ticks").replaceChildren(...labels);
}

/** Round moments in view with their labels; the first one names the unit. */
function ticks() {
  const rough = (view.to - view.from) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const found = [];
  for (let index = Math.ceil(view.from / step - 1e-9); index * step <= view.to; index += 1) {
    const label = (index * step).toFixed(digits);
    found.push([index * step, found.length ? label : `${Number(label) === 0 ? 0 : label} ms`]);
  }
  return found;
}

/** Move an element of the lanes from its place in the whole request to its place in the view. */
function rescale(element) {
  const { original } = element;
  if (!original) return;
  const place = (percent) => at(view, (percent / 100) * view.end);
  for (const name of ["x1", "x2"]) if (!Number.isNaN(original[name])) element.setAttribute(name, `${clamp(place(original[name]))}%`);
  if (Number.isNaN(original.x)) return;
  const left = clamp(place(original.x));
  if (!Number.isNaN(original.width)) {
    element.setAttribute("x", `${left}%`);
    element.setAttribute("width", `${Math.max(0, clamp(place(original.x + original.width)) - left)}%`);
  } else {
    moveLabel(element, place(original.x));
  }
}

/** A label of a stretch that began before the view stays at the edge as long as the stretch is in view. */
function moveLabel(text, x) {
  const box = text.previousElementSibling;
  const right = box?.tagName === "rect" ? parseFloat(box.getAttribute("x")) + parseFloat(box.getAttribute("width")) : x;
  text.setAttribute("x", `${Math.max(0, x)}%`);
  text.toggleAttribute("hidden", x > 100 || (x < 0 && right < 15));
}

const clamp = (percent) => Math.max(-1, Math.min(101, percent));

/* ---- dragging over the axis --------------------------------------------------- */
let drag = null;

/** Milliseconds under the pointer, over the view or, for the overview, over the whole request. */
function msAt(event, track) {
  const box = (track.querySelector("svg,canvas") ?? track).getBoundingClientRect();
  const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  return track.closest(".over") ? share * view.end : view.from + share * (view.to - view.from);
}

document.addEventListener("pointerdown", (event) => {
  const track = event.target.closest?.("#wf-axis, .over > .track");
  if (!track || event.button !== 0) return;
  drag = { track, from: msAt(event, track), x: event.clientX };
  track.setPointerCapture(event.pointerId);
  event.preventDefault();
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const marker = $(".brush", drag.track) ?? drag.track.appendChild(Object.assign(document.createElement("i"), { className: "brush" }));
  const box = drag.track.getBoundingClientRect();
  marker.style.left = `${Math.min(drag.x, event.clientX) - box.left}px`;
  marker.style.width = `${Math.abs(event.clientX - drag.x)}px`;
});
document.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const { track, from, x } = drag;
  drag = null;
  $(".brush", track)?.remove();
  const to = msAt(event, track);
  if (Math.abs(event.clientX - x) > 3) show(Math.min(from, to), Math.max(from, to));
});
document.addEventListener("pointercancel", () => { if (drag) { $(".brush", drag.track)?.remove(); drag = null; } });
document.addEventListener("dblclick", (event) => { if (event.target.closest?.("#wf-axis, .over > .track")) fit(); });
document.addEventListener("wheel", (event) => {
  const track = event.target.closest?.("#wf .track");
  if (!track || !zoomed() || Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
  event.preventDefault();
  const by = (event.deltaX / track.clientWidth) * (view.to - view.from);
  show(view.from + by, view.to + by);
}, { passive: false });

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-zoom]");
  if (button) ({ in: () => zoomBy(2), out: () => zoomBy(0.5), fit })[button.dataset.zoom]();
});
const inPicture = (act) => () => { if (!$("#wf")) return false; act(); };
register({
  "zoom-in": inPicture(() => zoomBy(2)),
  "zoom-out": inPicture(() => zoomBy(0.5)),
  "zoom-fit": inPicture(fit),
});
