"""A statement names the declared field it is for: of a serializer, of a list or page of the admin, of a form."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from demo.catalog import admin, forms, serializers
from demo.catalog.models import Author, Book, Genre, Publisher, Review
from queryscope.profiler.capture import classes
from queryscope.profiler.trace import FieldSite
from tests.conftest import Recording
from tests.project import fields, rendering

pytestmark = pytest.mark.usefixtures("books")
HERE = "tests.project.fields"


@pytest.fixture
def books(transactional_db: None) -> None:
    rendering.stock()


@pytest.fixture
def client(settings: Any, recording: Recording) -> Client:
    """Somebody who may use the admin of the test host."""
    settings.ROOT_URLCONF = HERE
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "toolbar" not in name]
    settings.TEMPLATES = [
        settings.TEMPLATES[0] | {"DIRS": [rendering.HERE / "templates"]}, *settings.TEMPLATES[1:]
    ]  # fmt: skip
    return signed_in()


def signed_in() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


def sites(recording: Recording) -> list[tuple[FieldSite, str]]:
    """Return the fields of the newest trace with the table that was asked first."""
    return [(s.field_site, s.tables[0]) for s in recording.trace.spans if s.field_site and s.tables]


def named(recording: Recording) -> set[tuple[str, str, str]]:
    """Return kind, class and path of the fields of the newest trace."""
    return {(site.kind, site.owner.removeprefix(HERE + "."), site.path) for site, _ in sites(recording)}


def stands(site: FieldSite, cls: type) -> bool:
    """Whether file and line are those of the class."""
    lines, first = inspect.getsourcelines(cls)
    first += next(n for n, line in enumerate(lines) if line.lstrip().startswith("class "))
    return (site.file, site.line) == (inspect.getsourcefile(cls), first)


def test_fields_of_a_serializer(client: Client, recording: Recording) -> None:
    """The path leads as the names stand in the answer, also where a method writes by a serializer of its own."""
    assert client.get("/api/books/?format=json").status_code == 200
    assert named(recording) == {
        ("serializer", "BookSerializer", path)
        for path in (
            "author", "author.country", "genres", "review_count", "neighbours", "neighbours.publisher_name"
        )
    }  # fmt: skip
    tables = {site.path: table for site, table in sites(recording)}
    assert tables["author.country"] == "catalog_country"
    assert all(stands(site, fields.BookSerializer) for site, _ in sites(recording))
    assert recording.trace.spans[0].field_site is None, "the list itself is no field's"


def test_fields_that_are_validated(client: Client, recording: Recording) -> None:
    """A unique value, a related object and a method of the serializer's own ask the database."""
    book = {"isbn": "new", "author": Author.objects.first().pk, "genres": [Genre.objects.first().pk]}
    client.post("/api/check/?format=json", book, content_type="application/json")
    found = [(site.path, table) for site, table in sites(recording)]
    assert found == [
        ("isbn", "catalog_book"),
        ("isbn", "catalog_review"),
        ("author", "catalog_author"),
        ("genres", "catalog_genre"),
    ]
    client.post("/api/orders/?format=json", {"lines": [book]}, content_type="application/json")
    assert ("serializer", "OrderSerializer", "lines.author") in named(recording)


def test_the_options_of_the_browsable_api(client: Client, recording: Recording) -> None:
    """It draws a form, for which related fields read all they could be."""
    client.get("/api/books/", HTTP_ACCEPT="text/html")
    assert named(recording) >= {
        ("serializer", "NewBookSerializer", "author"),
        ("serializer", "NewBookSerializer", "genres"),
    }


def test_a_list_of_the_admin(client: Client, recording: Recording) -> None:
    """Columns by name, method and function, filters, dates, and the cells that are edited in place."""
    assert client.get("/admin/catalog/book/").status_code == 200
    assert named(recording) == {
        ("admin", "BookAdmin", path)
        for path in (
            "author", "books_of_author", "city", "genres", "DecadeFilter", "published_on", "publisher"
        )
    }  # fmt: skip
    tables = {site.path: table for site, table in sites(recording)}
    assert tables["city"] == "catalog_publisher"
    assert tables["books_of_author"] == "catalog_book"
    assert all(stands(site, fields.BookAdmin) for site, _ in sites(recording))


def test_a_page_of_the_admin(client: Client, recording: Recording) -> None:
    """Its forms are made for it, so the admin's class declares their fields; an inline is one of its own."""
    book = Book.objects.first()
    assert book is not None
    Review.objects.create(book=book, stars=1, created_at="2020-01-01T00:00Z")
    assert client.get(f"/admin/catalog/book/{book.pk}/change/").status_code == 200
    assert named(recording) == {
        ("admin", "BookAdmin", "publisher"),
        ("admin", "BookAdmin", "city"),
        ("admin", "ReviewInline", "book_price"),
    }


def test_fields_of_a_form(client: Client, recording: Recording) -> None:
    """Options that are drawn, and a first value that is computed."""
    assert client.get("/shelf/").status_code == 200
    assert {(site.path, table) for site, table in sites(recording)} == {
        ("publisher", "catalog_publisher"),
        ("authors", "catalog_author"),
        ("title", "catalog_book"),
    }
    assert named(recording) == {("form", "WideShelfForm", p) for p in ("publisher", "authors", "title")}
    assert all(stands(site, fields.WideShelfForm) for site, _ in sites(recording))
    drawn = [span.template_site for span in recording.trace.spans if span.template_site]
    assert {site.name for site in drawn} == {"places/form.html"}, "not Django's templates of forms"


def test_fields_that_are_cleaned(client: Client, recording: Recording) -> None:
    """The object that was chosen is looked up, and a method of the form's asks on."""
    values = {"publisher": Publisher.objects.first().pk, "title": "Germany"}
    client.post("/shelf/", values | {"authors": [Author.objects.first().pk]})
    found = [(site.path, table) for site, table in sites(recording)]
    assert found[:2] == [("publisher", "catalog_publisher"), ("authors", "catalog_author")]
    assert ("title", "catalog_book") in found
    span = next(s for s in recording.trace.spans if s.field_site and s.field_site.path == "title")
    assert span.call_site is not None
    assert span.call_site.function == "ShelfForm.clean_title"


def test_forms_that_are_made(client: Client, recording: Recording) -> None:
    """One made of a model has the name it was given; one made of a declared form is that form's."""
    client.get("/new/")
    assert {(owner.rpartition(".")[2], path) for _, owner, path in named(recording)} == {
        ("BookForm", "publisher")
    }
    assert sites(recording)[0][0].line is None, "it stands nowhere"
    client.get("/several/")
    assert named(recording) == {("form", "BookForm", "publisher")}
    assert stands(sites(recording)[0][0], fields.BookForm)
    client.get("/several/?plain")
    assert named(recording) == {("form", "ShelfForm", p) for p in ("publisher", "authors", "title")}


@pytest.mark.parametrize(
    ("address", "expected", "cls", "each"),
    [
        ("/api/books/?format=json", ("serializer", "publisher"), serializers.BookSerializer, 1),
        ("/admin/catalog/book/", ("admin", "printed_in"), admin.BookAdmin, 1),
        # Django looks at the first option before it draws all of them.
        ("/books/publishers/", ("form", "publisher"), forms.PublisherForm, 2),
    ],
)
def test_the_shop(
    recording: Recording, address: str, expected: tuple[str, str], cls: type, each: int
) -> None:
    """The planted pages of the demo that have such fields: one statement, or two, for each of the books."""
    assert signed_in().get(address).status_code == 200
    found = [site for site, _ in sites(recording) if (site.kind, site.path) == expected]
    assert len(found) == 2 * each
    assert {site.owner for site in found} == {f"{cls.__module__}.{cls.__qualname__}"}
    assert all(stands(site, cls) for site in found)


if True:

    class Twice:
        """One of two."""

        class Meta:
            pass


def local() -> type:
    class Twice:
        class Meta:
            pass

    return Twice.Meta


def test_where_a_class_stands() -> None:
    """A name that the file has several times is told apart by what it lies in."""
    for cls in (Twice, Twice.Meta, local()):
        file, line = classes.where(cls)
        lines = inspect.getsource(inspect.getmodule(cls)).splitlines()  # type: ignore[arg-type]
        name = cls.__qualname__.rpartition(".")[2]
        assert file == __file__
        assert line is not None
        assert lines[line - 1].strip() == f"class {name}:"
    assert classes.where(Twice.Meta) != classes.where(local())
    assert classes.where(type("Nowhere", (), {})) == (__file__, None)
    assert classes.where(int) == (None, None)


FIRST = """
import sys, django
django.setup()
from django.core.management import call_command
from django.test import Client
from queryscope.profiler import pipeline
from queryscope.profiler.store import current_store
from tests.project import rendering
call_command("migrate", verbosity=0)
rendering.stock()
assert "rest_framework.serializers" not in sys.modules
Client(headers={"host": "localhost"}).get("/api/books/?format=json")
assert pipeline.flush(20)
store = current_store()
print(*(span.field_site.path for span in store.report(store.resolve("last")).trace.spans if span.field_site))
"""


def test_the_first_request_of_a_process(tmp_path: Path) -> None:
    """It is recorded before the serializers are even loaded."""
    place = {
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "LANTERN_DATABASE": "sqlite",
        "LANTERN_FOLDER": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", FIRST],
        env=os.environ | place,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["publisher", "publisher"], done.stderr
