"""Ways in which applications write a queryset, each with what its advice must have made of it."""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """A module whose ``run()`` loads relations row by row, and the text that its patch must hold."""

    source: str
    expected: str


LOOP = "[book.author.name for book in books]"
SHAPES: dict[str, Shape] = {
    "a call": Shape(
        f"""
def run():
    books = Book.objects.order_by("pk")
    return {LOOP}
""",
        'books = Book.objects.order_by("pk").select_related("author")\n',
    ),
    "a slice": Shape(
        f"""
def run():
    books = Book.objects.order_by("pk")[:3]
    return {LOOP}
""",
        'Book.objects.order_by("pk").select_related("author")[:3]\n',
    ),
    "a slice of a name": Shape(
        f"""
def run():
    books = Book.objects.order_by("pk")
    books = books[1:3]
    return {LOOP}
""",
        'books = books.select_related("author")[1:3]\n',
    ),
    "a condition": Shape(
        f"""
def run(genre="crime"):
    books = Book.objects.order_by("pk")
    if genre:
        books = books.filter(genres__slug=genre)
    return {LOOP}
""",
        'books = Book.objects.order_by("pk").select_related("author")\n    if genre:\n',
    ),
    "either way": Shape(
        f"""
def run(all=False):
    if all:
        books = Book.objects.all()
    else:
        books = Book.objects.filter(pages__gte=1).order_by("pk")
    return {LOOP}
""",
        'books = Book.objects.filter(pages__gte=1).order_by("pk").select_related("author")\n',
    ),
    "a conditional expression": Shape(
        f"""
def run(some=True):
    books = Book.objects.filter(pages__gte=1) if some else Book.objects.all()
    return {LOOP}
""",
        'Book.objects.filter(pages__gte=1).select_related("author") if some else',
    ),
    "a helper": Shape(
        f"""
def newest():
    return Book.objects.order_by("-pk")

def run():
    books = newest()
    return {LOOP}
""",
        'return Book.objects.order_by("-pk").select_related("author")\n',
    ),
    "a helper that is refined": Shape(
        f"""
def newest():
    return Book.objects.order_by("-pk")

def run():
    books = newest().filter(pages__gte=1)
    return {LOOP}
""",
        'books = newest().filter(pages__gte=1).select_related("author")\n',
    ),
    "two combined": Shape(
        f"""
def run():
    books = Book.objects.filter(pages=1) | Book.objects.filter(pages=2)
    return {LOOP}
""",
        'books = (Book.objects.filter(pages=1) | Book.objects.filter(pages=2)).select_related("author")\n',
    ),
    "two combined and cut": Shape(
        f"""
def run():
    books = (Book.objects.filter(pages=1) | Book.objects.filter(pages=2))[:2]
    return {LOOP}
""",
        '((Book.objects.filter(pages=1) | Book.objects.filter(pages=2)).select_related("author"))[:2]\n',
    ),
    "characters of several bytes before it": Shape(
        f"""
def run():
    größe = "größer – als €"; books = Book.objects.order_by("pk")
    return {LOOP}
""",
        'größe = "größer – als €"; books = Book.objects.order_by("pk").select_related("author")\n',
    ),
    "a comprehension": Shape(
        """
def run():
    return [book.author.name for book in Book.objects.order_by("pk") if book.pages]
""",
        'for book in Book.objects.order_by("pk").select_related("author") if book.pages]\n',
    ),
    "a generator": Shape(
        """
def run():
    return list(book.author.name for book in Book.objects.order_by("pk"))
""",
        'for book in Book.objects.order_by("pk").select_related("author"))\n',
    ),
    "a loop": Shape(
        """
def run():
    found = []
    for book in Book.objects.order_by("pk").filter(pages__gte=0):
        found.append(book.author.name)
    return found
""",
        'in Book.objects.order_by("pk").filter(pages__gte=0).select_related("author"):\n',
    ),
    "one call a line": Shape(
        f"""
def run():
    books = (
        Book.objects
        .filter(pages__gte=0)
        .order_by("pk")
    )
    return {LOOP}
""",
        '        .order_by("pk")\n        .select_related("author")\n    )\n',
    ),
    "one call a line, with a comment and a slice": Shape(
        f"""
def run():
    books = (
        Book.objects.filter(pages__gte=0)
        .order_by("pk")  # oldest first
        [:3]
    )
    return {LOOP}
""",
        '        .order_by("pk")  # oldest first\n        .select_related("author")\n        [:3]\n',
    ),
    "lines that go on by a backslash": Shape(
        f"""
def run():
    books = Book.objects \\
        .filter(pages__gte=0) \\
        .order_by("pk")
    return {LOOP}
""",
        '        .order_by("pk").select_related("author")\n    return',
    ),
    "arguments over several lines": Shape(
        f"""
def run():
    books = Book.objects.filter(
        pages__gte=0,
    ).order_by(
        "pk",
    )
    return {LOOP}
""",
        '        "pk",\n    ).select_related("author")\n',
    ),
    "get": Shape(
        """
def run():
    return Book.objects.get(slug="b1").author.name
""",
        'return Book.objects.select_related("author").get(slug="b1").author.name\n',
    ),
    "get on lines of their own": Shape(
        """
def run():
    book = (
        Book.objects.filter(pages=1)
        .exclude(slug="")
        .get()
    )
    return book.author.name
""",
        '        .exclude(slug="")\n        .select_related("author")\n        .get()\n',
    ),
    "get after a filter": Shape(
        """
def run():
    book = Book.objects.filter(pages=1).get()
    return book.author.name
""",
        'book = Book.objects.filter(pages=1).select_related("author").get()\n',
    ),
    "first": Shape(
        """
def run():
    return Book.objects.order_by("pk").first().author.name
""",
        'return Book.objects.order_by("pk").select_related("author").first().author.name\n',
    ),
    "first of all": Shape(
        """
def run():
    return Book.objects.first().author.name
""",
        'return Book.objects.select_related("author").first().author.name\n',
    ),
    "an index": Shape(
        """
def run():
    return Book.objects.order_by("pk")[0].author.name
""",
        'return Book.objects.order_by("pk").select_related("author")[0].author.name\n',
    ),
    "iterator": Shape(
        """
def run():
    return [book.author.name for book in Book.objects.order_by("pk").iterator()]
""",
        'in Book.objects.order_by("pk").select_related("author").iterator()]\n',
    ),
    "iterator, to many": Shape(
        """
def run():
    books = Book.objects.order_by("pk")
    return [[genre.name for genre in book.genres.all()] for book in books.filter(pages__gte=1).iterator()]
""",
        'books.filter(pages__gte=1).prefetch_related("genres").iterator(chunk_size=2000)]\n',
    ),
    "get_object_or_404": Shape(
        """
def run():
    return get_object_or_404(Book, pages=1).author.name
""",
        'return get_object_or_404(Book.objects.select_related("author"), pages=1).author.name\n',
    ),
    "get_object_or_404, to one and to many": Shape(
        """
def run():
    book = get_object_or_404(Book, pages=1)
    return book.author.name, [genre.name for genre in book.genres.all()]
""",
        'get_object_or_404(Book.objects.select_related("author").prefetch_related("genres"), pages=1)\n',
    ),
    "get_object_or_404 of a queryset": Shape(
        """
def run():
    book = get_object_or_404(Book.objects.defer("sample"), pages=1)
    return book.author.name
""",
        'get_object_or_404(Book.objects.defer("sample").select_related("author"), pages=1)\n',
    ),
    "get_list_or_404 of a manager": Shape(
        f"""
def run():
    books = get_list_or_404(Book.objects, pages__gte=0)
    return {LOOP}
""",
        'get_list_or_404(Book.objects.select_related("author"), pages__gte=0)\n',
    ),
    "tabs": Shape(
        f"""
def run():
	books = (
		Book.objects
		.order_by("pk")
	)
	return {LOOP}
""",
        '\t\t.order_by("pk")\n\t\t.select_related("author")\n\t)\n',
    ),
    "a decorator": Shape(
        f"""
import functools

def twice(function):
    @functools.wraps(function)
    def both():
        return function()
    return both

@twice
@functools.lru_cache(
    maxsize=1,
)
def run():
    books = Book.objects.order_by("pk")
    return {LOOP}
""",
        'books = Book.objects.order_by("pk").select_related("author")\n',
    ),
    "a function inside": Shape(
        f'''
def run():
    def all():
        text = """
def this is no function
"""
        return Book.objects.order_by("pk")
    books = all()
    return {LOOP}
''',
        'return Book.objects.order_by("pk").select_related("author")\n    books',
    ),
    "a lambda": Shape(
        f"""
ALL = lambda: Book.objects.order_by("pk")

def run():
    books = ALL()
    return {LOOP}
""",
        'ALL = lambda: Book.objects.order_by("pk").select_related("author")\n',
    ),
    "a walrus": Shape(
        f"""
def run():
    if (books := Book.objects.order_by("pk")):
        return {LOOP}
""",
        'if (books := Book.objects.order_by("pk").select_related("author")):\n',
    ),
    "awaited": Shape(
        """
from asgiref.sync import async_to_sync, sync_to_async

@async_to_sync
async def run():
    book = await Book.objects.filter(pages=1).aget()
    return await sync_to_async(lambda: book.author.name)()
""",
        'book = await Book.objects.filter(pages=1).select_related("author").aget()\n',
    ),
    "async for": Shape(
        """
from asgiref.sync import async_to_sync, sync_to_async

@async_to_sync
async def run():
    found = []
    async for book in Book.objects.order_by("pk"):
        found.append(await sync_to_async(lambda: book.author.name)())
    return found
""",
        'async for book in Book.objects.order_by("pk").select_related("author"):\n',
    ),
    "an argument": Shape(
        """
def names(books):
    return [book.author.name for book in books]

def run():
    return names(Book.objects.order_by("pk"))
""",
        'return names(Book.objects.order_by("pk").select_related("author"))\n',
    ),
    "a method of a class": Shape(
        """
class Shelf:
    base = Book.objects.order_by("pk")

    def books(self):
        return self.base.filter(pages__gte=0)

def run():
    return [book.author.name for book in Shelf().books()]
""",
        'return self.base.filter(pages__gte=0).select_related("author")\n',
    ),
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
    "a queryset's own method": Shape(
        """
def run():
    return [book.author.name for book in Book.objects.with_review_count().order_by("pk")]
""",
        'in Book.objects.with_review_count().order_by("pk").select_related("author")]\n',
    ),
    "quotes": Shape(
        """
def run():
    return [book.author.name for book in Book.objects.order_by('pk')]
""",
        "Book.objects.order_by('pk').select_related('author')]\n",
    ),
    "a try": Shape(
        """
def run():
    try:
        book = Book.objects.get(slug="b1")
    except Book.DoesNotExist:
        book = None
    return book.author.name
""",
        'book = Book.objects.select_related("author").get(slug="b1")\n',
    ),
    "a with": Shape(
        """
from django.db import transaction

def run():
    with transaction.atomic():
        books = list(Book.objects.order_by("pk"))
        return [book.author.name for book in books]
""",
        'books = list(Book.objects.order_by("pk").select_related("author"))\n',
    ),
    "a match": Shape(
        f"""
def run(which="all"):
    match which:
        case "all":
            books = Book.objects.order_by("pk")
        case _:
            books = Book.objects.none()
    return {LOOP}
""",
        'books = Book.objects.order_by("pk").select_related("author")\n',
    ),
    "two columns of one line": Shape(
        """
def run():
    one, two = Book.objects.filter(pages=1), Book.objects.filter(pages=2)
    return [book.author.name for book in two], len(one)
""",
        'Book.objects.filter(pages=1), Book.objects.filter(pages=2).select_related("author")\n',
    ),
}
