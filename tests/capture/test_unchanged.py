"""What the application gets is what it gets without us: rows, querysets, aliases, copies, pickles, lifetimes."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from django.core import serializers
from django.core.cache import caches
from django.db import DatabaseError, connection, connections, models

from demo.catalog.models import Author, Country, Publisher
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording
from tests.services import RequireService

pytestmark = pytest.mark.usefixtures("shelf")

ROWS: dict[str, Callable[[], list[Any]]] = {
    "list": lambda: list(Author.objects.order_by("pk")),
    "get": lambda: [Author.objects.get(name="Ada")],
    "joined": lambda: [each.country for each in Author.objects.select_related("country").order_by("pk")],
    "followed": lambda: [each.country for each in Author.objects.order_by("pk")],
    "prefetched": lambda: [a for c in Country.objects.prefetch_related("authors") for a in c.authors.all()],
    "many": lambda: list(Country.objects.earliest("code").authors.order_by("pk")),
    "deferred": lambda: list(Author.objects.only("name").order_by("pk")),
    "iterator": lambda: list(Author.objects.order_by("pk").iterator()),
    "raw": lambda: list(Author.objects.raw("SELECT * FROM catalog_author ORDER BY id")),
    "refreshed": lambda: [_refreshed(Author.objects.get(name="Ada"))],
    "saved": lambda: [_saved(Author.objects.get(name="Ada"))],
    "created": lambda: [Country.objects.earliest("code").authors.create(name="new", born=1, biography="")],
}


def _refreshed(author: Author) -> Author:
    author.refresh_from_db()
    return author


def _saved(author: Author) -> Author:
    author.save()
    return author


@pytest.fixture
def recorded(recording: Recording) -> Iterator[None]:
    """Everything in the test is recorded."""
    with profile("unchanged"):
        yield


READ = """
import pickle, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "queryscope":
            raise ModuleNotFoundError("queryscope is not there")
sys.meta_path.insert(0, Refuse())
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "demo.catalog", "demo.blog", "demo.orders"],
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
import django
django.setup()
for each in pickle.load(sys.stdin.buffer):
    print(type(each).__name__, [type(row._state.db).__name__ for row in each])
assert not [name for name in sys.modules if name.split(".")[0] == "queryscope"]
"""


@pytest.mark.usefixtures("recorded")
def test_pickles_open_where_queryscope_is_not(recording: Recording) -> None:
    """Rows of every kind, evaluated querysets, and queries that nobody ran yet."""
    evaluated = Author.objects.filter(born=1900).select_related("country")
    assert len(evaluated) == 3
    pickled = pickle.dumps([*(work() for work in ROWS.values()), evaluated])
    assert b"queryscope.profiler" not in pickled
    told = subprocess.run([sys.executable, "-c", READ], input=pickled, capture_output=True, check=False)
    assert told.returncode == 0, told.stderr.decode()
    lines = told.stdout.decode().splitlines()
    assert len(lines) == len(ROWS) + 1
    assert all("str" in line and "Tagged" not in line for line in lines)
    query = pickle.dumps(Author.objects.filter(born=1900).query)
    again = Author.objects.all()
    again.query = pickle.loads(query)
    assert b"queryscope.profiler" not in query
    assert len(again) == 3


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("name", ROWS)
def test_a_row_knows_its_alias_as_a_text(name: str) -> None:
    """Equal, hashed, printed, encoded and used as the text that it is."""
    for row in ROWS[name]():
        alias = row._state.db
        assert isinstance(alias, str) and alias == "default"
        assert (hash(alias), str(alias), repr(alias), f"{alias}") == (
            hash("default"),
            "default",
            "'default'",
            "default",
        )
        assert json.dumps({alias: alias}) == '{"default": "default"}'
        assert {"default": 1}[alias] == 1
        assert connections[alias] is connections["default"]
        assert type(row).objects.using(alias).filter(pk=row.pk).exists()
        assert connections[alias].alias.__class__ is str


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("name", ROWS)
def test_copies_of_rows(name: str) -> None:
    """Shallow, deep, pickled, serialized: all equal, with the plain alias, and the row has no attribute more."""
    for row in ROWS[name]():
        bare = type(row)(
            **{field.attname: row.__dict__.get(field.attname) for field in row._meta.concrete_fields}
        )
        assert row.__dict__.keys() - {"_prefetched_objects_cache"} <= bare.__dict__.keys()
        assert row._state.__dict__.keys() <= {"db", "adding", "fields_cache", "peers", "fetch_mode"}
        for made in (copy.copy(row), copy.deepcopy(row), pickle.loads(pickle.dumps(row))):
            assert (made, hash(made), made._state.db) == (row, hash(row), "default")
        assert type(copy.deepcopy(row)._state.db) is type(pickle.loads(pickle.dumps(row))._state.db) is str
        if not row.get_deferred_fields():
            (again,) = serializers.deserialize("json", serializers.serialize("json", [row]))
            assert again.object == row


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "redis.RedisCache"])
def test_caches(backend: str, recording: Recording, settings: Any, require_service: RequireService) -> None:
    """A row of one request is followed in another one, out of a cache."""
    if "redis" in backend:
        require_service("redis", "127.0.0.1", 6379)
    location = "redis://127.0.0.1:6379/9" if "redis" in backend else "unchanged"
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": location}}
    cache = caches["default"]
    with profile("one"):
        cache.set("queryscope-test", list(Author.objects.order_by("pk")), 20)
        cache.set("queryscope-test-query", Author.objects.order_by("pk"), 20)
    with profile("two"):
        rows = cache.get("queryscope-test")
        assert rows == list(cache.get("queryscope-test-query")) == list(Author.objects.order_by("pk"))
        assert {type(row._state.db) for row in rows} == {str}
        assert rows[0].country.name
    cache.delete_many(["queryscope-test", "queryscope-test-query"])


@pytest.mark.usefixtures("recorded")
def test_a_new_thread_opens_its_connection_by_the_alias_of_a_row() -> None:
    """The wrapper is made with the plain alias, and nothing of the row stays behind in the thread's connections."""
    row: Any = Author.objects.order_by("pk")[0]
    found: list[Any] = []

    def work() -> None:
        try:
            wrapper = connections[row._state.db]
            found.append(wrapper.alias)
            found.append(list(Author.objects.using(row._state.db).filter(pk=row.pk)) == [row])
            found.append(wrapper is connections["default"])
            found.append(wrapper.settings_dict["NAME"] == connection.settings_dict["NAME"])
        finally:
            connections.close_all()

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["default", True, True, True]
    assert {type(each) for each in found} == {str, bool}


class Stateful(models.QuerySet[Any]):
    """Has a state of its own making."""

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "extra": 1}


class Broken(Exception):
    """Raised on the way."""


@pytest.mark.usefixtures("recorded")
def test_querysets_are_what_they_were() -> None:
    """After evaluation, after an error on the way, after a copy: the alias is the one that was chosen."""
    plain: Any = Author.objects.order_by("pk")
    chosen: Any = Author.objects.using("default")
    for queryset, alias in ((plain, None), (chosen, "default")):
        assert len(queryset) == 3
        assert queryset._db == alias
        assert (queryset.all()._db, copy.deepcopy(queryset)._db, copy.copy(queryset)._db) == (alias,) * 3
        assert pickle.loads(pickle.dumps(queryset))._db == alias
    assert plain.__dict__.keys() == models.QuerySet(Author).__dict__.keys()
    stateful: Any = Stateful(Author).filter(born=1900)
    assert pickle.loads(pickle.dumps(stateful)).extra == 1
    assert copy.copy(stateful).extra == 1
    broken: list[Any] = [Author.objects.extra(where=["nothing"]), Author.objects.raw("nothing")]
    for fails in broken:
        before = fails._db
        with pytest.raises(DatabaseError):
            list(fails)
        assert type(fails._db) is type(before) and fails._db == before


@pytest.mark.usefixtures("recorded")
def test_an_error_inside_a_row_leaves_the_queryset_as_it_was() -> None:
    """It may be evaluated again, and the next one is none the worse."""
    queryset: Any = Author.objects.order_by("pk")

    def handler(**_: Any) -> None:
        raise Broken

    models.signals.post_init.connect(handler, sender=Author)
    try:
        for work in (list, lambda each: each.get(name="Ada"), lambda each: next(each.iterator())):
            with pytest.raises(Broken):
                work(queryset)
            assert (queryset._db, queryset._result_cache) == (None, None)
    finally:
        models.signals.post_init.disconnect(handler, sender=Author)
    assert len(queryset) == 3
    assert queryset._db is None


@pytest.mark.usefixtures("recorded")
def test_iterators_that_are_left() -> None:
    """Closed early, thrown into, dropped: the queryset is free, and the database has no cursor open."""
    queryset: Any = Author.objects.order_by("pk")
    rows = queryset.iterator(chunk_size=1)
    assert queryset._db is None
    next(rows)
    assert queryset._db is None
    rows.close()
    with pytest.raises(StopIteration):
        next(rows)
    thrown = queryset.iterator(chunk_size=1)
    next(thrown)
    with pytest.raises(Broken):
        thrown.throw(Broken())
    dropped = queryset.iterator(chunk_size=1)
    next(dropped)
    gone = weakref.ref(dropped)
    del dropped
    assert gone() is None
    assert Author.objects.filter(name="Ada").update(born=1) == 1


@pytest.mark.usefixtures("recorded")
def test_rows_die_when_the_application_lets_go_of_them() -> None:
    """While the recording goes on: no statement keeps the row that it started from, nor its queryset."""
    author = Author.objects.order_by("pk")[0]
    country: Country | None = author.country
    several: Any = list(Author.objects.order_by("pk").select_related("country"))
    related: Any = author.books.filter(pages=1)
    assert list(related) == []
    watched = [weakref.ref(each) for each in (author, country, several[0], related)]
    del author, country, several, related
    assert [each() for each in watched] == [None] * 4


def test_routers_are_asked_as_often_as_without_us(recording: Recording, settings: Any) -> None:
    """And for the same: our mark on the rows must not answer for them."""
    asked: list[Any] = []

    class Router:
        def db_for_read(self, model: Any, **hints: Any) -> None:
            asked.append(("read", model.__name__, *sorted(hints)))

        def db_for_write(self, model: Any, **hints: Any) -> None:
            asked.append(("write", model.__name__, *sorted(hints)))

    settings.DATABASE_ROUTERS = [Router()]

    def work() -> list[Any]:
        asked.clear()
        author = Author.objects.select_related("country").order_by("pk")[0]
        assert [
            *author.books.all(),
            *Publisher.objects.iterator(),
            *Country.objects.prefetch_related("authors"),
        ]
        assert Author.objects.only("name")[0].country
        author.save()
        Author.objects.filter(pk=author.pk).update(born=1900)
        author.refresh_from_db()
        return list(asked)

    bare = work()
    with profile("routers"):
        assert work() == bare
