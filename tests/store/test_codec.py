"""The codec: a report comes back equal, small and quickly, and lets others run while it works."""

from __future__ import annotations

import random
import time
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.report import Report
from queryscope.profiler.store import codec
from queryscope.profiler.trace import Lane, Phases, Span, Transaction, Truncated
from tests.builders import call_site, frame, parameter, report, request, span, template_site


def finding() -> Finding:
    return Finding(
        id="f1",
        rule="n-plus-one",
        severity="high",
        title="One query for each book",
        why="author is not loaded with the books",
        count=2,
        cost_ms=3.0,
        model="catalog.Book",
        relation="author",
        path="author",
        call_site=call_site(),
        build_site=None,
        template_site=template_site(),
        spans=(1, 2),
        advice=Advice(summary="select_related", alternatives=("prefetch_related",)),
        docs="n-plus-one",
    )


def busy_report(spans: int = 1000, frames: int = 40, lines: int = 30) -> Report:
    """Return a report as a page with a few loops makes it: many spans, a stack each, from few lines."""
    chance = random.Random(7)
    modules = [
        frame(f"app/module_{n}.py", n, function=f"function_{n}", library=n % 2 == 0) for n in range(300)
    ]
    stacks = [tuple(chance.sample(modules, frames)) for _ in range(lines)]
    sites = [call_site(line=n) for n in range(lines)]
    nodes = [template_site(line=n) for n in range(lines)]
    return report(spans=tuple(busy_span(n, n % lines, stacks, sites, nodes, chance) for n in range(spans)))


def busy_span(n: int, line: int, stacks: Any, sites: Any, nodes: Any, chance: random.Random) -> Span:
    duration = chance.random()
    return span(
        n + 1,
        sql=f'SELECT "book"."id", "book"."title" FROM "book" WHERE "book"."id" = %s AND {line} = {line}',
        fingerprint=f"{line:016x}",
        site_id=f"{line:08x}",
        params=(parameter(str(chance.randrange(10**6))),),
        start_ms=n * 1.5 + chance.random(),
        duration_ms=duration,
        phases=Phases(execute_ms=duration * 0.7, fetch_ms=duration * 0.3),
        call_site=sites[line],
        template_site=nodes[line],
        # Equal, but an object of its own for each span, as the recorder makes them.
        stack=(*stacks[line],),
    )


def best_ms(work: Callable[[], object]) -> float:
    """Return the shortest of several runs: the others measure what else the machine does."""
    times = []
    for _ in range(7):
        started = time.thread_time()
        work()
        times.append((time.thread_time() - started) * 1000)
    return min(times)


REPORTS = {
    "plain": report(),
    "no spans": report(spans=()),
    "several slices": busy_report(spans=250, frames=3),
    "bare": report(
        spans=(
            span(call_site=None, template_site=None, stack=(), params=(), rows=None, error="boom", batch=3),
        ),
        request=None,
        view=None,
        status=None,
    ),
    "everything": msgspec.structs.replace(
        report(
            spans=(span(1, template_site=template_site()), span(2, params=(parameter(None, masked=True),))),
            transactions=(
                Transaction(
                    n=1,
                    alias="default",
                    savepoint=None,
                    start_ms=1.0,
                    duration_ms=2.0,
                    end="open",
                    spans=(1,),
                ),
            ),
            lanes=(Lane(name="streaming", label="streaming", start_ms=1.0, duration_ms=2.0),),
            truncated=Truncated(spans=3, sql=1),
            request=request(headers={"Accept": "*/*", "X-Odd": "\0"}, body="a=1", masked=("password",)),
            pinned=True,
            session="s1",
        ),
        findings=(finding(),),
        verifications=({"verdict": "verified", "before": {"queries": 81}},),
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_report_comes_back_equal(name: str) -> None:
    """Every field of every value survives."""
    assert codec.decode(codec.encode(REPORTS[name])) == REPORTS[name]


def test_what_spans_share_is_shared_again() -> None:
    """A thousand spans of one line hold one stack and one call site in memory, not a thousand."""
    first, second = codec.decode(codec.encode(report())).trace.spans
    assert first.stack is second.stack
    assert first.call_site is second.call_site
    assert first.sql is second.sql


def test_lone_surrogates_are_escaped_and_nothing_else_is_lost() -> None:
    """Text that no encoding takes must not lose the trace."""
    odd = report(path="/\udcff", spans=(span(sql="SELECT '\ud800'"), span(2)))
    back = codec.decode(codec.encode(odd))
    assert back.trace.path == "/\\udcff"
    assert back.trace.spans == (span(sql="SELECT '\\ud800'"), span(2))


def test_a_field_that_is_younger_than_the_report_has_its_default() -> None:
    """A store is read by later versions, whose spans have more fields."""
    written = codec.encode(report())
    columns = codec._PlainColumns.__struct_fields__
    assert "via_template" in columns, "the field this test takes away"
    older = _without_column(written, "via_template")
    assert codec.decode(older) == codec.decode(written)


def _without_column(blob: bytes, name: str) -> bytes:
    packed = msgspec.msgpack.decode(zlib.decompress(blob))
    slices = [msgspec.msgpack.decode(piece) for piece in packed["slices"]]
    for piece in slices:
        del piece["plain"][name]
    packed["slices"] = [msgspec.msgpack.encode(piece) for piece in slices]
    return zlib.compress(msgspec.msgpack.encode(packed))


@pytest.mark.parametrize("blob", [b"", b"garbage", codec.encode(report())[:-20]])
def test_other_bytes_are_refused(blob: bytes) -> None:
    """A damaged report is a ValueError, not whatever a decoder trips over."""
    with pytest.raises(ValueError, match="not a report"):
        codec.decode(blob)


def test_encoding_pauses_about_every_hundred_spans() -> None:
    """Requests get the interpreter in between, however long the trace."""
    pauses: list[None] = []
    codec.encode(busy_report(spans=950, frames=3), pause=lambda: pauses.append(None))
    assert len(pauses) == 10


def test_a_thousand_spans_with_stacks_are_small_and_quick() -> None:
    """The figures that the writer thread and the request page are built on."""
    big = busy_report()
    blob = codec.encode(big)
    assert len(blob) < 100_000
    assert best_ms(lambda: codec.encode(big)) < 25
    assert best_ms(lambda: codec.decode(blob)) < 30
