"""Relations of every kind, and querysets that load or leave out something already."""

from __future__ import annotations

from tests.analysis.advice.shape import LOOP, Shape

KINDS: dict[str, Shape] = {
    "a related manager": Shape(
        """
def run():
    country = Country.objects.get(code="de")
    return [[b.title for b in author.books.all()] for author in country.authors.order_by("pk")]
""",
        'in country.authors.order_by("pk").prefetch_related("books")]\n',
    ),
    "a further step": Shape(
        """
def run():
    return [book.author.country.name for book in Book.objects.order_by("pk")]
""",
        'in Book.objects.order_by("pk").select_related("author__country")]\n',
    ),
    "to one, then to many": Shape(
        """
def run():
    return [len(book.author.books.all()) for book in Book.objects.order_by("pk")]
""",
        '.select_related("author").prefetch_related("author__books")]\n',
    ),
    "to many, then to one": Shape(
        """
def run():
    return [book.publisher.city for author in Author.objects.all() for book in author.books.all()]
""",
        'in Author.objects.all().prefetch_related("books__publisher")',
    ),
    "a generic relation": Shape(
        """
def run():
    return [len(book.comments.all()) for book in Book.objects.all()]
""",
        'in Book.objects.all().prefetch_related("comments")]\n',
    ),
    "a generic foreign key": Shape(
        """
def run():
    return [comment.about.title for comment in Comment.objects.all()]
""",
        'in Comment.objects.all().prefetch_related("about")]\n',
    ),
    "a join that is there, made longer": Shape(
        """
def run():
    return [book.author.country.name for book in Book.objects.select_related("author").order_by("pk")]
""",
        'in Book.objects.select_related("author__country").order_by("pk")]\n',
    ),
    "a join that is there, made wider": Shape(
        """
def run():
    books = Book.objects.select_related("publisher",).order_by("pk")
    return [(book.author.name, book.publisher.city) for book in books]
""",
        'Book.objects.select_related("publisher", "author",).order_by("pk")\n',
    ),
    "a prefetch that is there": Shape(
        """
def run():
    books = Book.objects.prefetch_related("genres").order_by("pk")
    return [(len(book.genres.all()), len(book.reviews.all())) for book in books]
""",
        'Book.objects.prefetch_related("genres", "reviews").order_by("pk")\n',
    ),
    "only": Shape(
        f"""
def run():
    books = Book.objects.only("title").order_by("pk")
    return {LOOP}
""",
        'Book.objects.only("title", "author").order_by("pk").select_related("author")\n',
    ),
    "only, in another statement": Shape(
        f"""
FIELDS = ("title", "slug")

def run():
    books = Book.objects.only(*FIELDS)
    books = books.order_by("pk")
    return {LOOP}
""",
        'books = Book.objects.only(*FIELDS, "author")\n    books = books.order_by("pk").select_related("author")\n',
    ),
    "only, with columns of the one that is joined": Shape(
        """
def run():
    books = Book.objects.only("title", "author__name").select_related("author").order_by("pk")
    return [book.author.country.name for book in books]
""",
        'only("title", "author__name", "author__country").select_related("author__country")',
    ),
    "defer": Shape(
        f"""
def run():
    books = Book.objects.defer("sample", "author").order_by("pk")
    return {LOOP}
""",
        'Book.objects.defer("sample").order_by("pk").select_related("author")\n',
    ),
    "defer of nothing else": Shape(
        f"""
def run():
    books = Book.objects.defer("author_id").order_by("pk")
    return {LOOP}
""",
        'books = Book.objects.order_by("pk").select_related("author")\n',
    ),
    "raw": Shape(
        f"""
def run():
    books = Book.objects.raw("SELECT * FROM catalog_book ORDER BY id")
    return {LOOP}
""",
        'raw("SELECT * FROM catalog_book ORDER BY id").prefetch_related("author")\n',
    ),
    "locked": Shape(
        """
from django.db import transaction

def run():
    with transaction.atomic():
        return [book.author.name for book in Book.objects.select_for_update().order_by("pk")]
""",
        'in Book.objects.select_for_update().order_by("pk").prefetch_related("author")]\n',
    ),
    "the queryset of a Prefetch": Shape(
        """
from django.db.models import Prefetch

def run():
    thin = Book.objects.filter(pages__gte=0)
    authors = Author.objects.prefetch_related(Prefetch("books", thin, to_attr="thin"))
    return [book.publisher.city for author in authors for book in author.thin]
""",
        'thin = Book.objects.filter(pages__gte=0).select_related("publisher")\n',
    ),
}
