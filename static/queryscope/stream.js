/*
 * queryscope — the connection of the live page: greet with the number to go on from, acknowledge each message, say when
 * the connection is lost and for how long, fall back to asking every two seconds where no socket can be opened.
 */
import { $, say } from "./app.js";

const htmx = window.htmx;
const NOT_ADMITTED = 4003, START_OVER = 4009;

/** Begin; returns what the page asks of the connection: greet (the filter changed), poll (look now). */
export function startStream() {
  let socket = null; // the open socket, if any
  let lostAt = 0; // when the connection was lost, 0 while there is one
  let attempts = 0;
  let everOpen = false;
  let ticking = 0;
  const element = () => $("#stream");
  const isSocket = () => element().dataset.stream === "socket";
  const seq = () => Number($("#cursor").dataset.seq);
  const send = (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); };
  const greet = () => send({ after: seq(), q: $("#list")?.dataset.q ?? "" });

  function online() {
    if (lostAt) say("Connected again");
    lostAt = attempts = 0;
    clearInterval(ticking);
    $("#offline").hidden = true;
    $("#conn").classList.remove("t-high");
    $("#conn .dot").className = "dot";
    $("#conn-text").textContent = isSocket() ? "Live" : "Polling";
  }

  function offline() {
    if (!lostAt) {
      lostAt = Date.now();
      say("Connection lost");
      ticking = setInterval(tick, 1000);
    }
    $("#offline").hidden = false;
    $("#behind").hidden = true;
    $("#conn").classList.add("t-high");
    $("#conn .dot").className = "dot off";
    tick();
  }

  function tick() {
    const seconds = Math.round((Date.now() - lostAt) / 1000);
    $("#conn-text").textContent = seconds ? `Offline ${seconds} s` : "Offline";
    $("#offline [data-offline-for]").textContent = seconds ? `${seconds} s ago` : "just now";
    $("#offline [data-offline-attempts]").textContent = attempts ? ` (attempt ${attempts})` : "";
  }

  function refused() {
    clearInterval(ticking);
    $("#offline").hidden = true;
    $("#lost").hidden = false;
    $("#conn").classList.add("t-high");
    $("#conn .dot").className = "dot off";
    $("#conn-text").textContent = "Not admitted";
    say("You are no longer admitted");
  }

  /** A fresh connection element: htmx begins anew, without waiting. */
  function rebuild(change) {
    const old = element();
    const fresh = old.cloneNode();
    fresh.removeAttribute("data-htmx-powered");
    change?.(fresh);
    socket = null;
    old.replaceWith(fresh);
    htmx.process(fresh);
  }

  /** The socket cannot be opened, but does the server answer otherwise? Then ask every two seconds. */
  async function probe() {
    try {
      const url = `${element().dataset.probe}?after=${seq()}`;
      const response = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (response.status === 403) refused();
      else if (response.ok && isSocket() && socket === null) toPolling();
    } catch { /* the server is down: htmx goes on trying */ }
  }

  function toPolling() {
    rebuild((fresh) => {
      fresh.removeAttribute("hx-ws:connect");
      fresh.dataset.stream = "polling";
      fresh.setAttribute("hx-get", fresh.dataset.probe);
      fresh.setAttribute("hx-trigger", "every 2s, qs:poll");
      fresh.setAttribute("hx-include", "#cursor, #q");
      fresh.setAttribute("hx-sync", "this:drop");
    });
    $("#conn").title = "The live stream could not be opened. New rows are fetched every 2 seconds.";
    online();
  }

  document.addEventListener("htmx:ws:after:connection", (event) => {
    socket = event.detail.connection.socket;
    everOpen = true;
    online();
    greet();
  });
  document.addEventListener("htmx:ws:before:connection", (event) => { attempts = event.detail.connection.attempt; });
  document.addEventListener("htmx:ws:after:message:incoming", () => send({ seen: seq() }));
  document.addEventListener("htmx:ws:close", (event) => {
    const { code, reason } = event.detail;
    if (reason !== "closed") return;
    socket = null;
    if (code === NOT_ADMITTED) { refused(); return; }
    if (code === START_OVER) { location.reload(); return; }
    offline();
    if (!everOpen || attempts >= 2) probe();
  });

  /* polling: a request that fails is the lost connection */
  document.addEventListener("htmx:before:request", (event) => { if (polls(event) && lostAt) attempts += 1; });
  document.addEventListener("htmx:error", (event) => { if (polls(event)) offline(); });
  document.addEventListener("htmx:after:request", (event) => {
    if (polls(event)) event.detail.ctx.response.status < 500 ? online() : offline();
  });
  const polls = (event) => event.detail?.ctx?.sourceElement?.id === "stream" && !isSocket();

  $("#try-now").addEventListener("click", () => { isSocket() ? rebuild() : htmx.trigger(element(), "qs:poll"); });
  // A page that comes back from the browser's memory has lost its socket.
  window.addEventListener("pageshow", (event) => { if (event.persisted && isSocket()) rebuild(); });
  const poll = () => { if (!isSocket()) htmx.trigger(element(), "qs:poll"); };
  return { greet, poll };
}
