"""Serializers, an admin and forms of the test host, each of whose fields asks the database for something of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.generic import CreateView
from rest_framework import generics, serializers

from demo.catalog.models import Author, Book, Publisher, Review


class AuthorSerializer(serializers.ModelSerializer):
    country = serializers.StringRelatedField()

    class Meta:
        model = Author
        fields = ("name", "country")


class PublishedSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ("title", "publisher_name")

    publisher_name = serializers.CharField(source="publisher.name")


class BookSerializer(serializers.ModelSerializer):
    author = AuthorSerializer(read_only=True)
    genres = serializers.SlugRelatedField("slug", many=True, read_only=True)
    review_count = serializers.SerializerMethodField()
    neighbours = serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ("author", "genres", "review_count", "neighbours")

    def get_review_count(self, book: Book) -> int:
        return book.reviews.count()

    def get_neighbours(self, book: Book) -> Any:
        """What stands beside it, written by a serializer that knows nothing of this one."""
        return PublishedSerializer(Book.objects.filter(pk=book.pk + 1), many=True).data


class NewBookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ("isbn", "author", "genres")

    def validate_isbn(self, isbn: str) -> str:
        if Review.objects.filter(reader=isbn).exists():
            raise serializers.ValidationError("read before it was written")
        return isbn


class OrderSerializer(serializers.Serializer):
    lines = NewBookSerializer(many=True)


class BookList(generics.ListCreateAPIView):
    queryset = Book.objects.order_by("pk")

    def get_serializer_class(self) -> type[serializers.Serializer]:
        return BookSerializer if self.request.method == "GET" else NewBookSerializer


class CheckView(generics.GenericAPIView):
    """Validates, and writes nothing."""

    def post(self, request: Any) -> HttpResponse:
        return HttpResponse(self.get_serializer(data=request.data).is_valid())


class DecadeFilter(admin.SimpleListFilter):
    title = parameter_name = "decade"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(book.published_on.year), "then") for book in Book.objects.order_by("pk")[:1]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def books_of_author(book: Book) -> int:
    """A column that is a function."""
    return book.author.books.count()


class ReviewInline(admin.TabularInline):
    model = Review
    fields = ("book_price", "title")
    readonly_fields = ("book_price",)
    extra = 0

    def book_price(self, review: Review) -> str:
        return str(Review.objects.filter(pk=review.pk).count())


class BookAdmin(admin.ModelAdmin):
    list_display = ("title", "author", "publisher", "city", books_of_author)
    list_editable = ("publisher",)
    list_filter = ("genres", DecadeFilter, ("author", admin.RelatedOnlyFieldListFilter))
    date_hierarchy = "published_on"
    fields = ("title", "publisher", "city")
    readonly_fields = ("city",)
    inlines = (ReviewInline,)

    def city(self, book: Book) -> str:
        return Publisher.objects.get(pk=book.publisher_id).city


site = admin.AdminSite(name="fields")
site.register(Book, BookAdmin)


class ShelfForm(forms.Form):
    publisher = forms.ModelChoiceField(Publisher.objects.order_by("name"))
    authors = forms.ModelMultipleChoiceField(Author.objects.order_by("name"), required=False)
    title = forms.CharField(initial=lambda: str(Book.objects.count()))

    def clean_title(self) -> str:
        return Book.objects.filter(title=self.cleaned_data["title"])[0].title


class WideShelfForm(ShelfForm):
    """Declares nothing itself."""


def shelf(request: HttpRequest) -> HttpResponse:
    """Show the form, or clean it."""
    form = WideShelfForm(request.POST or None)
    form.is_valid()
    return render(request, "places/form.html", {"form": form})


class NewBook(CreateView):
    """A form that nobody declared."""

    model = Book
    fields = ("publisher",)
    template_name = "places/form.html"


def several(request: HttpRequest) -> HttpResponse:
    """A form set, and another one made of a model."""
    plain = forms.formset_factory(ShelfForm)()
    made = forms.modelformset_factory(Book, form=BookForm, fields=("publisher",), extra=0)()
    return render(request, "places/form.html", {"form": plain if "plain" in request.GET else made})


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ("publisher",)


urlpatterns = [
    path("api/books/", BookList.as_view()),
    path("api/check/", CheckView.as_view(serializer_class=NewBookSerializer)),
    path("api/orders/", CheckView.as_view(serializer_class=OrderSerializer)),
    path("admin/", site.urls),
    path("shelf/", shelf),
    path("new/", NewBook.as_view()),
    path("several/", several),
]
