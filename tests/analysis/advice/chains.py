"""Querysets in names, slices, branches, loops, and chains over several lines."""

from __future__ import annotations

from tests.analysis.advice.shape import LOOP, Shape

CHAINS: dict[str, Shape] = {
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
    "what two querysets begin with": Shape(
        """
def run():
    books = Book.objects.order_by("pk")
    old = [book.title for book in books.filter(pages__lt=1)]
    return old, [[genre.name for genre in book.genres.all()] for book in books.filter(pages__gte=1)]
""",
        'for book in books.filter(pages__gte=1).prefetch_related("genres")]\n',
    ),
}
