/*
 * queryscope — the live page. htmx puts in place what the socket or a poll brings; this module keeps the promises around
 * it: the list never jumps under the reader, a lost connection is said and taken up where it ended, drawings are
 * refreshed at most once a second and not in a hidden tab.
 */
import { $, $$, say, toast } from "./app.js";
import { register } from "./keys.js";
import { keepTabStop, select } from "./rows.js";
import { drawBrush, drawPicked, seqAtScatter, stickAt } from "./charts.js";
import { startStream } from "./stream.js";

const htmx = window.htmx;
const FRESH_MS = 2400;
const AT_TOP_PX = 4;
/** A row that took longer than this came after a gap (a restart, a clock of another machine): its delay says nothing. */
const PLAUSIBLE_MS = 10_000;

const list = () => $("#list");
const body = () => $("#list [data-visible-rows]");
const rowsOf = (tbody) => (tbody ? [...tbody.rows] : []);
const following = () => list()?.dataset.following === "true";
const number = (value) => value.toLocaleString("en-US");

/* ---- the view stays put ------------------------------------------------------- */
/** What scrolls the rows: their box, or on a narrow screen the page. */
function scroller() {
  const box = $("#req-scroll");
  if (box && getComputedStyle(box).overflowY === "auto" && getComputedStyle(box).maxHeight !== "none") {
    return { hidden: box.scrollTop, by: (px) => { box.scrollTop += px; }, toTop: () => { box.scrollTop = 0; } };
  }
  const above = Math.max(0, -(body()?.getBoundingClientRect().top ?? 0));
  return { hidden: above, by: (px) => window.scrollBy(0, px), toTop: () => list().scrollIntoView({ block: "start" }) };
}

let inNotices = false; // whether the focus was on a button of a notice, which may go
let before = null; // how the list stood before the message that is being put in place
let unseen = 0; // new rows above the view

function measure() {
  const tbody = body();
  if (!tbody) return null;
  const view = scroller();
  const held = tbody.contains(document.activeElement) || tbody.querySelector('[aria-selected="true"]');
  return { height: tbody.offsetHeight, stay: view.hidden > AT_TOP_PX || Boolean(held) };
}

function settle(stood) {
  const tbody = body();
  const fresh = takeFresh();
  if (fresh.length && !following()) {
    unseen += fresh.length;
    $("#rows").replaceChildren();
  } else if (fresh.length && stood?.stay && pushOut(tbody, tbody.offsetHeight - stood.height)) {
    unseen += fresh.length;
    fresh.forEach((row) => row.remove());
    hold(tbody);
  } else if (fresh.length && stood?.stay) {
    scroller().by(tbody.offsetHeight - stood.height);
    unseen += fresh.length;
  }
  if (following()) trim(tbody);
  if (fresh.length) showDelay(fresh[0]);
  tidy();
}

/** Whether the rows beyond the most that are kept are rows that somebody looks at; new ones made the list `grown` px longer. */
function pushOut(tbody, grown) {
  const beyond = [...tbody.rows].slice(Number(list().dataset.most));
  if (!beyond.length) return false;
  const bottom = Math.min($("#req-scroll").getBoundingClientRect().bottom, innerHeight);
  return beyond[0].getBoundingClientRect().top - grown < bottom || beyond.some((row) => row.ariaSelected === "true");
}

/** Leave the list as it is from now on: new rows are only counted, and the pill leads to them. */
function hold(tbody) {
  const arriving = Object.assign(document.createElement("tbody"), { id: "rows", hidden: true });
  tbody.id = "rows-held";
  tbody.before(arriving);
  list().dataset.following = "false";
}

/** New rows, newest first. One that was told before comes again where a greeting crossed its message; it goes. */
function takeFresh() {
  const found = $$("#rows > tr.fresh:not([data-taken])");
  return found.filter((row) => {
    if (Number(row.dataset.seq) <= Number(seen)) { row.remove(); return false; }
    row.dataset.taken = "";
    setTimeout(() => row.classList.remove("fresh"), FRESH_MS);
    return true;
  });
}

function trim(tbody) {
  const most = Number(list().dataset.most);
  while (tbody.rows.length > most && !tbody.lastElementChild.contains(document.activeElement)) {
    tbody.lastElementChild.remove();
    showOlderLink(tbody.lastElementChild.dataset.seq);
  }
}

function showOlderLink(seq) {
  const link = $("#older");
  const url = new URL(location.href);
  url.searchParams.set("before", seq);
  link.href = url.search;
  link.dataset.before = seq;
  link.hidden = false;
}

/** Everything that follows from which rows there are. */
function tidy() {
  const tbody = body();
  if (!tbody) return;
  $("#shown").textContent = number(tbody.rows.length);
  $("#nomatch").hidden = tbody.rows.length > 0;
  $("#nomatch [data-traces]").textContent = $("#req-count").textContent;
  keepTabStop($("#reqs"));
  showPill();
  drawBrush(tbody, list());
}

function showPill() {
  const pill = $("#new-pill");
  if (following() && scroller().hidden <= AT_TOP_PX) unseen = 0;
  pill.hidden = unseen === 0;
  pill.firstElementChild.textContent = `${number(unseen)} new ${unseen === 1 ? "trace" : "traces"}`;
}

function showDelay(row) {
  const delay = Date.now() - Number(row.dataset.end);
  const place = $("#behind");
  place.hidden = delay < 0 || delay > PLAUSIBLE_MS;
  place.textContent = `${number(Math.round(delay))} ms behind`;
}

function letGo() {
  const row = $('#reqs [data-row][aria-selected="true"]');
  if (!row) return false;
  row.setAttribute("aria-selected", "false");
  row.blur();
  drawPicked(null);
  return true;
}

/* ---- drawings: at most once a second, never for nobody ---------------------------- */
let refreshTimer = null;
let refreshed = 0;

function stale() {
  if (refreshTimer || !list()) return;
  refreshTimer = setTimeout(() => {
    refreshTimer = null;
    if (document.hidden) return;
    refreshed = Date.now();
    htmx.trigger($("#refresh"), "qs:refresh");
  }, Math.max(50, refreshed + 1000 - Date.now()));
}

/* ---- what htmx puts in place -------------------------------------------------------- */
let seen = $("#cursor").dataset.seq;

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement?.id !== "stream") return;
  // A message for the filter before the present one: its rows do not belong into this list.
  if (list() && told(ctx.text) !== list().dataset.q) { event.preventDefault(); return; }
  before = measure();
  inNotices = $("#notices").contains(document.activeElement);
});

/** The filter a message was made for; it stands in the message's first element. */
function told(html) {
  const first = new DOMParser().parseFromString(html.slice(0, html.indexOf(">") + 1), "text/html").querySelector("#cursor");
  return first?.dataset.q ?? "";
}

document.addEventListener("htmx:after:swap", (event) => {
  const source = event.detail.ctx.sourceElement?.id;
  if (source === "stream") afterMessage();
  else if (source === "refresh") { drawBrush(body(), list()); drawPicked($('#reqs [aria-selected="true"]')); }
  else if (source === "stage" || source === "older") tidy();
  else if (/^(filter-form|chips|sort-\w+)$/.test(source ?? "")) {
    // The filter lives in the address, without htmx's own history, which would bring back a page that is long past.
    history.replaceState(null, "", event.detail.ctx.request.action || location.pathname);
    unseen = 0;
    seen = $("#cursor").dataset.seq;
    tidy();
    stream.greet();
    sayMatches(source);
  }
});

function afterMessage() {
  const cursor = $("#cursor");
  if (Number(cursor.dataset.seq) < Number(seen)) cursor.dataset.seq = cursor.value = seen;
  const now = cursor.dataset.seq;
  if (list()) settle(before);
  else if (now !== seen || isOver($("#setup")?.dataset.state)) showStage();
  if (now !== seen) stale();
  seen = now;
  before = null;
  if (inNotices && document.activeElement === document.body) $("#rec-button")?.focus();
  sayState();
}

/** Whether what the page waits for, other than a request, may have come. A store that is still broken would load it for ever. */
const isOver = (waitsFor) => (waitsFor === "store" ? !$("#problem") : waitsFor !== "waiting");

/** The first request has come, or what was missing is there now: fetch the page's main part. */
function showStage() {
  if (!$("#rec-state")) { location.reload(); return; }
  htmx.ajax("GET", location.href, { source: "#stage", target: "#stage", select: "#stage", swap: "outerHTML", selectOOB: "#cursor" });
}

let state = $("#rec-txt")?.textContent;
function sayState() {
  const now = $("#rec-txt")?.textContent;
  if (now && state && now !== state) say(now === "Paused" ? "Recording paused" : now);
  state = now;
}

function sayMatches(source) {
  if (source === "filter-form" || source === "chips") say(`${$("#matching").textContent} traces match`);
}

/* ---- older rows, pill, filter ----------------------------------------------------------- */
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const older = event.target.closest("#older");
  if (older) loadOlder(event, older);
  if (event.target.closest("#new-pill") && following()) {
    event.preventDefault();
    letGo();
    unseen = 0;
    scroller().toTop();
    tidy();
  }
});

function loadOlder(event, link) {
  const tbody = body();
  // The list is full: the older rows are a page of their own, which the link leads to.
  if (tbody.rows.length + 200 > Number(list().dataset.most)) return;
  event.preventDefault();
  const url = new URL(list().dataset.rowsUrl, location.href);
  url.searchParams.set("before", link.dataset.before);
  url.searchParams.set("q", list().dataset.q);
  if (!following()) url.searchParams.set("held", "1");
  htmx.ajax("GET", url.pathname + url.search, { source: "#older", target: "#list", swap: "none" }).then(tidy);
}

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement.id !== "filter-form" && ctx.sourceElement.id !== "chips") return;
  // An address without a filter has no "q=" in it.
  if (!ctx.request.body.get("q")) ctx.request.body.delete("q");
});

document.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" && event.target.id === "q") {
    const first = body()?.rows[0];
    if (first) { event.preventDefault(); select(first); }
  }
});

/* ---- charts ---------------------------------------------------------------------------------- */
document.addEventListener("qs:select", (event) => { if (event.target.closest("#reqs")) drawPicked(event.target); });

document.addEventListener("click", (event) => {
  const strip = event.target.closest("#strip-svg");
  const scatter = event.target.closest("#scatter-svg");
  if (strip) jump(stickAt(strip, event.clientX)?.dataset.seq);
  if (scatter) jump(seqAtScatter(scatter, event.clientX, event.clientY));
});

/** Select a request by its number; one that is not in the list has a page of the list that begins with it. */
function jump(seq) {
  if (!seq) return;
  const row = document.getElementById(`r-${seq}`);
  if (row) { select(row); return; }
  const url = new URL(location.href);
  url.searchParams.delete("sort");
  url.searchParams.delete("q");
  url.searchParams.set("before", String(Number(seq) + 6));
  location.href = `${url.search}#r-${seq}`;
}

let frame = 0;
function redraw() {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => { if (list()) { showPill(); drawBrush(body(), list()); } });
}
document.addEventListener("scroll", redraw, { capture: true, passive: true });
window.addEventListener("resize", redraw);
document.addEventListener("visibilitychange", () => { if (!document.hidden) stale(); });

/* ---- recording ---------------------------------------------------------------------------------- */
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement.id !== "rec-form") return;
  if (ctx.response.status >= 400) toast(`Not changed: ${ctx.text.slice(0, 200)}`);
  stream.poll();
});

register({
  record: () => { const button = $("#rec-button"); if (!button) return false; button.click(); },
  close: letGo,
});

/* ---- start ----------------------------------------------------------------------------------------- */
const stream = startStream();
tidy();
if (location.hash.startsWith("#r-")) select(document.getElementById(location.hash.slice(1)), { focus: true });
