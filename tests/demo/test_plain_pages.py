"""Pages without a planted problem: the map, one book, the cart's form, and those that fail or dawdle."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demo.catalog.models import HEAVY, Book
from demo.orders.models import Cart
from demo.pages import PAGES

pytestmark = pytest.mark.usefixtures("shop")


def test_the_start_page_lists_every_page_and_asks_nothing(client: Client) -> None:
    """It links each page, its twin, queryscope and the admin, names rule and sentence, and runs no query."""
    with CaptureQueriesContext(connection) as captured:
        text = unescape(client.get("/").content.decode())
    assert len(captured) == 0
    for page in PAGES:
        assert f'href="{page.url}"' in text
        assert f'href="{page.fixed_url}"' in text
        assert page.planted in text
    assert 'href="/queryscope/"' in text
    assert 'href="/admin/"' in text


def test_a_page_says_what_it_plants_and_links_its_twin(client: Client) -> None:
    """The note stands on both pages of the pair, and leads from one to the other."""
    planted = client.get("/books/origins/").content.decode()
    fixed = client.get("/fixed/books/origins/").content.decode()
    assert "<code>n-plus-one</code>" in planted
    assert 'href="/fixed/books/origins/"' in planted
    assert 'href="/books/origins/"' in fixed


def test_pages_need_no_script_and_no_inline_style(client: Client) -> None:
    """A strict content security policy would pass: one stylesheet, nothing inline."""
    for url in ("/", "/books/?genre=fantasy", "/orders/", "/books/the-lantern-keeper/"):
        text = client.get(url).content.decode()
        assert "<script" not in text
        assert "style=" not in text
        assert text.count('rel="stylesheet"') == 1


def test_the_toolbar_stands_on_the_shop_s_pages(client: Client, settings: Any) -> None:
    """With DEBUG, a page carries the toolbar and in it our panel."""
    settings.DEBUG = True
    text = client.get("/books/origins/").content.decode()
    assert 'id="djDebug"' in text
    assert "QueryscopePanel" in text


def test_a_book_is_put_into_a_cart_of_its_own(client: Client) -> None:
    """Two copies make one line; the badge counts them without a query."""
    for _ in range(2):
        assert client.post("/cart/add/", {"book": "the-lantern-keeper"}).status_code == 302
    token, _, copies = client.cookies["lantern_cart"].value.partition(".")
    assert copies == "2"
    assert Cart.objects.get(token=token).lines.get().quantity == 2
    with CaptureQueriesContext(connection) as captured:
        assert 'class="badge">2<' in client.get("/fixed/about/").content.decode()
    assert len(captured) == 0


@pytest.mark.parametrize(
    "cookie", ["", "x", "../../etc.1", "token.many", "token.99999999999999999999", "é.1"]
)
def test_a_bent_cart_cookie_does_no_harm(client: Client, cookie: str) -> None:
    """Whatever the cookie holds, pages answer; an unknown cart is not found."""
    client.cookies["lantern_cart"] = cookie
    assert client.get("/fixed/about/").status_code == 200
    assert client.get("/cart/").status_code in {200, 404}


def test_forms_need_their_token() -> None:
    """Changes are refused without the form's token."""
    strict = Client(enforce_csrf_checks=True)
    for url in (
        "/cart/add/",
        "/books/stock/",
        "/fixed/books/stock/",
        "/checkout/",
        "/fixed/books/publishers/",
    ):
        assert strict.post(url).status_code == 403


def test_the_failing_page_asks_three_times_and_raises(client: Client) -> None:
    """A failed request has queries to look at."""
    with (
        CaptureQueriesContext(connection) as captured,
        pytest.raises(RuntimeError, match="dropped the ledger"),
    ):
        client.get("/error/")
    assert len(captured) == 3


def test_unknown_things_are_not_found(client: Client) -> None:
    """A wrong slug, a wrong day, and a page that never was."""
    for url in ("/books/no-such-book/", "/blog/no-such-post/", "/reviews/day/?day=yesterday", "/attic/"):
        assert client.get(url).status_code == 404


def test_the_administrator_signs_in(client: Client) -> None:
    """admin, password admin; that is what the start page says."""
    response = client.post("/accounts/login/", {"username": "admin", "password": "admin"})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(username="admin").pk)


@pytest.mark.parametrize("prefix", ["", "/fixed"])
def test_the_form_set_saves_what_was_chosen(client: Client, prefix: str) -> None:
    """Choosing another publisher for the first book changes that book and no other."""
    books = list(Book.objects.defer(*HEAVY).order_by("-views", "-id")[:10])
    chosen = [book.publisher_id for book in books]
    chosen[0] = chosen[0] % 5 + 1
    data = {f"form-{n}-publisher": str(publisher) for n, publisher in enumerate(chosen)}
    data |= {"form-TOTAL_FORMS": "10", "form-INITIAL_FORMS": "10"}
    assert client.post(f"{prefix}/books/publishers/", data).status_code == 302
    after = {book.pk: book.publisher_id for book in Book.objects.filter(pk__in=[book.pk for book in books])}
    assert [after[book.pk] for book in books] == chosen
