"""Commands of Django and of libraries: what they ask again, row by row or as a whole, nobody who runs them can change."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from demo.catalog.models import Book, Review
from tests.corpus.case import positive, silent


def output(name: str, *arguments: str, **options: Any) -> int:
    """Run a command and return how many lines it printed."""
    text = io.StringIO()
    call_command(name, *arguments, stdout=text, stderr=text, **options)
    return len(text.getvalue().splitlines())


@silent(
    "duplicate-query", "no line of the application is on the stack: Django reads its tables again as it goes"
)
def migrate_with_nothing_to_do() -> int:
    """``migrate`` looks which migrations and tables there are, several times."""
    return output("migrate")


@silent("duplicate-query", "no line of the application is on the stack")
def show_migrations() -> int:
    """``showmigrations`` asks what has been applied."""
    return output("showmigrations")


@silent("duplicate-query", "no line of the application is on the stack")
def make_migrations() -> int:
    """``makemigrations --check`` asks each database for the migrations that were applied."""
    return output("makemigrations", check_changes=True, dry_run=True)


@silent("n-plus-one", "Django's serializer reads the genres of each book, and nobody else can prefetch them")
def dump_of_the_catalogue() -> int:
    """``dumpdata`` goes through rows and their many-to-many relations."""
    return output("dumpdata", "catalog.book", "catalog.genre", indent=1)


@silent("large-result", "Django goes through an iterator, and the dump is as long as the table")
def dump_of_a_large_table() -> int:
    """``dumpdata`` of six hundred rows."""
    return output("dumpdata", "catalog.review", indent=1)


@silent("get-in-loop", "Django looks each table up in the catalogue of the database")
def inspect_the_database() -> bool:
    """``inspectdb`` asks for columns, keys and constraints, one table after the other."""
    return output("inspectdb", "catalog_author", "catalog_book", "catalog_genre", "catalog_country") > 20


@silent("unused-columns", "a command has no response")
def clear_sessions() -> int:
    """``clearsessions`` deletes what has expired."""
    Session.objects.create(
        session_key="old", session_data="x", expire_date=timezone.now() - timedelta(days=1)
    )
    return output("clearsessions")


class Library(BaseCommand):
    """A command as an application has its own."""

    def handle(self, *args: Any, **options: Any) -> str:
        return str(sum(len(review.book.title) for review in Review.objects.order_by("pk")[:20]))


@positive("n-plus-one")
def command_of_the_application() -> int:
    """The same loop in a command of one's own is a finding."""
    text = io.StringIO()
    call_command(Library(), stdout=text)
    return int(text.getvalue())


class Shelves(BaseCommand):
    """A command that reads all books for their number."""

    def handle(self, *args: Any, **options: Any) -> str:
        return str(len(Book.objects.defer("description", "sample")))


@positive("count-then-load")
def command_that_counts_by_loading() -> int:
    """A command of one's own takes the length of a table."""
    text = io.StringIO()
    call_command(Shelves(), stdout=text)
    return int(text.getvalue())
