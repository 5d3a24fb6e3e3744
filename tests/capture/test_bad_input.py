"""Whatever a host sends, its response is unchanged and nothing is lost but what the limits say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from demo.catalog.models import Country
from queryscope.profiler.capture import guard, hooks
from queryscope.profiler.capture.recorder import Recorder, active
from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.capture.values import keep
from queryscope.profiler.config import Config
from queryscope.profiler.middleware import QueryscopeMiddleware
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording

pytestmark = pytest.mark.django_db(transaction=True)
MARKUP = "<script>alert('x')</script>&\"'"


def run(sql: str, *params: Any) -> list[Any]:
    with profile("test"), connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall())


def test_a_huge_binary_parameter(recording: Recording) -> None:
    """Ten megabytes go to the database whole and into the trace as a head with their size."""
    assert run("SELECT LENGTH(%s)", b"\xff" * 10_000_000) == [(10_000_000,)]
    (parameter,) = recording.trace.spans[0].params
    assert (parameter.bytes, parameter.truncated) == (10_000_000, True)


def test_a_statement_of_a_megabyte(recording: Recording) -> None:
    """The text is cut at MAX_SQL_CHARS and says how long it was."""
    sql = "SELECT " + " + ".join(["1"] * 250) + " /* " + "x" * 1_000_000 + " */"
    assert run(sql) == [(250,)]
    trace = recording.trace
    assert trace.spans[0].sql_length == len(sql)
    assert len(trace.spans[0].sql) == 100_000
    assert trace.truncated.sql == 1


@pytest.mark.parametrize("value", ["\ud800 lone", "nul \x00 inside", MARKUP, "\u202eright to left", "𝔘𝔫𝔦"])
def test_odd_text_survives(value: str, recording: Recording) -> None:
    """Text that a database or an encoder refuses does not lose the trace."""
    with profile(value), connection.cursor() as cursor:
        try:
            cursor.execute("SELECT %s", [value])
        except (UnicodeEncodeError, ValueError, DatabaseError) as error:
            assert str(error), "the database refused it; the trace must not"
    trace = recording.trace
    assert trace.queries == 1
    assert trace.name == value.encode("utf-8", "backslashreplace").decode()


def test_a_200_bit_integer(recording: Recording) -> None:
    """SQLite refuses it, the others take it, the trace shows it."""
    error = None
    try:
        run("SELECT %s", 2**200)
    except OverflowError as overflow:
        error = f"OverflowError: {overflow}"
    (span,) = recording.trace.spans
    assert span.params[0].text == str(2**200)
    assert span.error == error


@pytest.mark.skipif(connection.vendor == "mysql", reason="MySQL has no RETURNING")
def test_the_rows_of_returning_are_known_or_unknown(recording: Recording) -> None:
    """Never 0 where there were some."""
    with profile("insert"):
        Country.objects.bulk_create([Country(code="de", name="a"), Country(code="no", name="b")])
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_country SET name = 'c' WHERE code = 'de' RETURNING name")
            assert cursor.fetchall() == [("c",)]
    spans = [span for span in recording.trace.spans if "RETURNING" in span.sql]
    assert spans
    assert all(span.rows in {None, 1, 2} for span in spans)


class Rows:
    """A collection that must not be asked for its length: a queryset would be evaluated."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter([("de", "a"), ("no", "b")])

    def __len__(self) -> int:
        raise AssertionError("the host's collection was asked")

    __bool__ = __len__


def test_a_batch_of_any_kind_is_recorded_and_not_asked(recording: Recording) -> None:
    """Lists, generators and collections of the host's own are left to the driver."""
    own: Any = (
        Rows() if connection.vendor != "mysql" else [*Rows.__iter__(Rows())]
    )  # that driver asks for the length
    with profile("batches"), connection.cursor() as cursor:
        for rows in ([("aa", "x")], (row for row in [("bb", "x"), ("cc", "x")]), own):
            cursor.executemany("INSERT INTO catalog_country (code, name) VALUES (%s, %s)", rows)
    spans = [span for span in recording.trace.spans if span.kind == "insert"]
    assert [span.error for span in spans] == [None] * 3
    assert Country.objects.count() == 5


def test_a_lazy_value_is_not_evaluated(recording: Recording) -> None:
    """Neither while it is recorded nor in the background: it might ask the database."""
    evaluated: list[int] = []
    lazy = SimpleLazyObject(lambda: evaluated.append(1))
    with profile("lazy"), connection.cursor() as cursor:
        recorder = active.get()
        assert recorder is not None
        recorder.statement(
            "SELECT %s",
            [lazy, [lazy], {"a": lazy}],
            False,
            {"cursor": cursor, "connection": connection},
            0,
            1,
            None,
        )
    assert [parameter.type for parameter in recording.trace.spans[0].params] == [
        "SimpleLazyObject",
        "list",
        "dict",
    ]
    assert evaluated == []


def test_deep_and_endless_values(recording: Recording) -> None:
    """A list in itself, and lists in lists, are cut when they are kept."""
    endless: list[Any] = []
    endless.append(endless)
    deep: Any = "x"
    for _ in range(8):
        deep = [deep] * 50
    assert keep([endless, deep], False, 10, 100).total == 2


def test_50000_queries_are_bounded_and_counted(recording: Recording) -> None:
    """MAX_SPANS statements are kept, all are counted, and the trace says what it left out."""
    recording.set(MAX_SPANS=1_000)
    with profile("many"), connection.cursor() as cursor:
        for _ in range(50_000):
            cursor.execute("SELECT 1")
    report = recording.report
    assert (len(report.trace.spans), report.trace.queries) == (1_000, 50_000)
    assert report.trace.truncated_spans == report.overhead.dropped_spans == 49_000


def test_the_bytes_of_a_trace_are_bounded(recording: Recording) -> None:
    """MAX_TRACE_BYTES ends the keeping before the memory does."""
    recording.set(MAX_TRACE_BYTES=100_000)
    with profile("heavy"), connection.cursor() as cursor:
        for number in range(100):
            cursor.execute(f"SELECT {number} /* " + "x" * 10_000 + " */")
    trace = recording.trace
    assert trace.queries == 100
    assert 8 <= len(trace.spans) <= 10, "their stacks count too"


@pytest.mark.parametrize(
    "text",
    [
        'invalid input syntax for type integer: "hunter2"',
        "duplicate key\nDETAIL:  Key (token, id)=(abcdef, 1) already exists.",
        "duplicate key\nDETAIL:  Key (email)=(abcdef) already exists.",
    ],
)
def test_an_error_of_the_database_quotes_no_secret(text: str) -> None:
    """What the text of an error repeats of a hidden value or of a sensitive column is hidden there too."""
    shown = Redaction(Config(parameters="sensitive")).error(text, {"hunter2"})
    assert shown is not None
    assert "hunter2" not in shown
    assert "abcdef" not in shown


@pytest.mark.parametrize("broken", ["statement", "close"])
def test_an_error_of_our_own_reaches_nobody(
    broken: str, recording: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The host's result is the same; the log names it once."""

    def explode(*_: Any) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(guard, "_reported", set())
    monkeypatch.setattr(Recorder, broken, explode)
    answered: list[Any] = []

    def view(request: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.execute("SELECT 2")
            answered.append(cursor.fetchone())
        return HttpResponse("answer")

    request = RequestFactory().get("/")
    request.resolver_match = None
    middleware: Callable[[Any], Any] = QueryscopeMiddleware(view)
    assert middleware(request).content == b"answer"
    assert answered == [(2,)]
    assert len([record for record in caplog.records if "error of its own" in record.message]) == 1


def test_the_user_may_put_wrappers_around_ours(recording: Recording) -> None:
    """``execute_wrapper`` pops the last one: ours stands first and stays."""
    seen = []

    def theirs(execute: Any, *args: Any) -> Any:
        seen.append(args[0])
        return execute(*args)

    with profile("wrapped"), connection.execute_wrapper(theirs), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert connection.execute_wrappers == [hooks.observe]
    assert recording.trace.queries == len(seen) == 1
