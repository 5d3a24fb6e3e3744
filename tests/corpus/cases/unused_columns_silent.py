"""Pages for which all that was read, or nothing to speak of, was needed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Prefetch
from django.db.models.functions import Length
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template import engines

from demo.blog.models import Post
from demo.catalog.models import Author, Book
from tests.corpus.case import silent
from tests.corpus.pages import page

Answer = Any


def rendered(request: HttpRequest, source: str, **context: Any) -> HttpResponse:
    """Return a page made of a template."""
    return HttpResponse(engines["django"].from_string(source).render(context, request))


@page
def whole_books(request: HttpRequest) -> HttpResponse:
    books = Book.objects.order_by("pk")[:40]
    return rendered(
        request, "{% for b in books %}{{ b }}{{ b.description }}{{ b.sample }}{% endfor %}", books=books
    )


@silent("unused-columns", "the page shows what was read", request=True)
def all_is_shown(client: Any) -> Answer:
    """A reading copy of the catalogue."""
    return client.get("/corpus/whole_books/")


@page
def teasers(request: HttpRequest) -> HttpResponse:
    books = Book.objects.order_by("pk")[:40]
    return rendered(
        request, "{% for b in books %}<p>{{ b }} {{ b.sample|truncatechars:2000 }}{% endfor %}", books=books
    )


@silent("unused-columns", "a good part of what was read is shown", request=True)
def beginnings_are_shown(client: Any) -> Answer:
    """The beginning of each sample chapter."""
    return client.get("/corpus/teasers/")


@page
def deferred_titles(request: HttpRequest) -> HttpResponse:
    books = Book.objects.defer("description", "sample").order_by("title", "pk")[:60]
    return rendered(request, "{% for book in books %}{{ book.title }}\n{% endfor %}", books=books)


@silent("unused-columns", "the heavy columns are left out", request=True)
def deferred(client: Any) -> Answer:
    """``defer()`` is what the rule would advise."""
    return client.get("/corpus/deferred_titles/")


@page
def chosen_columns(request: HttpRequest) -> HttpResponse:
    books = Book.objects.only("title", "sample").order_by("pk")[:60]
    return HttpResponse("\n".join(f"{book.title} {len(book.sample)}" for book in books))


@silent("unused-columns", "the columns were chosen by hand: the text is measured", request=True)
def chosen_by_only(client: Any) -> Answer:
    """``only()`` names the long column on purpose."""
    return client.get("/corpus/chosen_columns/")


@page
def measured(request: HttpRequest) -> JsonResponse:
    rows = Book.objects.values("title", "sample", "slug", "isbn").order_by("pk")
    return JsonResponse({row["slug"]: len(row["sample"].split()) for row in rows})


@silent("unused-columns", "values() names the columns, and the words of a text are counted", request=True)
def chosen_by_values(client: Any) -> Answer:
    """A computation over long texts has a short result."""
    return client.get("/corpus/measured/")


@page
def few_titles(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(book.title for book in Book.objects.order_by("pk")[:3]))


@silent("unused-columns", "a few kilobytes are not worth a look", request=True)
def few_rows(client: Any) -> Answer:
    """Three books for the foot of a page."""
    return client.get("/corpus/few_titles/")


@page
def after_the_books(request: HttpRequest) -> HttpResponse:
    books = list(Book.objects.order_by("pk"))
    return HttpResponseRedirect(f"/books/{books[-1].slug}/")


@silent("unused-columns", "a redirect shows nothing at all", request=True)
def redirected(client: Any) -> Answer:
    """The last of some books is where to go."""
    return client.get("/corpus/after_the_books/")


@page
def no_such_book(request: HttpRequest) -> HttpResponse:
    if not [book for book in Book.objects.order_by("pk") if book.slug == "none"]:
        raise Http404
    return HttpResponse()


@silent("unused-columns", "an error page shows nothing of it", request=True)
def not_found(client: Any) -> Answer:
    """The view ends in a 404."""
    return client.get("/corpus/no_such_book/")


@silent("unused-columns", "the answer to HEAD has no body", request=True)
def asked_for_the_head(client: Any) -> Answer:
    """A crawler asks whether the page has changed."""
    return client.head("/corpus/whole_books/")


@page
def sample_file(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[str]:
        for book in Book.objects.order_by("pk")[:50]:
            yield f"{book.title}\n"

    return StreamingHttpResponse(rows(), content_type="text/plain")


@silent("unused-columns", "how long a stream is, the trace does not tell", request=True)
def streamed(client: Any) -> Answer:
    """A response is sent line by line."""
    return client.get("/corpus/sample_file/")


@page
def warmed(request: HttpRequest) -> HttpResponse:
    books = list(Book.objects.order_by("pk")[:50])
    cache.set("corpus-books", books, 5)
    return HttpResponse(", ".join(book.slug for book in books))


@silent("unused-columns", "whoever takes the rows from the cache may read every column", request=True)
def kept_in_a_cache(client: Any) -> Answer:
    """Whole rows go into a cache."""
    return client.get("/corpus/warmed/")


@page
def word_lengths(request: HttpRequest) -> JsonResponse:
    rows = Book.objects.annotate(letters=Length("sample")).values_list("slug", "letters").order_by("pk")
    return JsonResponse(dict(rows))


@silent("unused-columns", "the database measures the text where it lies", request=True)
def measured_by_the_database(client: Any) -> Answer:
    """``Length()`` reads nothing of it."""
    return client.get("/corpus/word_lengths/")


@page
def light_prefetch(request: HttpRequest) -> HttpResponse:
    books = Prefetch("books", queryset=Book.objects.only("title", "author").order_by("pk"))
    authors = Author.objects.defer("biography").prefetch_related(books).order_by("pk")[:40]
    return HttpResponse("\n".join(f"{a}: {', '.join(b.title for b in a.books.all())}" for a in authors))


@silent("unused-columns", "the prefetch names its columns", request=True)
def light_through_a_prefetch(client: Any) -> Answer:
    """A ``Prefetch`` with a queryset of its own."""
    return client.get("/corpus/light_prefetch/")


@silent("unused-columns", "a command has no response to compare with")
def command() -> int:
    """A job computes something of all texts."""
    return sum(len(book.sample) for book in Book.objects.order_by("pk"))


class BookAdmin(admin.ModelAdmin):
    """A change list of titles."""

    list_display = ("title", "isbn")
    list_per_page = 60
    ordering = ("pk",)
    show_full_result_count = False


@page
def plain_book_admin(request: HttpRequest) -> Any:
    return BookAdmin(Book, admin.site).changelist_view(request).render()


@silent("unused-columns", "the admin's forms and actions work on whole rows", request=True)
def change_list(client: Any) -> Answer:
    """The admin lists titles."""
    client.force_login(User.objects.get(username="admin"))
    return client.get("/corpus/plain_book_admin/")


@page
def zipped(request: HttpRequest) -> HttpResponse:
    texts = [
        {"title": book.title, "sample": book.sample, "description": book.description}
        for book in Book.objects.order_by("pk")
    ]
    body = gzip.compress(json.dumps(texts).encode(), mtime=0)
    return HttpResponse(body, headers={"Content-Encoding": "gzip"}, content_type="application/json")


@silent("unused-columns", "a compressed body is smaller than what it shows", request=True)
def compressed(client: Any) -> Answer:
    """The whole texts, compressed by the view or a middleware."""
    return client.get("/corpus/zipped/")


@page
def posts_of_an_editor(request: HttpRequest) -> HttpResponse:
    posts = Post.objects.order_by("pk")
    return rendered(request, "{% for post in posts %}{{ post.body }}{% endfor %}", posts=posts)


@silent("unused-columns", "the texts are what the page is for", request=True)
def texts_are_shown(client: Any) -> Answer:
    """A blog on one page."""
    return client.get("/corpus/posts_of_an_editor/")
