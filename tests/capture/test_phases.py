"""Phases are what a clock beside them says: each is where its time went, and together they are no more than there was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter_ns, sleep
from typing import Any

import pytest
from django.db import connection, connections, models
from django.db.models import Count, Prefetch, signals
from django.db.models.sql.compiler import SQLCompiler

from demo.catalog.models import Author, Country
from queryscope.profiler.capture.timing import sum_of
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Phases, Span
from tests.conftest import Recording, run_async

pytestmark = pytest.mark.usefixtures("shelf")
SLOW = 0.02
"""Seconds that a step is made to take; more than anything else here does."""

Work = Callable[[], Any]


class Seen:
    """The statements of a block and how long it took by a clock of the test's own."""

    def __init__(self, recording: Recording, work: Work) -> None:
        with profile("phases"):
            begin = perf_counter_ns()
            self.result = work()
            self.took_ms = (perf_counter_ns() - begin) / 1e6
        self.trace = recording.trace
        self.spans = tuple(span for span in self.trace.spans if span.tables)

    @property
    def one(self) -> Span:
        (span,) = self.spans
        return span


def whole(phases: Phases) -> float:
    return sum(getattr(phases, name) or 0.0 for name in Phases.__struct_fields__)


READS: dict[str, tuple[Work, int | None, int | None]] = {
    "all": (lambda: list(Author.objects.all()), 3, 5),
    "get": (lambda: Author.objects.get(name="Ada"), 1, 5),
    "first": (lambda: Author.objects.first(), 1, 5),
    "last": (lambda: Author.objects.last(), 1, 5),
    "earliest": (lambda: Author.objects.earliest("name"), 1, 5),
    "one of a slice": (lambda: Author.objects.order_by("name")[1], 1, 5),
    "a slice": (lambda: list(Author.objects.order_by("name")[1:3]), 2, 5),
    "count": (lambda: Author.objects.count(), 1, 1),
    "exists": (lambda: Author.objects.exists(), 1, 1),
    "aggregate": (lambda: Author.objects.aggregate(Count("pk"), models.Max("born")), 1, 2),
    "values": (lambda: list(Author.objects.values("name", "born")), 3, 2),
    "values_list": (lambda: list(Author.objects.values_list("name", flat=True)), 3, 1),
    "in_bulk": (lambda: Country.objects.in_bulk(["de"], field_name="code"), 1, 3),
    "raw": (lambda: list(Author.objects.raw("SELECT id, name FROM catalog_author")), 3, None),
    "select_related": (lambda: list(Author.objects.select_related("country")), 3, 8),
    "only": (lambda: list(Author.objects.only("name")), 3, 2),
    "iterator": (lambda: list(Author.objects.iterator()), 3, 5),
    "iterator of values": (lambda: list(Author.objects.values("name").iterator(chunk_size=2)), 3, 1),
    "nothing": (lambda: list(Author.objects.filter(name="nobody")), 0, None),
    "union": (
        lambda: list(Author.objects.order_by().values("name").union(Country.objects.values("name"))),
        5,
        1,
    ),
    "dates": (lambda: list(Country.objects.values_list("code").distinct()), 2, 1),
    "annotate": (lambda: list(Country.objects.annotate(n=Count("authors"))), 2, 4),
    "explicit get_or_create": (lambda: Country.objects.get_or_create(code="de"), 1, 3),
}
HYDRATED = {
    "all", "get", "first", "last", "earliest", "one of a slice", "a slice", "in_bulk", "select_related", "only", "nothing",
    "annotate", "explicit get_or_create",
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
def test_reads(name: str, recording: Recording) -> None:
    """Every phase that there was, and none that there was not."""
    work, rows, columns = READS[name]
    seen = Seen(recording, work)
    phases = seen.one.phases
    assert phases.compile_ms is not None and phases.compile_ms > 0
    assert phases.execute_ms is not None and phases.execute_ms > 0
    assert (phases.fetch_ms is None) == (connection.vendor == "sqlite" or name == "raw")
    assert (phases.hydrate_ms is not None) == (name in HYDRATED)
    assert (
        min(value for value in map(phases.__getattribute__, Phases.__struct_fields__) if value is not None)
        >= 0
    )
    assert 0 < whole(phases) <= seen.took_ms
    if rows is not None:
        assert (seen.one.rows, seen.one.columns if rows else None) == (rows, columns)
    assert (seen.one.bytes is None) == (name == "raw")


WRITES: dict[str, tuple[Work, int]] = {
    "create": (lambda: Country.objects.create(code="fr", name="France"), 1),
    "bulk_create": (
        lambda: Country.objects.bulk_create(Country(code=c, name=c) for c in ("aa", "bb", "cc")),
        3,
    ),
    "update": (lambda: Author.objects.filter(born=1900).update(born=1901), 3),
    "bulk_update": (lambda: Author.objects.bulk_update(_older(), ["born"]), 3),
    "delete": (lambda: Author.objects.filter(name="Ada")._raw_delete("default"), 1),
    "save": (lambda: _older()[0].save(), 1),
}


def _older() -> list[Author]:
    return [Author(pk=pk, name="x", country_id=country, born=1902, biography="") for pk, country in _keys]


_keys: list[tuple[int, int]] = []


@pytest.mark.parametrize("name", WRITES)
def test_writes(name: str, recording: Recording) -> None:
    """A write is compiled and executed; no instance is made of what it returns."""
    work, rows = WRITES[name]
    _keys[:] = Author.objects.values_list("pk", "country_id")
    seen = Seen(recording, work)
    phases = seen.one.phases
    assert phases.compile_ms and phases.execute_ms
    assert phases.hydrate_ms is None
    assert 0 < whole(phases) <= seen.took_ms
    assert seen.one.rows == rows


def test_bytes_are_about_those_of_the_rows(recording: Recording) -> None:
    """By the texts of the first row; a number weighs eight."""
    Author.objects.update(biography="x" * 10_000)
    span = Seen(recording, lambda: list(Author.objects.order_by("pk"))).one
    assert span.bytes is not None and 30_000 <= span.bytes <= 30_000 + 3 * (5 * 8 + 10)


def test_prefetches_are_statements_of_their_own(recording: Recording) -> None:
    """The rows of the one are not the other's, nor its time."""
    authors = Prefetch("authors", Author.objects.order_by("name"))
    seen = Seen(recording, lambda: list(Country.objects.prefetch_related(authors)))
    assert [(span.rows, span.phases.hydrate_ms is not None) for span in seen.spans] == [(2, True), (3, True)]
    assert whole(sum_of(span.phases for span in seen.spans)) <= seen.took_ms


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any, str], None]]:
    """Make a method take its time, outside of all our hooks."""

    def slowed(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def method(*args: Any, **kwargs: Any) -> Any:
            sleep(SLOW)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, method)

    yield slowed


def longest(phases: Phases) -> str:
    """Return the phase that the wait lies in; no other one has a part of it."""
    slow = [name for name in Phases.__struct_fields__ if (getattr(phases, name) or 0) >= SLOW * 700]
    assert len(slow) == 1, phases
    return slow[0]


def test_where_time_is_spent_it_is_shown(recording: Recording, slow: Any) -> None:
    """Building the SQL is compilation, and making instances is hydration."""
    slow(SQLCompiler, "as_sql")
    assert longest(Seen(recording, lambda: list(Author.objects.all())).one.phases) == "compile_ms"


def test_instances_that_are_slow_to_make(recording: Recording) -> None:
    """Handlers of ``post_init`` are part of making them."""

    def handler(**_: Any) -> None:
        sleep(SLOW)

    signals.post_init.connect(handler, sender=Country)
    try:
        assert longest(Seen(recording, lambda: Country.objects.get(code="de")).one.phases) == "hydrate_ms"
    finally:
        signals.post_init.disconnect(handler, sender=Country)


def test_a_queryset_that_is_slow_to_build(recording: Recording) -> None:
    """Its methods are construction."""

    class Slow(models.Value):
        def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
            sleep(SLOW)
            return super().resolve_expression(*args, **kwargs)

    seen = Seen(recording, lambda: list(Country.objects.filter(name=Slow("x"))))
    assert longest(seen.one.phases) == "construct_ms"


def test_a_connection_that_is_slow_to_open_is_no_compilation(recording: Recording, slow: Any) -> None:
    """It has a place of its own in the trace, and what it is asked while it opens is not the statement."""
    connection.close()
    slow(type(connections["default"]), "get_new_connection")
    seen = Seen(recording, lambda: list(Author.objects.all()))
    (alias,) = seen.trace.by_alias.values()
    assert seen.one.rows == 3 and seen.one.build_sites and seen.one.load == "queryset"
    assert whole(seen.one.phases) < SLOW * 1000 <= (alias.connect_ms or 0) <= seen.took_ms
    assert all(span.load is None and not span.build_sites for span in seen.trace.spans if span.connecting)


def nested(work: Work, recording: Recording) -> Seen:
    """Run with a handler that asks for the name of each author's country, slowly."""

    def handler(instance: Any, **_: Any) -> None:
        instance.land = list(Country.objects.filter(pk=instance.country_id).extra(select={"x": "1"}))

    signals.post_init.connect(handler, sender=Author)
    try:
        return Seen(recording, work)
    finally:
        signals.post_init.disconnect(handler, sender=Author)


@pytest.mark.parametrize("name", ["list", "get", "first", "iterator", "raw"])
def test_statements_inside_a_row_are_not_counted_twice(name: str, recording: Recording, slow: Any) -> None:
    """A row that asks while it is made: hydration is without it, all phases together no more than there was."""
    slow(SQLCompiler, "as_sql")
    works: dict[str, Work] = {
        "list": lambda: list(Author.objects.all()),
        "get": lambda: Author.objects.get(name="Ada"),
        "first": lambda: Author.objects.order_by("name").first(),
        "iterator": lambda: list(Author.objects.iterator()),
        "raw": lambda: list(Author.objects.raw("SELECT * FROM catalog_author")),
    }
    seen = nested(works[name], recording)
    outer, *inner = seen.spans
    assert len(inner) == outer.rows and all(span.tables == ("catalog_country",) for span in inner)
    assert (outer.phases.hydrate_ms or 0) < SLOW * 1000
    assert whole(sum_of(span.phases for span in seen.spans)) <= seen.took_ms
    assert outer.load == ("raw" if name == "raw" else "queryset")
    assert [span.load for span in inner] == ["queryset"] * len(inner)


def test_what_a_lazy_argument_asks_is_not_construction(recording: Recording, slow: Any) -> None:
    """A lazy user in a filter is the usual case: the statement that finds it has its own phases."""
    from django.utils.functional import SimpleLazyObject

    slow(SQLCompiler, "as_sql")
    lazy: Any = SimpleLazyObject(lambda: Country.objects.get(code="de"))
    seen = Seen(recording, lambda: list(Author.objects.filter(country=lazy)))
    user, authors = seen.spans
    assert whole(sum_of(span.phases for span in seen.spans)) <= seen.took_ms
    assert (authors.phases.construct_ms or 0) < SLOW * 1000
    assert user.model == "catalog.Country" and user.build_sites


def test_a_wrapper_of_the_application_that_asks(recording: Recording) -> None:
    """Row security is set up like this; the statement itself keeps its place and its phases."""

    def wrapper(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if "catalog_author" in sql:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        seen = Seen(recording, lambda: list(Author.objects.all()))
    assert (seen.one.load, seen.one.rows, len(seen.one.build_sites)) == ("queryset", 3, 1)
    assert seen.one.phases.compile_ms
    (other,) = (span for span in seen.trace.spans if not span.tables)
    assert (other.load, other.build_sites, other.phases.compile_ms) == (None, (), None)


def test_other_threads_take_nothing_from_hydration(recording: Recording) -> None:
    """Statements of one trace in two threads: neither's time is the other's."""
    import asyncio

    async def work() -> None:
        await asyncio.gather(
            *(_all(Author) for _ in range(5)), *(_all(Country) for _ in range(5)), Author.objects.afirst()
        )

    seen = Seen(recording, lambda: run_async(work()))
    assert len(seen.spans) == 11
    assert all((span.phases.hydrate_ms or 0) >= 0 for span in seen.spans)


async def _all(model: Any) -> list[Any]:
    return [row async for row in model.objects.all()]
