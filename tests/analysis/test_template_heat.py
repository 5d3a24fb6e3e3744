"""The heat map: each statement at its own line, and below every line that led there."""

from __future__ import annotations

from typing import Any

from queryscope.profiler.analysis.template_heat import HeatLine, TemplateHeat, template_heat
from queryscope.profiler.trace import Phases, Span, TemplateLine
from tests.builders import span, template_site, trace

BASE = TemplateLine(name="base.html", file="/t/base.html", line=9, source="{% block main %}")
LOOP = TemplateLine(name="list.html", file="/t/list.html", line=6, source="{% for book in books %}")
INCLUDE = TemplateLine(name="list.html", file="/t/list.html", line=7, source='{% include "row.html" %}')
OTHER = TemplateLine(name="page.html", file="/t/page.html", line=3, source='{% include "row.html" %}')


def heat(*spans: Span) -> dict[str, TemplateHeat]:
    return {each.name: each for each in template_heat(trace(spans=spans))}


def ran(n: int, *chain: TemplateLine, line: int | None = 4, **changes: Any) -> Span:
    """Return a statement of ``row.html``, 2 ms long."""
    site = template_site("row.html", line, file="/t/row.html", source="{{ book.author }}", chain=chain)
    return span(n, **{"duration_ms": 2.0, "template_site": site} | changes)


def test_a_statement_is_its_own_line_s_and_below_all_that_led_there() -> None:
    """The include, the loop around it, the block of the base."""
    found = heat(ran(1, INCLUDE, LOOP, BASE), ran(2, INCLUDE, LOOP, BASE))
    assert found["row.html"].lines == (
        HeatLine(line=4, source="{{ book.author }}", queries=2, ms=4.0, spans=(1, 2)),
    )
    assert [
        (line.line, line.queries, line.queries_below, line.ms_below) for line in found["list.html"].lines
    ] == [
        (6, 0, 2, 4.0),
        (7, 0, 2, 4.0),
    ]
    assert found["base.html"].queries == 0
    assert found["base.html"].lines[0].ms_below == 4.0


def test_the_ways_to_a_template_are_kept() -> None:
    """Once each, from the line that includes it outwards; tags around it in its own text are no way."""
    around = TemplateLine(name="row.html", file="/t/row.html", line=2, source="{% if book %}")
    found = heat(ran(1, around, INCLUDE, LOOP, BASE), ran(2, INCLUDE, LOOP, BASE), ran(3, OTHER))
    assert found["row.html"].chains == ((INCLUDE, LOOP, BASE), (OTHER,))
    assert found["list.html"].chains == ((BASE,),)
    assert found["base.html"].chains == ()


def test_a_template_that_includes_itself_counts_a_statement_once_a_line() -> None:
    """A tree: the same include four times in the chain."""
    again = TemplateLine(name="row.html", file="/t/row.html", line=5, source='{% include "row.html" %}')
    found = heat(ran(1, again, again, again, INCLUDE))
    assert [(line.line, line.queries, line.queries_below) for line in found["row.html"].lines] == [
        (4, 1, 0),
        (5, 0, 1),
    ]


def test_one_line_may_have_both() -> None:
    """A loop that fetches its rows and prints what each of them loads."""
    found = heat(
        ran(1, line=2), ran(2, TemplateLine(name="row.html", file="/t/row.html", line=2, source="x"))
    )
    assert [(line.line, line.queries, line.queries_below) for line in found["row.html"].lines] == [
        (2, 1, 1),
        (4, 1, 0),
    ]


def test_what_cost_most_comes_first() -> None:
    """With the time in the ORM, as everywhere."""
    other = template_site("side.html", 3, file=None, chain=())
    slow = ran(2, template_site=other, phases=Phases(execute_ms=2.0, hydrate_ms=40.0))
    assert [(each.name, each.ms) for each in template_heat(trace(spans=(ran(1), slow)))] == [
        ("side.html", 42.0),
        ("row.html", 2.0),
    ]


def test_what_has_no_line_or_no_template_is_not_drawn() -> None:
    """A node without a token counts for no line; marks of transactions ask nothing."""
    found = heat(span(1), ran(2, line=None), ran(3, kind="transaction"))
    assert list(found) == ["row.html"]
    assert found["row.html"].lines == ()


def test_a_changed_source_is_told() -> None:
    """Its lines may have moved since."""
    site = template_site("row.html", 4, file="/t/row.html", chain=(INCLUDE,), source_changed=True)
    found = heat(ran(1, template_site=site))
    assert found["row.html"].source_changed and not found["list.html"].source_changed
