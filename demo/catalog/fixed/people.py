"""Lists of authors and publishers without the problems of ``demo.catalog.views.people``."""

from __future__ import annotations

from django.views.generic import ListView

from demo.catalog.models import Author, Book, Publisher, count_of


class AuthorList(ListView):
    """The database counts the books of all rows while it reads the authors."""

    queryset = (
        Author.objects.annotate(book_count=count_of(Book.objects.all(), "author"))
        .defer("biography")
        .order_by("name", "id")
    )
    paginate_by = 40
    template_name = "catalog/author_list_fixed.html"


class PublisherList(ListView):
    """The order decides which row is on which page."""

    queryset = Publisher.objects.order_by("id")
    paginate_by = 20
    template_name = "catalog/publisher_list.html"
