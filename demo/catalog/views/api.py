"""The API's list of books; plants an n-plus-one by its nested serializer."""

from __future__ import annotations

from rest_framework.generics import ListAPIView

from demo.catalog.models import HEAVY, Book
from demo.catalog.serializers import BookSerializer


class BookList(ListAPIView):
    """n-plus-one: the nested serializer reads the publisher of every book."""

    queryset = Book.objects.defer(*HEAVY).order_by("-published_on", "-id")
    serializer_class = BookSerializer
