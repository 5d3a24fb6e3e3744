"""How the API writes books and publishers."""

from __future__ import annotations

from rest_framework import serializers

from demo.catalog.models import Book, Publisher


class PublisherSerializer(serializers.ModelSerializer):
    class Meta:
        model = Publisher
        fields = ("name", "city")


class BookSerializer(serializers.ModelSerializer):
    publisher = PublisherSerializer()

    class Meta:
        model = Book
        fields = ("title", "slug", "isbn", "price", "publisher")
