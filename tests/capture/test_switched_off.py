"""What costs more than a clock and a look at the stack can be left out, and what is lost is unknown instead of wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models.query import QuerySet
from django.template.backends.django import Template
from django.test import Client

from demo.catalog.models import Country
from queryscope.profiler.capture import hooks
from queryscope.profiler.trace import Phases, Trace
from tests.conftest import Recording


@pytest.fixture
def without(client: Client, recording: Recording) -> Iterator[Callable[[str], Trace]]:
    """Record a page with one option off, as a process does that starts with it."""

    def record(option: str) -> Trace:
        recording.set(**{option: False})
        hooks.uninstall()
        client.get("/template/")
        return recording.trace

    yield record
    hooks.uninstall()


def test_without_the_orm(without: Callable[[str], Trace], countries: list[Country]) -> None:
    """Statement, execution, call and template sites are there; what only the ORM tells is not."""
    trace = without("ORM")
    assert not hasattr(QuerySet.__dict__["filter"], "queryscope_wraps")
    span = trace.spans[0]
    assert span.phases == Phases(execute_ms=span.phases.execute_ms, fetch_ms=span.phases.fetch_ms)
    assert (span.model, span.load, span.origin, span.build_sites) == (None, None, None, ())
    assert span.rows == len(countries)
    assert span.template_site is not None
    assert span.template_site.name == "tests/countries.html"


def test_without_lanes(without: Callable[[str], Trace], countries: list[Country]) -> None:
    """The queries are all there, and no stretch between them has a name of its own."""
    trace: Any = without("LANES")
    assert not hasattr(Template.__dict__["render"], "queryscope_wraps")
    assert {lane.name for lane in trace.lanes} <= {"middleware", "view"}
    assert trace.spans[0].load == "queryset"


def test_with_both_again(client: Client, recording: Recording, countries: list[Country]) -> None:
    """The hooks come back with the next recording."""
    hooks.uninstall()
    client.get("/template/")
    trace = recording.trace
    assert trace.spans[0].phases.compile_ms is not None
    assert "template" in {lane.name for lane in trace.lanes}
