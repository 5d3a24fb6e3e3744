"""Plays visitors of the bookshop over HTTP: a bounded, repeatable mix of reading, buying, signing in and getting lost."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from random import Random
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

from django.utils.text import slugify

from demo.catalog.reading import READING_LIST
from demo.page import Page
from demo.pages import PAGES
from demo.seeding.words import GENRES

TIMEOUT_SECONDS = 30
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
NOWHERE = ("/books/no-such-book/", "/blog/not-written-yet/", "/attic/")

Visit = Callable[["Visitor"], None]


@dataclass
class Visitor:
    """A browser with cookies of its own; ``statuses`` counts the answers it got, 0 stands for none."""

    base: str
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        """Return the body of a page, whatever its status."""
        return self._open(Request(self.base + path))

    def submit(self, path: str, data: dict[str, str], form_on: str = "") -> None:
        """Fill in the form on ``form_on`` (or ``path`` itself) and send it, with the token that the form holds."""
        token = TOKEN.search(self.get(form_on or path))
        if token:
            body = urlencode(data | {"csrfmiddlewaretoken": token[1]}).encode()
            self._open(Request(self.base + path, body))

    def _open(self, request: Request) -> str:
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                text: str = response.read().decode(errors="replace")
                self.statuses[response.status] += 1
                return text
        except HTTPError as error:
            with error:
                self.statuses[error.code] += 1
                return error.read().decode(errors="replace")
        except OSError:
            # The autoreloader restarts the server under our feet; the next visit finds it again.
            self.statuses[0] += 1
            return ""


def play(base: str, visits: int, rate: float, seconds: float, seed: int = 1) -> Counter[int]:
    """Make at most ``visits`` visits, ``rate`` of them a second, for at most ``seconds``; return the statuses.

    Raises URLError where nothing answers at ``base``.
    """
    urlopen(base, timeout=TIMEOUT_SECONDS).close()
    rng = Random(seed)
    chosen = rng.choices(*_mix(rng), k=visits)
    visitors = [Visitor(base) for _ in range(4)]
    started = time.monotonic()
    with ThreadPoolExecutor(len(visitors)) as pool:
        for number, visit in enumerate(chosen):
            due = number / rate
            if due >= seconds or time.monotonic() - started >= seconds:
                break
            time.sleep(max(0.0, started + due - time.monotonic()))
            pool.submit(visit, visitors[number % len(visitors)])
    return sum((visitor.statuses for visitor in visitors), Counter())


def _mix(rng: Random) -> tuple[list[Visit], list[float]]:
    weighted: list[tuple[Visit, float]] = [
        *((_page(page, page.url), 2.0) for page in PAGES),
        *((_page(page, page.fixed_url), 0.5) for page in PAGES),
        *((_reads(f"/books/?genre={slugify(genre)}&page={rng.randint(1, 3)}"), 1.0) for genre in GENRES),
        *((_reads(f"/books/{slug}/"), 0.7) for slug in READING_LIST),
        *((_buys(slug), 0.5) for slug in READING_LIST),
        *((_reads(path), 0.8) for path in NOWHERE),
        (_reads("/"), 3.0),
        (_reads("/error/"), 0.7),
        (_reads("/slow/"), 0.5),
        (_signs_in, 1.0),
    ]
    return [visit for visit, _ in weighted], [weight for _, weight in weighted]


def _page(page: Page, url: str) -> Visit:
    def visit(visitor: Visitor) -> None:
        if page.staff:
            _signs_in(visitor)
        if page.method == "POST":
            visitor.submit(url, dict(page.data))
        else:
            visitor.get(url)

    return visit


def _reads(path: str) -> Visit:
    def visit(visitor: Visitor) -> None:
        visitor.get(path)

    return visit


def _buys(slug: str) -> Visit:
    def visit(visitor: Visitor) -> None:
        visitor.submit("/cart/add/", {"book": slug}, form_on=f"/books/{slug}/")

    return visit


def _signs_in(visitor: Visitor) -> None:
    visitor.submit("/accounts/login/", {"username": "admin", "password": "admin"})
