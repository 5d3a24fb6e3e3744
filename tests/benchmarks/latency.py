"""How long after the end of a response its row stands in an open dashboard: a real Daphne, a real Chromium."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import monotonic, sleep, time
from typing import Any

from tests.benchmarks.arena import ROOT, environment, fill
from tests.benchmarks.contenders import WATCHED
from tests.benchmarks.databases import sqlite

RATE = 20
SECONDS = 20
QUICK_SECONDS = 3
START_SECONDS = 30
LIMIT_MS = 150
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

WATCH = """() => {
    window.arrived = {};
    new MutationObserver(records => {
        const now = performance.timeOrigin + performance.now();
        for (const row of document.querySelectorAll("tr[data-row] .path")) {
            if (!(row.textContent in window.arrived)) window.arrived[row.textContent] = now;
        }
    }).observe(document.body, {childList: true, subtree: true});
}"""


def measure(quick: bool) -> None:
    """Print the latency at 20 requests a second, and whether its 95th percentile is below the limit."""
    chromium = shutil.which("chromium")
    if chromium is None or find_spec("playwright") is None:
        print("\nSKIPPED latency: it takes a 'chromium' on PATH, and Playwright.")
        return
    late = latencies(chromium, RATE, QUICK_SECONDS if quick else SECONDS)
    p95 = quantiles(late, n=20)[-1]
    print(
        f"\nFrom the end of a response to its row in the browser, {len(late)} requests of 20 queries, {RATE} a second:\n"
        f"  p50 {median(late):.0f} ms, p95 {p95:.0f} ms, most {max(late):.0f} ms;"
        f" the aim is a p95 below {LIMIT_MS} ms: {'reached' if p95 < LIMIT_MS else 'MISSED'}"
    )


def latencies(chromium: str, rate: int, seconds: int) -> list[float]:
    """Return the latency of each request in milliseconds. Raises RuntimeError where a row never arrives."""
    from playwright.sync_api import sync_playwright

    with served() as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 960})
        ended = visit(port, 0, 3, rate)  # fills caches, and the list that the page then shows
        page.goto(f"http://127.0.0.1:{port}/queryscope/")
        page.wait_for_selector("tr[data-row]")
        page.evaluate(WATCH)
        ended = visit(port, 100, rate * seconds, rate)
        last = list(ended)[-1]
        page.wait_for_function("path => path in window.arrived", arg=last, timeout=10_000)
        arrived: dict[str, float] = page.evaluate("window.arrived")
        browser.close()
    if lost := ended.keys() - arrived.keys():
        raise RuntimeError(f"{len(lost)} of {len(ended)} requests never appeared, among them {min(lost)}")
    return [arrived[path] - end for path, end in ended.items()]


def visit(port: int, first: int, count: int, rate: int) -> dict[str, float]:
    """Ask for ``count`` pages at an even rate; return when each response had ended, in ms since the epoch."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    ended = {}
    start = monotonic()
    for number in range(count):
        sleep(max(0.0, start + number / rate - monotonic()))
        path = f"/numbered/{first + number}/"
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        ended[path] = time() * 1e3
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
    connection.close()
    return ended


@contextmanager
def served() -> Iterator[int]:
    """Serve the bookshelf by Daphne, with the dashboard; yield the port."""
    with TemporaryDirectory(prefix="queryscope-bench-") as place:
        folder = Path(place)
        with sqlite(folder, lambda entry: fill(entry, folder)) as copy:
            port = _free_port()
            process = _daphne(port, environment(WATCHED, copy("watched"), folder))
            try:
                _wait(port, process)
                yield port
            finally:
                process.terminate()
                process.wait()


def _daphne(port: int, environ: dict[str, str]) -> subprocess.Popen[Any]:
    command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
    return subprocess.Popen([*command, f"{__package__}.bookshelf.asgi:application"], cwd=ROOT, env=environ)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[Any]) -> None:
    until = monotonic() + START_SECONDS
    while process.poll() is None and monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            sleep(0.05)
    raise RuntimeError(f"Daphne did not answer within {START_SECONDS} s; its error stands above.")
