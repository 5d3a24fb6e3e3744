/*
 * queryscope — the lane of all spans of a large request: one canvas, redrawn on zoom, resize and change of theme. Its
 * colours are the tokens, read when it is drawn.
 */
import { columns } from "./spans.js";
import { onZoom, view, zoomed } from "./zoom.js";

const TOP = 5;
const HEIGHT = 16;

/** Draw the overview where the page has one. */
export async function drawOverview() {
  const canvas = document.querySelector("#overview");
  if (!canvas) return;
  const data = await columns();
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const brush = canvas.getContext("2d");
  brush.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  for (const [css, values] of data.parts.length ? data.parts : [["p-whole", data.duration]]) {
    brush.fillStyle = style.getPropertyValue(css === "p-whole" ? "--ink-4" : css.replace("p-", "--ph-"));
    drawSpans(brush, data, css, values, width);
  }
  if (zoomed()) drawView(brush, style, width, height);
  canvas.dataset.drawn = data.n.length;
}

/** One rectangle a span and phase; what falls on a pixel already drawn is skipped. */
function drawSpans(brush, data, css, values, width) {
  let drawn = -1;
  for (let index = 0; index < data.n.length; index += 1) {
    if (!values[index]) continue;
    const start = data.start[index] + before(data, css, index);
    const x = (start / view.end) * width;
    const end = Math.max(x + 1, ((start + values[index]) / view.end) * width);
    if (end <= drawn) continue;
    brush.fillRect(x, TOP, end - x, HEIGHT);
    drawn = end - 0.5;
  }
}

/** Milliseconds of the phases drawn before this one. */
function before(data, css, index) {
  let sum = 0;
  for (const [other, values] of data.parts) {
    if (other === css) break;
    sum += values[index];
  }
  return sum;
}

function drawView(brush, style, width, height) {
  const left = (view.from / view.end) * width;
  const right = (view.to / view.end) * width;
  brush.fillStyle = style.getPropertyValue("--surface");
  brush.globalAlpha = 0.7;
  brush.fillRect(0, 0, left, height);
  brush.fillRect(right, 0, width - right, height);
  brush.globalAlpha = 1;
  brush.strokeStyle = style.getPropertyValue("--focus");
  brush.strokeRect(left + 0.5, 1.5, Math.max(2, right - left - 1), height - 3);
}

const draw = () => { drawOverview().catch(() => {}); };
onZoom(draw);
addEventListener("resize", draw);
document.addEventListener("qs:theme", draw);
