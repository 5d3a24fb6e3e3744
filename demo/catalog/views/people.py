"""Lists of authors and publishers, as class-based views; each plants the problem that ``demo.pages`` names."""

from __future__ import annotations

from django.views.generic import ListView

from demo.catalog.models import Author, Publisher


class AuthorList(ListView):
    """count-in-loop: the template writes ``author.books.count`` in every row."""

    queryset = Author.objects.defer("biography").order_by("name", "id")
    paginate_by = 40
    template_name = "catalog/author_list.html"


class PublisherList(ListView):
    """unordered-result: pages of a queryset without an order."""

    queryset = Publisher.objects.all()
    paginate_by = 20
    template_name = "catalog/publisher_list.html"
