"""The admin of the shop: ``/admin/`` plants an n-plus-one in the list of books, ``/fixed/admin/`` does not."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from demo.catalog.models import HEAVY, Author, Book, Genre, Publisher


class FixedAdminSite(admin.AdminSite):
    """A second admin beside the default one, for the corrected list."""

    site_header = "Lantern, corrected"


fixed_site = FixedAdminSite(name="fixed-admin")


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    """n-plus-one: the column ``printed_in`` reads the publisher of each row."""

    list_display = ("title", "printed_in", "price", "published_on")
    list_per_page = 50
    ordering = ("-published_on", "-id")
    search_fields = ("title",)
    raw_id_fields = ("author", "publisher")
    # The second COUNT of the change list would be a problem of its own.
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Book]:
        return super().get_queryset(request).defer(*HEAVY)

    @admin.display(description="printed in")
    def printed_in(self, book: Book) -> str:
        return book.publisher.city


@admin.register(Book, site=fixed_site)
class FixedBookAdmin(BookAdmin):
    """The publisher comes with the book by a join."""

    list_select_related = ("publisher",)


@admin.register(Author, Publisher, Genre)
class NameAdmin(admin.ModelAdmin):
    """Authors, publishers and genres, found by name."""

    search_fields = ("name",)
    ordering = ("name",)
    show_full_result_count = False


fixed_site.register((Author, Publisher, Genre), NameAdmin)
