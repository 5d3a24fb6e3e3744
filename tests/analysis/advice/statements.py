"""Querysets in statements of all kinds, and those of which a single row is asked."""

from __future__ import annotations

from tests.analysis.advice.shape import LOOP, Shape

STATEMENTS: dict[str, Shape] = {
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
