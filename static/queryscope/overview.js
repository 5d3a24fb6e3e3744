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
  for (const [css, from, to] of runs(data, Math.ceil(width))) {
    brush.fillStyle = style.getPropertyValue(css === "p-whole" ? "--ink-4" : css.replace("p-", "--ph-"));
    brush.fillRect(from, TOP, to - from, HEIGHT);
  }
  if (zoomed()) drawView(brush, style, width, height);
  canvas.dataset.drawn = data.n.length;
}

/** Stretches of pixels in the colour of the phase that took most of each pixel's time. */
function runs(data, width) {
  const found = [];
  for (const [x, css] of longest(data, width).entries()) {
    const last = found.at(-1);
    if (!css) continue;
    if (last?.[0] === css && last[2] === x) last[2] = x + 1;
    else found.push([css, x, x + 1]);
  }
  return found;
}

/** For each pixel the colour of the phase that took most of its time; undefined where no query ran. */
function longest(data, width) {
  const most = new Float64Array(width);
  const colours = new Array(width);
  for (const [css, times] of inPixels(data, width)) {
    for (let x = 0; x < width; x += 1) if (times[x] > most[x]) [most[x], colours[x]] = [times[x], css];
  }
  return colours;
}

/** The milliseconds of each phase in each pixel. */
function inPixels(data, width) {
  const pixel = view.end / width;
  const before = new Float64Array(data.n.length);
  return data.parts.map(([css, values]) => {
    const times = new Float64Array(width);
    for (let index = 0; index < values.length; index += 1) {
      const start = Math.max(0, data.start[index] + before[index]);
      const end = start + values[index];
      before[index] += values[index];
      for (let x = Math.floor(start / pixel); x < width && x * pixel < end; x += 1) {
        times[x] += Math.min(end, (x + 1) * pixel) - Math.max(start, x * pixel);
      }
    }
    return [css, times];
  });
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
