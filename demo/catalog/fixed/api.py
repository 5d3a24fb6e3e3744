"""The API's list of books without the problem of ``demo.catalog.views.api``."""

from __future__ import annotations

from rest_framework.generics import ListAPIView

from demo.catalog.models import HEAVY, Book
from demo.catalog.serializers import BookSerializer


class BookList(ListAPIView):
    """The publisher that the nested serializer reads comes by a join."""

    queryset = Book.objects.select_related("publisher").defer(*HEAVY).order_by("-published_on", "-id")
    serializer_class = BookSerializer
