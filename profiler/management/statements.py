"""Statements as text for ``queryscope show``: in one line, or whole with their places, values and error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from queryscope.profiler.groups import SiteGroup, whole_ms
from queryscope.profiler.groups import slowest as slowest_of
from queryscope.profiler.management.places import sites
from queryscope.profiler.management.text import one_line, visible
from queryscope.profiler.trace import Parameter, Span
from queryscope.profiler.units import count, ms, plural, size
from queryscope.profiler.words import one_number, phases_of

SLOWEST = 5
LINE_CHARS = 140
SQL_CHARS = 600
ALL_SQL_CHARS = 10_000
PARAMETER_CHARS = 80
PARAMETERS = 20
FEW_COLUMNS_CHARS = 40


def in_order(spans: Sequence[Span], style: Any) -> Iterator[str]:
    """Yield every statement, transaction marks too."""
    yield style.MIGRATE_HEADING("Statements in the order of execution")
    for span in spans:
        yield from _statement(span, style, ALL_SQL_CHARS)


def slowest(sites: Sequence[SiteGroup], style: Any) -> Iterator[str]:
    """Yield the slowest statement of each of the slowest query groups, and how many were left out."""
    groups = [(slowest_of(group.spans), len(group.spans)) for site in sites for group in site.queries]
    shown = sorted(groups, key=lambda found: -whole_ms(found[0]))[:SLOWEST]
    yield style.MIGRATE_HEADING("Slowest statements")
    for span, times in shown:
        yield from _statement(span, style, SQL_CHARS, f", slowest of {count(times)}" if times > 1 else "")
    if left_out := sum(site.count for site in sites) - len(shown):
        left = plural(left_out, "statement")
        yield f"  {left} not shown: --sql prints all, --json everything that is known of them."


def summary(span: Span) -> str:
    """Return the statement in one line, a long list of columns left out."""
    head, from_, rest = span.sql[: LINE_CHARS * 20].partition(" FROM ")
    if span.kind == "select" and from_ and len(head) > FEW_COLUMNS_CHARS:
        return one_line(f"SELECT ... FROM {rest}", LINE_CHARS)
    return one_line(span.sql, LINE_CHARS)


def _statement(span: Span, style: Any, limit: int, remark: str = "") -> Iterator[str]:
    rows = "" if span.rows is None else f", {plural(span.rows, 'row')}"
    rows += "" if span.columns is None else f" of {plural(span.columns, 'column')}"
    rows += "" if span.bytes is None else f", about {size(span.bytes)}"
    apart = ", sets the connection up" if span.connecting else ""
    batch = "" if span.batch is None else f", batch of {count(span.batch)}"
    alias = "" if span.alias == "default" else f", on {one_line(span.alias, LINE_CHARS)}"
    yield f"  {style.MIGRATE_LABEL(f'{ms(whole_ms(span))} ms')}  no. {span.n}{remark}{rows}{batch}{alias}{apart}"
    if whole_ms(span) > span.duration_ms:
        yield f"      phases {phases_of(span.phases, joined=one_number(span))}"
    for line in sites(span):
        yield f"      {line}"
    for line in span.sql[:limit].splitlines() or [""]:
        yield f"      {visible(line)}"
    if span.sql_length > min(limit, len(span.sql)):
        yield f"      ... {plural(span.sql_length - min(limit, len(span.sql)), 'more character')}"
    if span.params:
        yield f"      with {_parameters(span)}"
    if span.error:
        yield f"      {style.ERROR(one_line(span.error, LINE_CHARS))}"


def _parameters(span: Span) -> str:
    text = ", ".join(map(_parameter, span.params[:PARAMETERS]))
    left = span.params_total - min(PARAMETERS, len(span.params))
    return f"{text}, {count(left)} more" if left > 0 else text


def _parameter(parameter: Parameter) -> str:
    if parameter.text is None:
        return "NULL"
    text = one_line(parameter.text, PARAMETER_CHARS)
    return f"masked {text}" if parameter.masked else text
