"""Recording Wagtail changes no response and loses no statement: compared with no recording, and with two other counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.db.transaction import atomic, set_rollback
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

pytestmark = [pytest.mark.wagtail, pytest.mark.django_db(transaction=False)]

ADD = "/admin/pages/add/newsroom/articlepage/{index}/"
ADMIN = (
    "/admin/",
    "/admin/pages/{root}/",
    "/admin/pages/{index}/",
    "/admin/pages/{article}/edit/",
    "/admin/pages/{article}/history/",
    "/admin/pages/{article}/view_draft/",
    "/admin/pages/{article}/usage/",
    "/admin/pages/{article}/move/",
    "/admin/pages/{index}/copy/",
    ADD,
    "/admin/pages/search/?q=article",
    "/admin/choose-page/",
    "/admin/images/",
    "/admin/images/{image}/",
    "/admin/images/add/",
    "/admin/documents/",
    "/admin/documents/edit/{document}/",
    "/admin/snippets/",
    "/admin/snippets/newsroom/author/",
    "/admin/snippets/newsroom/author/edit/{author}/",
    "/admin/users/",
    "/admin/users/edit/{user}/",
    "/admin/groups/",
    "/admin/sites/",
    "/admin/collections/",
    "/admin/redirects/",
    "/admin/forms/",
    "/admin/forms/submissions/{contact}/",
    "/admin/workflows/list/",
    "/admin/reports/site-history/",
    "/admin/reports/aging-pages/",
    "/admin/account/",
)
SITE = (
    "/",
    "/articles/",
    "/articles/article-3/",
    "/evening-1/",
    "/contact/",
    "/documents/{document}/{paper}",
    "/sitemap.xml",
    "/old/",
    "/nowhere/",
)
TOKENS = re.compile(
    rb'(csrfmiddlewaretoken" value="|"CSRF_TOKEN": ")\w{64}'  # Django's
    rb"|(key[^a-z0-9]{1,4}quot;: [^a-z0-9]{1,4}quot;)[a-z0-9]{5}"  # paragraphs of rich text
    rb"|()[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"  # the next block of a stream field
)


@pytest.fixture
def numbers(editor: Any) -> dict[str, Any]:
    """What stands for a name in braces in the addresses above."""
    from wagtail.documents.models import Document
    from wagtail.images.models import Image
    from wagtail.models import Page

    from tests.wagtail.site.models import Author

    paper = Document.objects.first()
    assert paper is not None
    pages = {name: Page.objects.get(slug=slug).pk for name, slug in PAGES.items()}
    return pages | {
        "image": Image.objects.order_by("pk")[0].pk,
        "document": paper.pk,
        "paper": paper.filename,
        "author": Author.objects.order_by("pk")[0].pk,
        "user": editor.pk,
    }


PAGES = {"root": "home", "index": "articles", "article": "article-3", "contact": "contact"}


@contextmanager
def sent() -> Iterator[list[str]]:
    """Collect what SQLite itself is given to execute."""
    heard: list[str] = []
    statements: list[str] = []
    connection.ensure_connection()
    connection.connection.set_trace_callback(heard.append)
    try:
        yield statements
    finally:
        connection.connection.set_trace_callback(None)
        statements += given(heard)


def given(heard: list[str]) -> list[str]:
    """Leave out what SQLite says to itself, and how Django asks it to write parameters into its log (QUOTE)."""
    texts = [text for text in heard if not text.startswith(("--", "SELECT QUOTE("))]
    # A write to the table with search triggers is named again for each trigger that it fires.
    fires = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "wagtailsearch_indexentry"')
    return [
        text
        for text, before in zip(texts, [None, *texts], strict=False)
        if text != before or not fires.match(text)
    ]


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what happens meanwhile: an edit page numbers each visit to it."""
    with atomic():
        yield
        set_rollback(True)


class Seen(NamedTuple):
    """Everything of a response that a browser gets."""

    status: int
    headers: list[tuple[str, str]]
    cookies: list[str]
    body: bytes


def look(client: Client, url: str) -> Seen:
    """Get a page and read it to its end, from a database that is the same each time."""
    with undone():
        return masked(seen(client.get(url)))


def seen(response: Any) -> Seen:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    cookies = [morsel.OutputString() for morsel in response.cookies.values()]
    return Seen(response.status_code, sorted(response.headers.items()), cookies, body)


def masked(response: Seen) -> Seen:
    """Take out what is new in every response, recorded or not: tokens, and the second at which it expires."""
    headers = [(name, "" if name == "Expires" else value) for name, value in response.headers]
    cookies = [re.sub(r"expires=[^;]+|^csrftoken=\w+", "", cookie) for cookie in response.cookies]
    return Seen(response.status, headers, cookies, TOKENS.sub(rb"\1\2\3", response.body))


@pytest.mark.parametrize("address", ADMIN + SITE)
def test_response_is_the_same(address: str, bare: Client, recorded: Client, numbers: dict[str, Any]) -> None:
    """Status, headers, cookies and every byte of the body, but for the tokens in which two unrecorded ones differ."""
    url = address.format(**numbers)
    seen(bare.get(url))  # the first look at a page makes thumbnails and fills caches; that stays
    first, second, third = look(bare, url), look(bare, url), look(recorded, url)
    assert first.status == {"/old/": 301, "/nowhere/": 404}.get(address, 200)
    assert first == second, "two unrecorded responses differ in more than their tokens"
    assert third == first


@pytest.mark.parametrize("address", ADMIN + SITE)
def test_no_statement_is_lost(
    address: str, recorded: Client, recording: Any, numbers: dict[str, Any]
) -> None:
    """As many as Django's own log counts and as SQLite was given, in the same order."""
    url = address.format(**numbers)
    with CaptureQueriesContext(connection) as log, sent() as executed:
        seen(recorded.get(url))
    trace = recording.trace
    assert trace.path == url.partition("?")[0]
    assert len(trace.spans) == len(log) == len(executed)
    assert trace.queries + sum(span.kind == "transaction" for span in trace.spans) == len(log)
    assert [beginning(span.sql) for span in trace.spans] == [beginning(entry["sql"]) for entry in log]


def beginning(sql: str) -> str:
    """Return the part of a statement that holds no parameter."""
    return re.split(r"%s|'|\d", sql.strip())[0].rstrip(";").rstrip()[:60]


def test_no_statement_of_a_publication_is_lost(
    recorded: Client, recording: Any, numbers: dict[str, Any]
) -> None:
    """A new article writes the page tree, a revision, tags, references and the search index in transactions."""
    fields = {
        "title": "A new article",
        "slug": "new",
        "date": "2026-05-01",
        "tags": "news, fresh",
        "body": streamfield([("heading", "Head"), ("paragraph", rich_text("<p>Text</p>"))]),
        "related_links": inline_formset([]),
        "comments": inline_formset([]),
        "action-publish": "action-publish",
    }
    with CaptureQueriesContext(connection) as log, sent() as executed:
        response = recorded.post(ADD.format(**numbers), nested_form_data(fields))
    assert response.status_code == 302, "the form was refused"
    trace = recording.trace
    assert (trace.method, trace.status) == ("POST", 302)
    assert len(trace.spans) == len(log) == len(executed) > 50
    assert {"insert", "update", "select", "transaction"} <= {span.kind for span in trace.spans}
