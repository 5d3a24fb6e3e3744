"""Opens a page of the map as a visitor would and tells what it showed and what it asked the database."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demo.page import Page


@dataclass(frozen=True)
class Seen:
    """What a visitor saw (the text of the main part, the rows of an API or a file) and the statements behind it."""

    status: int
    content: str
    statements: tuple[str, ...]

    def count(self, *words: str) -> int:
        """Return how many statements contain all of ``words``."""
        return sum(all(word in sql for word in words) for sql in self.statements)

    def most_repeated(self) -> int:
        """Return how often the most frequent statement ran, numbers and texts in it left out."""
        shapes = [re.sub(r"'[^']*'|\b\d+\b", "?", sql) for sql in self.statements]
        return max(map(shapes.count, shapes), default=0)


def visit(page: Page, url: str, *, client: Client | None = None) -> Seen:
    """Open ``url``, one of the page's two, twice: what Django keeps after its first use is not counted."""
    client = client or Client()
    if page.staff:
        client.force_login(User.objects.get(username="admin"))
    _request(client, page, url)
    with CaptureQueriesContext(connection) as captured:
        response = _request(client, page, url)
        body = b"".join(response) if response.streaming else response.content
    statements = tuple(query["sql"] for query in captured.captured_queries)
    if response.status_code == 302:
        body = client.get(response.url).content
    return Seen(response.status_code, _content(page, body.decode()), statements)


def _request(client, page, url):
    return client.post(url, dict(page.data)) if page.method == "POST" else client.get(url)


def _content(page: Page, text: str) -> str:
    if page.shows == "json":
        return json.dumps(json.loads(text)["results"])
    if page.shows == "csv":
        return text
    main = re.search(r"<main.*?</main>", text, re.DOTALL)
    assert main, f"{page.url} has no <main>"
    words = re.sub(r"<[^>]+>", " ", main[0])
    return " ".join(words.split())
